"""From an older schema of the database to the next; each step runs inside the transaction that opens the file."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

from index import rows
from index.documents import Passage


def _seal_everything(cursor: sqlite3.Cursor) -> None:
    """1 → 2: vectors in a table of their own, seals, the count of passages, the files that were read."""
    cursor.execute("ALTER TABLE passages ADD COLUMN seal INTEGER NOT NULL DEFAULT 0")
    cursor.execute("ALTER TABLE documents ADD COLUMN seal INTEGER NOT NULL DEFAULT 0")
    cursor.execute(
        "CREATE TABLE vectors (passage INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE, "
        "vector BLOB NOT NULL, seal INTEGER NOT NULL) STRICT"
    )
    cursor.execute(
        "CREATE TABLE files (source TEXT PRIMARY KEY, checksum TEXT NOT NULL, documents TEXT NOT NULL) STRICT"
    )
    passages = cursor.execute(
        "SELECT passages.id, vector, doc_id || '#' || number, doc_id, title, source, passages.text, start, \"end\", "
        "heading, page FROM passages JOIN documents ON document = documents.id"
    ).fetchall()
    for key, vector, *values in passages:
        cursor.execute("INSERT INTO vectors VALUES (?, ?, ?)", (key, vector, zlib.crc32(vector)))
        cursor.execute(
            "UPDATE passages SET seal = ? WHERE id = ?", (rows.passage_seal(Passage(*values)), key)
        )
    cursor.execute("ALTER TABLE passages DROP COLUMN vector")
    documents = cursor.execute(
        "SELECT id, doc_id, source, title, language, characters, marks, checksum, added FROM documents"
    ).fetchall()
    for key, *values in documents:
        cursor.execute("UPDATE documents SET seal = ? WHERE id = ?", (rows.seal(*values), key))
    cursor.execute("INSERT INTO facts VALUES ('passages', ?)", (str(len(passages)),))


MIGRATIONS: Mapping[int, Callable[[sqlite3.Cursor], None]] = MappingProxyType({1: _seal_everything})
"""Schema version → the step that leads to the next."""
