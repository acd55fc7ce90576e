"""Visitors' documents are their own, and are gone when their time is over."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from chat.desk import Desk, Found, Scope, Word
from chat.intake import FileLimits, Refused, RefusedError, Taken
from chat.problems import told
from chat.sessions import VisitorLimits, Visitors
from chat.texts import ENGLISH
from index.collection import Collection
from index.encoder import Vectors
from index.errors import CollectionError, DocumentError, ModelError
from qa.pipeline import QAPipeline
from qa.retriever import HybridRetriever
from tests.chat.conftest import HashEncoder


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.read = threading.Event()  # set whenever somebody looks at it

    def __call__(self) -> float:
        self.read.set()
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


class ChokingEncoder(HashEncoder):
    """Fails at texts that hold "choke", after doing something else first."""

    def __init__(self) -> None:
        self.before: Callable[[], None] = lambda: None

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        if any("choke" in text for text in texts):
            self.before()
            raise ModelError("the model choked")
        return super().encode_documents(texts)


@pytest.fixture
def choking() -> ChokingEncoder:
    return ChokingEncoder()


@pytest.fixture
def lonely(pipeline: QAPipeline, choking: ChokingEncoder, clock: Clock) -> Visitors:
    """With room for one visitor, of 100 characters."""
    collection = Collection.in_memory(choking)
    own = QAPipeline(
        HybridRetriever(collection), pipeline.reader, pipeline.calibration, pipeline.settings, collection
    )
    return Visitors(own, VisitorLimits(characters=100, documents=3, visitors=1), clock)


@pytest.mark.parametrize(
    ("name", "text", "refused"),
    [
        ("long.txt", "x" * 101, RefusedError),
        ("many.jsonl", '{"text": "x"}\n' * 4, RefusedError),
        ("hard.txt", "choke", ModelError),
    ],
)
def test_who_has_no_documents_takes_no_place(
    lonely: Visitors, tmp_path: Path, name: str, text: str, refused: type[Exception]
) -> None:
    with pytest.raises(refused):
        lonely.add("ann", write(tmp_path, name, text))
    assert lonely.get("ann") is None
    lonely.add("bob", write(tmp_path, "b.txt", "One."))
    with pytest.raises(refused):
        lonely.add("bob", write(tmp_path, name, text))
    visitor = lonely.get("bob")
    assert visitor is not None
    assert [entry.source for entry in visitor.entries] == ["b.txt"]


def test_a_refused_file_does_not_take_the_next_one_with_it(
    lonely: Visitors, choking: ChokingEncoder, clock: Clock, tmp_path: Path
) -> None:
    hard, easy = write(tmp_path, "hard.txt", "choke"), write(tmp_path, "easy.txt", "One.")
    with ThreadPoolExecutor(1) as another:
        waiting: list[Future[Taken]] = []

        def drop_another() -> None:
            clock.read.clear()
            waiting.append(another.submit(lonely.add, "ann", easy))
            assert clock.read.wait(10)  # it is let in, and waits until the first is done

        choking.before = drop_another
        with pytest.raises(ModelError):
            lonely.add("ann", hard)
        assert waiting[0].result(10).status == "added"
    visitor = lonely.get("ann")
    assert visitor is not None
    assert [entry.source for entry in visitor.entries] == ["easy.txt"]


def test_files_that_go_on_after_the_page_was_closed_do_not_keep_it_open(
    visitors: Visitors, clock: Clock, tmp_path: Path
) -> None:
    visitors.add("ann", write(tmp_path, "a.txt", "One."))
    visitors.leave("ann")
    visitors.add("ann", write(tmp_path, "b.txt", "Two."))
    assert visitors.get("ann") is not None
    clock.now = 6
    assert visitors.get("ann") is None


def test_who_asks_again_has_come_back(visitors: Visitors, clock: Clock, tmp_path: Path) -> None:
    visitors.add("ann", write(tmp_path, "a.txt", "One."))
    visitors.leave("ann")
    visitors.came_back("ann")
    assert visitors.get("ann") is not None
    clock.now = 30
    assert visitors.get("ann") is not None
