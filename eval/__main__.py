"""`python -m eval`: how good the answers are, on the article's questions or on your own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from eval.opening import add_product_options, add_squad_options, open_task
from eval.progress import progress
from eval.run import run
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
    task = open_task(options)
    calibration = task.bench.pipeline.calibration
    threshold = options.threshold if options.threshold is not None else calibration.threshold
    results = run(
        task.bench,
        task.questions,
        read=not options.no_reading,
        progress=lambda questions: progress(questions, "asking"),
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
    parser.add_argument(
        "--documents", nargs="+", metavar="FILE", help="the files that JSONL questions are about"
    )
    parser.add_argument(
        "--collection", metavar="FOLDER", help="the collection that JSONL questions are about"
    )
    parser.add_argument("--open", action="store_true", help="SQuAD: search all contexts, not the given one")
    parser.add_argument("--split", choices=("dev", "test"), help="only questions marked so")
    parser.add_argument("--limit", type=int, metavar="N", help="a random sample of N, always the same")
    parser.add_argument("--no-reading", action="store_true", help="measure retrieval only")
    parser.add_argument("--threshold", type=float, help="refuse below this confidence")
    add_squad_options(parser)
    add_product_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
