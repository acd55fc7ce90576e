"""From question to answer on the article's set: ours against Haystack and txtai with the same weights."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.comparing import Comparison, command, note
from benchmarks.contenders.protocol import WARM_UP
from benchmarks.environments import BenchmarkError, contend, python_of
from benchmarks.weights import add_weights_option, folders
from eval.metrics import best_over, exact_match, token_f1
from eval.questions import ARTICLE_QUESTIONS, Question, read_questions
from index import ARTICLE
from index.documents import Passage
from index.embedded import Vocabulary
from index.loading import load
from index.passages import Splitter
from qa.pipeline import Settings
from qa.reader import ExtractiveReader

PROBES = 40  # questions, each read in its own passage by both readers
SAME_READER = 0.8  # share of best spans below which the weights are others
_SEED = 20_240


@dataclass
class Contender:
    """Who answers, and what came of it in each round."""

    name: str
    module: str
    environment: str | None = None  # None: ours
    settings: dict[str, Any] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)


def contenders() -> list[Contender]:
    rivals = [
        Contender(f"{name}, {kind}", f"with_{module}", module, {"hybrid": kind == "hybrid"})
        for name, module in (("Haystack", "haystack"), ("txtai", "txtai"))
        for kind in ("dense", "hybrid")
    ]
    fewer = Contender("txtai, dense, its own 3 passages", "with_txtai", "txtai", {"hybrid": False, "read": 3})
    return [Contender("ours", "with_mot_a_mot"), *rivals, fewer]


def compare(options: argparse.Namespace) -> list[Comparison]:
    questions = [q for q in read_questions(ARTICLE_QUESTIONS).questions if q.answers and not q.history]
    if options.limit is not None:
        questions = random.Random(_SEED).sample(questions, min(options.limit, len(questions)))  # noqa: S311
    document = load(ARTICLE)
    passages = Splitter(Vocabulary.open().token_offsets).split(document)
    weights = folders(options.bodies)
    refuse_other_reader(weights.reader, questions[:: len(questions) // PROBES or 1], passages)
    task = {
        "encoder": str(weights.encoder),
        "reader": str(weights.reader),
        "read": options.read,
        "documents": [str(ARTICLE)],
        "passages": [{"context": p.context, "text": p.text} for p in passages],
        "questions": [q.question for q in questions],
    }
    ours, *rivals = contenders()
    for rival in rivals:
        python_of(str(rival.environment))  # made before anything is timed
    for number in range(options.rounds):
        for contender in (ours, *rivals):
            note(f"round {number + 1} of {options.rounds}: {contender.name}")
            contender.rounds.append(
                contend(contender.module, task | contender.settings, contender.environment)
            )
    for contender in (ours, *rivals):
        for error, times in Counter(contender.rounds[0]["errors"]).items():
            note(f"{contender.name}: {times} of {len(questions)} questions without answer: {error}")
    return [
        comparison for rival in rivals for comparison in compared(ours, rival, questions, document.language)
    ]


def refuse_other_reader(folder: Path, questions: Sequence[Question], passages: Sequence[Passage]) -> None:
    """BenchmarkError when the folder's model reads otherwise than ours: then its weights are others.

    Eight bits move a logit by some tenths, so now and then another span is best.
    """
    from qa.transformers_reader import TransformersReader

    ours, theirs = ExtractiveReader.open(), TransformersReader.open(str(folder))
    same = []
    for question in questions:
        place = question.answers[0].start
        passage = next(p for p in passages if p.start <= place < p.end)
        best = [reader.read(question.question, [passage])[0].spans[:1] for reader in (ours, theirs)]
        same.append([(s.start, s.end) for s in best[0]] == [(s.start, s.end) for s in best[1]])
    share = sum(same) / len(same)
    note(
        f"the rivals' reader finds the same best span as ours in {100 * share:.0f} % of {len(same)} passages"
    )
    if share < SAME_READER:
        raise BenchmarkError(
            f"{folder}: not the weights of our reader; name those it was made from with --bodies"
        )


def _times(contender: Contender) -> list[float]:
    """Milliseconds of each question of each round; what was asked to warm up may be remembered."""
    return [ms for r in contender.rounds for _, ms in r["answers"][WARM_UP:]]


def compared(
    ours: Contender, rival: Contender, questions: Sequence[Question], language: str | None
) -> list[Comparison]:
    """The same measures of both."""

    def of(
        measure: str, value: Callable[[Contender], float], better: Any = "lower", percent: bool = False
    ) -> Comparison:
        return Comparison(measure, value(ours), rival.name, value(rival), better, percent)

    def score(
        metric: Callable[[str, str, str | None], float], split: str | None = None
    ) -> Callable[[Contender], float]:
        def mean(contender: Contender) -> float:
            return 100 * fmean(
                best_over(metric, text or "", [gold.text for gold in question.answers], language) or 0.0
                for question, (text, _) in zip(questions, contender.rounds[0]["answers"], strict=True)
                if split in (None, question.split)
            )

        return mean

    def over_rounds(name: str) -> Callable[[Contender], float]:
        return lambda contender: median(r[name] for r in contender.rounds)

    return [
        of("question to answer, median ms", lambda c: median(_times(c))),
        of(f"F1 on the article's {len(questions)} answerable questions, %", score(token_f1), "higher", True),
        of("exact match on them, %", score(exact_match), "higher", True),
        of("F1 on those of them that nothing was tuned on, %", score(token_f1, "test"), "higher", True),
        of("start to first answer, s", over_rounds("first_answer_s")),
        of("most memory, MB", over_rounds("memory_mb")),
    ]


def _options(parser: argparse.ArgumentParser) -> None:
    add_weights_option(parser)
    parser.add_argument(
        "--read", type=int, default=Settings().read, metavar="K", help="passages read for a question"
    )
    parser.add_argument(
        "--rounds", type=int, default=2, help="how often each starts anew and answers all, by turns"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="only N questions, drawn at random")


if __name__ == "__main__":
    sys.exit(command(__doc__, _options, compare))
