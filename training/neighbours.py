"""Hard negatives: passages near to a question that don't hold its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

import bm25s  # type: ignore[import-untyped]
import numpy as np

WITHOUT_SPACES = frozenset({"ja", "zh", "th"})


def terms(text: str, language: str) -> list[str]:
    """Words in lower case; pairs of characters where a language puts no spaces.

    >>> terms("Le Pont", "fr"), terms("東京都", "ja")
    (['le', 'pont'], ['東京', '京都'])
    """
    if language in WITHOUT_SPACES:
        return [text[i : i + 2] for i in range(len(text) - 1)]
    return re.findall(r"\w+", text.lower())


def nearest(queries: Sequence[str], passages: Sequence[str], language: str, count: int) -> list[list[int]]:
    """For each query, up to `count` indices of passages by BM25, best first."""
    count = min(count, len(passages))
    index = bm25s.BM25()
    index.index([terms(passage, language) or ["\0"] for passage in passages], show_progress=False)
    # a passage as a query would cost time for nothing: its first words are enough
    asked = [terms(query, language)[:80] or ["\0"] for query in queries]
    found: list[list[int]] = []
    for start in range(0, len(asked), 2000):
        hits, scores = index.retrieve(asked[start : start + 2000], k=count, show_progress=False)
        for row, values in zip(np.asarray(hits), np.asarray(scores), strict=True):
            found.append([int(i) for i, value in zip(row, values, strict=True) if value > 0])
    return found


def holds_answer(passage: str, answers: Sequence[str]) -> bool:
    """Whether the passage has one of the answers in it, regardless of case."""
    folded = passage.lower()
    return any(answer.lower() in folded for answer in answers)
