"""The way of a question: retrieve → read → choose → cite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index import ARTICLE, load
from index.collection import Collection
from index.documents import ScoredPassage
from index.encoder import Encoder
from index.errors import QuestionError
from qa.answers import Answer, Citation, Part, Refusal, Span
from qa.confidence import Calibration, Candidate, same_words
from qa.quoting import quotable
from qa.reader import Reader, Reading
from qa.retriever import HybridRetriever, Retriever

LONGEST_QUESTION = 1_000  # characters


@dataclass(frozen=True, slots=True)
class Settings:
    """How far the pipeline goes for an answer."""

    read: int = 8  # passages read for a question
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
        collection: Collection | None = None,
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
        encoder: Encoder | None = None,
        reader: Reader | None = None,
        settings: Settings | None = None,
    ) -> QAPipeline:
        """A pipeline on a collection folder, on some files, or on the bundled article when neither is named.

        `encoder` and `reader`: None = the embedded ones. Raises DocumentError, CollectionError or
        ModelError; ValueError when both a collection and documents are given.
        """
        if collection is not None and documents is not None:
            raise ValueError("name a collection or documents, not both")
        if encoder is None or reader is None:
            from qa.models import open_models

            encoder, reader = open_models(encoder, reader)
        if collection is not None:
            searched = Collection.open(collection, encoder)
        else:
            searched = Collection.in_memory(encoder)
            for file in documents if documents is not None else [ARTICLE]:
                searched.add(load(file))
        return cls(HybridRetriever(searched), reader, Calibration.load(), settings, searched)

    def ask(
        self,
        question: str,
        documents: Sequence[str] | None = None,
        threshold: float | None = None,
    ) -> Answer:
        """Answer one question from the sources, or refuse.

        `documents`: look only in these doc_ids. `threshold`: refuse below this confidence, instead of
        the settings'. QuestionError when the question is empty or too long.
        """
        understood = checked(question)
        found = self.retriever.retrieve(understood, self.settings.read, documents)
        readings = self.reader.read(understood, [scored.passage for scored in found])
        candidates = self.calibration.rank(candidates_of(found, readings))
        confidence = self.calibration.probability(candidates)
        refusal = self._refusal(found, candidates, confidence, threshold)
        return Answer(
            question=question,
            understood_as=understood,
            parts=() if refusal is not None else (chosen(candidates),),
            confidence=confidence,
            refusal=refusal,
            nearest=() if refusal is None else tuple(found[: self.settings.nearest]),
            calibrated=self.calibration.reader == self.reader.checksum,
        )

    def ask_many(self, questions: Iterable[str]) -> list[Answer]:
        """Answers in the order of `questions`."""
        return [self.ask(question) for question in questions]

    def _refusal(
        self,
        found: Sequence[ScoredPassage],
        candidates: Sequence[Candidate],
        confidence: float,
        threshold: float | None,
    ) -> Refusal | None:
        if self.retriever.is_empty:
            return Refusal.NOTHING_INDEXED
        least = next(
            value
            for value in (threshold, self.settings.threshold, self.calibration.threshold)
            if value is not None
        )
        if candidates and confidence >= least:
            return None
        about_it = any(s.cosine >= self.calibration.irrelevant or s.coverage >= 0.5 for s in found)
        return Refusal.NO_ANSWER if about_it else Refusal.NOTHING_RELEVANT


def checked(question: str) -> str:
    """The question without surrounding or repeated white space; QuestionError when it can't be asked."""
    words = " ".join(question.replace("\x00", " ").split())
    if not any(character.isalnum() for character in words):
        raise QuestionError(
            f"{question[:40]!r}: no question in it; type one, such as 'Qui est Julie Lavet ?'"
        )
    if len(words) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(words):,} characters, the limit is {LONGEST_QUESTION:,}; ask it shorter"
        )
    return words


def candidates_of(found: Sequence[ScoredPassage], readings: Sequence[Reading]) -> list[Candidate]:
    """Every span of every reading, cut as it would be quoted."""
    candidates: list[Candidate] = []
    for scored, reading in zip(found, readings, strict=True):
        for span in reading.spans:
            start, end = quotable(scored.passage.text, span.start, span.end)
            if start < end:
                candidates.append(Candidate(scored, Span(start, end, span.score), reading.null))
    return candidates


def chosen(candidates: Sequence[Candidate]) -> Part:
    """The first candidate as a part, cited also where its very words were found in other passages."""
    words = same_words(candidates[0].quote)
    citations: dict[tuple[str, int], Citation] = {}
    for candidate in candidates:
        passage = candidate.scored.passage
        if same_words(candidate.quote) == words:
            start = passage.start + candidate.span.start
            end = passage.start + candidate.span.end
            # Passages overlap by a sentence: the same place is cited once.
            citations.setdefault((passage.doc_id, start), Citation(passage, start, end))
    return Part(tuple(citations.values()))
