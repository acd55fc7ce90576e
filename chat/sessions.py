"""Visitors' own documents: in memory, for one visitor, for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.collection import Collection, Entry
from index.errors import DocumentError
from index.loading import FORMATS, Limits, load_all
from qa.pipeline import QAPipeline
from qa.retriever import HybridRetriever


class FullError(DocumentError):
    """No room is left for a visitor's document."""


class UnknownFormatError(DocumentError):
    """A file of a format that no loader reads."""


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """What visitors may hold in memory."""

    file_bytes: int = 20_000_000
    characters: int = 2_000_000  # of text, all documents of one visitor
    visitors: int = 50  # with documents, at once
    idle: float = 1_800.0  # seconds after which unused documents are forgotten
    grace: float = 60.0  # seconds after the page was closed: a lost connection often comes back


@dataclass(slots=True)
class Visitor:
    """One visitor's documents and the pipeline that answers from them, and from nothing else."""

    collection: Collection
    pipeline: QAPipeline
    until: float  # when it is forgotten, on the clock of `Visitors`
    adding: threading.Lock = field(default_factory=threading.Lock)

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
        self._model = pipeline
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
                visitor.until = self._clock() + self.limits.idle
            return visitor

    def add(self, session: str, file: Path) -> int:
        """Read a file into the visitor's documents, a file of the same name replaced; how many passages it has.

        DocumentError when it can't be read: UnknownFormatError or FullError in these cases. Where the file
        lies is not kept: its name is its source.
        """
        if file.suffix.lower() not in FORMATS:
            raise UnknownFormatError(f"{file.name}: unknown format")
        limits = Limits(file_bytes=self.limits.file_bytes, characters=self.limits.characters)
        folder = f"{file.parent}/"
        documents = [
            replace(document, source=document.source.removeprefix(folder))
            for document in load_all(file, limits)
        ]
        visitor = self._opened(session, file.name)
        with visitor.adding:
            replaced = {document.source for document in documents}
            held = sum(entry.characters for entry in visitor.entries if entry.source not in replaced)
            if held + sum(len(document.text) for document in documents) > self.limits.characters:
                raise FullError(f"{file.name}: no room left")
            return sum(visitor.collection.add(document).passages for document in documents)

    def forget(self, session: str) -> None:
        """Wipe a visitor's documents at once."""
        with self._lock:
            self._visitors.pop(session, None)

    def leave(self, session: str) -> None:
        """The page was closed, or its connection lost: forget soon, unless it comes back."""
        with self._lock:
            visitor = self._visitors.get(session)
            if visitor is not None:
                visitor.until = min(visitor.until, self._clock() + self.limits.grace)
            self._forget_the_late()

    def _opened(self, session: str, name: str) -> Visitor:
        with self._lock:
            self._forget_the_late()
            visitor = self._visitors.get(session)
            if visitor is None:
                if len(self._visitors) >= self.limits.visitors:
                    raise FullError(f"{name}: too many visitors have documents here at the moment")
                collection = Collection.in_memory(self._encoder)
                model = self._model
                visitor = Visitor(
                    collection,
                    QAPipeline(
                        retriever=HybridRetriever(collection),
                        reader=model.reader,
                        calibration=model.calibration,
                        settings=model.settings,
                        collection=collection,
                    ),
                    0.0,
                )
                self._visitors[session] = visitor
            visitor.until = self._clock() + self.limits.idle
            return visitor

    def sweep(self) -> None:
        """Forget whose time is over, also when nobody comes."""
        with self._lock:
            self._forget_the_late()

    def _forget_the_late(self) -> None:
        """A question under way keeps its visitor's documents until it is answered."""
        now = self._clock()
        for session in [key for key, visitor in self._visitors.items() if visitor.until <= now]:
            del self._visitors[session]
