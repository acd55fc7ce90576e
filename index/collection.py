"""A collection of documents that can be searched. One SQLite file is the truth; FAISS is derived from it.

Documents, passages, vectors and terms are written in one transaction a document, so texts and
vectors can't drift apart. Whoever reads sees the last complete state, whoever writes next to it.
The FAISS index is made in memory from the vectors (index/dense.py), so no file of it can be stale, damaged or hostile.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from index import files, rows, verification
from index.dense import DenseSearch
from index.documents import Document, Passage
from index.encoder import Encoder, Vectors
from index.encoding import encoded
from index.errors import CollectionError, DocumentError, Problem, UnknownDocumentError
from index.fingerprint import check_fingerprint, fingerprint_of
from index.passages import Splitter
from index.rows import Entry
from index.searchable import Added, Hit, Prepared
from index.store import ANEW, SCHEMA_VERSION, Store
from index.words import WordSearch

__all__ = ["Added", "Collection", "Entry", "Hit"]

_TRIED = 50  # passages whose beginnings are asked to try the search
_TRIED_WITH = 80  # characters of each


class Collection:
    """Documents, their passages and vectors, and the two ways of searching them.

    May be shared between threads. Close it, or use it in a `with` statement.
    """

    def __init__(self, store: Store, encoder: Encoder) -> None:
        """Use `in_memory` or `open`."""
        self.encoder = encoder
        self.store = store
        self.where = store.where
        self._splitter = Splitter(encoder.token_offsets)
        # Derived from the truth as it was at a generation:
        self._generation = -1
        self._dense = DenseSearch(encoder.dimension)
        self._beside = store.beside()
        self._words = WordSearch(self._beside, self._check_fingerprint)

    @classmethod
    def in_memory(cls, encoder: Encoder) -> Collection:
        """An empty collection that is gone when it is closed."""
        collection = cls(Store.in_memory(), encoder)
        collection._stamp()
        return collection

    @classmethod
    def open(
        cls,
        folder: str | Path,
        encoder: Encoder,
        create: bool = False,
        *,
        patience: float = 30.0,
        any_fingerprint: bool = False,
    ) -> Collection:
        """The collection in `folder`; a new one with `create`.

        `patience`: seconds to wait while another process writes. `any_fingerprint`: open it however it
        was built, to `rebuild` it; searching it before that is refused.

        Raises CollectionError when there is none, when it is damaged, or when it was built with
        another encoder or other settings.
        """
        collection = cls(Store.open(folder, create, patience), encoder)
        try:
            with collection.store.reading() as cursor:
                is_new = collection.store.number(cursor, "generation") == 0
            if is_new:
                collection._stamp()
            if not any_fingerprint:
                with collection.store.reading() as cursor:
                    collection._check_fingerprint(cursor)
        except BaseException:
            collection.close()
            raise
        return collection

    def close(self) -> None:
        """Release the file. The collection can't be used any more."""
        self._beside.close()
        self.store.close()

    def __enter__(self) -> Collection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def add(self, document: Document, report: Callable[[int, int], None] | None = None) -> Added:
        """Add a document, or replace the one with the same source; nothing happens when it is unchanged.

        `report` is told how many of its passages are encoded, and of how many. A `doc_id` that another source
        holds gets a suffix. When this returns, the document is on disk.
        """
        return self.write(self.prepare(document, report))

    def prepare(self, document: Document, report: Callable[[int, int], None] | None = None) -> Prepared:
        """The first half of `add`, which writes nothing: threads may prepare documents side by side."""
        checksum = _checksum_of(document)
        with self.store.reading() as cursor:
            if rows.unchanged(cursor, document, checksum) is not None:
                return Prepared(document)
        passages = self._splitter.split(document)
        if not passages:
            raise DocumentError(f"{document.source}: no text in it", Problem.EMPTY)
        return Prepared(document, passages, encoded(self.encoder, passages, report))

    def write(self, prepared: Prepared) -> Added:
        """The second half of `add`. Another process may have written since: what counts is what is there now."""
        document, checksum = prepared.document, _checksum_of(prepared.document)
        with self.store.reading() as cursor:
            same_as = rows.same_elsewhere(cursor, document, checksum)
            known = rows.unchanged(cursor, document, checksum)
        if known is not None:
            return Added(known[0], "unchanged", known[1], same_as)
        if prepared.vectors is None:  # it was there, and has been changed since
            return self.write(self.prepare(document))
        with self.store.writing() as cursor:
            self._check_fingerprint(cursor)
            doc_id = rows.free_doc_id(cursor, document)
            updated = rows.delete(cursor, "source", document.source)
            named = rows.named(document, prepared.passages, doc_id)
            rows.insert(cursor, *named, prepared.vectors, checksum=checksum)
        return Added(doc_id, "updated" if updated else "added", len(prepared.passages), same_as)

    def remove(self, doc_id: str) -> None:
        """Remove a document and all that belongs to it; CollectionError when there is none of that id."""
        with self.store.writing() as cursor:
            if not rows.delete(cursor, "doc_id", doc_id):
                raise UnknownDocumentError(doc_id, self.where)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Split and encode every document again with the present encoder and settings, in one transaction.

        Returns the number of passages. `progress` is told how many documents are done, and of how many.
        Interrupted, it leaves the collection as it was: half of it in each of two models would answer wrongly.
        """
        count = 0
        with self.store.writing() as cursor:
            kept = cursor.execute("SELECT doc_id, checksum, added FROM documents ORDER BY id").fetchall()
            for done, (doc_id, checksum, added) in enumerate(kept, start=1):
                document = self.document(doc_id)
                passages = self._splitter.split(document)
                vectors = encoded(self.encoder, passages)
                rows.delete(cursor, "doc_id", doc_id)
                rows.insert(cursor, document, passages, vectors, checksum=checksum, added=added)
                count += len(passages)
                if progress is not None:
                    progress(done, len(kept))
            self.store.set_fact(cursor, "fingerprint", json.dumps(self.fingerprint))
        return count

    def has_read(self, file: str, checksum: str) -> bool:
        """Was the file read to its end when its checksum was this, and is all of it still there?"""
        with self.store.reading() as cursor:
            return files.has_read(cursor, file, checksum)

    def note_read(self, file: str, checksum: str, sources: Sequence[str]) -> list[str]:
        """Note that a file was read to its end; the doc_ids of documents it no longer holds, which are removed."""
        with self.store.writing() as cursor:
            return files.note_read(cursor, file, checksum, sources)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def entries(self) -> list[Entry]:
        """Every document, in the order they were added."""
        with self.store.reading() as cursor:
            return rows.entries(cursor)

    def document(self, doc_id: str) -> Document:
        """One document with its text; CollectionError when there is none of that id, or when it is damaged."""
        with self.store.reading() as cursor:
            document = rows.document(cursor, doc_id)
        if document is None:
            raise UnknownDocumentError(doc_id, self.where)
        return document

    def languages(self) -> list[str | None]:
        """The languages of the documents, the most frequent first."""
        return self._words.languages()

    def nearest(self, vector: Vectors, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """The passages whose vectors are nearest, by cosine; only of `documents` (doc_ids) where given."""
        with self._searching() as cursor:
            among = (
                None if documents is None else [key for (key,) in cursor.execute(*rows.keys_of(documents))]
            )
            return [Hit(key, score) for key, score in self._dense.nearest(cursor, vector, k, among)]

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """The cosine of `vector` and of each passage in `keys` that still exists."""
        with self._searching() as cursor:
            return self._dense.cosines(cursor, vector, keys)

    def vectors(self, keys: Sequence[int]) -> dict[int, Vectors]:
        """The unit vectors, float32 [dimension], of the passages in `keys` that still exist."""
        with self._searching() as cursor:
            return self._dense.vectors(cursor, keys)

    def matching(self, words: Sequence[str], k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """The passages that share terms with `words` (see `lexical.terms`), by BM25."""
        return [Hit(key, score) for key, score in self._words.matching(words, k, documents)]

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """The passages under `keys`; one that has been removed meanwhile is left out.

        CollectionError when one is damaged.
        """
        with self.store.reading() as cursor:
            return rows.passages(cursor, keys)

    def document_frequency(self, word: str) -> int:
        """How many passages hold a term."""
        return self._words.frequency(word)

    def nearest_spelling(self, word: str) -> str | None:
        """The term that was meant by one that no passage holds, where one is a slip or two away."""
        return self._words.nearest_spelling(word)

    def passage_count(self) -> int:
        """How many passages there are."""
        with self._searching():
            return len(self._dense)

    def count_again(self) -> None:
        """Nothing to do: whoever asks sees by the generation that something was written."""

    def verify(self, sample: int = 50) -> list[str]:
        """What is wrong with it, a sentence a problem; empty when all is well.

        Everything written is checked against its checksums and against the documents' texts, and
        `sample` passages are encoded again and compared.
        """
        return verification.problems(self.store, self.encoder, sample)

    def recall(self, questions: Vectors | None = None) -> tuple[str, float]:
        """The kind of the FAISS index, and the share of the ten passages truly nearest that it finds, in [0, 1].

        `questions`: float32 [questions, dimension]; None = the beginnings of fifty passages.
        """
        with self._searching() as cursor:
            if questions is None and len(self._dense):
                keys = self._dense.keys
                chosen = rows.passages(cursor, keys[:: max(1, len(keys) // _TRIED)][:_TRIED]).values()
                texts = [passage.text[:_TRIED_WITH] for passage in chosen]
                questions = np.stack([self.encoder.encode_query(text) for text in texts])
            share = 1.0 if questions is None else self._dense.recall(cursor, questions)
            return self._dense.kind, share

    @property
    def writable(self) -> bool:
        """Can it be changed where it lies?"""
        return self.store.writable

    @property
    def fingerprint(self) -> dict[str, str]:
        """What a collection must have been built with to be searched by this one."""
        return fingerprint_of(self.encoder, self._splitter, str(SCHEMA_VERSION))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _stamp(self) -> None:
        with self.store.writing() as cursor:
            cursor.execute(
                "INSERT OR IGNORE INTO facts VALUES ('fingerprint', ?)", (json.dumps(self.fingerprint),)
            )

    def _check_fingerprint(self, cursor: sqlite3.Cursor) -> None:
        try:
            stored: dict[str, str] = json.loads(self.store.fact(cursor, "fingerprint"))
        except ValueError as error:
            raise CollectionError(f"{self.where}: its fingerprint is damaged ({error}); {ANEW}") from error
        check_fingerprint(stored, self.fingerprint, self.where)

    @contextmanager
    def _searching(self) -> Iterator[sqlite3.Cursor]:
        """One snapshot, with all that is derived brought up to it."""
        with self.store.reading() as cursor:
            generation = self.store.number(cursor, "generation")
            if generation != self._generation:
                self._follow(cursor)
                self._generation = generation
            yield cursor

    def _follow(self, cursor: sqlite3.Cursor) -> None:
        # Another process may have encoded it anew with another model.
        self._check_fingerprint(cursor)
        self._dense.follow(cursor, self.store.number(cursor, "passages"))


def _checksum_of(document: Document) -> str:
    try:
        return rows.text_checksum(document.text)
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"{document.source}: half a surrogate pair at {error.start}, no text; decode the file again"
        ) from error
