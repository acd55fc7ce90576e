"""From characters to tokens: where an answer stands, and what its sentence is."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

SENTENCE_END = re.compile(r"[.!?؟।…]+[\"»”’)\]]*\s+|[。！？]+[」』”]*|\n+")


def token_span(offsets: NDArray[np.int32], start: int, end: int) -> tuple[int, int] | None:
    """First and last token that touch the characters [start, end), or None when none does.

    `offsets` is [tokens, 2], characters, as a tokenizer gives them: rising, half-open.

    >>> token_span(np.array([[0, 2], [2, 5], [5, 9]], dtype=np.int32), 3, 6)
    (1, 2)
    """
    first = int(np.searchsorted(offsets[:, 1], start, side="right"))
    last = int(np.searchsorted(offsets[:, 0], end, side="left")) - 1
    return (first, last) if first <= last else None


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The characters of the sentence (or sentences) that hold [start, end).

    >>> text = "Il pleut. Il neige. Il vente."
    >>> text[slice(*sentence_around(text, 10, 12))]
    'Il neige. '
    """
    left = 0
    for found in SENTENCE_END.finditer(text):
        if found.end() <= start:
            left = found.end()
        elif found.end() >= end:
            return left, found.end()
    return left, len(text)


def tokens_within(offsets: NDArray[np.int32], start: int, end: int) -> tuple[int, int]:
    """The half-open range of tokens that touch the characters [start, end)."""
    first = int(np.searchsorted(offsets[:, 1], start, side="right"))
    stop = int(np.searchsorted(offsets[:, 0], end, side="left"))
    return first, max(first, stop)
