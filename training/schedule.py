"""The learning rate: a warm-up, a plateau of any length, and a decay that can begin at any step of it.

Warm-up, stable, decay (Hu et al. 2024, MiniCPM) with the decay's shape 1 - sqrt (Hägele et al. 2024).
The plateau knows no end, so a run can be stopped whenever time runs out and still give a finished model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    peak: float
    warmup: int  # steps
    decay_from: int | None = None  # step; None while on the plateau
    decay: int = 0  # steps

    def __post_init__(self) -> None:
        if self.decay_from is not None and self.decay < 1:
            raise ValueError(f"a decay of {self.decay} steps; at least 1 is needed")

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0.

        >>> [Schedule(1.0, 2, 10, 4).rate(step) for step in (0, 1, 9, 10, 11, 14)]
        [0.5, 1.0, 1.0, 1.0, 0.5, 0.0]
        """
        rate = self.peak * min(1.0, (step + 1) / max(1, self.warmup))
        if self.decay_from is None or step < self.decay_from:
            return rate
        return rate * max(0.0, 1 - math.sqrt((step - self.decay_from) / self.decay))

    @property
    def last(self) -> int | None:
        """The number of steps after which the decay is over."""
        return None if self.decay_from is None else self.decay_from + self.decay
