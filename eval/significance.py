"""How sure a figure is, and whether a difference is more than chance. Seeded: the same data, the same result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from eval.probability import Numbers

Indices = npt.NDArray[np.int64]
_SEED = 20_240
_CHUNK = 4_000_000  # numbers drawn at a time: bounds the memory


def interval(
    statistic: Callable[[Indices], float | None], n: int, level: float = 0.95, resamples: int = 1_000
) -> tuple[float, float] | None:
    """The percentile bootstrap interval of a statistic of `n` queries (Efron 1979).

    `statistic` gets the indices of a resample; resamples where it is undefined are left out.
    None when it is undefined in more than half of them, or the same in all: resamples of 3 right answers
    out of 3 are all right, which says nothing of the next question.
    """
    rng = np.random.default_rng(_SEED)
    values = [statistic(rng.integers(0, n, n)) for _ in range(resamples)] if n else []
    return _percentiles([value for value in values if value is not None], level, resamples)


def mean_interval(values: Numbers, level: float = 0.95, resamples: int = 1_000) -> tuple[float, float] | None:
    """The same for a mean, at once.

    >>> mean_interval(np.array([1.0, 0.0] * 50))
    (0.4, 0.6)
    """
    n = len(values)
    if not n:
        return None
    rng = np.random.default_rng(_SEED)
    rows = max(1, _CHUNK // n)
    means: list[float] = []
    while len(means) < resamples:
        count = min(rows, resamples - len(means))
        means += values[rng.integers(0, n, (count, n))].mean(axis=1).tolist()
    return _percentiles(means, level, resamples)


def paired_permutation(
    first: Numbers, first_of: Numbers, second: Numbers, second_of: Numbers, rounds: int = 10_000
) -> float:
    """The two-sided p-value that two shares, of the same queries, differ by chance.

    A share is `first.sum() / first_of.sum()`; with ones for the denominators it is a mean. Under the
    null hypothesis the two results of a query may be swapped (Fisher 1935; Noreen 1989); rounds in
    which a share has nothing to count are left out.

    >>> ones = np.ones(3)
    >>> paired_permutation(np.array([1., 0., 1.]), ones, np.array([1., 0., 1.]), ones)
    1.0
    """
    over, under = second - first, second_of - first_of
    differs = (over != 0) | (under != 0)
    over, under = over[differs], under[differs]
    if not len(over):
        return 1.0
    rng = np.random.default_rng(_SEED)
    seen = abs(second.sum() / second_of.sum() - first.sum() / first_of.sum()) - 1e-9
    rows = max(1, _CHUNK // len(over))
    extreme = done = counted = 0
    while done < rounds:
        count = min(rows, rounds - done)
        swapped = rng.integers(0, 2, (count, len(over))).astype(float)
        tops, bottoms = swapped @ over, swapped @ under
        left, right = first_of.sum() + bottoms, second_of.sum() - bottoms
        defined = (left > 0) & (right > 0)
        shares = (second.sum() - tops)[defined] / right[defined] - (first.sum() + tops)[defined] / left[
            defined
        ]
        extreme += int((np.abs(shares) >= seen).sum())
        counted += int(defined.sum())
        done += count
    return (extreme + 1) / (counted + 1)


def _percentiles(values: list[float], level: float, resamples: int) -> tuple[float, float] | None:
    if len(values) <= resamples / 2 or min(values) == max(values):
        return None
    low, high = np.percentile(values, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)
