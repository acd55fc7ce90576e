"""A collection of documents that can be searched. One SQLite file is the truth; FAISS is derived from it.

Documents, passages, vectors and terms are written in one transaction a document, so texts and
vectors can't drift apart. Whoever reads sees the last complete state, whoever writes next to it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from index.documents import Document, Heading, PageMark, Passage
from index.encoder import Encoder, Vectors
from index.errors import CollectionError, DocumentError
from index.lexical import terms
from index.passages import Splitter
from index.vectors import VectorIndex

SCHEMA_VERSION = 1
FILE_NAME = "collection.sqlite"
_SCHEMA = Path(__file__).with_name("schema.sql")
_PATIENCE = 30.0  # seconds a second writer waits for the first
_CONTEXT_WEIGHT = 0.5  # of a term in title or heading, against one in the passage


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as the collection lists it."""

    doc_id: str
    title: str
    source: str
    language: str | None
    passages: int  # count
    characters: int  # code points of its text
    added: str  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a document that was to be added."""

    doc_id: str
    status: str  # "added", "updated" or "unchanged"
    passages: int  # count
    same_as: tuple[str, ...] = ()  # doc_ids of other documents with the same text


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage's key and how well it matched."""

    key: int
    score: float  # cosine or BM25; higher is better


class Collection:
    """Documents, their passages and vectors, and the two ways of searching them.

    May be shared between threads. Close it, or use it in a `with` statement.
    """

    def __init__(self, connection: sqlite3.Connection, encoder: Encoder, where: str) -> None:
        """Use `in_memory` or `open`."""
        self.encoder = encoder
        self.where = where
        self._splitter = Splitter(encoder.token_offsets)
        self._connection = connection
        self._lock = threading.RLock()
        self._vectors = VectorIndex(encoder.dimension)
        self._generation = -1

    @classmethod
    def in_memory(cls, encoder: Encoder) -> Collection:
        """An empty collection that is gone when it is closed."""
        connection = _connect(":memory:")
        _create(connection)
        collection = cls(connection, encoder, "memory")
        collection._stamp()
        return collection

    @classmethod
    def open(cls, folder: str | Path, encoder: Encoder, create: bool = False) -> Collection:
        """The collection in `folder`; a new one with `create`.

        Raises CollectionError when there is none, when it is damaged, or when it was built with
        another encoder or other settings.
        """
        file = Path(folder) / FILE_NAME
        if not file.exists():
            if not create:
                raise CollectionError(
                    f"{folder}: no collection there; make one with: python -m index add --collection {folder} FILE…"
                )
            file.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = _connect(str(file))
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                _create(connection)
                collection = cls(connection, encoder, str(folder))
                collection._stamp()
                return collection
            collection = cls(connection, encoder, str(folder))
            collection._check_fingerprint()
        except sqlite3.DatabaseError as error:
            raise CollectionError(
                f"{file}: not a usable collection ({error}); restore it from a backup, or add the documents anew"
            ) from error
        return collection

    def close(self) -> None:
        """Release the file. The collection can't be used any more."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Collection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def add(self, document: Document, progress: bool = False) -> Added:
        """Add a document, or replace the one with the same source; nothing happens when its text is unchanged.

        A `doc_id` that another source holds gets a suffix. When this returns, the document is on disk.
        """
        checksum = hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()
        with self._lock:
            known = self._connection.execute(
                "SELECT doc_id, checksum, title, (SELECT count(*) FROM passages WHERE document = documents.id) "
                "FROM documents WHERE source = ?", (document.source,)
            ).fetchone()  # fmt: skip
            same_as = tuple(
                doc_id
                for (doc_id,) in self._connection.execute(
                    "SELECT doc_id FROM documents WHERE checksum = ? AND source <> ?",
                    (checksum, document.source),
                )
            )
            if known is not None and known[1:3] == (checksum, document.title):
                return Added(known[0], "unchanged", known[3], same_as)
            doc_id = known[0] if known is not None else self._free_doc_id(document)
        passages = self._splitter.split(document)
        if not passages:
            raise DocumentError(f"{document.source}: no text in it")
        vectors = self.encoder.encode_documents([f"{p.context}\n{p.text}" for p in passages], progress)
        with self._writing() as cursor:
            self._delete(cursor, "source = ?", document.source)
            self._insert(cursor, document, doc_id, checksum, passages, vectors)
        return Added(doc_id, "added" if known is None else "updated", len(passages), same_as)

    def remove(self, doc_id: str) -> None:
        """Remove a document and all that belongs to it; CollectionError when there is none of that id."""
        with self._writing() as cursor:
            if not self._delete(cursor, "doc_id = ?", doc_id):
                raise CollectionError(
                    f"{doc_id}: no such document in {self.where}; see: python -m index list"
                )

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Split and encode every document again with the present encoder and settings, in one transaction.

        Returns the number of passages. `progress` is told how many documents are done, and of how many.
        """
        doc_ids = [entry.doc_id for entry in self.entries()]
        count = 0
        with self._writing() as cursor:
            for done, doc_id in enumerate(doc_ids, start=1):
                document = self.document(doc_id)
                checksum, added = cursor.execute(
                    "SELECT checksum, added FROM documents WHERE doc_id = ?", (doc_id,)
                ).fetchone()
                passages = self._splitter.split(document)
                vectors = self.encoder.encode_documents([f"{p.context}\n{p.text}" for p in passages])
                self._delete(cursor, "doc_id = ?", doc_id)
                self._insert(cursor, document, doc_id, checksum, passages, vectors, added)
                count += len(passages)
                if progress is not None:
                    progress(done, len(doc_ids))
            self._set_fact(cursor, "fingerprint", json.dumps(self._fingerprint))
        return count

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def entries(self) -> list[Entry]:
        """Every document, in the order they were added."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT doc_id, title, source, language, count(passages.id), characters, added "
                "FROM documents JOIN passages ON document = documents.id GROUP BY documents.id ORDER BY documents.id"
            ).fetchall()
        return [Entry(*row) for row in rows]

    def document(self, doc_id: str) -> Document:
        """One document with its text; CollectionError when there is none of that id."""
        with self._lock:
            row = self._connection.execute(
                "SELECT doc_id, title, text, source, language, marks FROM documents WHERE doc_id = ?",
                (doc_id,),
            ).fetchone()
        if row is None:
            raise CollectionError(f"{doc_id}: no such document in {self.where}; see: python -m index list")
        marks = json.loads(row[5])
        return Document(
            *row[:5],
            headings=tuple(Heading(**heading) for heading in marks["headings"]),
            pages=tuple(PageMark(**page) for page in marks["pages"]),
        )

    def languages(self) -> list[str | None]:
        """The languages of the documents, the most frequent first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT language FROM documents GROUP BY language ORDER BY count(*) DESC, language"
            ).fetchall()
        return [language for (language,) in rows]

    def nearest(self, vector: Vectors, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """The passages whose vectors are nearest, by cosine; only of `documents` (doc_ids) where given."""
        with self._reading() as cursor:
            among = None if documents is None else self._keys_of(cursor, documents)
            return [Hit(key, score) for key, score in self._vectors.nearest(vector, k, among)]

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """The cosine of `vector` and of each passage in `keys` that still exists."""
        with self._reading():
            known = [key for key in keys if key in self._vectors.keys]
            return dict(zip(known, self._vectors.cosines(vector, known), strict=True))

    def matching(self, words: Sequence[str], k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """The passages that share terms with `words` (see `lexical.terms`), by BM25."""
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
        condition = "" if documents is None else (
            "AND rowid IN (SELECT passages.id FROM passages JOIN documents ON document = documents.id "
            f"WHERE doc_id IN ({', '.join('?' * len(documents))}))"
        )  # fmt: skip
        with self._reading() as cursor:
            rows = cursor.execute(
                f"SELECT rowid, bm25(terms, {_CONTEXT_WEIGHT}, 1.0) AS cost FROM terms "
                f"WHERE terms MATCH ? {condition} ORDER BY cost, rowid LIMIT ?",
                (query, *(documents or ()), k),
            ).fetchall()
        return [Hit(key, -cost) for key, cost in rows]

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """The passages under `keys`; one that has been removed meanwhile is left out."""
        found: dict[int, Passage] = {}
        with self._lock:
            for key in keys:
                row = self._connection.execute(
                    "SELECT doc_id || '#' || number, doc_id, title, source, passages.text, "
                    'start, "end", heading, page '
                    "FROM passages JOIN documents ON document = documents.id WHERE passages.id = ?", (key,)
                ).fetchone()  # fmt: skip
                if row is not None:
                    found[key] = Passage(*row)
        return found

    def document_frequency(self, word: str) -> int:
        """How many passages hold a term."""
        with self._lock:
            row = self._connection.execute("SELECT doc FROM vocabulary WHERE term = ?", (word,)).fetchone()
        return int(row[0]) if row else 0

    def passage_count(self) -> int:
        """How many passages there are."""
        with self._lock:
            return int(self._connection.execute("SELECT count(*) FROM passages").fetchone()[0])

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    @property
    def _fingerprint(self) -> dict[str, str]:
        settings = {f"splitter {name}": str(value) for name, value in self._splitter.settings.items()}
        return {**self.encoder.fingerprint, **settings, "schema": str(SCHEMA_VERSION)}

    def _stamp(self) -> None:
        with self._writing() as cursor:
            self._set_fact(cursor, "fingerprint", json.dumps(self._fingerprint))

    def _check_fingerprint(self) -> None:
        stored: dict[str, str] = json.loads(self._fact("fingerprint"))
        different = {
            name: (stored.get(name), value)
            for name, value in self._fingerprint.items()
            if stored.get(name) != value
        }
        if different:
            told = "; ".join(
                f"{name}: built with {old!r}, opened with {new!r}" for name, (old, new) in different.items()
            )
            raise CollectionError(
                f"{self.where}: {told}. Open it as it was built, or encode it again with: "
                f"python -m index rebuild --collection {self.where}"
            )

    def _fact(self, name: str) -> str:
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise CollectionError(f"{self.where}: it lacks the fact {name!r}; restore it from a backup")
        return str(row[0])

    @staticmethod
    def _set_fact(cursor: sqlite3.Cursor, name: str, value: str) -> None:
        cursor.execute(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        """One transaction; the generation goes up by one when it is committed."""
        with self._lock:
            cursor = self._connection.cursor()
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise CollectionError(
                    f"{self.where}: another process is writing ({error}); try again when it is done"
                ) from error
            try:
                yield cursor
                cursor.execute(
                    "UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'"
                )
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        """One snapshot, with the vector index brought up to it."""
        with self._lock:
            cursor = self._connection.cursor()
            nested = self._connection.in_transaction
            if not nested:
                cursor.execute("BEGIN")
            try:
                self._follow(cursor)
                yield cursor
            finally:
                if not nested:
                    cursor.execute("COMMIT")

    def _follow(self, cursor: sqlite3.Cursor) -> None:
        generation = int(self._fact("generation"))
        if generation == self._generation:
            return
        keys = {key for (key,) in cursor.execute("SELECT id FROM passages")}
        self._vectors.remove(list(self._vectors.keys - keys))
        missing = sorted(keys - self._vectors.keys)
        for first in range(0, len(missing), 10_000):
            batch = missing[first : first + 10_000]
            rows = cursor.execute(
                "SELECT id, vector FROM passages WHERE id BETWEEN ? AND ? ORDER BY id", (batch[0], batch[-1])
            ).fetchall()
            wanted = set(batch)
            found = [(key, vector) for key, vector in rows if key in wanted]
            vectors = np.frombuffer(b"".join(vector for _, vector in found), "<f4")
            self._vectors.add([key for key, _ in found], vectors.reshape(len(found), -1))
        self._generation = generation

    @staticmethod
    def _keys_of(cursor: sqlite3.Cursor, documents: Sequence[str]) -> list[int]:
        marks = ", ".join("?" * len(documents))
        return [
            key
            for (key,) in cursor.execute(
                "SELECT passages.id FROM passages JOIN documents ON document = documents.id "
                f"WHERE doc_id IN ({marks})", tuple(documents)
            )
        ]  # fmt: skip

    def _free_doc_id(self, document: Document) -> str:
        """The wished id, or with a suffix made from the source where another document has it."""
        taken = self._connection.execute(
            "SELECT 1 FROM documents WHERE doc_id = ?", (document.doc_id,)
        ).fetchone()
        if not taken:
            return document.doc_id
        return f"{document.doc_id}~{hashlib.sha256(document.source.encode()).hexdigest()[:8]}"

    @staticmethod
    def _delete(cursor: sqlite3.Cursor, condition: str, value: str) -> bool:
        row = cursor.execute(f"SELECT id FROM documents WHERE {condition}", (value,)).fetchone()
        if row is None:
            return False
        cursor.execute("DELETE FROM terms WHERE rowid IN (SELECT id FROM passages WHERE document = ?)", row)
        cursor.execute("DELETE FROM documents WHERE id = ?", row)
        return True

    @staticmethod
    def _insert(
        cursor: sqlite3.Cursor,
        document: Document,
        doc_id: str,
        checksum: str,
        passages: Sequence[Passage],
        vectors: Vectors,
        added: str | None = None,
    ) -> None:
        marks: dict[str, Any] = {
            "headings": [asdict(heading) for heading in document.headings],
            "pages": [asdict(page) for page in document.pages],
        }
        cursor.execute(
            "INSERT INTO documents (doc_id, source, title, language, text, characters, marks, checksum, added) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (doc_id, document.source, document.title, document.language, document.text, len(document.text),
             json.dumps(marks), checksum, added or datetime.now(UTC).isoformat(timespec="seconds")),
        )  # fmt: skip
        owner = cursor.lastrowid
        for number, (passage, vector) in enumerate(zip(passages, vectors, strict=True)):
            cursor.execute(
                'INSERT INTO passages (document, number, text, start, "end", heading, page, vector) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (owner, number, passage.text, passage.start, passage.end, passage.heading, passage.page,
                 vector.astype("<f4").tobytes()),
            )  # fmt: skip
            cursor.execute(
                "INSERT INTO terms (rowid, context, body) VALUES (?, ?, ?)",
                (
                    cursor.lastrowid,
                    " ".join(terms(passage.context, document.language)),
                    " ".join(terms(passage.text, document.language)),
                ),
            )


def _connect(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _create(connection: sqlite3.Connection) -> None:
    connection.executescript("BEGIN IMMEDIATE;" + _SCHEMA.read_text(encoding="utf-8") + (
        f"INSERT INTO facts VALUES ('schema', '{SCHEMA_VERSION}'); INSERT INTO facts VALUES ('generation', '0'); COMMIT;"
    ))  # fmt: skip
