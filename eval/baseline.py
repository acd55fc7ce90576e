"""The article's committed figures: `python -m eval --check-baseline` fails when one got worse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.artefact import write_text
from eval.summary import Summary
from index.errors import QuestionError

BASELINE_FILE = Path(__file__).with_name("baseline.json")
FORMAT = 1
LOWER_IS_BETTER = frozenset({"wrong", "brier", "aurc"})
TOLERANCES: Mapping[str, float] = {
    "hit@1": 0.02, "hit@5": 0.02, "mrr@10": 0.02, "reading f1": 0.03, "f1": 0.03, "right": 0.03, "wrong": 0.03,
    "auroc": 0.02, "brier": 0.01, "aurc": 0.02, "cited": 0.0,
}  # fmt: skip
"""Figure → how much worse it may be. Sums that differ in the last digit round to other 8-bit numbers, so the answers of
some questions turn from one kind of processor to another: between AVX2 and AVX-512 with VNNI, five of 153 spans."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Figures as they were when they were last written."""

    data: str
    questions: int
    reader: str  # checksum
    threshold: float
    figures: Mapping[str, float]
    tolerances: Mapping[str, float]


def baseline_of(summary: Summary, data: str, reader: str, threshold: float) -> Baseline:
    """The guarded figures of a summary."""
    values = {name: summary.figures[name].value for name in TOLERANCES if name in summary.figures}
    figures = {name: round(value, 4) for name, value in values.items() if value is not None}
    tolerances = {name: TOLERANCES[name] for name in figures}
    return Baseline(data, summary.n, reader, threshold, figures, tolerances)


def write_baseline(baseline: Baseline, file: Path = BASELINE_FILE) -> None:
    """Replace the baseline."""
    write_text(file, json.dumps({"format": FORMAT, **asdict(baseline)}, indent=2) + "\n")


def read_baseline(file: Path = BASELINE_FILE) -> Baseline:
    """QuestionError when there is no usable one."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise QuestionError(
                f"{file}: a baseline of another format; write it with: python -m eval --write-baseline"
            )
        return Baseline(**values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise QuestionError(
            f"{file}: no usable baseline ({error!r}); write it with: python -m eval --write-baseline"
        ) from error


def regressions(now: Baseline, before: Baseline) -> list[str]:
    """What is worse by more than its tolerance, as sentences; QuestionError when the runs don't compare."""
    if (now.data, now.questions) != (before.data, before.questions):
        raise QuestionError(
            f"the baseline is of {before.questions:,} questions of {before.data}, this run of {now.questions:,} of "
            f"{now.data}; run it without --split and --limit"
        )
    found = []
    for name, old in before.figures.items():
        new = now.figures.get(name)
        tolerance = before.tolerances[name]
        if new is None:
            found.append(f"{name}: {old:.4f} in the baseline, undefined now")
        elif (new - old if name in LOWER_IS_BETTER else old - new) > tolerance + 1e-9:
            found.append(f"{name}: {new:.4f}, the baseline has {old:.4f} (tolerance {tolerance})")
    if found and now.reader != before.reader:
        found.append(
            "the baseline is of another reader; make these figures the new one with --write-baseline"
        )
    return found
