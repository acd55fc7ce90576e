"""A term that no passage holds → the one that was meant. The only import of rapidfuzz."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST = 5  # characters; a shorter word has too many neighbours
_TWO_FROM = 8  # characters from which two slips are allowed


def nearest_spelling(term: str, vocabulary: Sequence[str]) -> str | None:
    """The term of `vocabulary` that is one slip away from `term` (two for a long one), or None.

    A slip is a letter too many, too few, another, or two letters swapped. The first letter must be right,
    as it mostly is; numbers have no neighbours.

    >>> nearest_spelling("directris", ["financi", "directric", "direct"])
    'directric'
    """
    if len(term) < _SHORTEST or not term.isalpha():
        return None
    most = 2 if len(term) >= _TWO_FROM else 1
    alike = [other for other in vocabulary if other[0] == term[0] and abs(len(other) - len(term)) <= most]
    found = process.extractOne(term, alike, scorer=OSA.distance, score_cutoff=most)
    return found[0] if found is not None else None
