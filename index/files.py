"""Which files were read to their end, so that they can be skipped, in a collection of one file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from index import rows
from index.errors import CollectionError
from index.store import ANEW


def has_read(cursor: sqlite3.Cursor, file: str, checksum: str) -> bool:
    """Was the file read to its end when its checksum was this, and is all of it still there?"""
    row = cursor.execute("SELECT checksum, documents FROM files WHERE source = ?", (file,)).fetchone()
    if row is None or row[0] != checksum:
        return False
    return all(
        cursor.execute("SELECT 1 FROM documents WHERE source = ?", (source,)).fetchone()
        for source in _sources(row[1])
    )


def note_read(cursor: sqlite3.Cursor, file: str, checksum: str, sources: Sequence[str]) -> list[str]:
    """Note that a file was read to its end; the doc_ids of documents that it holds no more, and that are removed."""
    row = cursor.execute("SELECT documents FROM files WHERE source = ?", (file,)).fetchone()
    removed: list[str] = []
    for source in sorted(set(_sources(row[0]) if row else ()) - set(sources)):
        known = cursor.execute("SELECT doc_id FROM documents WHERE source = ?", (source,)).fetchone()
        if known is not None:
            rows.delete(cursor, "source", source)
            removed.append(known[0])
    cursor.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (file, checksum, json.dumps(sources)))
    return removed


def _sources(kept: str) -> list[str]:
    try:
        sources: list[str] = json.loads(kept)
    except ValueError as error:
        raise CollectionError(f"the list of a file's documents is damaged ({error}); {ANEW}") from error
    return sources
