"""Wrong passwords, counted: who has tried too many in a minute waits."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

_MOST = 10  # wrong ones
_WITHIN = 60.0  # seconds
_REMEMBERED = 1_000  # addresses
_OF_ONE_NETWORK = 64  # bits that all IPv6 addresses of one visitor share


class WrongTries:
    """The wrong passwords of the last minute, by the address they came from. The same one again is no new guess."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds, never falling."""
        self._clock = clock
        self._tries: dict[str, deque[tuple[float, bytes]]] = {}

    def note(self, address: str, digest: bytes) -> None:
        """A wrong one came from there. Of too many addresses, the one quiet for longest is forgotten."""
        tries = self._tries.pop(address, deque(maxlen=_MOST))
        tries.append((self._clock(), digest))
        self._tries[address] = tries
        if len(self._tries) > _REMEMBERED:
            del self._tries[next(iter(self._tries))]

    def has(self, address: str, digest: bytes) -> bool:
        """Was it one of the last wrong ones from there?"""
        return any(other == digest for _, other in self._tries.get(address, ()))

    def wait(self, address: str) -> int:
        """Seconds until the next one from there is looked at; 0 when it is now.

        >>> tries = WrongTries(clock=lambda: 100.0)
        >>> for number in range(10):
        ...     tries.note("192.0.2.1", bytes([number]))
        >>> tries.wait("192.0.2.1"), tries.wait("192.0.2.2")
        (60, 0)
        """
        tries = self._tries.get(address, deque())
        if len(tries) < _MOST:
            return 0
        return max(0, math.ceil(tries[0][0] + _WITHIN - self._clock()))


def counted_as(host: str) -> str:
    """The address that tries from `host` are counted under: of IPv6 its network, since one visitor has all of it.

    >>> counted_as("192.0.2.1"), counted_as("::ffff:192.0.2.1"), counted_as("2001:db8::1:2:3:4"), counted_as("?")
    ('192.0.2.1', '192.0.2.1', '2001:db8::', '')
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> _OF_ONE_NETWORK << _OF_ONE_NETWORK))
