"""Ingestion works ahead, and what it tells stays in order and true."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from index import Collection, Document, DocumentError
from index.ahead import Ended, Ready, prepared_ahead
from index.encoder import Vectors
from index.ingestion import ingest
from index.searchable import Prepared
from tests.index.hash_encoder import HashEncoder

FILES = [Path(f"/d/{number}.txt") for number in range(30)]


def reading(file: Path) -> Iterator[tuple[Document, int] | Ended]:
    yield Document(file.name, file.stem, f"Texte {file.stem}.", str(file)), 10
    yield Ended(file, "checksum")


def test_the_order_is_that_of_the_files_whatever_takes_how_long() -> None:
    def prepare(document: Document) -> Prepared:
        time.sleep(0.002 if document.title.endswith("0") else 0)
        return Prepared(document)

    steps = list(prepared_ahead(FILES, reading, prepare))
    assert [type(step) for step in steps] == [Ready, Ended] * 30
    assert [step.file for step in steps if isinstance(step, Ended)] == FILES
    assert [step.prepared.result().document.source for step in steps if isinstance(step, Ready)] == [
        str(file) for file in FILES
    ]


def test_no_more_is_prepared_than_there_is_room_for_and_stopping_stops_it() -> None:
    begun: list[str] = []
    before = set(threading.enumerate())  # models of other tests may have threads

    def prepare(document: Document) -> Prepared:
        begun.append(document.doc_id)
        return Prepared(document)

    steps = prepared_ahead([Path(f"/d/{number}.txt") for number in range(10_000)], reading, prepare)
    next(steps)
    time.sleep(0.05)
    steps.close()
    assert 1 <= len(begun) <= 12
    assert set(threading.enumerate()) <= before


def test_what_reading_raises_is_raised_where_the_steps_are_taken() -> None:
    def broken(file: Path) -> Iterator[tuple[Document, int] | Ended]:
        yield from reading(file)
        raise OSError("the disk is gone")

    steps = prepared_ahead(FILES, broken, Prepared)
    assert isinstance(next(steps), Ready)
    assert isinstance(next(steps), Ended)
    with pytest.raises(OSError, match="the disk is gone"):
        next(steps)


def test_outcomes_are_told_in_order_and_each_is_on_disk(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}.txt").write_text(f"Le phare {number} éclaire la baie.", encoding="utf-8")
    (tmp_path / "20.txt").write_text(" ", encoding="utf-8")
    (tmp_path / "21.jsonl").write_text('{"text": "Un."}\n{"text": "Deux."}\n', encoding="utf-8")
    with Collection.open(tmp_path / "c", HashEncoder(), create=True) as collection:
        seen = []
        for outcome in ingest(collection, [tmp_path]):
            with Collection.open(tmp_path / "c", HashEncoder()) as other:
                held = [entry.doc_id for entry in other.entries()]
            if outcome.status == "added":
                assert outcome.doc_id in held
            seen.append((outcome.path.name, outcome.status))
        expected = sorted(
            [(f"{n:02}.txt", "failed" if n == 20 else "added") for n in range(40)]
            + [("21.jsonl", "added")] * 2
        )
        assert sorted(seen, key=lambda one: one[0]) == expected
        assert seen == sorted(seen, key=lambda one: one[0])
        assert [o.status for o in ingest(collection, [tmp_path])].count("skipped") == 40
        assert collection.verify() == []


def test_the_same_text_prepared_at_the_same_time_is_told(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("Le port est fermé.", encoding="utf-8")
    with Collection.in_memory(HashEncoder()) as collection:
        outcomes = list(ingest(collection, [tmp_path]))
    assert [outcome.same_as for outcome in outcomes] == [(), ("a.txt",), ("a.txt", "b.txt")]


def test_what_was_taken_away_after_it_was_looked_up_is_written_all_the_same() -> None:
    document = Document("port", "Port", "Le port est fermé.", "/d/port.txt", "fr")
    with Collection.in_memory(HashEncoder()) as collection:
        collection.add(document)
        prepared = collection.prepare(document)
        assert prepared.vectors is None
        assert collection.write(prepared).status == "unchanged"
        collection.remove("port")
        assert collection.write(prepared).status == "added"
        with pytest.raises(DocumentError, match="no text"):
            collection.prepare(Document("blank", "Blank", " ", "/d/blank.txt"))


@dataclass(frozen=True)
class RefusingEncoder(HashEncoder):
    """Takes one word for what can't be encoded, and remembers all it was given."""

    seen: list[str] = field(default_factory=list)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.seen.extend(texts)
        if any("illisible" in text for text in texts):
            raise DocumentError("r.jsonl: a document that can't be encoded")
        return super().encode_documents(texts)


def test_what_a_file_holds_behind_a_bad_document_is_left(tmp_path: Path) -> None:
    records = ["Un.", "illisible", *(f"Phare {number}." for number in range(300))]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in records)
    (tmp_path / "r.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "s.txt").write_text("Le port.", encoding="utf-8")
    encoder = RefusingEncoder()
    with Collection.in_memory(encoder) as collection:
        outcomes = [(outcome.path.name, outcome.status) for outcome in ingest(collection, [tmp_path])]
        assert outcomes == [("r.jsonl", "added"), ("r.jsonl", "failed"), ("s.txt", "added")]
        assert sum("Phare" in text for text in encoder.seen) < 50  # what was read ahead
