"""The owner's collection where visitors may change it: what they add and remove, everybody sees."""

from __future__ import annotations

import threading
from pathlib import Path

from chat.intake import FileLimits, Progress, Taken, documents_in, put
from index.searchable import Library


class Shelf:
    """Writes to a collection. May be shared between threads.

    It has a connection of its own beside the one that answers: nobody's question waits for a writer.
    """

    def __init__(self, collection: Library, limits: FileLimits | None = None) -> None:
        """`collection`: opened for this alone, with little patience for other writers: a visitor is waiting."""
        self.limits = limits or FileLimits()
        self._collection = collection
        self._adding = threading.Lock()

    def add(self, file: Path, progress: Progress | None = None) -> Taken:
        """Add the documents of a file; one of the same name replaces the one that was dropped before.

        DocumentError when it can't be read, CollectionError when the collection can't be written. A document
        is added whole or not at all; where it stops half-way through a file, what was added stays, and is told.
        """
        documents, left_out = documents_in(file, self.limits)
        with self._adding:
            return put(self._collection, documents, left_out, progress or Progress())

    def remove(self, doc_id: str) -> None:
        """Remove a document for everybody; CollectionError when there is none, or when it can't be written."""
        self._collection.remove(doc_id)
