"""Asks every question once and keeps what came of it.

The pipeline runs with its refusal off, so that one run yields the best candidate and its confidence
for every question; whether the answer would have been given is decided afterwards by the threshold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from eval.asking import Asker, ReaderAlone, WholeProduct
from eval.judging import joined, right
from eval.metrics import best_over, exact_match, ndcg_at, reciprocal_rank, success_at, token_f1
from eval.questions import Question
from index.documents import Document, Passage
from index.passages import Splitter
from qa.answers import Answer
from qa.pipeline import QAPipeline

DEPTH = 10  # passages looked at for the retrieval metrics


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best answer to a question, as if the product could not refuse."""

    text: str | None  # None: no candidate at all
    confidence: float  # probability in [0, 1]
    latency: float  # milliseconds of the whole of `ask`
    exact: float | None  # exact match with the best gold; None without a gold
    f1: float | None  # token F1 with the best gold; None without a gold
    right: bool  # by the rule of eval/data/README.md; False for a question without an answer
    cited: bool | None  # does every quote stand in the stored source at its offsets? None without an answer
    sentence: str | None  # around the first quote
    from_passage: bool | None  # does a quote stand in a passage that holds a gold answer? None without a gold


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question."""

    id: str
    question: str
    language: str | None
    type: str | None
    split: str | None
    gold: tuple[str, ...]  # empty = no answer in the sources
    passage: str | None  # the text around the first gold answer
    retrieval: Mapping[str, float] | None  # metric → value; None: nothing to find, or not measured
    search_latency: float | None  # milliseconds of finding the passages; None: answered too, or not measured
    outcome: Outcome | None  # None: only retrieval was measured

    def given(self, threshold: float) -> bool:
        """Would an answer be shown when those below `threshold` are refused?"""
        return (
            self.outcome is not None
            and self.outcome.text is not None
            and self.outcome.confidence >= threshold
        )


@dataclass(frozen=True, slots=True)
class Bench:
    """What questions are put to, and where their gold answers are looked up."""

    pipeline: QAPipeline
    answer: Asker
    threshold: float  # probability below which an answer counts as refused
    document: Callable[[str], Document]  # doc_id → the stored text
    passages: Callable[[str], Sequence[Passage]]  # doc_id → its passages, as they are searched
    searches: bool  # False: the context of each question is given

    @classmethod
    def on_collection(cls, pipeline: QAPipeline) -> Bench:
        """Questions are asked of the pipeline's whole collection."""
        collection = pipeline.collection
        if collection is None:
            raise ValueError("the pipeline has no collection to look gold answers up in")
        own = pipeline.settings.threshold
        return cls(
            pipeline=pipeline,
            answer=WholeProduct(pipeline),
            threshold=own if own is not None else pipeline.calibration.threshold,
            document=cache(collection.document),
            passages=_passages_of(cache(collection.document), Splitter(collection.encoder.token_offsets)),
            searches=True,
        )

    @classmethod
    def on_contexts(cls, pipeline: QAPipeline, documents: Sequence[Document], splitter: Splitter) -> Bench:
        """Each question is asked of its own context alone, by the pipeline's reader."""
        document = {document.doc_id: document for document in documents}.__getitem__
        passages = _passages_of(document, splitter)
        own = pipeline.settings.threshold
        return cls(
            pipeline=pipeline,
            answer=ReaderAlone(pipeline.reader, passages),
            threshold=own if own is not None else 0.5,
            document=document,
            passages=passages,
            searches=False,
        )

    def ask(self, question: Question, retrieve: bool = True, read: bool = True) -> Result:
        """One question's result."""
        gold = question.answers[0] if question.answers else None
        said = self.answer(question) if read else None
        understood = question.question if said is None else said.answer.understood_as
        relevant = self._relevant(question)
        retrieval = search_latency = None
        if retrieve and self.searches:
            began = time.perf_counter()
            found = self.pipeline.retriever.retrieve(understood, DEPTH)
            if said is None:  # else the same was searched a moment ago, and may be remembered
                search_latency = 1000 * (time.perf_counter() - began)
            # an answer that the splitter cut apart is a miss, not a question less
            wanted = dict.fromkeys(relevant or ["cut apart"], 1) if question.answers else {}
            retrieval = retrieval_values([scored.passage.passage_id for scored in found], wanted)
        return Result(
            id=question.id,
            question=question.question,
            language=question.language,
            type=question.type,
            split=question.split,
            gold=tuple(gold.text for gold in question.answers),
            passage=None if gold is None else _around(self.passages(gold.doc_id), gold.start, gold.end),
            retrieval=retrieval,
            search_latency=search_latency,
            outcome=None if said is None else self._outcome(question, said.answer, said.latency, relevant),
        )

    def _relevant(self, question: Question) -> frozenset[str]:
        """The passage_ids that hold a gold answer."""
        return frozenset(
            passage.passage_id
            for gold in question.answers
            for passage in self.passages(gold.doc_id)
            if passage.start <= gold.start and gold.end <= passage.end
        )

    def _outcome(
        self, question: Question, answer: Answer, latency: float, relevant: frozenset[str]
    ) -> Outcome:
        language = self._language(question)
        golds = [gold.text for gold in question.answers]
        text = joined(answer.parts) if answer.parts else None
        return Outcome(
            text=text,
            confidence=answer.confidence,
            latency=latency,
            exact=best_over(exact_match, text or "", golds, language),
            f1=best_over(token_f1, text or "", golds, language),
            right=bool(answer.parts) and right(question, answer.parts, self.document, language),
            cited=all(
                self.document(c.passage.doc_id).text[c.start : c.end] == c.quote for c in answer.citations
            )
            if answer.parts
            else None,
            sentence=answer.citations[0].sentence if answer.parts else None,
            from_passage=any(c.passage.passage_id in relevant for c in answer.citations)
            if question.answers
            else None,
        )

    def _language(self, question: Question) -> str | None:
        """Of the sources that answer, else of the question: whose articles and units count."""
        if question.answers:
            return self.document(question.answers[0].doc_id).language or question.language
        return question.language


def run(
    bench: Bench,
    questions: Sequence[Question],
    retrieve: bool = True,
    read: bool = True,
    progress: Callable[[Sequence[Question]], Iterable[Question]] = iter,
) -> list[Result]:
    """The results in the order of `questions`. `progress`: wraps the questions, such as tqdm."""
    return [bench.ask(question, retrieve, read) for question in progress(questions)]


def retrieval_values(ranking: Sequence[str], relevant: Mapping[str, int]) -> dict[str, float] | None:
    """The metrics of one ranking by name; None when nothing is relevant."""
    values = {
        **{f"hit@{k}": success_at(ranking, relevant, k) for k in (1, 5, 10)},
        "mrr@10": reciprocal_rank(ranking, relevant, 10),
        "ndcg@10": ndcg_at(ranking, relevant, 10),
    }
    defined = {name: value for name, value in values.items() if value is not None}
    return defined or None


def _around(passages: Sequence[Passage], start: int, end: int) -> str | None:
    """The text of the first passage that holds `start:end`, or that it begins in."""
    whole = [p for p in passages if p.start <= start and end <= p.end]
    return next((p.text for p in [*whole, *passages] if p.start <= start < p.end), None)


def _passages_of(
    document: Callable[[str], Document], splitter: Splitter
) -> Callable[[str], Sequence[Passage]]:
    """doc_id → passages, each document split once."""
    return cache(lambda doc_id: splitter.split(document(doc_id)))
