"""How far a confidence can be trusted: functions of all (confidence, right) pairs; undefined is None."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


def auroc(scores: Numbers, positive: Numbers) -> float | None:
    """The chance that a positive outscores a negative, ties half; None when either kind is missing.

    >>> auroc(np.array([.9, .4, .4]), np.array([1., 1., 0.]))
    0.75
    """
    count = positive.sum()
    others = len(positive) - count
    if not count or not others:
        return None
    _, place, size = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(size) - (size - 1) / 2)[place]  # mid-ranks from 1
    return float((ranks[positive > 0].sum() - count * (count + 1) / 2) / (count * others))


def brier(probabilities: Numbers, right: Numbers) -> float | None:
    """The mean squared error of the probabilities (Brier 1950); None without any.

    >>> brier(np.array([.8, .4]), np.array([1., 0.]))
    0.1
    """
    return float(np.mean((probabilities - right) ** 2)) if len(right) else None


def base_rate_brier(right: Numbers) -> float | None:
    """The Brier score of always stating the base rate: what a confidence must beat.

    >>> base_rate_brier(np.array([1., 0., 0., 0.]))
    0.1875
    """
    return float(right.mean() * (1 - right.mean())) if len(right) else None


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence."""

    count: int
    confidence: float  # mean
    right: float  # share


def reliability(probabilities: Numbers, right: Numbers, bins: int = 10) -> list[Bin]:
    """Equally wide bins of confidence, the empty ones left out.

    >>> reliability(np.array([.75, .75, .25]), np.array([1., 0., 0.]), bins=2)
    [Bin(count=1, confidence=0.25, right=0.0), Bin(count=2, confidence=0.75, right=0.5)]
    """
    number = np.minimum((probabilities * bins).astype(int), bins - 1)
    return [
        Bin(int(inside.sum()), float(probabilities[inside].mean()), float(right[inside].mean()))
        for inside in (number == i for i in range(bins))
        if inside.any()
    ]


def ece(probabilities: Numbers, right: Numbers, bins: int = 10) -> float | None:
    """Expected calibration error: |confidence − share right| over bins, by their size (Guo et al. 2017).

    >>> round(ece(np.array([.9, .8, .1]), np.array([1., 0., 0.])), 3)
    0.333
    """
    found = reliability(probabilities, right, bins)
    return sum(b.count * abs(b.confidence - b.right) for b in found) / len(right) if found else None


def risk_coverage(confidences: Numbers, right: Numbers) -> list[tuple[float, float]]:
    """(share answered, share wrong among those) for each confidence as the threshold, highest first.

    >>> risk_coverage(np.array([.9, .7, .7]), np.array([1., 0., 1.]))
    [(0.3333333333333333, 0.0), (1.0, 0.3333333333333333)]
    """
    order = np.argsort(-confidences, kind="stable")
    wrong = np.cumsum(1 - right[order])
    last = np.append(np.diff(confidences[order]) != 0, True)[: len(right)]  # of those of equal confidence
    return [((i + 1) / len(right), float(wrong[i] / (i + 1))) for i in np.flatnonzero(last).tolist()]


def aurc(confidences: Numbers, right: Numbers) -> float | None:
    """Area under the risk–coverage curve (Geifman & El-Yaniv 2017): the mean risk over every coverage
    1/n … n/n; answers of equal confidence come in their mean order. None without any.

    >>> round(aurc(np.array([.9, .7, .5]), np.array([1., 0., 1.])), 4)
    0.2778
    """
    if not len(right):
        return None
    _, place, size = np.unique(-confidences, return_inverse=True, return_counts=True)
    share = np.bincount(place, weights=1 - right) / size  # of wrong ones in each group of equals
    wrong = np.cumsum(np.repeat(share, size))
    return float(np.mean(wrong / np.arange(1, len(right) + 1)))
