"""`python -m eval compare A B`: what changed between two runs of the same questions, and is it chance?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.artefact import Run
from eval.probability import Numbers
from eval.run import Result
from eval.significance import paired_permutation
from eval.summary import credit
from index.errors import QuestionError

SIGNIFICANT = 0.05  # p-value
_MOST_SHOWN = 20  # questions that changed sides

Value = Callable[[Result, bool], float | None]  # of a result and whether it was given; None = doesn't count


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure that is a mean over the questions it counts for."""

    name: str
    value: Value
    guarded: bool = False  # is a drop a regression?
    lower_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of both runs."""

    measure: Measure
    before: float  # share in [0, 1]
    after: float
    p: float  # of so large a difference by chance

    @property
    def worse(self) -> float:
        """Points by which the second run is worse; negative when it is better."""
        points = 100 * (self.after - self.before)
        return points if self.measure.lower_is_better else -points

    def is_regression(self, max_drop: float) -> bool:
        """Worse by more than `max_drop` points, and not by chance?"""
        return self.measure.guarded and self.worse > max_drop and self.p < SIGNIFICANT


def _retrieval(name: str) -> Value:
    return lambda result, _: (result.retrieval or {}).get(name)


def _wrong(result: Result, given: bool) -> float | None:
    return float(not result.outcome.right) if given and result.outcome is not None else None


def right_in_the_end(result: Result, given: bool) -> float | None:
    """Was the answer right, or the refusal?"""
    if result.outcome is None:
        return None
    return float(result.outcome.right) if given else float(not result.gold)


MEASURES = (
    Measure("F1", lambda r, given: None if r.outcome is None else credit(r.outcome.f1, given, bool(r.gold)),
            guarded=True),
    Measure("EM", lambda r, given: None if r.outcome is None else credit(r.outcome.exact, given, bool(r.gold))),
    Measure("right", right_in_the_end),
    Measure("answered", lambda r, given: None if r.outcome is None else float(given)),
    Measure("wrong of given", _wrong, guarded=True, lower_is_better=True),
    Measure("refusal recall", lambda r, given: float(not given) if r.outcome and not r.gold else None),
    Measure("reading F1", lambda r, _: r.outcome.f1 if r.outcome else None),
    *(Measure(name, _retrieval(name)) for name in ("hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10")),
    *(Measure(name, _retrieval(name)) for name in ("recall@10", "rr@10")),
    Measure("graded ndcg@10", _retrieval("graded ndcg@10"), guarded=True),
)  # fmt: skip


def paired(first: Run, second: Run) -> list[tuple[Result, Result]]:
    """The results of both runs, question by question; QuestionError unless they asked the same, of the same."""
    if first.mode != second.mode:
        raise QuestionError(
            f"one run is of {first.mode} mode, the other of {second.mode} mode: their figures are of different "
            "tasks; measure both in one mode (for files in SQuAD's format, both with --open or both without)"
        )
    before = {result.id: result for result in first.results}
    after = {result.id: result for result in second.results}
    if before.keys() != after.keys():
        missing = sorted(before.keys() ^ after.keys())
        raise QuestionError(
            f"the runs asked different questions: {len(before):,} and {len(after):,}, {len(missing):,} in one "
            f"only, such as {missing[0]!r}; measure both on the same"
        )
    changed = [name for name in before if before[name].gold != after[name].gold]
    if changed:
        raise QuestionError(
            f"{len(changed):,} questions have other gold answers, such as {changed[0]!r}; measure both again"
        )
    return [(before[name], after[name]) for name in before]


def changes(first: Run, second: Run) -> list[Change]:
    """Every figure that both runs have."""
    pairs = paired(first, second)
    found = []
    for measure in MEASURES:
        before = _columns(measure, [result for result, _ in pairs], first.threshold)
        after = _columns(measure, [result for _, result in pairs], second.threshold)
        if before[1].any() and after[1].any():
            p = paired_permutation(*before, *after)
            found.append(Change(measure, _mean(*before), _mean(*after), p))
    return found


def _columns(measure: Measure, results: Sequence[Result], threshold: float) -> tuple[Numbers, Numbers]:
    """The values, 0 where a question doesn't count, and whether it does."""
    values = [measure.value(result, result.given(threshold)) for result in results]
    return (
        np.array([0.0 if value is None else value for value in values]),
        np.array([float(value is not None) for value in values]),
    )


def _mean(values: Numbers, counted: Numbers) -> float:
    return float(values.sum() / counted.sum())


def described(first: Run, second: Run, max_drop: float) -> tuple[str, bool]:
    """The comparison as text, and whether something got worse."""
    found = changes(first, second)
    if not found:
        raise QuestionError(
            "the runs have no figure in common: one measured retrieval only; measure both again"
        )
    lines = [f"{'':16}{'A':>8}{'B':>8}{'change':>9}{'p':>8}"]
    for change in found:
        mark = "  worse" if change.is_regression(max_drop) else ""
        lines.append(
            f"{change.measure.name:16}{100 * change.before:8.1f}{100 * change.after:8.1f}"
            f"{100 * (change.after - change.before):+9.1f}{change.p:8.3f}{mark}"
        )
    for title, wanted in (("right in A only", (1.0, 0.0)), ("right in B only", (0.0, 1.0))):
        names = [
            before.id
            for before, after in paired(first, second)
            if (
                right_in_the_end(before, before.given(first.threshold)),
                right_in_the_end(after, after.given(second.threshold)),
            )
            == wanted
        ]
        more = f" … and {len(names) - _MOST_SHOWN:,} more" if len(names) > _MOST_SHOWN else ""
        lines.append(f"{title}: {len(names):,}  {' '.join(names[:_MOST_SHOWN])}{more}".rstrip())
    regressed = any(change.is_regression(max_drop) for change in found)
    lines.append(
        f"worse by more than {max_drop:g} points, p < {SIGNIFICANT}"
        if regressed
        else f"no guarded figure is worse by more than {max_drop:g} points with p < {SIGNIFICANT}"
    )
    return "\n".join(lines), regressed
