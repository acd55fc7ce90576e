"""The library that visitors may change: for everybody, for good, and never by halves."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chat.desk import Desk, Found
from chat.intake import FileLimits, Progress
from chat.library import introduction_html, library_html
from chat.server import opened
from chat.sessions import Visitors
from chat.shelf import Shelf
from chat.texts import ENGLISH, FRENCH
from chat.uploads import take
from index.collection import Collection
from index.errors import CollectionError
from index.store import FILE_NAME
from qa.pipeline import QAPipeline
from qa.retriever import HybridRetriever
from tests.chat.conftest import HashEncoder, desk_on, small_pipeline


def shared_desk(folder: Path) -> Desk:
    """A desk on a collection on disk that visitors may change."""
    model = small_pipeline()
    shelf = Shelf(Collection.open(folder, HashEncoder(), create=True, patience=0.1))
    collection = Collection.open(folder, HashEncoder())
    pipeline = QAPipeline(HybridRetriever(collection), model.reader, model.calibration, None, collection)
    return Desk(pipeline, Visitors(pipeline), shelf=shelf)


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def said(desk: Desk, session: str) -> str | None:
    reply = desk.reply("Which colour", ENGLISH, session)
    assert isinstance(reply, Found)
    return reply.answer.text


def test_what_one_visitor_adds_everybody_is_answered_from_after_a_restart_too(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    desk = shared_desk(folder)
    assert said(desk, "bob") is None
    taken = desk.add("ann", write(tmp_path, "a.txt", "The colour red is shared."), Progress())
    assert (taken.status, taken.passages) == ("added", 1)
    assert (said(desk, "ann"), said(desk, "bob")) == ("red", "red")
    assert desk.visitors.get("ann") is None
    again = shared_desk(folder)
    assert said(again, "eve") == "red"
    assert [(entry.doc_id, entry.source) for entry in again.library.entries()] == [("a.txt", "a.txt")]
    assert again.library.verify() == []


def test_what_is_removed_is_gone_for_everybody_at_once(tmp_path: Path) -> None:
    desk = shared_desk(tmp_path / "kept")
    desk.add("ann", write(tmp_path, "a.txt", "The colour red is shared."), Progress())
    assert said(desk, "bob") == "red"
    desk.remove("bob", "a.txt", private=False)
    assert said(desk, "ann") is None
    assert desk.library.entries() == []
    with pytest.raises(CollectionError):
        desk.remove("bob", "a.txt", private=False)


def test_without_the_owners_leave_the_library_can_not_be_changed(desk: Desk, tmp_path: Path) -> None:
    desk.add("ann", write(tmp_path, "a.txt", "The colour red is mine."), Progress())
    assert [entry.doc_id for entry in desk.library.entries()] == ["port.md"]
    for session, doc_id, private in (
        ("ann", "port.md", False),
        ("ann", "port.md", True),
        ("bob", "a.txt", True),
    ):
        with pytest.raises(CollectionError):
            desk.remove(session, doc_id, private)
    assert said(desk, "ann") == "blue"


def test_a_second_writer_elsewhere_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    desk = shared_desk(tmp_path / "kept")
    other = sqlite3.connect(tmp_path / "kept" / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    upload = take(
        lambda path, progress: desk.add("ann", path, progress),
        write(tmp_path, "a.txt", "The colour red is shared."),
        FRENCH,
    )
    assert (upload.state, upload.problem) == ("failed", FRENCH.problem_busy)
    assert said(desk, "bob") is None  # and a question does not wait for the writer
    other.execute("ROLLBACK")
    other.close()
    assert desk.library.entries() == []
    assert desk.library.verify() == []


def test_a_collection_is_made_where_there_is_none(tmp_path: Path) -> None:
    shelf = opened(tmp_path / "new", HashEncoder(), FileLimits())
    shelf.add(write(tmp_path, "a.txt", "One."))
    with Collection.open(tmp_path / "new", HashEncoder()) as collection:
        assert [entry.doc_id for entry in collection.entries()] == ["a.txt"]


def test_the_page_says_who_will_see_what_is_dropped() -> None:
    for texts in (FRENCH, ENGLISH):
        own = introduction_html(texts, FileLimits(), 1, shared=False)
        shared = introduction_html(texts, FileLimits(), 1, shared=True)
        assert texts.add_audience in own
        assert texts.add_audience not in shared
        assert texts.add_audience_shared in shared
        assert "5" in shared


def test_only_what_may_be_removed_has_a_button() -> None:
    desk = desk_on(small_pipeline())
    assert "data-remove" not in library_html(desk.library, None, ENGLISH)
    shared = library_html(desk.library, None, ENGLISH, shared=True)
    assert 'data-remove="port.md" data-shelf="library"' in shared
    assert ENGLISH.remove_sure_shared in shared
    own = library_html(Collection.in_memory(HashEncoder()), desk.library, ENGLISH)
    assert 'data-remove="port.md" data-shelf="mine"' in own
    assert ENGLISH.remove_sure in own
