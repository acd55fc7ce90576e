"""Start and end logits → the best spans. Pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """A range of tokens, both ends included."""

    first: int
    last: int
    score: float  # start + end logit − `null`


def best_spans(start: Floats, end: Floats, null: float, count: int = 3, longest: int = 31) -> list[TokenSpan]:
    """The `count` best spans that do not overlap, best first.

    `start`, `end`: logits of the tokens that may be quoted, float32 [tokens]; `longest`: tokens a span may
    have; `null`: the two logits of "no answer", added. Scores of different passages compare, since no
    softmax is taken and each passage's own null is subtracted.

    >>> best_spans(np.array([0, 5, 0], np.float32), np.array([0, 1, 4], np.float32), null=2.0, count=1)
    [TokenSpan(first=1, last=2, score=7.0)]
    """
    if not len(start):
        return []
    scores = start[:, None] + end[None, :]
    allowed = np.triu(np.ones_like(scores, dtype=bool)) & ~np.triu(np.ones_like(scores, dtype=bool), longest)
    scores = np.where(allowed, scores, -np.inf)
    spans: list[TokenSpan] = []
    while len(spans) < count:
        first, last = divmod(int(scores.argmax()), scores.shape[1])
        if not np.isfinite(scores[first, last]):
            break
        spans.append(TokenSpan(first, last, float(scores[first, last]) - null))
        scores[: last + 1, first:] = -np.inf  # every span that touches this one
    return spans
