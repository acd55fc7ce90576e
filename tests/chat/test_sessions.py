"""Visitors' documents are their own, and are gone when their time is over."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from chat.desk import Desk, Found, Scope, Word
from chat.intake import FileLimits, Refused, RefusedError
from chat.problems import told
from chat.sessions import VisitorLimits, Visitors
from chat.texts import ENGLISH
from index.errors import CollectionError, DocumentError
from qa.pipeline import QAPipeline


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visitors(pipeline: QAPipeline, clock: Clock) -> Visitors:
    return Visitors(
        pipeline,
        VisitorLimits(FileLimits(1_000, characters=100), 100, documents=3, visitors=2, idle=60, grace=5),
        clock,
    )


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_each_visitor_is_answered_from_their_own_documents_alone(desk: Desk, tmp_path: Path) -> None:
    desk.visitors.add("ann", write(tmp_path, "a.txt", "The colour red is mine."))
    desk.visitors.add("bob", write(tmp_path, "b.txt", "The colour green is mine."))
    said = {}
    for session, private in (("ann", True), ("bob", True), ("ann", False)):
        reply = desk.reply("Which colour", ENGLISH, session, Scope(private))
        assert isinstance(reply, Found)
        said[session, private] = (reply.answer.text, reply.private)
    assert said == {
        ("ann", True): ("red", True),
        ("bob", True): ("green", True),
        ("ann", False): ("blue", False),
    }
    assert [entry.doc_id for entry in desk.library.entries()] == ["port.md"]
    assert desk.reply("Which colour", ENGLISH, "eve", Scope(private=True)) == Word(ENGLISH.gone, problem=True)


def test_documents_are_forgotten_when_unused(visitors: Visitors, clock: Clock, tmp_path: Path) -> None:
    visitors.add("ann", write(tmp_path, "a.txt", "One."))
    clock.now = 59
    assert visitors.get("ann") is not None
    clock.now = 118
    assert visitors.get("ann") is not None
    clock.now = 179
    assert visitors.get("ann") is None


def test_documents_are_forgotten_soon_after_the_page_is_closed(
    visitors: Visitors, clock: Clock, tmp_path: Path
) -> None:
    visitors.add("ann", write(tmp_path, "a.txt", "One."))
    visitors.leave("ann")
    clock.now = 4
    assert visitors.get("ann") is not None  # the connection came back
    visitors.leave("ann")
    clock.now = 10
    visitors.sweep()
    assert visitors.get("ann") is None


def test_documents_are_forgotten_on_request(visitors: Visitors, tmp_path: Path) -> None:
    visitors.add("ann", write(tmp_path, "a.txt", "One."))
    visitors.forget("ann")
    assert visitors.get("ann") is None


def test_a_file_of_the_same_name_is_replaced(visitors: Visitors, tmp_path: Path) -> None:
    visitors.add("ann", write(tmp_path, "a.txt", "One. " * 15))
    visitors.add("ann", write(tmp_path, "a.txt", "Two. " * 15))
    visitor = visitors.get("ann")
    assert visitor is not None
    assert [(entry.source, entry.passages) for entry in visitor.entries] == [("a.txt", 1)]
    assert visitor.collection.document("a.txt").text.startswith("Two.")


def test_there_is_an_end_to_what_visitors_may_hold(visitors: Visitors, tmp_path: Path) -> None:
    visitors.add("ann", write(tmp_path, "a.txt", "x" * 90))
    with pytest.raises(RefusedError) as full:
        visitors.add("ann", write(tmp_path, "b.txt", "x" * 20))
    assert (full.value.why, full.value.figures) == (Refused.FULL, {"limit": 100})
    visitors.add("bob", write(tmp_path, "b.txt", "x"))
    with pytest.raises(RefusedError) as crowded:
        visitors.add("eve", write(tmp_path, "c.txt", "x"))
    assert crowded.value.why is Refused.CROWDED


def test_many_small_documents_are_no_way_around_it(visitors: Visitors, tmp_path: Path) -> None:
    visitors.add("ann", write(tmp_path, "a.txt", "x"))
    records = write(tmp_path, "b.jsonl", '{"text": "x"}\n' * 3)
    with pytest.raises(RefusedError) as refused:
        visitors.add("ann", records)
    assert (refused.value.why, refused.value.figures) == (Refused.TOO_MANY_DOCUMENTS, {"limit": 3})
    visitor = visitors.get("ann")
    assert visitor is not None
    assert [entry.source for entry in visitor.entries] == ["a.txt"]


def test_an_archive_is_read_no_further_than_there_is_room(visitors: Visitors, tmp_path: Path) -> None:
    file = tmp_path / "much.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.txt", "b.txt"):
            archive.writestr(name, "x" * 60)
        archive.writestr("c.pdf", "never looked at, else it would be told as damaged")
    with pytest.raises(DocumentError) as refused:
        visitors.add("ann", file)
    assert told(refused.value, ENGLISH) == ENGLISH.problem_too_long.format(limit=100)
    assert visitors.get("ann") is None


def test_one_document_is_removed_and_with_the_last_the_visitor(visitors: Visitors, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        visitors.add("ann", write(tmp_path, name, "One."))
    visitors.remove("ann", "a.txt")
    visitor = visitors.get("ann")
    assert visitor is not None
    assert [entry.doc_id for entry in visitor.entries] == ["b.txt"]
    with pytest.raises(CollectionError):
        visitors.remove("bob", "b.txt")
    visitors.remove("ann", "b.txt")
    assert visitors.get("ann") is None
