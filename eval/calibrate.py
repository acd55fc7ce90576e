"""`python -m eval.calibrate`: fits how candidates are ordered, and how likely the first is right.

python -m eval.calibrate gather FILE --cache piaf.jsonl    # once for each SQuAD file and reader
python -m eval.calibrate fit piaf.jsonl … --out calibration.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from eval.artefact import write_text
from eval.evidence import Asked, Evidence, gather, read_evidence, write_evidence
from eval.opening import (
    add_product_options,
    add_squad_options,
    chosen,
    collection_of,
    count,
    open_pipeline,
    share,
    squad_sets,
)
from eval.probability import Numbers, auroc, base_rate_brier, brier, ece
from eval.progress import progress
from eval.squad import read_json
from index.errors import MotAMotError, QuestionError
from qa.confidence import CALIBRATION_FILE, Calibration, Logistic

_FOLDS = 5
_CLEARLY = 0.2  # F1 by which one candidate must beat another to teach the order
_RELEVANT = (
    2  # percentile of the best cosines of answered questions: below it, no passage is about a question
)


def fit(asked: Sequence[Asked], before: Calibration, leave_out: frozenset[str] = frozenset()) -> Calibration:
    """`before` with both models fitted on all of `asked`; `leave_out` names evidence not to weigh."""
    calibration = replace(before, ranking=fit_ranking(asked, leave_out))
    rows, right = [], []
    for one in asked:
        if one.candidates:
            ranked = calibration.rank(one.candidates)
            rows.append(_kept(calibration.evidence(ranked), leave_out))
            right.append(float(one.right(ranked[0])))
    best = [max(c.scored.cosine for c in one.candidates) for one in asked if one.present and one.candidates]
    return replace(
        calibration,
        confidence=_logistic(rows, np.array(right)),
        irrelevant=float(np.percentile(best, _RELEVANT)) if best else before.irrelevant,
    )


def fit_ranking(asked: Sequence[Asked], leave_out: frozenset[str] = frozenset()) -> Logistic:
    """A logistic model of pairs: of two candidates for a question, the one of higher F1 comes first.

    Each pair weighs as much as the F1s differ, and each question as much as another.
    """
    names: list[str] = []
    differences: list[list[float]] = []
    weights: list[float] = []
    for one in asked:
        rows = [_kept(candidate.evidence, leave_out) for candidate in one.candidates]
        pairs = [
            (better, worse)
            for better, high in enumerate(one.f1)
            for worse, low in enumerate(one.f1)
            if high - low >= _CLEARLY
        ]
        for better, worse in pairs:
            names = list(rows[better])
            differences.append([rows[better][name] - rows[worse][name] for name in names])
            weights.append((one.f1[better] - one.f1[worse]) / len(pairs))
    if not differences:
        raise QuestionError("no question has a right and a wrong candidate: nothing to fit; gather more")
    forward = np.array(differences)
    scale = forward.std(axis=0)
    scale[scale == 0] = 1
    both = np.concatenate([forward, -forward]) / scale
    labels = np.repeat([1, 0], len(forward))
    model = LogisticRegression(fit_intercept=False, max_iter=1_000)
    model.fit(both, labels, sample_weight=np.tile(weights, 2))
    return Logistic(0.0, dict(zip(names, (model.coef_[0] / scale).tolist(), strict=True)))


def _logistic(rows: Sequence[Mapping[str, float]], right: Numbers) -> Logistic:
    names = list(rows[0]) if rows else []
    if len(set(right.tolist())) < 2:
        raise QuestionError("all first candidates are right, or all wrong: nothing to fit; gather more")
    scaler = StandardScaler()
    scaled = scaler.fit_transform(np.array([[row[name] for name in names] for row in rows]))
    model = LogisticRegression(max_iter=1_000).fit(scaled, right)
    weights = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - weights @ scaler.mean_)
    return Logistic(bias, dict(zip(names, weights.tolist(), strict=True)))


def _kept(evidence: Mapping[str, float], leave_out: frozenset[str]) -> dict[str, float]:
    return {name: value for name, value in evidence.items() if name not in leave_out}


# ── judging a fit on articles it has not seen ────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's first candidate by a calibration that has not seen its article."""

    present: bool  # was a gold answer among the passages searched?
    confidence: float
    right: bool
    f1: float


def cross_validated(
    asked: Sequence[Asked], before: Calibration, leave_out: frozenset[str] = frozenset()
) -> list[Judged]:
    """Every question judged by models fitted on the other folds; folds don't share articles."""
    groups = [one.article for one in asked]
    folds = GroupKFold(min(_FOLDS, len(set(groups)))).split(groups, groups=groups)
    return [
        judged
        for learned, held in folds
        for judged in judge([asked[i] for i in held], fit([asked[i] for i in learned], before, leave_out))
    ]


def judge(asked: Sequence[Asked], calibration: Calibration) -> Iterator[Judged]:
    """What `calibration` makes of each question."""
    for one in asked:
        ranked = calibration.rank(one.candidates)
        f1 = one.f1[one.candidates.index(ranked[0])] if ranked else 0.0
        right = bool(ranked) and one.right(ranked[0])
        yield Judged(one.present, calibration.probability(ranked), right, f1)


