"""All of a collection that is not searched by likeness: documents, their texts, files that were read, one fact.

A document's record names the version of its passages, and is written after them: what no record names
is shown to nobody. Records of removed documents stay, with the number of their last version, so
that a slow writer can't delete what was added after a removal.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from index.errors import CollectionError
from index.milvus.server import Row, Server, both, either, equal
from index.rows import Entry, damaged, seal

_PIECE = 15_000  # characters of a text: at most 60,000 bytes, and a field holds 65,535
_FACT_FIELDS = ("body", "seal")
_RECORD_FIELDS = ("owner", "version", "number", "at", "kind", "body", "seal")
_NAMES_AT_ONCE = 10_000


class Kind(IntEnum):
    """What a row of the table is."""

    DOCUMENT = 1
    REMOVED = 2  # what is left of a document
    PIECE = 3  # of a text
    FILE = 4  # that was read to its end
    FACT = 5  # fingerprint and table of passages
    LANGUAGE = 6  # that some document is or was in
    UNFINISHED = 7  # rows of this version may lie about that no record names


@dataclass(frozen=True, slots=True)
class Record:
    """A document as its collection knows it."""

    owner: int  # made from the source: the document's key
    version: int  # of its text and passages
    generation: int  # how many versions there were
    at: int  # nanoseconds since 1970: when it was added, and its place in the list
    doc_id: str
    title: str
    source: str
    language: str | None
    passages: int  # count
    pieces: int  # of its text; count
    characters: int
    added: str  # ISO 8601, UTC
    checksum: str  # SHA-256 of the text
    marks: str  # SHA-256 of headings and pages
    removed: bool = False

    @property
    def entry(self) -> Entry:
        """As the collection lists it."""
        return Entry(
            self.doc_id, self.title, self.source, self.language, self.passages, self.characters, self.added
        )


@dataclass(frozen=True, slots=True)
class Fact:
    """What the collection says of itself."""

    fingerprint: Mapping[str, str]
    passages: str  # the table that holds them


def key_of(*parts: object) -> int:
    """63 bits of a SHA-256: the same key wherever it is made, so that writing twice changes nothing."""
    told = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(told).digest()[:8]) >> 1


def owner_of(source: str) -> int:
    """The key of a source's document."""
    return key_of("source", source)


