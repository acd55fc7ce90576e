"""The library that visitors may change: for everybody, for good, and never by halves."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from chat.arguments import Arguments
from chat.desk import Desk, Found
from chat.intake import FileLimits, Progress
from chat.library import introduction_html, library_html
from chat.problems import told
from chat.server import opened, serve
from chat.sessions import Visitors
from chat.shelf import Shelf
from chat.texts import ENGLISH, FRENCH, LANGUAGES, Texts
from chat.uploads import Upload, take, take_all, uploads_html
from index.collection import Collection
from index.encoder import Vectors, open_encoder
from index.errors import CollectionError
from index.opening import open_collection
from index.store import FILE_NAME
from qa.pipeline import QAPipeline
from qa.retriever import HybridRetriever
from tests.chat.conftest import HashEncoder, another_writer, desk_on, small_pipeline
from tests.index.milvus_server import MilvusServer
from tests.index.survival import CannotMount, small_disk


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
    with pytest.raises(CollectionError) as refused:
        desk.remove("ann", "a.txt", private=False)
    assert told(refused.value, FRENCH) == FRENCH.problem_gone


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


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=list(LANGUAGES))
def test_while_another_process_writes_each_file_is_told_and_nothing_is_written(
    tmp_path: Path, texts: Texts
) -> None:
    desk = shared_desk(tmp_path / "kept")
    files = [write(tmp_path, name, "The colour red is shared.") for name in ("a.txt", "b.txt")]
    with another_writer(tmp_path / "kept"):
        *_, uploads = take_all(partial(desk.add, "ann"), files, texts)
        assert uploads == [Upload(file.name, "failed", problem=texts.problem_busy) for file in files]
        assert uploads_html(uploads, texts).count(texts.problem_busy) == 2
        assert said(desk, "bob") is None  # and a question does not wait for the writer
    assert desk.library.entries() == []
    assert desk.library.verify() == []
    taken = desk.add("ann", write(tmp_path, "a.txt", "The colour red is shared."), Progress())
    assert (taken.status, said(desk, "bob")) == ("added", "red")


def test_what_another_writer_keeps_out_of_the_middle_of_a_file_is_told_as_such(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    Collection.open(kept, HashEncoder(), create=True).close()
    with InterruptedEncoder(kept) as encoder:
        shelf = Shelf(Collection.open(kept, encoder, patience=0.1))
        lines = [
            {"id": str(n), "text": text} for n, text in enumerate(("One.", "Then another writer.", "Two."))
        ]
        file = write(tmp_path, "all.jsonl", "\n".join(map(json.dumps, lines)))
        upload = take(shelf.add, file, ENGLISH)
    assert upload == Upload("all.jsonl", "added", 1.0, 1, ENGLISH.problem_busy)
    assert f"1 passage · {ENGLISH.partly_added}. " in uploads_html([upload], ENGLISH)
    with Collection.open(kept, HashEncoder()) as collection:
        assert [entry.doc_id for entry in collection.entries()] == ["all.jsonl#0"]
        assert collection.verify() == []
    # The same file again brings the rest.
    shelf = Shelf(Collection.open(kept, HashEncoder()))
    taken = shelf.add(write(tmp_path, "all.jsonl", "\n".join(map(json.dumps, lines))))
    assert (taken.status, taken.passages, taken.left_out) == ("added", 3, None)


class InterruptedEncoder(HashEncoder):
    """While it encodes what speaks of another writer, another connection begins to write."""

    def __init__(self, folder: Path) -> None:
        self._other = sqlite3.connect(folder / FILE_NAME, isolation_level=None)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        if any("another writer" in text for text in texts):
            self._other.execute("BEGIN IMMEDIATE")
        return super().encode_documents(texts)

    def __enter__(self) -> InterruptedEncoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._other.close()


def test_on_a_full_disk_each_file_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk", "2m") as disk:
            desk = shared_desk(disk / "kept")
            desk.add("ann", write(tmp_path, "a.txt", "The colour red is shared."), Progress())
            with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
                while ballast.write(bytes(4_096)):
                    pass
            text = " ".join(f"Sentence number {number} stands here." for number in range(2_000))
            for texts in LANGUAGES.values():
                upload = take(partial(desk.add, "ann"), write(tmp_path, "b.txt", text), texts)
                assert upload == Upload("b.txt", "failed", upload.part, problem=texts.problem_unwritable)
            assert said(desk, "bob") == "red"
            assert [entry.doc_id for entry in desk.library.entries()] == ["a.txt"]
            (disk / "ballast").unlink()
            assert take(partial(desk.add, "ann"), write(tmp_path, "b.txt", text), FRENCH).state == "added"
            assert desk.library.verify() == []
            desk.library.close()
    except CannotMount as error:
        pytest.skip(f"no file system can be mounted here ({error})")


@pytest.mark.models
def test_on_a_read_only_disk_the_owner_is_told_at_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        with small_disk(tmp_path / "disk", "2m") as disk:
            Collection.open(disk / "kept", open_encoder(), create=True).close()
            (disk / "empty").mkdir()
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            for name, words in (
                ("kept", "can't be written, so visitors can't add to it; leave out --allow-add\n"),
                (
                    "empty",
                    "the disk refuses (unable to open database file); "
                    "check its space and the folder's permissions, then do it again\n",
                ),
                ("new", "can't be made (Read-only file system); name another\n"),
            ):
                assert serve(Arguments(collection=disk / name, allow_add=True, port=0)) == 2
                assert capsys.readouterr().err == f"{disk / name}: {words}"
    except CannotMount as error:
        pytest.skip(f"no file system can be mounted here ({error})")


def test_a_collection_is_made_where_there_is_none(tmp_path: Path) -> None:
    shelf = opened(tmp_path / "new", HashEncoder(), FileLimits())
    shelf.add(write(tmp_path, "a.txt", "One."))
    with Collection.open(tmp_path / "new", HashEncoder()) as collection:
        assert [entry.doc_id for entry in collection.entries()] == ["a.txt"]


# ── on a server ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MilvusServer]:
    made = MilvusServer(tmp_path / "server.db")
    made.start()
    yield made
    made.stop()


@pytest.mark.slow
def test_a_library_on_milvus_is_changed_for_everybody_at_once(server: MilvusServer, tmp_path: Path) -> None:
    model = small_pipeline()
    shelf = opened(server.where, HashEncoder(), FileLimits())
    collection = open_collection(server.where, HashEncoder())
    pipeline = QAPipeline(HybridRetriever(collection), model.reader, model.calibration, None, collection)
    desk = Desk(pipeline, Visitors(pipeline), shelf=shelf)
    assert said(desk, "bob") is None
    add = partial(desk.add, "ann")
    assert take(add, write(tmp_path, "a.txt", "The colour red is shared."), FRENCH).state == "added"
    assert said(desk, "bob") == "red"
    assert (collection.passage_count(), collection.languages()) == (1, ["en"])
    desk.remove("bob", "a.txt", private=False)
    assert (said(desk, "ann"), collection.passage_count(), collection.entries()) == (None, 0, [])
    server.stop()
    for texts in LANGUAGES.values():
        upload = take(add, write(tmp_path, "b.txt", "The colour green is shared."), texts)
        assert upload == Upload("b.txt", "failed", problem=texts.problem_unreachable)
    server.start()
    for _ in range(100):
        if take(add, write(tmp_path, "b.txt", "The colour green is shared."), FRENCH).state == "added":
            break
        time.sleep(0.2)
    assert said(desk, "bob") == "green"
    desk.library.close()


# ── what the page says of it ─────────────────────────────────────────────────────────────────────


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
