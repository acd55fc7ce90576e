"""A collection on Milvus: the same documents, passages and two ways of searching, on any number of machines.

Any number of processes add and remove at once. Keys are made from what they stand for, so doing a thing
twice changes nothing. A document's passages are written first and counted; then its record, and only
passages of the version that a record names are shown. Nothing of the distribution is ours: shards,
replicas, recovery and BM25's statistics are Milvus's.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np

from index import rows
from index.documents import Document, Passage
from index.encoder import Encoder, Vectors
from index.errors import CollectionError, DocumentError, Problem
from index.fingerprint import check_fingerprint, fingerprint_of
from index.milvus import passages as forms
from index.milvus import verification
from index.milvus.address import Address
from index.milvus.catalogue import PATIENCE, MilvusCatalogue, absent, connected
from index.milvus.records import Fact, Record, key_of, owner_of
from index.milvus.server import MOST, Row, Server, either, equal
from index.passages import Splitter
from index.searchable import Added, Hit
from index.spelling import nearest_spelling

SCHEMA = "milvus 1"
_FRESH = 5.0  # seconds after which others' changes are seen in what is counted
_ABANDONED = 3_600 * 10**9  # nanoseconds after which an unfinished version is taken for left behind
_ENCODED_AT_ONCE = 128  # passages: then whoever waits is told how far it is
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


class MilvusCollection(MilvusCatalogue):
    """Documents, their passages and vectors. May be shared between threads."""

    writable = True

    def __init__(self, server: Server, encoder: Encoder) -> None:
        """Use `open`."""
        super().__init__(server)
        self.encoder = encoder
        self._splitter = Splitter(encoder.token_offsets)
        self._statistics: _Statistics | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(  # type: ignore[override]  # a catalogue needs no encoder
        cls,
        where: str,
        encoder: Encoder,
        create: bool = False,
        *,
        patience: float = PATIENCE,
        any_fingerprint: bool = False,
    ) -> MilvusCollection:
        """The collection at an address; a new one with `create`.

        `patience`: seconds to wait for an answer. `any_fingerprint`: open it however it was built, to `rebuild`
        it; searching it before that is refused. Raises CollectionError when there is none, when the server
        can't be reached, or when it was built with another encoder or other settings.
        """
        address = Address.of(where)
        collection = cls(connected(address, create, min(patience, PATIENCE)), encoder)
        try:
            if create:
                collection._make()
            elif not collection.records.exist():
                raise absent(where)
            fact = collection.fact(strong=True)
            if not any_fingerprint:
                check_fingerprint(fact.fingerprint, collection.fingerprint, where)
            if create:
                collection._sweep(fact.passages)
        except BaseException:
            collection.close()
            raise
        return collection

    def __enter__(self) -> MilvusCollection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def add(self, document: Document, report: Callable[[int, int], None] | None = None) -> Added:
        """Add a document, or replace the one with the same source; nothing happens when it is unchanged.

        `report` is told how many of its passages are encoded, and of how many. When this returns, every
        reader finds it whole. The same document added by several processes at once is there once.
        """
        wanted = self._record_of(document)
        same_as = tuple(
            record.doc_id
            for record in self.records.with_text(wanted.checksum)
            if record.owner != wanted.owner
        )
        known = self.records.of_owner(wanted.owner)
        if known is not None and _is_same(known, wanted):
            return Added(known.doc_id, "unchanged", known.passages, same_as)
        passages = self._splitter.split(document)
        if not passages:
            raise DocumentError(f"{document.source}: no text in it", Problem.EMPTY)
        vectors = self._encode(passages, report)
        # Another process may have written since: what counts is what is there now.
        table = self._table_to_write()
        known = self.records.of_owner(wanted.owner)
        if known is not None and _is_same(known, wanted):
            return Added(known.doc_id, "unchanged", known.passages, same_as)
        record = self._versioned(replace(wanted, passages=len(passages)), known)
        self._put(table, record, forms.rows_of(record, passages, vectors), document)
        doc_id = self._settled(record).doc_id
        self._statistics = None
        updated = known is not None and not known.removed
        return Added(doc_id, "updated" if updated else "added", len(passages), same_as)

    def remove(self, doc_id: str) -> None:
        """Remove a document and all that belongs to it; CollectionError when there is none of that id."""
        super().remove(doc_id)
        self._statistics = None

    def has_read(self, file: str, checksum: str) -> bool:
        """Was the file read to its end when its checksum was this, and is all of it still there?"""
        kept = self.records.sources_of(file)
        return kept is not None and kept[0] == checksum and self.records.are_there(kept[1])

    def note_read(self, file: str, checksum: str, sources: Sequence[str]) -> list[str]:
        """Note that a file was read to its end; the doc_ids of documents it no longer holds, which are removed."""
        kept = self.records.sources_of(file)
        gone = sorted(set(kept[1]) - set(sources)) if kept is not None else []
        found = self.records.of_owners(list(map(owner_of, gone)))
        removed = [found[owner_of(source)].doc_id for source in gone if owner_of(source) in found]
        for doc_id in removed:
            self.remove(doc_id)
        self.records.set_sources(file, checksum, sources)
        return removed

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Split and encode every document again with the present encoder and settings, into a table of its own.

        Returns the number of passages. Readers go on with the old table until the new one is whole. What
        others add meanwhile is encoded at the end; what they add after that is refused. Interrupted, it
        leaves the collection as it was.
        """
        old = self.fact(strong=True).passages
        new = f"{self.server.address.name}_{'b' if old.endswith('_a') else 'a'}"
        if self.server.has(new):  # of a rebuild that was interrupted
            self.server.drop(new)
        self.server.make_passages(new, self.encoder.dimension)
        counts: dict[int, int] = {}
        records = self.records.all()
        for done, record in enumerate(records, start=1):
            counts[record.version] = self._encode_again(new, record)
            if progress is not None:
                progress(done, len(records))
        self.records.set_fact(Fact(self.fingerprint, new))
        for record in self.records.all():
            if record.version not in counts:
                counts[record.version] = self._encode_again(new, record)
            if counts[record.version] != record.passages:
                self.records.put(replace(record, passages=counts[record.version]))
        self.server.drop(old)
        self._statistics = None
        return sum(counts[record.version] for record in self.records.all())

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

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

    def verify(self, sample: int = 50) -> list[str]:
        """What is wrong with it, a sentence a problem; empty when all is well.

        Every text and passage is checked against its checksum and the document, and `sample` passages are
        encoded again and compared.
        """
        return verification.problems(self, sample)

    @property
    def fingerprint(self) -> dict[str, str]:
        """What a collection must have been built with to be searched by this one."""
        return fingerprint_of(self.encoder, self._splitter, SCHEMA)

    # ── inside: writing ──────────────────────────────────────────────────────────────────────────

    def _make(self) -> None:
        name = self.server.address.name
        self.server.make_records(name)
        if self.records.fact(strong=True) is None:
            self.server.make_passages(f"{name}_a", self.encoder.dimension)
            self.records.set_fact(Fact(self.fingerprint, f"{name}_a"))

    def _table_to_write(self) -> str:
        fact = self.fact(strong=True)
        check_fingerprint(fact.fingerprint, self.fingerprint, self.where)
        return fact.passages

    def _record_of(self, document: Document) -> Record:
        """The record a document wants, without version and passages."""
        try:
            checksum = rows.text_checksum(document.text)
        except UnicodeEncodeError as error:
            raise DocumentError(
                f"{document.source}: half a surrogate pair at {error.start}, no text; decode the file again"
            ) from error
        return Record(
            owner=owner_of(document.source),
            version=0,
            generation=0,
            at=time.time_ns(),
            doc_id=document.doc_id,
            title=document.title,
            source=document.source,
            language=document.language,
            passages=0,
            pieces=0,
            characters=len(document.text),
            added=datetime.now(UTC).isoformat(timespec="seconds"),
            checksum=checksum,
            marks=rows.text_checksum(rows.marks(document)),
        )

    def _versioned(self, wanted: Record, known: Record | None) -> Record:
        """The record with the name it gets and the keys of its next version."""
        if known is not None and not known.removed:
            doc_id = known.doc_id
        else:
            taken = self.records.named(wanted.doc_id, strong=True)
            doc_id = wanted.doc_id if taken is None else _suffixed(wanted)
        generation = known.generation + 1 if known is not None else 1
        content = (wanted.source, wanted.checksum, wanted.title, wanted.marks)
        version = key_of("version", generation, *content)
        return replace(wanted, doc_id=doc_id, generation=generation, version=version)

    def _put(self, table: str, record: Record, found: list[Row], document: Document) -> None:
        self.records.begin(record.owner, record.version)
        self.server.write(table, found)
        text = json.dumps({"text": document.text, "marks": rows.marks(document)}, ensure_ascii=False)
        pieces = self.records.write_text(record.owner, record.version, text)
        condition = equal(owner=record.owner, version=record.version)
        if self.server.count(table, condition, strong=True) != len(found):
            raise CollectionError(
                f"{self.where}: {record.source} was changed by another process at the same time; add it again"
            )
        before = self.records.of_owner(record.owner)
        replaced = before is not None and not before.removed and before.version != record.version
        if before is not None and replaced:
            self.records.begin(before.owner, before.version)
        self.records.put(replace(record, pieces=pieces))  # from here on readers see it, and only it
        self.records.finish(record.owner, record.version)
        if before is not None and replaced:
            self.clean(table, before.owner, before.version)

    def _settled(self, record: Record) -> Record:
        """The record, renamed where another writer took the same doc_id in the same moment."""
        now = self.records.of_owner(record.owner)
        others = [o for o in self.records.all_named(record.doc_id, strong=True) if o.owner != record.owner]
        if now is None or now.removed or not others:
            return record
        renamed = replace(now, doc_id=_suffixed(now))
        self.records.put(renamed)
        return renamed

    def _sweep(self, table: str) -> None:
        """Clear away what a writer left behind that was stopped half-way."""
        for owner, version in self.records.unfinished(before=time.time_ns() - _ABANDONED):
            self.clean(table, owner, version)

    def _encode_again(self, table: str, record: Record) -> int:
        passages = self._splitter.split(self.document_of(record))
        self.server.write(table, forms.rows_of(record, passages, self._encode(passages)))
        return len(passages)

    def _encode(
        self, passages: Sequence[Passage], report: Callable[[int, int], None] | None = None
    ) -> Vectors:
        done: list[Vectors] = []
        for first in range(0, len(passages), _ENCODED_AT_ONCE):
            batch = passages[first : first + _ENCODED_AT_ONCE]
            done.append(self.encoder.encode_documents([rows.encoded_text(passage) for passage in batch]))
            if report is not None:
                report(first + len(batch), len(passages))
        return np.concatenate(done)

    # ── inside: reading ──────────────────────────────────────────────────────────────────────────

    def _counted(self) -> _Statistics:
        with self._lock:
            known = self._statistics
            if known is None or known.until < time.monotonic():
                fact = self.fact()
                check_fingerprint(fact.fingerprint, self.fingerprint, self.where)
                known = _Statistics(
                    fact.passages,
                    self.server.count(fact.passages),
                    self.records.languages(),
                    time.monotonic() + _FRESH,
                )
                self._statistics = known
            return known

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


def _is_same(known: Record, wanted: Record) -> bool:
    """Is this very document there already?"""
    same = (known.checksum, known.title, known.marks) == (wanted.checksum, wanted.title, wanted.marks)
    return same and not known.removed


def _suffixed(record: Record) -> str:
    return f"{record.doc_id}~{sha256(record.source.encode()).hexdigest()[:8]}"