class Records:
    """The table of records."""

    def __init__(self, server: Server, table: str) -> None:
        self._server = server
        self._table = table
        self._languages: set[str | None] = set()

    def exist(self) -> bool:
        """Has the table been made?"""
        return self._server.has(self._table)

    # ── the fact ─────────────────────────────────────────────────────────────────────────────────

    def fact(self, strong: bool = False) -> Fact | None:
        """None when nobody has written it yet."""
        found = self._server.by_key(self._table, [key_of("fact")], _FACT_FIELDS, strong)
        return Fact(**_opened(found[0], "the fact")) if found else None

    def set_fact(self, fact: Fact) -> None:
        """From here on searches go to the table it names."""
        self._write(key_of("fact"), Kind.FACT, asdict(fact))

    # ── documents ────────────────────────────────────────────────────────────────────────────────

    def put(self, record: Record) -> None:
        """Write a record over the one of the same source: in one step, what readers see is the new version."""
        if record.language not in self._languages:
            self._write(key_of("language", record.language), Kind.LANGUAGE, record.language)
            self._languages.add(record.language)
        told = asdict(record)
        whole = {name: told.pop(name) for name in ("owner", "version", "generation", "at")}
        self._write(
            record.owner,
            Kind.REMOVED if record.removed else Kind.DOCUMENT,
            told,
            owner=record.owner,
            version=record.version,
            number=whole["generation"],
            at=record.at,
            name=key_of("doc_id", record.doc_id),
            content=key_of("text", record.checksum),
            language=key_of("language", record.language),
        )

    def of_owner(self, owner: int, strong: bool = True) -> Record | None:
        """A source's record, also a removed document's."""
        found = self._server.by_key(self._table, [owner], _RECORD_FIELDS, strong)
        return _record(found[0]) if found else None

    def of_owners(self, owners: Sequence[int]) -> dict[int, Record]:
        """The records of those that are there."""
        unique = list(dict.fromkeys(owners))
        found = map(_record, self._server.by_key(self._table, unique, _RECORD_FIELDS))
        return {record.owner: record for record in found if not record.removed}

    def named(self, doc_id: str, strong: bool = False) -> Record | None:
        """The document of that id."""
        return next(iter(self.all_named(doc_id, strong)), None)

    def all_named(self, doc_id: str, strong: bool) -> list[Record]:
        """The documents of that id: one, but for the moment in which two writers took the same."""
        found = self._where(equal(kind=Kind.DOCUMENT, name=key_of("doc_id", doc_id)), strong)
        return sorted((r for r in found if r.doc_id == doc_id), key=lambda record: record.at)

    def owners_of(self, doc_ids: Sequence[str]) -> list[int]:
        """The keys of those documents that are there."""
        owners: list[int] = []
        for first in range(0, len(doc_ids), _NAMES_AT_ONCE):
            names = [key_of("doc_id", doc_id) for doc_id in doc_ids[first : first + _NAMES_AT_ONCE]]
            condition = both(equal(kind=Kind.DOCUMENT), either("name", names))
            owners += [row["owner"] for row in self._server.rows(self._table, condition, ["owner"])]
        return owners

    def with_text(self, checksum: str) -> list[Record]:
        """The documents of that text, in the order they were added."""
        found = self._where(equal(kind=Kind.DOCUMENT, content=key_of("text", checksum)), strong=True)
        return sorted((r for r in found if r.checksum == checksum), key=lambda record: record.at)

    def all(self) -> list[Record]:
        """Every document, in the order they were added."""
        found = self._server.scan(self._table, equal(kind=Kind.DOCUMENT), _RECORD_FIELDS)
        return sorted(map(_record, found), key=lambda record: (record.at, record.owner))

    def languages(self) -> list[str | None]:
        """The languages of the documents, the most frequent first."""
        counts: dict[str | None, int] = {}
        for row in self._server.rows(self._table, equal(kind=Kind.LANGUAGE), _FACT_FIELDS):
            language = _opened(row, "a language")
            condition = equal(kind=Kind.DOCUMENT, language=key_of("language", language))
            counts[language] = self._server.count(self._table, condition)
        spoken = [language for language, count in counts.items() if count]
        return sorted(spoken, key=lambda language: (-counts[language], language or ""))

    # ── texts ────────────────────────────────────────────────────────────────────────────────────

    def write_text(self, owner: int, version: int, text: str) -> int:
        """Keep a text of any length; the number of its pieces."""
        pieces = [text[first : first + _PIECE] for first in range(0, len(text), _PIECE)] or [""]
        self._server.write(self._table, [
            self._row(key_of("piece", owner, version, number), Kind.PIECE, piece, owner=owner, version=version, number=number)
            for number, piece in enumerate(pieces)
        ])  # fmt: skip
        return len(pieces)

    def read_text(self, owner: int, version: int, pieces: int) -> str | None:
        """The text, or None when not all of it is there as it was written."""
        keys = [key_of("piece", owner, version, number) for number in range(pieces)]
        rows = self._server.by_key(self._table, keys, ["key", *_FACT_FIELDS])
        found = {row["key"]: row["body"] for row in rows if seal(row["body"]) == row["seal"]}
        return "".join(found[key] for key in keys) if len(found) == pieces else None

    def delete_text(self, owner: int, version: int) -> None:
        """Forget a text."""
        self._server.delete(self._table, equal(kind=Kind.PIECE, owner=owner, version=version))

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    def sources_of(self, file: str) -> tuple[str, list[str]] | None:
        """The checksum of a file that was read to its end, and the sources of the documents in it."""
        owner = key_of("file", file)
        found = self._server.by_key(self._table, [owner], ("version", "number", *_FACT_FIELDS), strong=True)
        if not found:
            return None
        text = self.read_text(owner, found[0]["version"], found[0]["number"])
        return (_opened(found[0], file), json.loads(text)) if text is not None else None

    def set_sources(self, file: str, checksum: str, sources: Sequence[str]) -> None:
        """Note that a file was read to its end."""
        owner, version = key_of("file", file), key_of("version", checksum)
        pieces = self.write_text(owner, version, json.dumps(list(sources)))
        self._write(owner, Kind.FILE, checksum, owner=owner, version=version, number=pieces)
        others = f"{equal(kind=Kind.PIECE, owner=owner)} and version != {version}"
        self._server.delete(self._table, others)

    def are_there(self, sources: Sequence[str]) -> bool:
        """Does each of these sources have its document?"""
        return len(self.of_owners(list(map(owner_of, sources)))) == len(set(sources))

    # ── unfinished work ──────────────────────────────────────────────────────────────────────────

    def begin(self, owner: int, version: int, at: int | None = None) -> None:
        """Note, before they are written or given up, that rows of a version may be left lying about.

        `at`: nanoseconds since 1970; None = now.
        """
        key = key_of("unfinished", owner, version)
        self._write(
            key, Kind.UNFINISHED, "", owner=owner, version=version, at=time.time_ns() if at is None else at
        )

    def finish(self, owner: int, version: int) -> None:
        """They are not."""
        self._server.delete(self._table, either("key", [key_of("unfinished", owner, version)]))

    def unfinished(self, before: int) -> Iterator[tuple[int, int]]:
        """Owner and version of what was begun before a time, in nanoseconds since 1970."""
        condition = f"{equal(kind=Kind.UNFINISHED)} and at < {before}"
        for row in list(self._server.scan(self._table, condition, ["owner", "version"])):
            yield row["owner"], row["version"]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _where(self, condition: str, strong: bool) -> list[Record]:
        return list(map(_record, self._server.rows(self._table, condition, _RECORD_FIELDS, strong)))

    def _write(self, key: int, kind: Kind, told: object, **whole: int) -> None:
        row = self._row(key, kind, json.dumps(told, ensure_ascii=False), **whole)
        self._server.write(self._table, [row])

    @staticmethod
    def _row(key: int, kind: Kind, body: str, **whole: int) -> Row:
        empty = dict.fromkeys(("owner", "version", "number", "name", "content", "language", "at"), 0)
        return {**empty, **whole, "key": key, "kind": int(kind), "body": body, "seal": seal(body), "none": [0.0, 0.0]}  # fmt: skip


def _record(row: Row) -> Record:
    told = _opened(row, "a document's record")
    told["removed"] = row["kind"] == Kind.REMOVED
    return Record(
        owner=row["owner"], version=row["version"], generation=row["number"], at=row["at"], **told
    )  # fmt: skip


def _opened(row: Row, what: str) -> Any:
    if seal(row["body"]) != row["seal"]:
        raise CollectionError(damaged(what))
    return json.loads(row["body"])
