"""What the product would weigh for many questions, kept in a file, so that a calibration is refitted in seconds.

Each question is asked where its passage is and where it is not: half of the questions among all
contexts of the file, half among those of their own article, as a user asks of one document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from eval.artefact import whole
from eval.judging import ENOUGH_F1
from eval.metrics import best_over, holds, token_f1
from eval.questions import Question, QuestionSet
from index.documents import Passage, ScoredPassage
from index.errors import QuestionError
from qa.answers import Span
from qa.choice import candidates_of, without_reading
from qa.confidence import Candidate, Models, Telling
from qa.pipeline import QAPipeline
from qa.questions import Kind, kind_of
from qa.reader import Reading
from qa.reading import with_verdicts
from qa.telling import told

FORMAT = 5


@dataclass(frozen=True)
class Asked:
    """A question as it was asked once, and every span that was found, with the sentence around it where that is to tell."""

    question: str
    article: str  # of the context, so that folds don't share articles
    language: str | None  # of the sources
    golds: tuple[str, ...]  # empty = no answer in the sources
    present: bool  # is a gold answer among the passages that were searched?
    candidates: tuple[Candidate, ...]  # each with the verdict of the reader's second look, if it has one

    @cached_property
    def kind(self) -> Kind:
        """The kind of answer it asks for."""
        return kind_of(self.question)

    @cached_property
    def marked(self) -> tuple[Candidate, ...]:
        """The candidates as spans, as the reader marks them."""
        return tuple(replace(one, verdict=None, telling=None) for one in self.candidates)

    @cached_property
    def unverified(self) -> tuple[Candidate, ...]:
        """The candidates for an answer as they were before the second look: all, or where a sentence is to tell, those that stand in one."""
        answering = (
            one for one in self.candidates if one.telling is not None or not self.kind.is_told_in_a_sentence
        )
        return tuple(replace(one, verdict=None) for one in answering)

    def f1(self, candidate: Candidate) -> float:
        """The token F1 of a candidate with the best gold; 0 where the answer was taken away."""
        return self._f1[_place(candidate.scored.passage, candidate.span)]

    @cached_property
    def _f1(self) -> dict[_Place, float]:
        golds = self.golds if self.present else ()
        return {
            _place(one.scored.passage, one.span): best_over(token_f1, one.quote, golds, self.language) or 0.0
            for one in self.candidates
        }

    def quality(self, candidate: Candidate) -> float:
        """How good an answer it is: the F1 of a span; 1 for a sentence that holds a gold answer, 0 for another."""
        if candidate.telling is None:
            return self.f1(candidate)
        return float(self.present and self.tells(candidate))

    def tells(self, candidate: Candidate) -> bool:
        """Does what would be quoted hold the words of a gold answer, present or not?"""
        return any(holds(candidate.answer, gold, self.language) for gold in self.golds)

    def right(self, candidate: Candidate) -> bool:
        """Would this candidate count as right?"""
        return self.quality(candidate) >= ENOUGH_F1


_Place = tuple[str, int, int]


def _place(passage: Passage, span: Span) -> _Place:
    """Where something stands, by which it is known."""
    return passage.passage_id, span.start, span.end


class RecordedReader:
    """A reader that finds what was found when the evidence was gathered, and counts the passages it is given."""

    name = checksum = "recorded"

    def __init__(self, one: Asked) -> None:
        self._candidates = one.candidates
        scored = {candidate.scored.passage.passage_id: candidate.scored for candidate in one.candidates}
        self.found = sorted(scored.values(), key=lambda passage: passage.rank)
        self.count = 0

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        self.count += len(passages)
        return [self._reading(passage.passage_id) for passage in passages]

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float] | None:
        verdicts = {
            _place(one.scored.passage, one.judged): one.verdict
            for one in self._candidates
            if one.verdict is not None
        }
        return [verdicts[_place(passage, span)] for passage, span in spans] if verdicts else None

    def _reading(self, passage_id: str) -> Reading:
        own = [one for one in self._candidates if one.scored.passage.passage_id == passage_id]
        return Reading(tuple(one.span for one in own), own[0].null)


def gather(
    pipeline: QAPipeline,
    found: QuestionSet,
    questions: Sequence[Question],
    progress: Callable[[Sequence[Question]], Iterable[Question]] = iter,
) -> Iterator[Asked]:
    """Ask each question with and without its context, but for those that are answered without a reader.

    The set's documents must be in the collection.
    """
    article = {document.doc_id: document.title for document in found.documents}
    language = {document.doc_id: document.language for document in found.documents}
    everything = [document.doc_id for document in found.documents]
    for number, question in enumerate(progress(questions)):
        context = question.context
        if context is None:
            raise ValueError(f"{question.id}: asked of no context")
        siblings = [doc_id for doc_id in everything if article[doc_id] == article[context]]
        scope = siblings if number % 2 and len(siblings) > 1 else everything
        scopes = [scope]
        if question.answers:
            scopes.append([doc_id for doc_id in scope if doc_id != context])
        for searched in scopes:
            passages = pipeline.retriever.retrieve(question.question, pipeline.settings.read, searched)
            kind = kind_of(question.question)
            if without_reading(question.question, kind, passages, pipeline.calibration, pipeline.retriever):
                continue
            readings = pipeline.reader.read(question.question, [scored.passage for scored in passages])
            candidates = candidates_of(passages, readings)
            if kind.is_told_in_a_sentence:
                telling = {
                    _place(one.scored.passage, one.span): one
                    for one in told(question.question, kind, candidates, pipeline.retriever)
                }
                candidates = [telling.get(_place(one.scored.passage, one.span), one) for one in candidates]
            asked = Asked(
                question=question.question,
                article=article[context],
                language=language[context],
                golds=tuple(gold.text for gold in question.answers),
                present=bool(question.answers) and context in searched,
                candidates=tuple(with_verdicts(question.question, candidates, pipeline.reader)),
            )
            if not _answered_elsewhere(asked):
                yield asked


def _answered_elsewhere(asked: Asked) -> bool:
    """Were the gold words found although their context was away? Then nobody knows what is right."""
    return not asked.present and any(
        (best_over(token_f1, candidate.quote, asked.golds, asked.language) or 0.0) >= ENOUGH_F1
        or (candidate.telling is not None and asked.tells(candidate))
        for candidate in asked.candidates
    )


def write_evidence(file: Path, name: str, models: Models, asked: Iterable[Asked]) -> int:
    """Write the questions with their candidates as JSONL, whole or not at all; returns how many.

    QuestionError when the file can't be written, before the first of `asked` is taken.
    """
    count = 0
    with whole(file) as write:
        write(json.dumps({"format": FORMAT, "data": name, "models": asdict(models)}) + "\n")
        for one in asked:
            write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
            count += 1
    return count


@dataclass(frozen=True, slots=True)
class Evidence:
    """What `gather` found for one data set."""

    name: str
    models: Models
    asked: tuple[Asked, ...]


def read_evidence(file: Path) -> Evidence:
    """The contents of a file of `write_evidence`; QuestionError when it is none, or holds no question."""
    try:
        with file.open(encoding="utf-8", newline="\n") as stream:
            head = json.loads(next(stream, "null"))
            if not isinstance(head, dict) or head.get("format") != FORMAT:
                raise QuestionError(
                    f"{file}: no evidence of format {FORMAT}; make it with: python -m eval.calibrate gather"
                )
            asked = tuple(_asked(json.loads(line)) for line in stream)
            if not asked:
                raise QuestionError(f"{file}: no question in it; gather it again, or leave it out")
            return Evidence(head["data"], Models(**head["models"]), asked)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise QuestionError(f"{file}: can't be read as evidence ({error!r}); gather it again") from error


def _asked(values: dict[str, Any]) -> Asked:
    candidates = tuple(_candidate(candidate) for candidate in values.pop("candidates"))
    golds = tuple(values.pop("golds"))
    return Asked(golds=golds, candidates=candidates, **values)


def _candidate(values: dict[str, Any]) -> Candidate:
    scored = values.pop("scored")
    passage = Passage(**scored.pop("passage"))
    at = values.pop("telling")
    return Candidate(
        ScoredPassage(passage, **scored),
        Span(**values.pop("span")),
        telling=None if at is None else Telling(**at),
        **values,
    )
