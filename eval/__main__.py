"""`python -m eval`: how good the answers are, on the article's questions or on your own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from eval.opening import WEIGHTS, open_task
from eval.run import run
from eval.squad import PARTS
from eval.summary import by, summarise
from eval.table import READING, WHOLE, tables
from index.errors import MotAMotError


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 1 a regression, 2 bad input."""
    options = _parser().parse_args(arguments)
    try:
        return evaluate(options)
    except MotAMotError as error:
        print(error, file=sys.stderr)
        return 2


def evaluate(options: argparse.Namespace) -> int:
    """Run the questions and print the tables."""
    from tqdm import tqdm

    task = open_task(options)
    calibration = task.bench.pipeline.calibration
    threshold = options.threshold if options.threshold is not None else calibration.threshold
    results = run(
        task.bench,
        task.questions,
        read=not options.no_reading,
        progress=lambda questions: tqdm(questions, "asking", unit="question", mininterval=1, leave=False),
    )
    for line in task.skipped:
        print(f"left out: {line}", file=sys.stderr)
    print(f"{task.name}: {len(results):,} questions, {task.mode} mode, threshold {threshold:.2f}\n")
    print(tables(summarise(results, threshold), "language"))
    kinds = by(results, threshold, lambda result: result.type)
    if kinds:
        print(f"\n{tables(kinds, 'type', (READING, WHOLE))}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m eval", description=__doc__)
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="questions: JSONL, or SQuAD format (default: the article's)"
    )
    sources = parser.add_argument_group("what is asked of what")
    sources.add_argument(
        "--documents", nargs="+", metavar="FILE", help="the files that JSONL questions are about"
    )
    sources.add_argument(
        "--collection", metavar="FOLDER", help="the collection that JSONL questions are about"
    )
    sources.add_argument("--open", action="store_true", help="SQuAD: search all contexts of the files")
    sources.add_argument("--questions-from", metavar="FILE", help="SQuAD: questions of this parallel file")
    sources.add_argument("--question-language", metavar="LANGUAGE", help="of --questions-from")
    sources.add_argument("--split", choices=("dev", "test"), help="only questions marked so")
    sources.add_argument("--titles", metavar="FILE", help="SQuAD: only articles with a title in this file")
    sources.add_argument("--part", choices=PARTS, help="SQuAD: only these articles, by position")
    sources.add_argument("--language", nargs="+", metavar="LANGUAGE", help="SQuAD: of all files, or of each")
    sources.add_argument("--limit", type=int, metavar="N", help="a random sample of N, always the same")
    sources.add_argument(
        "--skip-errors", action="store_true", help="SQuAD: leave out wrong answers, and say so"
    )
    product = parser.add_argument_group("the product's settings")
    product.add_argument("--retriever", choices=WEIGHTS, default="hybrid")
    product.add_argument("--no-reading", action="store_true", help="measure retrieval only")
    product.add_argument("--read", type=int, metavar="K", help="passages read for a question")
    product.add_argument("--threshold", type=float, help="refuse below this confidence")
    product.add_argument("--reader", metavar="FOLDER", help="another reader")
    product.add_argument("--calibration", metavar="FILE", help="another calibration")
    return parser


if __name__ == "__main__":
    sys.exit(main())
