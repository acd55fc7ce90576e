"""The way of a question: retrieve → choose, reading where a reader is needed → cite or refuse."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from index import ARTICLE
from index.collection import Collection
from index.documents import Document, ScoredPassage
from index.encoder import Encoder
from index.errors import DocumentError, Problem, UnknownDocumentError
from index.loading import load, load_all
from index.opening import open_collection
from index.searchable import Library
from qa.answers import Answer, Citation, Part, Refusal
from qa.choice import Choice, choose
from qa.confidence import Calibration, Models
from qa.conversation import Turn, understood
from qa.opening import open_models
from qa.questions import checked, legible
from qa.reader import Reader
from qa.reading import candidates_for
from qa.retriever import HybridRetriever, Retriever

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """How far the pipeline goes for an answer."""

    read: int = 6  # passages read for a question: on PIAF fit F1 is 0.609 with 4 and 6, 0.602 with 12
    nearest: int = 3  # passages shown on refusal
    threshold: float | None = None  # refuse below this confidence; None = the calibration's own


class QAPipeline:
    """Questions in, answers with citations out. May be shared between threads."""

    def __init__(
        self,
        retriever: Retriever,
        reader: Reader,
        calibration: Calibration,
        settings: Settings | None = None,
        collection: Library | None = None,
    ) -> None:
        """Put the pieces together by hand; `open` does it for the usual cases."""
        self.retriever = retriever
        self.reader = reader
        self.calibration = calibration
        self.settings = settings or Settings()
        self.collection = collection

    @classmethod
    def open(
        cls,
        collection: str | Path | None = None,
        documents: Iterable[str | Path] | None = None,
        *,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
        settings: Settings | None = None,
        calibration: Calibration | None = None,
    ) -> QAPipeline:
        """A pipeline on a collection (a folder, or an address of Milvus), on some files, or on the bundled article when neither is named.

        `encoder`, `reader`, `calibration`: None = the embedded ones. What can't be read of an archive is left out, and logged. Raises DocumentError, CollectionError or
        ModelError; ValueError when both a collection and documents are given.
        """
        if collection is not None and documents is not None:
            raise ValueError("name a collection or documents, not both")
        if encoder is None or reader is None:
            embedded = open_models()
            encoder, reader = encoder or embedded[0], reader or embedded[1]
        if collection is not None:
            searched: Library = open_collection(collection, encoder)
        else:
            searched = Collection.in_memory(encoder)
            for document in _bundled() if documents is None else _readable(documents):
                searched.add(document)
        calibration = calibration or Calibration.load()
        return cls(HybridRetriever(searched), reader, calibration, settings, searched)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        documents: Sequence[str] | None = None,
        threshold: float | None = None,
    ) -> Answer:
        """Answer one question from the sources, or refuse.

        `history`: the turns before it, oldest first, to understand a follow-up by. `documents`: look only in
        these doc_ids. `threshold`: refuse below this confidence, instead of the settings'. QuestionError when
        the question is empty or too long, UnknownDocumentError when one of `documents` is not there.
        """
        if documents is not None:
            self._check(documents)
        question = legible(question)
        meant = understood(checked(question), history)
        found = self.retriever.retrieve(meant, self.settings.read, documents)
        choice = choose(
            meant,
            found,
            lambda kind: candidates_for(
                meant,
                kind,
                found,
                reader=self.reader,
                calibration=self.calibration,
                retriever=self.retriever,
            ),
            self.calibration,
            self.retriever,
        )
        refusal = self._refusal(found, choice, self._least(threshold))
        return Answer(
            question=question,
            understood_as=meant,
            parts=() if refusal is not None else self._with_pages(choice.parts),
            confidence=choice.confidence,
            refusal=refusal,
            nearest=() if refusal is None else tuple(found[: self.settings.nearest]),
            calibrated=self.is_calibrated,
        )

    @cached_property
    def models(self) -> Models:
        """Which models its answers come from."""
        return Models.of(self.retriever.encoder, self.reader)

    @property
    def is_calibrated(self) -> bool:
        """Was the confidence fitted for these models?"""
        return self.calibration.models == self.models

    def _check(self, documents: Sequence[str]) -> None:
        """A misspelt doc_id would else be told as a lack of relevant passages."""
        if self.collection is None:
            return
        known = {entry.doc_id for entry in self.collection.entries()}
        unknown = [doc_id for doc_id in documents if doc_id not in known]
        if unknown:
            raise UnknownDocumentError(unknown[0], self.collection.where)

    def _with_pages(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        """The same, each citation with the page that it stands on."""
        documents: dict[str, Document] = {}

        def with_page(citation: Citation) -> Citation:
            passage = citation.passage
            if passage.page is None or self.collection is None:
                return replace(citation, page=passage.page)
            if passage.doc_id not in documents:
                documents[passage.doc_id] = self.collection.document(passage.doc_id)
            return replace(citation, page=documents[passage.doc_id].page_at(citation.start))

        return tuple(Part(tuple(map(with_page, part.citations))) for part in parts)

    def _least(self, threshold: float | None) -> float:
        choices = (threshold, self.settings.threshold, self.calibration.threshold)
        return next(value for value in choices if value is not None)

    def _refusal(self, found: Sequence[ScoredPassage], choice: Choice, least: float) -> Refusal | None:
        if self.retriever.is_empty:
            return Refusal.NOTHING_INDEXED
        if choice.parts and choice.confidence >= least:
            return None
        about_it = any(map(self.calibration.is_about, found))
        return Refusal.NO_ANSWER if about_it else Refusal.NOTHING_RELEVANT


def _readable(files: Iterable[str | Path]) -> Iterator[Document]:
    """The documents of files; what can't be read of a file of several is logged, as long as something can."""
    for file in files:
        found = False
        try:
            for document in load_all(file):
                found = True
                yield document
        except DocumentError as error:
            if error.problem is not Problem.MEMBERS or not found:
                raise
            _LOG.warning("left out: %s", error)


def _bundled() -> Iterator[Document]:
    """The article; where the project happens to lie on this machine is no source of it."""
    yield replace(load(ARTICLE), source=ARTICLE.name)
