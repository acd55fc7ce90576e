"""Passages as rows of Milvus, and their terms as its BM25 takes them.

Milvus counts whole occurrences and knows one k1, where the local index weighs a term of title or heading
by a half. So a passage's own terms are written twice beside its context's once, and k1 is twice the local
one: that gives the same saturation, and a score that differs by a constant factor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from string import ascii_lowercase

from index import rows
from index.documents import Passage
from index.encoder import Vectors
from index.errors import CollectionError, DocumentError
from index.milvus.records import Record, key_of
from index.milvus.server import BM25_K1, LONGEST, Row
from index.rows import seal

LOCAL_K1 = 1.2  # of SQLite's BM25
SCALE = (LOCAL_K1 + 1) / (BM25_K1 + 1)  # of Milvus's BM25 → the local one
FIELDS = ("key", "owner", "version", "number", "body", "seal")


def rows_of(record: Record, passages: Sequence[Passage], vectors: Vectors) -> list[Row]:
    """The rows of a document's passages; DocumentError for one that a row can't hold."""
    return [
        _row(record, number, passage, vector)
        for number, (passage, vector) in enumerate(zip(passages, vectors, strict=True))
    ]


def passage_of(row: Row, record: Record) -> Passage:
    """The passage in a row of `FIELDS`; CollectionError when it is not what was written."""
    if _seal(row) != row["seal"]:
        raise CollectionError(rows.damaged(record.doc_id))
    told = json.loads(row["body"])
    return Passage(
        passage_id=f"{record.doc_id}#{row['number']}",
        doc_id=record.doc_id,
        title=record.title,
        source=record.source,
        language=record.language,
        **told,
    )


def coded(term: str) -> str:
    """A term in letters and digits of ASCII, which every tokenizer leaves whole.

    >>> coded("directric"), coded("1.5")
    ('directric', '0u312e35')
    """
    return term if term.isascii() and term.isalnum() else f"0u{term.encode().hex()}"


def terms_of(passage: Passage) -> str:
    """The terms of a passage as its row holds them; what a field can't hold is not found by words."""
    context, body = rows.analysed(passage, passage.language)
    text = " ".join(coded(term) for half in (context, body, body) for term in half.split())
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition(" ")[0]


def variants(word: str) -> Iterator[str]:
    """The words that are one slip away from a word of a to z, the first letter kept."""
    for at in range(1, len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (before + letter + after for letter in ascii_lowercase)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in ascii_lowercase)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def _row(record: Record, number: int, passage: Passage, vector: Vectors) -> Row:
    told = {name: getattr(passage, name) for name in ("text", "start", "end", "heading", "page")}
    body = json.dumps(told, ensure_ascii=False)
    if len(body.encode()) > LONGEST:
        raise DocumentError(
            f"{passage.source}: {len(body)} characters of text and heading in one passage at {passage.start}, where "
            "Milvus holds 65,535 bytes; shorten the heading"
        )
    row: Row = {
        "key": key_of("passage", record.owner, record.version, number),
        "owner": record.owner,
        "version": record.version,
        "number": number,
        "body": body,
        "terms": terms_of(passage),
        "vector": vector,
    }
    return {**row, "seal": _seal(row)}


def _seal(row: Row) -> int:
    return seal(row["owner"], row["version"], row["number"], row["body"])
