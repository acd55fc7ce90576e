"""The desk where questions arrive, from the page or over HTTP: one way to an answer, whoever asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from chat.sessions import Visitors
from chat.smalltalk import talk_of
from chat.texts import Texts
from index.collection import Collection
from index.documents import Document
from index.errors import MotAMotError, QuestionError
from qa.answers import Answer
from qa.pipeline import LONGEST_QUESTION, QAPipeline

_LOG = logging.getLogger(__name__)
_PATIENCE = 60.0  # seconds a question waits for its turn


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look: in the owner's documents or in the visitor's, in all of them or in some."""

    private: bool = False
    documents: tuple[str, ...] | None = None  # doc_ids; None = all


@dataclass(frozen=True, slots=True)
class Word:
    """Said by the interface itself, never about the documents."""

    text: str
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """An answer or a refusal, with the documents it points into."""

    answer: Answer
    documents: dict[str, Document]  # by doc_id
    private: bool = False  # from the visitor's own documents


Reply = Word | Found


class BusyError(MotAMotError):
    """Too many questions at once."""


class Desk:
    """Answers from one pipeline, a few at a time. May be shared between threads."""

    def __init__(self, pipeline: QAPipeline, visitors: Visitors, concurrency: int = 2) -> None:
        """`concurrency`: questions read at the same time; more would only slow each other down."""
        self.pipeline = pipeline
        self.visitors = visitors
        self._places = threading.BoundedSemaphore(concurrency)

    @property
    def library(self) -> Collection:
        """The owner's documents."""
        if self.pipeline.collection is None:
            raise ValueError("the chat needs a pipeline that knows its collection")
        return self.pipeline.collection

    def ask(
        self,
        question: str,
        documents: Sequence[str] | None = None,
        threshold: float | None = None,
        pipeline: QAPipeline | None = None,
    ) -> Answer:
        """As `QAPipeline.ask`, when it is this question's turn; BusyError when that takes too long."""
        if not self._places.acquire(timeout=_PATIENCE):
            raise BusyError("too many questions at once; try again in a moment")
        try:
            return (pipeline or self.pipeline).ask(question, documents=documents, threshold=threshold)
        finally:
            self._places.release()

    def reply(self, question: str, texts: Texts, session: str = "", scope: Scope | None = None) -> Reply:
        """What the page shows for a question: it never raises, because a chat has to say what went wrong."""
        talk = talk_of(question)
        if talk is not None:
            return Word(str(getattr(texts, talk.value)))
        scope = scope or Scope()
        visitor = self.visitors.get(session) if scope.private else None
        pipeline = visitor.pipeline if visitor is not None else self.pipeline
        try:
            answer = self.ask(question, scope.documents, pipeline=pipeline)
            documents = _documents(answer, visitor.collection if visitor is not None else self.library)
        except QuestionError:
            if any(character.isalnum() for character in question):
                return Word(texts.long_question.format(limit=LONGEST_QUESTION), problem=True)
            return Word(texts.empty_question, problem=True)
        except BusyError:
            return Word(texts.busy, problem=True)
        except Exception:
            _LOG.exception("a question failed")
            return Word(texts.failed, problem=True)
        return Found(answer, documents, private=visitor is not None)


def _documents(answer: Answer, collection: Collection) -> dict[str, Document]:
    """The documents an answer points into, in the order it names them."""
    named = [citation.passage.doc_id for citation in answer.citations]
    named += [scored.passage.doc_id for scored in answer.nearest]
    return {doc_id: collection.document(doc_id) for doc_id in dict.fromkeys(named)}
