"""`python -m eval.calibrate`: fits how candidates are ordered, and how likely the first is right.

python -m eval.calibrate gather FILE --cache piaf.jsonl    # once for each SQuAD file and reader
python -m eval.calibrate fit piaf.jsonl … --out calibration.json
python -m eval.calibrate check test.jsonl                  # how a calibration does on questions it was not fitted on
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from eval.artefact import write_text
from eval.evidence import Asked, Evidence, gather, read_evidence, write_evidence
from eval.fitting import FOLDS, Judged, cross_validated, fit, judge, metrics_of, threshold_for
from eval.opening import (
    add_product_options,
    add_squad_options,
    chosen,
    collection_of,
    open_pipeline,
    squad_sets,
)
from eval.progress import progress
from eval.questions import Question, QuestionSet
from eval.stopping import stopping
from index.errors import MotAMotError, QuestionError
from index.numbers import positive, probability
from qa.confidence import CALIBRATION_FILE, Calibration
from qa.pipeline import QAPipeline


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 2 bad input."""
    options = _parser().parse_args(arguments)
    try:
        return {"gather": _gather, "fit": _fit, "check": _check}[options.command](options)
    except MotAMotError as error:
        print(error, file=sys.stderr)
        return 2


def _gather(options: argparse.Namespace) -> int:
    file = Path(options.file)
    [found] = squad_sets([file], options)
    questions = chosen(found.questions, limit=options.limit)
    pipeline = open_pipeline(options, empty=True)
    asked = indexed_and_asked(pipeline, found, questions)
    count = write_evidence(Path(options.cache), found.name, pipeline.models, asked)
    print(f"{options.cache}: {count:,} questions asked, {len(questions):,} of {found.name}")
    return 0


def indexed_and_asked(
    pipeline: QAPipeline, found: QuestionSet, questions: Sequence[Question]
) -> Iterator[Asked]:
    """The evidence of `questions`; the documents are indexed when the first is taken, once its file is open."""
    for document in progress(found.documents, "indexing"):
        collection_of(pipeline).add(document)
    yield from gather(pipeline, found, questions, lambda items: progress(items, "asking"))


def _fit(options: argparse.Namespace) -> int:
    sources = [read_evidence(Path(file)) for file in options.evidence]
    models, *others = dict.fromkeys(source.models for source in sources)
    if others:
        raise QuestionError(
            f"evidence of several models: {', '.join(map(str, [models, *others]))}; gather anew"
        )
    asked = [one for source in sources for one in source.asked]
    leave_out = frozenset(options.leave_out)
    before = _limited(Calibration.load(Path(options.calibration)), options)
    judged = cross_validated(asked, before, leave_out)
    threshold = options.threshold if options.threshold is not None else threshold_for(judged, options.wrong)
    metrics = metrics_of(judged, threshold)
    calibration = replace(
        fit(asked, before, leave_out),
        models=models,
        threshold=round(threshold, 4),
        fitted_on=_fitted_on(sources, metrics),
    )
    print(f"{len(judged):,} questions asked, cross-validated over articles\n")
    _report(asked, judged, calibration, threshold, metrics)
    write_text(Path(options.out), json.dumps(calibration.as_values(), indent=2, ensure_ascii=False) + "\n")
    print(f"\nwritten: {options.out}")
    return 0


def _check(options: argparse.Namespace) -> int:
    calibration = _limited(Calibration.load(Path(options.calibration)), options)
    sources = [read_evidence(Path(file)) for file in options.evidence]
    other = next((source for source in sources if source.models != calibration.models), None)
    if other is not None:
        raise QuestionError(
            f"{other.name}: gathered with {other.models}, {options.calibration} is for {calibration.models}; gather anew"
        )
    asked = [one for source in sources for one in source.asked]
    judged = list(judge(asked, calibration))
    threshold = options.threshold if options.threshold is not None else calibration.threshold
    print(f"{len(judged):,} questions asked\n")
    _report(asked, judged, calibration, threshold, metrics_of(judged, threshold))
    return 0


