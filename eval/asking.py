"""How a question is put to what is measured: the whole product, or its reader alone; the refusal is off."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from eval.questions import Question
from index.documents import Passage, ScoredPassage
from index.errors import QuestionError
from qa.answers import Answer, Citation, Part, Refusal
from qa.choice import candidates_of
from qa.confidence import Candidate, Logistic
from qa.conversation import Turn
from qa.pipeline import QAPipeline
from qa.questions import kind_of
from qa.reader import Reader
from qa.reading import LOOKED_AT, with_verdicts


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer and how long it took."""

    answer: Answer
    latency: float  # milliseconds


class Asker(Protocol):
    """What answers a question with the refusal off."""

    def __call__(self, question: Question) -> Timed:
        """The best answer there is, however unsure."""
        ...


class WholeProduct:
    """The pipeline as people use it, but for the refusal."""

    def __init__(self, pipeline: QAPipeline) -> None:
        self._pipeline = pipeline
        self._turns = cache(self._turns_of)

    def __call__(self, question: Question) -> Timed:
        turns = self._turns(question.history)  # the earlier questions are not timed
        return timed(lambda: self._pipeline.ask(question.question, history=turns, threshold=0.0))

    def _turns_of(self, history: tuple[str, ...]) -> tuple[Turn, ...]:
        """The conversation so far, as the product itself answered or refused."""
        if not history:
            return ()
        before = self._turns(history[:-1])
        return (*before, Turn.of(self._pipeline.ask(history[-1], history=before)))


class ReaderAlone:
    """The reader's best span of the context that a question was asked of, after its second look at spans; no retrieval is weighed."""

    def __init__(self, reader: Reader, passages: Callable[[str], Sequence[Passage]]) -> None:
        self._reader = reader
        self._passages = passages

    def __call__(self, question: Question) -> Timed:
        if question.context is None:
            raise QuestionError(f"{question.id}: no context is given for it; search a collection")
        passages = self._passages(question.context)
        return timed(lambda: self._read(question, passages))

    def _read(self, question: Question, passages: Sequence[Passage]) -> Answer:
        readings = self._reader.read(question.question, passages)
        found = [ScoredPassage(passage, 0.0, rank) for rank, passage in enumerate(passages, start=1)]
        marked = sorted(candidates_of(found, readings), key=lambda c: -c.span.score)[:LOOKED_AT]
        if not marked:
            return Answer(question.question, question.question, (), 0.0, Refusal.NO_ANSWER)
        # Of what is told in a sentence the verifier knows sentences, not spans.
        if not kind_of(question.question).is_told_in_a_sentence:
            marked = with_verdicts(question.question, marked, self._reader)
        best = max(marked, key=_margin)
        passage = best.scored.passage
        citation = Citation(passage, passage.start + best.span.start, passage.start + best.span.end)
        # A margin above 0 beats "no answer", and so does a confidence above one half.
        confidence = Logistic(0.0, {"margin": 1.0}).probability({"margin": _margin(best)})
        return Answer(question.question, question.question, (Part((citation,)),), confidence, None)


def _margin(candidate: Candidate) -> float:
    """Of both looks. Each is in logits above "no answer", and so is their mean."""
    if candidate.verdict is None:
        return candidate.span.score
    return (candidate.span.score + candidate.verdict) / 2


def timed(ask: Callable[[], Answer]) -> Timed:
    """Ask, and look at the clock before and after."""
    begun = time.perf_counter()
    answer = ask()
    return Timed(answer, 1000 * (time.perf_counter() - begun))
