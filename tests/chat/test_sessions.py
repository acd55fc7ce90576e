"""Visitors' documents are their own, and are gone when their time is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.desk import Desk, Found, Scope, Word
from chat.sessions import FullError, UnknownFormatError, VisitorLimits, Visitors
from chat.texts import ENGLISH
from chat.uploads import Upload, take, uploads_html
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
        pipeline, VisitorLimits(file_bytes=1_000, characters=100, visitors=2, idle=60, grace=5), clock
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
    with pytest.raises(FullError):
        visitors.add("ann", write(tmp_path, "b.txt", "x" * 20))
    visitors.add("bob", write(tmp_path, "b.txt", "x"))
    with pytest.raises(FullError):
        visitors.add("eve", write(tmp_path, "c.txt", "x"))


def test_an_unknown_format_is_named(visitors: Visitors, tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError):
        visitors.add("ann", write(tmp_path, "a.exe", "x"))
    assert visitors.get("ann") is None


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.exe", "x", "a.exe: this format cannot be read here."),
        ("a.txt", "x" * 1_001, "a.txt: the file is too large"),
        ("a.txt", "x" * 101, "a.txt: cannot be read."),
        ("a.txt", " \n", "a.txt: cannot be read."),
    ],
)
def test_an_upload_that_fails_says_why_and_leaves_no_file(
    visitors: Visitors, tmp_path: Path, name: str, text: str, told: str
) -> None:
    file = write(tmp_path, name, text)
    upload = take(visitors, "ann", file, ENGLISH)
    assert upload.problem is not None
    assert upload.problem.startswith(told)
    assert str(tmp_path) not in upload.problem
    assert not file.exists()


def test_an_upload_is_counted_and_leaves_no_file(visitors: Visitors, tmp_path: Path) -> None:
    file = write(tmp_path, "a.txt", "One. Two.")
    assert take(visitors, "ann", file, ENGLISH) == Upload("a.txt", passages=1)
    assert not file.exists()


def test_uploads_are_told_one_by_one() -> None:
    html = uploads_html(
        [Upload("a.txt", 3), Upload("<b>.txt", problem="<b>.txt: no"), Upload("c.txt")], ENGLISH
    )
    assert '<progress max="3" value="2"' in html
    assert "3 passages" in html
    assert "&lt;b&gt;.txt: no" in html
    assert "reading…" in html