def _limited(calibration: Calibration, options: argparse.Namespace) -> Calibration:
    """`calibration` with the limits of reading that are given."""
    settled = calibration.settled if options.settled is None else options.settled
    hopeless = calibration.hopeless if options.hopeless is None else options.hopeless
    return replace(calibration, settled=settled, hopeless=hopeless)


def _fitted_on(sources: Sequence[Evidence], metrics: Mapping[str, float | None]) -> dict[str, object]:
    return {
        "data": [
            {
                "name": source.name,
                "asked": len(source.asked),
                "answer present": sum(one.present for one in source.asked),
            }
            for source in sources
        ],
        f"cross-validated, {FOLDS} folds by article": {
            name: None if value is None else round(value, 4) for name, value in metrics.items()
        },
    }


def _report(
    asked: Sequence[Asked],
    judged: Sequence[Judged],
    calibration: Calibration,
    threshold: float,
    metrics: Mapping[str, float | None],
) -> None:
    for name, value in metrics.items():
        print(f"  {name:<48}{'–' if value is None else f'{value:.3f}'}")
    for form, scale in calibration.scales.items():
        for what, model in (("order", scale.order), ("chance", scale.chance)):
            print(f"\n{what} of {form.value}: bias {model.bias:.3f}")
            print("  " + "  ".join(f"{name} {weight:.3f}" for name, weight in model.weights.items()))
    print(f"\nirrelevant below cosine {calibration.irrelevant:.3f}")
    less = stopping(asked, calibration)
    print(
        f"\nreading until settled at {calibration.settled:g} or hopeless at {calibration.hopeless:g}: {less.unread:.1%} of the passages unread, "
        f"{less.unread_present:.1%} where the answer is there; {less.changed(threshold):.2%} of the questions end otherwise"
    )
    print("\nthreshold  answered  wrong  refused")
    for choice in sorted({threshold, *(step / 20 for step in range(2, 19))}):
        at = metrics_of(judged, choice)
        numbers = [at["answered, answer present"], at["wrong among given"], at["refused, answer absent"]]
        cells = ["–" if number is None else f"{100 * number:.1f}" for number in numbers]
        mark = "  ← chosen" if choice == threshold else ""
        print(f"{choice:9.3f}  {cells[0]:>8}  {cells[1]:>5}  {cells[2]:>7}{mark}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m eval.calibrate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    gathering = commands.add_parser(
        "gather", help="ask the questions of a SQuAD file and keep all candidates"
    )
    gathering.add_argument("file", metavar="FILE")
    gathering.add_argument("--cache", required=True, metavar="FILE", help="where to keep them (JSONL)")
    gathering.add_argument(
        "--limit", type=positive, metavar="N", help="a random sample of N, always the same"
    )
    add_squad_options(gathering)
    add_product_options(gathering)
    fitting = commands.add_parser("fit", help="fit the models to what was gathered")
    fitting.add_argument("evidence", nargs="+", metavar="CACHE")
    fitting.add_argument("--out", default=str(CALIBRATION_FILE), metavar="FILE")
    fitting.add_argument(
        "--calibration",
        default=str(CALIBRATION_FILE),
        metavar="FILE",
        help="what is not fitted comes from here",
    )
    fitting.add_argument(
        "--wrong",
        type=probability,
        default=0.2,
        help="choose the lowest threshold with this share (default 0.2)",
    )
    fitting.add_argument("--threshold", type=probability, help="this one instead")
    fitting.add_argument("--leave-out", nargs="*", default=[], metavar="NAME", help="evidence not to weigh")
    checking = commands.add_parser("check", help="judge a calibration by what was gathered")
    checking.add_argument("evidence", nargs="+", metavar="CACHE")
    checking.add_argument("--calibration", default=str(CALIBRATION_FILE), metavar="FILE")
    checking.add_argument("--threshold", type=probability, help="this one instead of the calibration's")
    for command in (fitting, checking):
        command.add_argument(
            "--settled",
            type=probability,
            help="read no further once an answer is so likely, instead of as the calibration says",
        )
        command.add_argument(
            "--hopeless", type=probability, help="read no further while none is so likely, likewise"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
