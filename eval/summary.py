"""Results → figures: each with its N and a bootstrap interval, by group and in total."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.probability import Numbers, aurc, auroc, base_rate_brier, brier, ece
from eval.run import Result
from eval.significance import Indices, interval, mean_interval

TOTAL = "all"  # the name of the last row


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a table."""

    value: float | None  # None: undefined, nothing to count
    n: int  # how many questions it is over
    interval: tuple[float, float] | None = None  # 95 %


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one group of questions."""

    group: str
    n: int
    figures: Mapping[str, Figure]


def summarise(results: Sequence[Result], threshold: float) -> list[Summary]:
    """The figures by language (when there are several) and in total, the total last."""
    return [*by(results, threshold, lambda result: result.language), summary(TOTAL, results, threshold)]


def by(results: Sequence[Result], threshold: float, key: Callable[[Result], str | None]) -> list[Summary]:
    """The figures of each group, in the order the groups first appear; none when there is only one."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(key(result) or "–", []).append(result)
    return [summary(name, group, threshold) for name, group in groups.items()] if len(groups) > 1 else []


def summary(group: str, results: Sequence[Result], threshold: float) -> Summary:
    """All figures of one group; those of what was not measured have no value."""
    found = [result.retrieval for result in results if result.retrieval is not None]
    names = dict.fromkeys(name for values in found for name in values)
    figures = {name: _mean([values[name] for values in found]) for name in names}
    searches = [result.search_latency for result in results if result.search_latency is not None]
    if searches:
        figures["search p50"] = Figure(float(np.percentile(searches, 50)), len(searches))
    return Summary(group, len(results), figures | _answer_figures(results, threshold))


def _answer_figures(results: Sequence[Result], threshold: float) -> dict[str, Figure]:
    asked = [(result, result.outcome) for result in results if result.outcome is not None]
    if not asked:
        return {}
    answerable = [bool(result.gold) for result, _ in asked]
    given = [result.given(threshold) for result, _ in asked]
    right = [outcome.right for _, outcome in asked]
    final = list(zip(asked, given, answerable, strict=True))
    readable = [outcome for result, outcome in asked if result.gold]
    latencies = np.array([outcome.latency for _, outcome in asked])
    best = [(o.confidence, o.right) for _, o in asked if o.text is not None]
    confidences = np.array([confidence for confidence, _ in best])
    rights = np.array([float(value) for _, value in best])
    return {
        "reading exact": _mean([o.exact for o in readable]),
        "reading f1": _mean([o.f1 for o in readable]),
        "exact": _mean([credit(o.exact, g, a) for (_, o), g, a in final]),
        "f1": _mean([credit(o.f1, g, a) for (_, o), g, a in final]),
        "right": _mean([r if g else not a for r, g, a in zip(right, given, answerable, strict=True)]),
        "answered": _mean(given),
        "wrong": _mean([not r for r, g in zip(right, given, strict=True) if g]),
        "refusal precision": _mean([not a for g, a in zip(given, answerable, strict=True) if not g]),
        "refusal recall": _mean([not g for g, a in zip(given, answerable, strict=True) if not a]),
        "auroc": _auroc(np.array([o.confidence for _, o in asked]), np.array(answerable, float)),
        "cited passage": _mean([o.from_passage for _, o in asked if o.from_passage is not None]),
        "cited": _mean([o.cited for _, o in asked if o.cited is not None]),
        "ece": Figure(ece(confidences, rights), len(best)),
        "brier": Figure(brier(confidences, rights), len(best)),
        "base brier": Figure(base_rate_brier(rights), len(best)),
        "aurc": Figure(aurc(confidences, rights), len(best)),
        "p50": Figure(float(np.percentile(latencies, 50)), len(asked)),
        "p95": Figure(float(np.percentile(latencies, 95)), len(asked)),
    }


def credit(score: float | None, given: bool, answerable: bool) -> float:
    """SQuAD 2.0's rule: a refusal scores 1 where there is no answer and 0 where there is one.

    >>> credit(0.5, True, True), credit(0.5, False, True), credit(None, False, False)
    (0.5, 0.0, 1.0)
    """
    if not answerable:
        return float(not given)
    return (score or 0.0) if given else 0.0


def _mean(values: Sequence[float | bool | None]) -> Figure:
    numbers = np.array([value for value in values if value is not None], float)
    if not len(numbers):
        return Figure(None, 0)
    return Figure(float(numbers.mean()), len(numbers), mean_interval(numbers))


def _auroc(confidences: Numbers, answerable: Numbers) -> Figure:
    def statistic(chosen: Indices) -> float | None:
        return auroc(confidences[chosen], answerable[chosen])

    n = len(answerable)
    value = auroc(confidences, answerable)
    return Figure(value, n, interval(statistic, n) if value is not None else None)
