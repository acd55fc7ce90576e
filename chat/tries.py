"""Wrong passwords, counted: who has tried too many in a minute waits."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

_MOST = 10  # wrong ones
_WITHIN = 60.0  # seconds
_REMEMBERED = 1_000  # addresses


class WrongTries:
    """The wrong passwords of the last minute, by the address they came from."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds, never falling."""
        self._clock = clock
        self._times: dict[str, deque[float]] = {}

    def note(self, address: str) -> None:
        """A wrong one came from there. Of too many addresses, the one quiet for longest is forgotten."""
        times = self._times.pop(address, deque(maxlen=_MOST))
        times.append(self._clock())
        self._times[address] = times
        if len(self._times) > _REMEMBERED:
            del self._times[next(iter(self._times))]

    def wait(self, address: str) -> int:
        """Seconds until the next one from there is looked at; 0 when it is now.

        >>> tries = WrongTries(clock=lambda: 100.0)
        >>> for _ in range(10):
        ...     tries.note("192.0.2.1")
        >>> tries.wait("192.0.2.1"), tries.wait("192.0.2.2")
        (60, 0)
        """
        times = self._times.get(address, deque())
        if len(times) < _MOST:
            return 0
        return max(0, math.ceil(times[0] + _WITHIN - self._clock()))
