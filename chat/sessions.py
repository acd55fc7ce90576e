"""Visitors' own documents: in memory, for one visitor, for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from chat.intake import FileLimits, Progress, Refused, RefusedError, Taken, documents_in, put
from index.collection import Collection, Entry
from index.errors import UnknownDocumentError
from qa.pipeline import QAPipeline
from qa.retriever import HybridRetriever


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """What visitors may hold in memory."""

    file: FileLimits = field(default_factory=FileLimits)
    characters: int = 2_000_000  # of text, all documents of one visitor
    documents: int = 2_000  # of one visitor
    visitors: int = 50  # with documents, at once
    idle: float = 1_800.0  # seconds after which unused documents are forgotten
    grace: float = 60.0  # seconds after the page was closed: a lost connection often comes back


@dataclass(slots=True)
class Visitor:
    """One visitor's documents and the pipeline that answers from them, and from nothing else."""

    collection: Collection
    pipeline: QAPipeline
    until: float  # when it is forgotten, on the clock of `Visitors`
    left: bool = False  # the page was closed, or its connection lost, and it has not asked since
    adding: threading.Lock = field(default_factory=threading.Lock)
    expected: int = 0  # files under way to it, those that wait for their turn included

    @property
    def entries(self) -> list[Entry]:
        """The documents, in the order they were added."""
        return self.collection.entries()


class Visitors:
    """Who has documents here. Found by session alone: there is no way to list or search across them."""

    def __init__(
        self,
        pipeline: QAPipeline,
        limits: VisitorLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`pipeline`: whose models and settings the visitors' pipelines share."""
        if pipeline.collection is None:
            raise ValueError("visitors' documents are encoded as a collection's are, and there is none")
        self.limits = limits or VisitorLimits()
        self._pattern = pipeline
        self._encoder = pipeline.collection.encoder
        self._clock = clock
        self._lock = threading.Lock()
        self._visitors: dict[str, Visitor] = {}

    def get(self, session: str) -> Visitor | None:
        """The visitor of a session, kept a while longer; None when they have no documents (any more)."""
        with self._lock:
            self._forget_the_late()
            visitor = self._visitors.get(session)
            if visitor is not None:
                self._keep(visitor)
            return visitor

    def came_back(self, session: str) -> None:
        """The page asks something: it is open, whatever its connection did before."""
        with self._lock:
            visitor = self._visitors.get(session)
            if visitor is not None:
                visitor.left = False

    def add(self, session: str, file: Path, progress: Progress | None = None) -> Taken:
        """Read a file into the visitor's documents, a file of the same name replaced.

        DocumentError when it can't be read, RefusedError when there is no room. Where the file lies is not
        kept: its name is its source.
        """
        documents, left_out = documents_in(file, self.limits.file)
        with self._open(session, file.name) as visitor, visitor.adding:
            replaced = {document.source for document in documents}
            kept = [entry for entry in visitor.entries if entry.source not in replaced]
            held = sum(entry.characters for entry in kept) + sum(len(document.text) for document in documents)
            if held > self.limits.characters:
                raise RefusedError(f"{file.name}: no room left", Refused.FULL, self.limits.characters)
            if len(kept) + len(documents) > self.limits.documents:
                raise RefusedError(
                    f"{file.name}: no room left", Refused.TOO_MANY_DOCUMENTS, self.limits.documents
                )
            return put(visitor.collection, documents, left_out, progress or Progress())

    def remove(self, session: str, doc_id: str) -> None:
        """Remove one of a visitor's documents; with the last one the visitor is forgotten.

        CollectionError when the visitor has none of that id.
        """
        visitor = self.get(session)
        if visitor is None:
            raise UnknownDocumentError(doc_id, "memory")
        with visitor.adding:
            visitor.collection.remove(doc_id)
        with self._lock:
            self._forget_when_empty(session, visitor)

    def forget(self, session: str) -> None:
        """Wipe a visitor's documents at once."""
        with self._lock:
            self._visitors.pop(session, None)

    def leave(self, session: str) -> None:
        """The page was closed, or its connection lost: forget soon, unless it comes back."""
        with self._lock:
            visitor = self._visitors.get(session)
            if visitor is not None:
                visitor.left = True
                visitor.until = min(visitor.until, self._clock() + self.limits.grace)
            self._forget_the_late()

    @contextmanager
    def _open(self, session: str, name: str) -> Iterator[Visitor]:
        """The visitor of a session, who keeps a place while a file is added, and after it only with documents."""
        visitor = self._expecting(session, name)
        try:
            yield visitor
        finally:
            with self._lock:
                visitor.expected -= 1
                self._forget_when_empty(session, visitor)

    def _expecting(self, session: str, name: str) -> Visitor:
        with self._lock:
            self._forget_the_late()
            visitor = self._visitors.get(session)
            if visitor is None:
                if len(self._visitors) >= self.limits.visitors:
                    raise RefusedError(
                        f"{name}: too many visitors have documents here at the moment", Refused.CROWDED
                    )
                collection = Collection.in_memory(self._encoder)
                pattern = self._pattern
                visitor = Visitor(
                    collection,
                    QAPipeline(
                        retriever=HybridRetriever(collection),
                        reader=pattern.reader,
                        calibration=pattern.calibration,
                        settings=pattern.settings,
                        collection=collection,
                    ),
                    0.0,
                )
                self._visitors[session] = visitor
            visitor.expected += 1
            self._keep(visitor)
            return visitor

    def _keep(self, visitor: Visitor) -> None:
        """Not for long when the page is closed: what goes on then is what it began, as files one after another."""
        visitor.until = self._clock() + (self.limits.grace if visitor.left else self.limits.idle)

    def sweep(self) -> None:
        """Forget whose time is over, also when nobody comes."""
        with self._lock:
            self._forget_the_late()

    def _forget_the_late(self) -> None:
        """A question under way keeps its visitor's documents until it is answered."""
        now = self._clock()
        for session in [key for key, visitor in self._visitors.items() if visitor.until <= now]:
            del self._visitors[session]

    def _forget_when_empty(self, session: str, visitor: Visitor) -> None:
        """Not while a file is under way: it would be added to documents that nobody could find."""
        if self._visitors.get(session) is visitor and not visitor.expected and not visitor.entries:
            del self._visitors[session]
