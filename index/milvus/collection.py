"""A collection on Milvus: the same documents, passages and two ways of searching, on any number of machines.

Any number of processes add and remove at once. Keys are made from what they stand for, so doing a thing
twice changes nothing. A document's passages are written first and counted; then its record, and only
passages of the version that a record names are shown. Nothing of the distribution is ours: shards,
replicas, recovery and BM25's statistics are Milvus's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from index import rows
from index.documents import Document
from index.encoder import Encoder
from index.encoding import encoded
from index.errors import CollectionError, DocumentError, Problem
from index.fingerprint import check_fingerprint
from index.milvus import passages as forms
from index.milvus import verification
from index.milvus.address import Address
from index.milvus.catalogue import PATIENCE, absent, connected
from index.milvus.reading import MilvusSearch
from index.milvus.records import Fact, Record, key_of, owner_of
from index.milvus.server import Row, equal
from index.searchable import Added, Prepared

_ABANDONED = 3_600 * 10**9  # nanoseconds after which an unfinished version is taken for left behind


class MilvusCollection(MilvusSearch):
    """Documents, their passages and vectors. May be shared between threads."""

    writable = True

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
        return self.write(self.prepare(document, report))

    def prepare(self, document: Document, report: Callable[[int, int], None] | None = None) -> Prepared:
        """The first half of `add`, which writes nothing: threads may prepare documents side by side."""
        wanted = self._record_of(document)
        known = self.records.of_owner(wanted.owner)
        if known is not None and _is_same(known, wanted):
            return Prepared(document)
        passages = self.splitter.split(document)
        if not passages:
            raise DocumentError(f"{document.source}: no text in it", Problem.EMPTY)
        return Prepared(document, passages, encoded(self.encoder, passages, report))

    def write(self, prepared: Prepared) -> Added:
        """The second half of `add`. Another process may have written since: what counts is what is there now."""
        document, passages = prepared.document, prepared.passages
        wanted = self._record_of(document)
        same_as = tuple(
            record.doc_id
            for record in self.records.with_text(wanted.checksum)
            if record.owner != wanted.owner
        )
        table = self._table_to_write()
        known = self.records.of_owner(wanted.owner)
        if known is not None and _is_same(known, wanted):
            return Added(known.doc_id, "unchanged", known.passages, same_as)
        if prepared.vectors is None:  # it was there, and has been changed since
            return self.write(self.prepare(document))
        record = self._versioned(replace(wanted, passages=len(passages)), known)
        self._put(table, record, forms.rows_of(record, passages, prepared.vectors), document)
        doc_id = self._settled(record).doc_id
        self.count_again()
        updated = known is not None and not known.removed
        return Added(doc_id, "updated" if updated else "added", len(passages), same_as)

    def remove(self, doc_id: str) -> None:
        """Remove a document and all that belongs to it; CollectionError when there is none of that id."""
        super().remove(doc_id)
        self.count_again()

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
        present = self.records.all()
        named = {record.version for record in present}
        for record in records:
            if record.version not in named:  # removed or replaced since it was encoded
                self.clean(new, record.owner, record.version)
        for record in present:
            if record.version not in counts:
                counts[record.version] = self._encode_again(new, record)
            if counts[record.version] != record.passages and self.is_named(record.owner, record.version):
                self.records.put(replace(record, passages=counts[record.version]))
        self.server.drop(old)
        self.count_again()
        return sum(counts[record.version] for record in present)

    def verify(self, sample: int = 50) -> list[str]:
        """What is wrong with it, a sentence a problem; empty when all is well.

        Every text and passage is checked against its checksum and the document, and `sample` passages are
        encoded again and compared.
        """
        return verification.problems(self, sample)

    # ── inside ──────────────────────────────────────────────────────────────────────────

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
        """How many passages it has; 0 where it was removed or replaced since its record was read."""
        try:
            document = self.document_of(record)
        except CollectionError:
            if self.is_named(record.owner, record.version):
                raise
            return 0
        passages = self.splitter.split(document)
        self.server.write(table, forms.rows_of(record, passages, encoded(self.encoder, passages)))
        return len(passages)


def _is_same(known: Record, wanted: Record) -> bool:
    """Is this very document there already?"""
    same = (known.checksum, known.title, known.marks) == (wanted.checksum, wanted.title, wanted.marks)
    return same and not known.removed


def _suffixed(record: Record) -> str:
    return f"{record.doc_id}~{sha256(record.source.encode()).hexdigest()[:8]}"
