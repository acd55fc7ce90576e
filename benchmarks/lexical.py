"""Our full-text search (SQLite's FTS5 over our terms) against rank-bm25 and bm25s, on the same passages."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Literal

from benchmarks.comparing import Comparison, command, note
from benchmarks.data import Asked, add_data_option, piaf
from benchmarks.environments import contend, python_of
from eval.metrics import success_at
from index.documents import Passage
from index.embedded import Vocabulary
from index.lexical import terms
from index.passages import Splitter

ENVIRONMENT = "lexical"
LANGUAGE = "fr"
DEPTH = 10


@dataclass
class Contender:
    """Who searches, on what."""

    name: str
    module: str
    environment: str | None = ENVIRONMENT
    our_terms: bool = False  # given our terms, where it has a tokenizer of its own
    french: bool = False  # told that the texts are French
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Analysed:
    """Texts and questions as our terms, and what that took."""

    texts: list[list[str]]
    queries: list[list[str]]
    texts_s: float
    query_ms: float  # a question, in the mean


def contenders() -> list[Contender]:
    return [
        Contender("ours", "with_fts5", None),
        Contender("rank-bm25", "with_rank_bm25"),
        Contender("rank-bm25, our terms", "with_rank_bm25", our_terms=True),
        Contender("bm25s", "with_bm25s"),
        Contender("bm25s, French", "with_bm25s", french=True),
        Contender("bm25s, our terms", "with_bm25s", our_terms=True),
    ]


def compare(options: argparse.Namespace) -> list[Comparison]:
    documents, asked = piaf(options.data)
    splitter = Splitter(Vocabulary.open().token_offsets)
    passages = [passage for document in documents for passage in splitter.split(document)]
    texts, queries = [p.text for p in passages], [q.question for q in asked]
    analysed = analyse(texts, queries)
    python_of(ENVIRONMENT)
    found = contenders()
    for contender in found:
        note(f"{contender.name} on {len(texts):,} passages")
        ready = contender.our_terms
        task = {
            "texts": analysed.texts if ready else texts,
            "queries": analysed.queries if ready else queries,
            "language": LANGUAGE,
            "french": contender.french,
            "depth": DEPTH,
        }
        contender.result = contend(contender.module, task, contender.environment)
        if ready:  # terms are not to be had for nothing
            contender.result["built_s"] += analysed.texts_s
            contender.result["ms"] = [ms + analysed.query_ms for ms in contender.result["ms"]]
    ours, *rivals = found
    return [of for rival in rivals for of in compared(ours, rival, passages, asked)]


def analyse(texts: Sequence[str], queries: Sequence[str]) -> Analysed:
    begun = time.perf_counter()
    text_terms = [terms(text, LANGUAGE) for text in texts]
    between = time.perf_counter()
    query_terms = [terms(query, LANGUAGE) for query in queries]
    ms = 1000 * (time.perf_counter() - between) / len(queries)
    return Analysed(text_terms, query_terms, between - begun, ms)


def compared(
    ours: Contender, rival: Contender, passages: Sequence[Passage], asked: Sequence[Asked]
) -> list[Comparison]:
    """The same measures of both."""

    def recall(contender: Contender, k: int) -> float:
        """Percent of the questions with a passage of their context among the first k passages."""
        values = (
            success_at([passages[position].doc_id for position in found], {question.doc_id}, k)
            for question, found in zip(asked, contender.result["found"], strict=True)
        )
        return 100 * fmean(value or 0.0 for value in values)

    def of(
        measure: str, a: float, b: float, better: Literal["higher", "lower"] = "lower", percent: bool = False
    ) -> Comparison:
        return Comparison(measure, a, rival.name, b, better, percent)

    a, b = ours.result, rival.result
    return [
        *(
            of(f"PIAF test, lexical, Recall@{k} of {len(asked)} questions, %",
               recall(ours, k), recall(rival, k), "higher", percent=True)
            for k in (1, 10)
        ),
        of(f"lexical search in {len(passages):,} passages, mean ms", fmean(a["ms"]), fmean(b["ms"])),
        of("building the lexical index, s", a["built_s"], b["built_s"]),
        of("memory of the lexical index, MB", a["memory_mb"], b["memory_mb"]),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(command(__doc__, add_data_option, compare))
