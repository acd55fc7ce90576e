"""Numbers as a command line gives them; each function is a `type` of argparse, which prints what it raises."""

from __future__ import annotations

from argparse import ArgumentTypeError


def probability(text: str) -> float:
    """A number from 0 to 1.

    >>> probability("0.25")
    0.25
    """
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:  # "nan" fails here too
        raise ArgumentTypeError(f"{text!r} is no probability; give a number from 0 to 1")
    return number


def positive(text: str) -> int:
    """A whole number from 1.

    >>> positive("12")
    12
    """
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r}: a whole number from 1 is needed")
    return int(text)