def metrics_of(judged: Sequence[Judged], threshold: float) -> dict[str, float | None]:
    """What the report and the calibration file say of a fit at a threshold."""
    confidences, right = _columns(judged)
    present = np.array([float(one.present) for one in judged])
    given = confidences >= threshold
    return {
        "first candidate right, answer present": _share(right[present > 0]),
        "F1, answer present": _share(np.array([one.f1 for one in judged if one.present])),
        "AUROC right": auroc(confidences, right),
        "AUROC answer present": auroc(confidences, present),
        "ECE": ece(confidences, right),
        "Brier": brier(confidences, right),
        "base rate Brier": base_rate_brier(right),
        "answered, answer present": _share(given[present > 0].astype(float)),
        "wrong among given": _share(1 - right[given]),
        "refused, answer absent": _share(1 - given[present == 0].astype(float)),
    }


def threshold_for(judged: Sequence[Judged], wrong: float) -> float:
    """The lowest threshold that leaves at most the share `wrong` of wrong answers among those given.

    QuestionError when there is none.
    """
    confidences, right = _columns(judged)
    order = np.argsort(-confidences, kind="stable")
    shares = np.cumsum(1 - right[order]) / np.arange(1, len(order) + 1)
    allowed = np.flatnonzero(shares <= wrong)
    if not len(allowed):
        raise QuestionError(f"no threshold gives {wrong:.0%} wrong answers or fewer; allow more")
    return float(confidences[order[allowed[-1]]])


def _columns(judged: Sequence[Judged]) -> tuple[Numbers, Numbers]:
    return np.array([one.confidence for one in judged]), np.array([float(one.right) for one in judged])


def _share(values: Numbers) -> float | None:
    return float(values.mean()) if len(values) else None


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def main(arguments: Sequence[str] | None = None) -> int:
    """0 done, 2 bad input."""
    options = _parser().parse_args(arguments)
    try:
        return _gather(options) if options.command == "gather" else _fit(options)
    except MotAMotError as error:
        print(error, file=sys.stderr)
        return 2


def _gather(options: argparse.Namespace) -> int:
    file = Path(options.file)
    [found] = squad_sets([file], options)
    questions = chosen(found.questions, limit=options.limit)
    pipeline = open_pipeline(options, empty=True)
    for document in progress(found.documents, "indexing"):
        collection_of(pipeline).add(document)
    asked = gather(pipeline, found, questions, lambda items: progress(items, "asking"))
    count = write_evidence(Path(options.cache), found.name, pipeline.reader.checksum, asked)
    print(f"{options.cache}: {count:,} questions asked, {len(questions):,} of {found.name}")
    return 0


def _fit(options: argparse.Namespace) -> int:
    sources = [read_evidence(Path(file)) for file in options.evidence]
    readers = sorted({source.reader for source in sources})
    if len(readers) > 1:
        raise QuestionError(f"evidence of {len(readers)} readers: {', '.join(readers)}; gather with one")
    asked = [one for source in sources for one in source.asked]
    leave_out = frozenset(options.leave_out)
    before = Calibration.load(Path(options.calibration))
    judged = cross_validated(asked, before, leave_out)
    threshold = options.threshold if options.threshold is not None else threshold_for(judged, options.wrong)
    calibration = fit(asked, before, leave_out)
    metrics = metrics_of(judged, threshold)
    _report(judged, calibration, threshold, metrics)
    values = {
        **read_json(Path(options.calibration)),  # what else a calibration holds is not fitted here
        "reader": readers[0],
        "ranking": _rounded(calibration.ranking),
        "confidence": _rounded(calibration.confidence),
        "threshold": round(threshold, 4),
        "irrelevant": round(calibration.irrelevant, 4),
        "fitted_on": _fitted_on(sources, metrics),
    }
    write_text(Path(options.out), json.dumps(values, indent=2, ensure_ascii=False) + "\n")
    print(f"\nwritten: {options.out}")
    return 0


def _rounded(model: Logistic) -> dict[str, object]:
    weights = {name: round(weight, 6) for name, weight in model.weights.items()}
    return {"bias": round(model.bias, 6), "weights": weights}


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
        f"cross-validated, {_FOLDS} folds by article": {
            name: None if value is None else round(value, 4) for name, value in metrics.items()
        },
    }


def _report(
    judged: Sequence[Judged],
    calibration: Calibration,
    threshold: float,
    metrics: Mapping[str, float | None],
) -> None:
    print(f"{len(judged):,} questions asked, cross-validated over articles\n")
    for name, value in metrics.items():
        print(f"  {name:<40}{'–' if value is None else f'{value:.3f}'}")
    for title, model in (("ranking", calibration.ranking), ("confidence", calibration.confidence)):
        print(f"\n{title}: bias {model.bias:.3f}")
        print("  " + "  ".join(f"{name} {weight:.3f}" for name, weight in model.weights.items()))
    print(f"\nirrelevant below cosine {calibration.irrelevant:.3f}\n\nthreshold  answered  wrong  refused")
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
    gathering.add_argument("--limit", type=count, metavar="N", help="a random sample of N, always the same")
    add_squad_options(gathering)
    add_product_options(gathering)
    fitting = commands.add_parser("fit", help="fit both models to what was gathered")
    fitting.add_argument("evidence", nargs="+", metavar="CACHE")
    fitting.add_argument("--out", default=str(CALIBRATION_FILE), metavar="FILE")
    fitting.add_argument(
        "--calibration",
        default=str(CALIBRATION_FILE),
        metavar="FILE",
        help="what is not fitted comes from here",
    )
    fitting.add_argument(
        "--wrong", type=share, default=0.2, help="choose the lowest threshold with this share (default 0.2)"
    )
    fitting.add_argument("--threshold", type=share, help="this one instead")
    fitting.add_argument("--leave-out", nargs="*", default=[], metavar="NAME", help="evidence not to weigh")
    return parser


if __name__ == "__main__":
    sys.exit(main())
