"""Is a collection on Milvus what was written? Counts, checksums, slices, terms, and vectors made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from index import rows
from index.errors import CollectionError
from index.milvus import passages as forms
from index.milvus.records import Record
from index.milvus.server import equal
from index.verification import misplaced, vector_problems

if TYPE_CHECKING:
    from index.milvus.collection import MilvusCollection

_FIELDS = (*forms.FIELDS, "terms", "vector")


def problems(collection: MilvusCollection, sample: int) -> list[str]:
    """A sentence for each thing that is wrong; `sample`: how many passages are encoded again."""
    table = collection.fact(strong=True).passages
    records = collection.records.all()
    found: list[str] = []
    stated = sum(record.passages for record in records)
    step = max(1, stated // sample) if sample else 0
    before = 0
    for record in records:
        found += _document(collection, table, record, {n - before for n in _chosen(before, record, step)})
        before += record.passages
    found += [
        f"{doc_id}: the id of {times} documents; add one of them again"
        for doc_id, times in Counter(record.doc_id for record in records).items()
        if times > 1
    ]
    versions = collection.records.unfinished(before=2**63 - 1)
    unfinished = sum(
        collection.server.count(table, equal(owner=owner, version=version), strong=True)
        for owner, version in versions
    )
    written = collection.server.count(table, strong=True)
    if written - unfinished > stated:
        found.append(
            f"{written - unfinished - stated} passages that no document names: hidden, but in the way; run python -m index rebuild"
        )
    return found


def _chosen(before: int, record: Record, step: int) -> Iterator[int]:
    """Passages at even distances over all documents: the same ones each time."""
    if step:
        yield from range(-(-before // step) * step, before + record.passages, step)


def _document(collection: MilvusCollection, table: str, record: Record, chosen: set[int]) -> Iterator[str]:
    try:
        document = collection.document_of(record)
    except CollectionError as error:
        yield str(error)
        return
    condition = equal(owner=record.owner, version=record.version)
    found = sorted(collection.server.scan(table, condition, _FIELDS), key=lambda row: row["number"])
    if [row["number"] for row in found] != list(range(record.passages)):
        yield f"{record.doc_id}: {len(found)} passages where {record.passages} were written; remove it and add it again"
    passages = []
    for row in found:
        try:
            passage = forms.passage_of(row, record)
        except CollectionError as error:
            yield str(error)
            continue
        passages.append(passage)
        if row["terms"] != forms.terms_of(passage):
            yield f"{passage.passage_id}: its terms are not those of its text; run python -m index rebuild"
        text = rows.encoded_text(passage) if row["number"] in chosen else None
        vector = np.asarray(row["vector"], np.float32)
        yield from vector_problems(passage.passage_id, vector, collection.encoder, text)
    yield from misplaced(document, passages)
