"""A span between brackets in its passage, as a verifier reads it. Token ids only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.embedded import BEGIN, END

OPEN, CLOSE = 378, 268  # ids of the brackets, "▁[" and "]"
ROOM = 112  # tokens of a passage that a verifier sees around a span


@dataclass(frozen=True, slots=True)
class Marked:
    """One input, and where the span is in it."""

    ids: list[int]
    first: int  # token of `ids`
    last: int  # the same; included


def marked(question: Sequence[int], passage: Sequence[int], first: int, last: int) -> Marked:
    """`BEGIN question END END … [ span ] … END`, with as much of the passage on either side.

    `first`, `last`: tokens of `passage`, both included; of a longer span than there is room for, the beginning is marked.

    >>> marked([7], [11, 12, 13], 1, 1)
    Marked(ids=[0, 7, 2, 2, 11, 378, 12, 268, 13, 2], first=6, last=6)
    """
    last = min(last, first + ROOM - 1)
    begin = max(0, min((first + last + 1 - ROOM) // 2, len(passage) - ROOM))
    before = [BEGIN, *question, END, END, *passage[begin:first], OPEN]
    span, after = passage[first : last + 1], passage[last + 1 : max(begin + ROOM, last + 1)]
    return Marked([*before, *span, CLOSE, *after, END], len(before), len(before) + len(span) - 1)
