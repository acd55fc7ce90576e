"""The desk where questions arrive, from the page or over HTTP: one way to an answer, whoever asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chat.feedback import Feedback
from chat.intake import FileLimits, Progress, Taken
from chat.problems import told
from chat.sessions import Visitors
from chat.shelf import Shelf
from chat.smalltalk import talk_of
from chat.texts import Texts, figure
from index.documents import Document
from index.errors import CollectionError, MotAMotError, QuestionError
from index.searchable import Library
from qa.answers import Answer
from qa.conversation import Turn
from qa.pipeline import QAPipeline
from qa.questions import TooLongError

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
    judged: bool = False  # visitors may say whether it is right

    @property
    def passage_ids(self) -> frozenset[str]:
        """The passages it cites, or shows as near."""
        cited = {citation.passage.passage_id for citation in self.answer.citations}
        return frozenset(cited | {scored.passage.passage_id for scored in self.answer.nearest})


Reply = Word | Found


class BusyError(MotAMotError):
    """Too many questions at once."""


class Desk:
    """Answers from one pipeline, a few at a time. May be shared between threads."""

    def __init__(
        self,
        pipeline: QAPipeline,
        visitors: Visitors,
        concurrency: int = 2,
        feedback: Feedback | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """`concurrency`: questions read at the same time; more would only slow each other down.

        `feedback`: where visitors' judgements are kept; None = they are not asked. `shelf`: what visitors
        add goes there, for everybody; None = to each visitor's own documents.
        """
        self.pipeline = pipeline
        self.feedback = feedback
        self.visitors = visitors
        self.shelf = shelf
        self._places = threading.BoundedSemaphore(concurrency)

    @property
    def library(self) -> Library:
        """The owner's documents."""
        if self.pipeline.collection is None:
            raise ValueError("the chat needs a pipeline that knows its collection")
        return self.pipeline.collection

    @property
    def file_limits(self) -> FileLimits:
        """What a dropped file may hold."""
        return self.shelf.limits if self.shelf is not None else self.visitors.limits.file

    def add(self, session: str, file: Path, progress: Progress) -> Taken:
        """Take a dropped file: into the library where visitors may change it, else into the visitor's own."""
        if self.shelf is not None:
            try:
                return self.shelf.add(file, progress)
            finally:  # it writes over a connection of its own
                self.library.count_again()
        return self.visitors.add(session, file, progress)

    def remove(self, session: str, doc_id: str, private: bool) -> None:
        """Remove one of the visitor's documents, or one of the library's; CollectionError where that can't be."""
        if private:
            self.visitors.remove(session, doc_id)
        elif self.shelf is not None:
            self.shelf.remove(doc_id)
            self.library.count_again()
        else:
            raise CollectionError(f"{doc_id}: visitors can't change the library; it would take --allow-add")

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        documents: Sequence[str] | None = None,
        threshold: float | None = None,
        pipeline: QAPipeline | None = None,
    ) -> Answer:
        """As `QAPipeline.ask`, when it is this question's turn; BusyError when that takes too long."""
        if not self._places.acquire(timeout=_PATIENCE):
            raise BusyError("too many questions at once; try again in a moment")
        try:
            return (pipeline or self.pipeline).ask(question, history, documents, threshold)
        finally:
            self._places.release()

    def reply(
        self,
        question: str,
        texts: Texts,
        session: str = "",
        scope: Scope | None = None,
        history: Sequence[Answer] = (),
    ) -> Reply:
        """What the page shows for a question: it never raises, because a chat has to say what went wrong.

        `history`: the answers and refusals before it, oldest first.
        """
        talk = talk_of(question)
        if talk is not None:
            return Word(str(getattr(texts, talk.value)))
        scope = scope or Scope()
        self.visitors.came_back(session)
        visitor = self.visitors.get(session) if scope.private else None
        if scope.private and visitor is None:
            return Word(texts.gone, problem=True)
        pipeline = visitor.pipeline if visitor is not None else self.pipeline
        try:
            turns = [Turn.of(answer) for answer in history]
            answer = self.ask(question, turns, scope.documents, pipeline=pipeline)
            documents = _documents(answer, visitor.collection if visitor is not None else self.library)
        except Exception as error:
            return Word(_told(error, texts), problem=True)
        private = visitor is not None
        # A vote asks the whole library again: an answer from a choice of it might not be the one that was seen.
        judged = self.feedback is not None and not private and scope.documents is None
        return Found(answer, documents, private, judged)


def _told(error: Exception, texts: Texts) -> str:
    """What went wrong, in the visitor's language; what should not happen goes to the log as well."""
    if isinstance(error, TooLongError):
        sentence = texts.long_question if error.unit == "characters" else texts.long_question_tokens
        return sentence.format(limit=figure(error.limit, texts))
    if isinstance(error, QuestionError):
        return texts.empty_question
    if isinstance(error, BusyError):
        return texts.busy
    if isinstance(error, CollectionError):
        return told(error, texts, reading=True)
    _LOG.error("a question failed", exc_info=error)
    return texts.failed


def _documents(answer: Answer, collection: Library) -> dict[str, Document]:
    """The documents an answer points into, in the order it names them."""
    named = [citation.passage.doc_id for citation in answer.citations]
    named += [scored.passage.doc_id for scored in answer.nearest]
    return {doc_id: collection.document(doc_id) for doc_id in dict.fromkeys(named)}
