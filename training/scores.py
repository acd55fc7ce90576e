"""The measures of reading: exact match, token F1, and how well a margin tells answerable questions apart.

Exact match and F1 follow SQuAD's script (Rajpurkar et al. 2016), with each language's own articles, and with
single characters as tokens where a language puts no spaces (as MLQA does for Chinese).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

ARTICLES = {
    "en": "a an the",
    "fr": "le la les l un une des du de d au aux",
    "es": "un una unos unas el la los las",
    "pt": "o a os as um uma uns umas",
    "it": "il lo la i gli le l un uno una",
    "de": "ein eine einen einem eines einer der die das den dem des",
    "ro": "un o unei unui niște",
    "el": "ο η το οι τα του της των τον την ένας μια ένα",
    "vi": "của là cái chiếc những",
}
ONE_BY_ONE = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def tokens(text: str, language: str) -> list[str]:
    """What is compared of an answer: no case, punctuation or articles.

    >>> tokens("L’Arc de Triomphe.", "fr"), tokens("在1924年", "zh")
    (['arc', 'triomphe'], ['在', '1924', '年'])
    """
    text = unicodedata.normalize("NFKC", text).lower()
    # a combining mark is part of its letter (Hindi's vowel signs, Thai's tones)
    text = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in text)
    text = ONE_BY_ONE.sub(lambda found: f" {found[0]} ", text)
    if language == "ar":
        text = re.sub(r"\bال(?=\w{2})", "", text)
    articles = ARTICLES.get(language, "").split()
    return [token for token in text.split() if token not in articles]


def exact_match(predicted: str, gold: str, language: str) -> float:
    return float(tokens(predicted, language) == tokens(gold, language))


def token_f1(predicted: str, gold: str, language: str) -> float:
    """Harmonic mean of precision and recall over the multiset of tokens.

    >>> round(token_f1("in Paris", "Paris", "en"), 3)
    0.667
    """
    ours, theirs = tokens(predicted, language), tokens(gold, language)
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def best(
    metric: Callable[[str, str, str], float], predicted: str, golds: Sequence[str], language: str
) -> float:
    """The metric against the gold answer it likes best."""
    return max(metric(predicted, gold, language) for gold in golds)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The chance that a positive scores above a negative, ties counting half; None without one of either.

    >>> auroc([2.0, 1.0], [1.0, 0.0])
    0.875
    """
    if not positive or not negative:
        return None
    ranked = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    total, i = 0.0, 0
    while i < len(ranked):
        j = i
        while j < len(ranked) and ranked[j][0] == ranked[i][0]:
            j += 1
        total += sum(label for _, label in ranked[i:j]) * (i + j + 1) / 2  # mean rank of the tied, from 1
        i = j
    wins = total - len(positive) * (len(positive) + 1) / 2
    return wins / (len(positive) * len(negative))
