"""How sure a figure is, and whether a difference is more than chance. Seeded: the same data, the same result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
_SEED = 20_240
_CHUNK = 4_000_000  # numbers drawn at a time: bounds the memory


def interval(
    statistic: Callable[[Indices], float | None], n: int, level: float = 0.95, resamples: int = 1_000
) -> tuple[float, float] | None:
    """The percentile bootstrap interval of a statistic of `n` queries (Efron 1979).

    `statistic` gets the indices of a resample; resamples where it is undefined are left out.
    None when it is undefined in more than half of them.
    """
    rng = np.random.default_rng(_SEED)
    values = [statistic(rng.integers(0, n, n)) for _ in range(resamples)] if n else []
    return _percentiles([value for value in values if value is not None], level, resamples)


def mean_interval(values: Numbers, level: float = 0.95, resamples: int = 1_000) -> tuple[float, float] | None:
    """The same for a mean, at once.

    >>> mean_interval(np.array([1.0, 1.0, 1.0]))
    (1.0, 1.0)
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


def paired_permutation(first: Numbers, second: Numbers, rounds: int = 10_000) -> float:
    """The two-sided p-value that paired values differ by chance: signs flipped at random (Fisher 1935).

    >>> paired_permutation(np.array([1., 0., 1.]), np.array([1., 0., 1.]))
    1.0
    """
    difference = second - first
    difference = difference[difference != 0]
    if not len(difference):
        return 1.0
    rng = np.random.default_rng(_SEED)
    seen = abs(difference.sum()) - 1e-9
    rows = max(1, _CHUNK // len(difference))
    extreme = done = 0
    while done < rounds:
        count = min(rows, rounds - done)
        signs = rng.integers(0, 2, (count, len(difference))) * 2 - 1
        extreme += int((np.abs(signs @ difference) >= seen).sum())
        done += count
    return (extreme + 1) / (rounds + 1)


def _percentiles(values: list[float], level: float, resamples: int) -> tuple[float, float] | None:
    if len(values) <= resamples / 2:
        return None
    low, high = np.percentile(values, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)
