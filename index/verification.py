"""Is a collection what was written? Counts, checksums, slices, the full-text index, and vectors made again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np

from index import rows
from index.documents import Document, Passage
from index.encoder import Encoder, Vectors
from index.errors import CollectionError
from index.store import Store

_SAME = 0.99  # cosine: 8-bit arithmetic differs a little from one processor to the next


def problems(store: Store, encoder: Encoder, sample: int) -> list[str]:
    """A sentence for each thing that is wrong; `sample`: how many passages are encoded again."""
    found = store.damage()
    with store.reading() as cursor:
        try:
            found += _counts(store, cursor)
            chosen = _chosen(cursor, sample)
            for (doc_id,) in cursor.execute("SELECT doc_id FROM documents ORDER BY id").fetchall():
                found += _document(cursor, doc_id, encoder, chosen)
        except sqlite3.DatabaseError as error:
            found.append(f"SQLite gives up: {error}")
    return found


def _counts(store: Store, cursor: sqlite3.Cursor) -> Iterator[str]:
    stated = store.number(cursor, "passages")
    for table in ("passages", "vectors", "terms"):
        (count,) = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()
        if count != stated:
            yield f"{count} rows of {table} where {stated} were written"
    for table, key in (("vectors", "passage"), ("terms", "rowid")):
        (strays,) = cursor.execute(
            f"SELECT count(*) FROM {table} WHERE {key} NOT IN (SELECT id FROM passages)"
        ).fetchone()
        if strays:
            yield f"{strays} rows of {table} belong to no passage"


def _document(cursor: sqlite3.Cursor, doc_id: str, encoder: Encoder, chosen: set[int]) -> Iterator[str]:
    """`chosen`: the keys of the passages that are encoded again."""
    try:
        document = rows.document(cursor, doc_id)
    except CollectionError as error:
        yield str(error)
        return
    if document is None:
        yield f"{doc_id}: in the index of doc_ids, but no such row"
        return
    keys = [key for (key,) in cursor.execute(
        "SELECT passages.id FROM passages JOIN documents ON document = documents.id WHERE doc_id = ? ORDER BY number",
        (doc_id,))]  # fmt: skip
    passages = []
    for key in keys:
        try:
            passage = rows.passages(cursor, [key])[key]
            vector = rows.vectors(cursor, [key])[0]
        except CollectionError as error:
            yield str(error)
            continue
        passages.append(passage)
        text = rows.encoded_text(passage) if key in chosen else None
        yield from vector_problems(passage.passage_id, vector, encoder, text)
        terms = cursor.execute("SELECT context, body FROM terms WHERE rowid = ?", (key,)).fetchone()
        if terms != rows.analysed(passage, document.language):
            yield f"{passage.passage_id}: its terms are not those of its text; run python -m index rebuild"
    yield from misplaced(document, passages)


def misplaced(document: Document, passages: Sequence[Passage]) -> Iterator[str]:
    """What of `passages`, in their order, is not the document's text, and what of it is in none of them."""
    covered = 0
    for passage in passages:
        if document.text[passage.start : passage.end] != passage.text:
            yield f"{passage.passage_id}: not the document's text from {passage.start} to {passage.end}"
        if document.text[covered : passage.start].strip():
            yield f"{document.doc_id}: the text from {covered} to {passage.start} is in no passage"
        covered = max(covered, passage.end)
    if document.text[covered:].strip():
        yield f"{document.doc_id}: the text from {covered} on is in no passage"


def vector_problems(
    passage_id: str, vector: Vectors, encoder: Encoder, text: str | None = None
) -> Iterator[str]:
    """What is wrong with a passage's vector. `text`: what it was made from, to be encoded again; None = it isn't."""
    length = float(np.linalg.norm(vector))
    if len(vector) != encoder.dimension or abs(length - 1) > 1e-3:
        yield f"{passage_id}: a vector of {len(vector)} numbers, length {length:.3f}"
    elif text is not None:
        cosine = float(np.dot(encoder.encode_documents([text])[0], vector))
        if cosine < _SAME:
            yield f"{passage_id}: encoded again its vector differs (cosine {cosine:.3f}); run python -m index rebuild"


def _chosen(cursor: sqlite3.Cursor, sample: int) -> set[int]:
    """Keys at even distances: the same ones each time, so that a finding can be repeated."""
    keys = [key for (key,) in cursor.execute("SELECT id FROM passages ORDER BY id")]
    return set(keys[:: max(1, len(keys) // sample)][:sample]) if sample else set()
