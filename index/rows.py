"""The nouns of the index as rows of the database, sealed so that damage is noticed before it is shown."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from index.documents import Document, Heading, PageMark, Passage
from index.encoder import Vectors
from index.errors import CollectionError
from index.lexical import terms

_NEIGHBOURS = 4  # rows read for each that is wanted, rather than looking each up


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


def seal(*values: object) -> int:
    """CRC-32 of some column values: against a failing disk, not against a forger."""
    return zlib.crc32("\x1f".join(map(str, values)).encode())


def passage_seal(passage: Passage) -> int:
    """The seal of all that is ever shown of a passage."""
    p = passage
    return seal(p.passage_id, p.title, p.source, p.text, p.start, p.end, p.heading, p.page)


def insert(
    cursor: sqlite3.Cursor,
    document: Document,
    passages: Sequence[Passage],
    vectors: Vectors,
    *,
    checksum: str,
    added: str | None = None,
) -> None:
    """Write a document with all that belongs to it. `added`: None = now."""
    added = added or datetime.now(UTC).isoformat(timespec="seconds")
    values = (document.doc_id, document.source, document.title, document.language, len(document.text), marks(document),
              checksum, added)  # fmt: skip
    cursor.execute(
        "INSERT INTO documents (doc_id, source, title, language, characters, marks, checksum, added, text, seal) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, document.text, seal(*values)),
    )
    owner = cursor.lastrowid
    for number, (passage, vector) in enumerate(zip(passages, vectors, strict=True)):
        cursor.execute(
            'INSERT INTO passages (document, number, text, start, "end", heading, page, seal) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (owner, number, passage.text, passage.start, passage.end, passage.heading, passage.page,
             passage_seal(passage)),
        )  # fmt: skip
        key = cursor.lastrowid
        blob = vector.astype("<f4").tobytes()
        cursor.execute("INSERT INTO vectors VALUES (?, ?, ?)", (key, blob, zlib.crc32(blob)))
        cursor.execute(
            "INSERT INTO terms (rowid, context, body) VALUES (?, ?, ?)",
            (key, *analysed(passage, document.language)),
        )
    _count(cursor, len(passages))


def delete(cursor: sqlite3.Cursor, column: str, value: str) -> bool:
    """Delete the document whose `column` ("doc_id" or "source") is `value`, and all that belongs to it."""
    row = cursor.execute(f"SELECT id FROM documents WHERE {column} = ?", (value,)).fetchone()
    if row is None:
        return False
    cursor.execute("DELETE FROM terms WHERE rowid IN (SELECT id FROM passages WHERE document = ?)", row)
    count = cursor.execute("DELETE FROM passages WHERE document = ?", row).rowcount
    cursor.execute("DELETE FROM documents WHERE id = ?", row)
    _count(cursor, -count)
    return True


def entries(cursor: sqlite3.Cursor) -> list[Entry]:
    """Every document, in the order they were added."""
    return [
        Entry(*row)
        for row in cursor.execute(
            "SELECT doc_id, title, source, language, (SELECT count(*) FROM passages WHERE document = documents.id), "
            "characters, added FROM documents ORDER BY id"
        )
    ]


def document(cursor: sqlite3.Cursor, doc_id: str) -> Document | None:
    """One document with its text, or None; CollectionError when it is not what was written."""
    row = cursor.execute(
        "SELECT doc_id, source, title, language, characters, marks, checksum, added, seal, text "
        "FROM documents WHERE doc_id = ?", (doc_id,)
    ).fetchone()  # fmt: skip
    if row is None:
        return None
    *values, sealed, text = row
    if seal(*values) != sealed or text_checksum(text) != values[6]:
        raise CollectionError(damaged(doc_id))
    kept = json.loads(values[5])
    return Document(
        doc_id=values[0],
        source=values[1],
        title=values[2],
        language=values[3],
        text=text,
        headings=tuple(Heading(**mark) for mark in kept["headings"]),
        pages=tuple(PageMark(**mark) for mark in kept["pages"]),
    )


def unchanged(cursor: sqlite3.Cursor, document: Document, checksum: str) -> tuple[str, int] | None:
    """The doc_id and the count of passages of a document that is there just so; None where it isn't."""
    row = cursor.execute(
        "SELECT doc_id, (SELECT count(*) FROM passages WHERE document = documents.id), checksum, title, marks "
        "FROM documents WHERE source = ?", (document.source,)
    ).fetchone()  # fmt: skip
    if row is None or row[2:] != (checksum, document.title, marks(document)):
        return None
    return row[0], row[1]


def same_elsewhere(cursor: sqlite3.Cursor, document: Document, checksum: str) -> tuple[str, ...]:
    """The doc_ids of other documents with the same text."""
    found = cursor.execute(
        "SELECT doc_id FROM documents WHERE checksum = ? AND source <> ? ORDER BY id",
        (checksum, document.source),
    )
    return tuple(doc_id for (doc_id,) in found)


