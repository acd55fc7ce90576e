"""The two ways of searching a collection on Milvus, and what every question asks to be counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from index.documents import Passage
from index.encoder import Encoder, Vectors
from index.fingerprint import check_fingerprint, fingerprint_of
from index.milvus import passages as forms
from index.milvus.catalogue import MilvusCatalogue
from index.milvus.records import Record
from index.milvus.server import MOST, Row, Server, either
from index.passages import Splitter
from index.searchable import Hit
from index.spelling import nearest_spelling

SCHEMA = "milvus 1"
_FRESH = 5.0  # seconds after which others' changes are seen in what is counted
_MOST_FREQUENCIES = 50_000  # terms whose frequency is remembered
_ALIKE = 50  # passages looked through for the right spelling


@dataclass(frozen=True, slots=True)
class _Statistics:
    """What every question asks for, as it was a moment ago."""

    table: str
    passages: int
    languages: list[str | None]
    until: float  # on the monotonic clock
    frequencies: dict[str, int] = field(default_factory=dict)
    spellings: dict[str, str | None] = field(default_factory=dict)


class MilvusSearch(MilvusCatalogue):
    """Finds passages. What readers count may be some seconds old; what they are shown never is.

    Only passages of the version that a document's record names are shown.
    """

    def __init__(self, server: Server, encoder: Encoder) -> None:
        """Use `MilvusCollection.open`."""
        super().__init__(server)
        self.encoder = encoder
        self.splitter = Splitter(encoder.token_offsets)
        self._statistics: _Statistics | None = None
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> dict[str, str]:
        """What a collection must have been built with to be searched by this one."""
        return fingerprint_of(self.encoder, self.splitter, SCHEMA)

    def count_again(self) -> None:
        """Something was written: what was counted is out of date."""
        with self._lock:  # not while the state before is being counted
            self._statistics = None

    def languages(self) -> list[str | None]:
        """The languages of the documents, the most frequent first; others' changes are seen within seconds."""
        return list(self._counted().languages)

    def nearest(self, vector: Vectors, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """The passages whose vectors are nearest, by cosine; only of `documents` (doc_ids) where given."""
        return self._hits(vector, k, documents)

    def matching(self, words: Sequence[str], k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """The passages that share terms with `words` (see `lexical.terms`), by BM25 on the local scale."""
        if not words:
            return []
        query = " ".join(map(forms.coded, dict.fromkeys(words)))
        # milvus-lite gives BM25 as a distance, which is negative.
        found = self._hits(query, k, documents)
        return [Hit(hit.key, abs(hit.score) * forms.SCALE) for hit in found if hit.score]

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """The cosine of `vector` and of each passage in `keys` that still exists."""
        return {key: float(np.dot(vector, stored)) for key, stored in self.vectors(keys).items()}

    def vectors(self, keys: Sequence[int]) -> dict[int, Vectors]:
        """The unit vectors, float32 [dimension], of the passages in `keys` that still exist."""
        found = self.server.by_key(self._counted().table, list(keys), ("key", "vector"))
        return {row["key"]: np.asarray(row["vector"], np.float32) for row in found}

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """The passages under `keys`; one that has been removed meanwhile is left out.

        CollectionError when one is damaged.
        """
        found = self.server.by_key(self._counted().table, list(keys), forms.FIELDS)
        shown = {row["key"]: forms.passage_of(row, record) for row, record in self._shown(found)}
        return {key: shown[key] for key in keys if key in shown}

    def document_frequency(self, word: str) -> int:
        """How many passages hold a term; others' changes are seen within seconds."""
        counted = self._counted()
        if word not in counted.frequencies:
            if len(counted.frequencies) >= _MOST_FREQUENCIES:
                counted.frequencies.clear()
            condition = f"TEXT_MATCH(terms, '{forms.coded(word)}')"
            counted.frequencies[word] = self.server.count(counted.table, condition)
        return counted.frequencies[word]

    def nearest_spelling(self, word: str) -> str | None:
        """The term that was meant by one that no passage holds, where one is a slip away.

        Milvus keeps no list of its terms, so the words one slip away are searched for, and those that are found
        are compared: one slip, not two, and only words of a to z.
        """
        counted = self._counted()
        if word not in counted.spellings:
            counted.spellings[word] = self._spelling(counted.table, word)
        return counted.spellings[word]

    def passage_count(self) -> int:
        """How many passages there are; others' changes are seen within seconds."""
        return self._counted().passages

    # ── inside ──────────────────────────────────────────────────────────────────────────

    def _counted(self) -> _Statistics:
        with self._lock:
            known = self._statistics
            if known is None or known.until < time.monotonic():
                known = self._statistics = self._count(known)
            return known

    def _count(self, before: _Statistics | None) -> _Statistics:
        fact = self.fact()
        check_fingerprint(fact.fingerprint, self.fingerprint, self.where)
        passages, languages = self.server.count(fact.passages), self.records.languages()
        counted = _Statistics(fact.passages, passages, languages, time.monotonic() + _FRESH)
        if before is not None and (before.table, before.passages) == (counted.table, passages):
            counted.frequencies.update(before.frequencies)  # counting is the costly part of a question
            counted.spellings.update(before.spellings)
        return counted

    def _hits(self, query: Vectors | str, k: int, documents: Sequence[str] | None) -> list[Hit]:
        condition = ""
        if documents is not None:
            owners = self.records.owners_of(documents)
            if not owners:
                return []
            condition = either("owner", owners)
        table, limit = self._counted().table, min(k, MOST)
        while limit > 0:
            found = self.server.search(table, query, limit, condition, ("owner", "version"))
            shown = {row["key"] for row, _ in self._shown([row for row, _ in found])}
            hits = [Hit(row["key"], score) for row, score in found if row["key"] in shown]
            if len(hits) >= k or len(found) < limit or limit == MOST:
                return hits[:k]
            limit = min(2 * limit, MOST)  # what nobody may see took places
        return []

    def _shown(self, found: Sequence[Row]) -> list[tuple[Row, Record]]:
        """The rows whose version their document's record names, each with the record."""
        records = self.records.of_owners([row["owner"] for row in found])
        return [
            (row, records[row["owner"]])
            for row in found
            if row["owner"] in records and records[row["owner"]].version == row["version"]
        ]

    def _spelling(self, table: str, word: str) -> str | None:
        if not (word.isascii() and word.isalpha()):
            return None
        query = " ".join(dict.fromkeys(forms.variants(word)))
        found = self.server.search(table, query, _ALIKE, "", ("terms",))
        vocabulary = {term for row, score in found if score for term in row["terms"].split()}
        return nearest_spelling(word, sorted(vocabulary))
