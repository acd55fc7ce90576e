"""How good the answers are: on the bundled article's questions, or on your own.

python -m eval                                  the article's questions
python -m eval questions.jsonl --documents a.md b.md
python -m eval squad.json [--open]              SQuAD 1.1 or 2.0, contexts given or to be found
python -m eval beir-folder                      retrieval alone
python -m eval compare before after             two folders made with --out
python -m eval.results run …                    such folders as one page of tables, as eval/RESULTS.md is
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.artefact import Run, read_run, write_run, write_text
from eval.baseline import baseline_of, read_baseline, regressions, write_baseline
from eval.compare import described
from eval.measure import add_options, measure
from eval.questions import ARTICLE_QUESTIONS
from eval.report import html
from eval.summary import Summary, by, summarise
from eval.table import READING, WHOLE, tables, titles_for
from index.errors import MotAMotError, QuestionError


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 1 a regression, 2 bad input."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["compare"]:
            return _compare(_compare_parser().parse_args(given[1:]))
        return _evaluate(_parser().parse_args(given))
    except MotAMotError as error:
        print(error, file=sys.stderr)
        return 2


def _evaluate(options: argparse.Namespace) -> int:
    if (options.check_baseline or options.write_baseline) and options.files:
        raise QuestionError("the baseline is of the article's questions; leave out the files")
    run = measure(options)
    for line in run.skipped:
        print(f"left out: {line}", file=sys.stderr)
    print(f"{run.name}: {len(run.results):,} questions, {run.mode} mode, threshold {run.threshold:.2f}\n")
    summaries = summarise(run.results, run.threshold)
    print(tables(summaries, "language", titles_for(run.mode, summaries)))
    kinds = by(run.results, run.threshold, lambda result: result.type)
    if kinds:
        print(f"\n{tables(kinds, 'type', (READING, WHOLE))}")
    if options.out:
        folder = Path(options.out)
        write_text(folder / "report.html", html(run))
        print(f"\nwritten: {write_run(folder, run)} and {folder / 'report.html'}")
    return _baseline(options, run, summaries[-1])


def _baseline(options: argparse.Namespace, run: Run, total: Summary) -> int:
    if not options.check_baseline and not options.write_baseline:
        return 0
    now = baseline_of(total, ARTICLE_QUESTIONS.name, str(run.models["reader checksum"]), run.threshold)
    if options.write_baseline:
        write_baseline(now)
        print("\nbaseline written")
        return 0
    worse = regressions(now, read_baseline())
    print("\n" + ("\n".join(["worse than the baseline:", *worse]) if worse else "no worse than the baseline"))
    return 1 if worse else 0


def _compare(options: argparse.Namespace) -> int:
    text, regressed = described(read_run(Path(options.a)), read_run(Path(options.b)), options.max_drop)
    print(text)
    return 1 if regressed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--out", metavar="FOLDER", help="write the run (JSON) and a report (HTML) there")
    parser.add_argument("--check-baseline", action="store_true", help="exit with 1 when a figure got worse")
    parser.add_argument("--write-baseline", action="store_true", help="make these figures the baseline")
    return parser


def _compare_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m eval compare", description="What changed between two runs.")
    parser.add_argument("a", metavar="A", help="folder or run.json: before")
    parser.add_argument("b", metavar="B", help="folder or run.json: after")
    parser.add_argument(
        "--max-drop", type=float, default=1.0, metavar="POINTS",
        help="exit with 1 when F1 or the wrong answers are significantly worse by more than this (default 1)",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