def keys_of(documents: Sequence[str]) -> tuple[str, tuple[str]]:
    """A query for the keys of the passages of `documents`, however many, and its parameter."""
    return (
        "SELECT passages.id FROM passages JOIN documents ON document = documents.id "
        "WHERE doc_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(documents)),),
    )


def free_doc_id(cursor: sqlite3.Cursor, document: Document) -> str:
    """The id the source has, or the wished one, with a suffix made from the source where another document has it."""
    row = cursor.execute("SELECT doc_id FROM documents WHERE source = ?", (document.source,)).fetchone()
    if row is not None:
        return str(row[0])
    wished = document.doc_id
    if cursor.execute("SELECT 1 FROM documents WHERE doc_id = ?", (wished,)).fetchone() is None:
        return wished
    return f"{wished}~{hashlib.sha256(document.source.encode()).hexdigest()[:8]}"


def named(document: Document, passages: Sequence[Passage], doc_id: str) -> tuple[Document, list[Passage]]:
    """The same under the id the collection gives them."""
    return replace(document, doc_id=doc_id), [
        replace(passage, doc_id=doc_id, passage_id=f"{doc_id}#{number}")
        for number, passage in enumerate(passages)
    ]


def passages(cursor: sqlite3.Cursor, keys: Iterable[int]) -> dict[int, Passage]:
    """The passages under `keys`, those that are there; CollectionError when one is not what was written."""
    found: dict[int, Passage] = {}
    for key in keys:
        row = cursor.execute(
            "SELECT doc_id || '#' || number, doc_id, title, source, passages.text, start, \"end\", heading, page, "
            "language, passages.seal FROM passages JOIN documents ON document = documents.id WHERE passages.id = ?", (key,)
        ).fetchone()  # fmt: skip
        if row is None:
            continue
        found[key] = Passage(*row[:-1])
        if passage_seal(found[key]) != row[-1]:
            raise CollectionError(damaged(found[key].doc_id))
    return found


def passage_keys(cursor: sqlite3.Cursor, count: int) -> npt.NDArray[np.int64]:
    """The keys of all passages in rising order; CollectionError when they are not `count`, as many as were written."""
    found = cursor.execute("SELECT id FROM passages ORDER BY id")
    keys = np.fromiter((key for (key,) in found), np.int64)
    if len(keys) != count:
        raise CollectionError(f"{len(keys)} passages where {count} were written; {_WAY_OUT}")
    return keys


def vectors(cursor: sqlite3.Cursor, keys: Sequence[int]) -> Vectors:
    """Keys in rising order → float32 [keys, dimension]; CollectionError when one is missing or damaged."""
    if keys[-1] - keys[0] < _NEIGHBOURS * len(keys):
        wanted = set(keys)
        between = cursor.execute(
            "SELECT * FROM vectors WHERE passage BETWEEN ? AND ? ORDER BY passage", (keys[0], keys[-1])
        )
        found = [row for row in between if row[0] in wanted]
    else:
        each = (cursor.execute("SELECT * FROM vectors WHERE passage = ?", (key,)) for key in keys)
        found = [row for one in each for row in one]
    for key, blob, sealed in found:
        if zlib.crc32(blob) != sealed:
            raise CollectionError(f"the vector of passage {key} is not what was written; {_WAY_OUT}")
    if len(found) != len(keys):
        raise CollectionError(f"{len(found)} vectors where {len(keys)} were written; {_WAY_OUT}")
    return np.frombuffer(b"".join(blob for _, blob, _ in found), "<f4").reshape(len(keys), -1)


def marks(document: Document) -> str:
    """A document's headings and pages as JSON."""
    return json.dumps(
        {
            "headings": [asdict(mark) for mark in document.headings],
            "pages": [asdict(mark) for mark in document.pages],
        }
    )


def encoded_text(passage: Passage) -> str:
    """What of a passage an encoder gets to see."""
    return f"{passage.context}\n{passage.text}"


def analysed(passage: Passage, language: str | None) -> tuple[str, str]:
    """A passage's context and text as the full-text index holds them."""
    return " ".join(terms(passage.context, language)), " ".join(terms(passage.text, language))


def text_checksum(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal; UnicodeEncodeError for half a surrogate pair."""
    return hashlib.sha256(text.encode()).hexdigest()


_WAY_OUT = "run python -m index verify, then restore a backup, or remove what it names and add it again"


def damaged(doc_id: str) -> str:
    """What to tell of a document that is not what was written."""
    return f"{doc_id}: not what was written (a failing disk?); {_WAY_OUT}"


def _count(cursor: sqlite3.Cursor, change: int) -> None:
    cursor.execute("UPDATE facts SET value = CAST(value AS INTEGER) + ? WHERE name = 'passages'", (change,))
