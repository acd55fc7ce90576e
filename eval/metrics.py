"""Metrics of one query each: pure functions, undefined is never zero.

Answers are compared as in SQuAD (Rajpurkar et al. 2016) and MLQA (Lewis et al. 2020): without case,
punctuation and articles, by words, or by characters where a script has no spaces. Rankings as in TREC.
"""

from __future__ import annotations

import math
import re
import string
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from index.lexical import UNSPACED

# en, es, de, vi, ar as in MLQA's script; fr as in FQuAD's paper; it, pt, nl, ro, el likewise.
_ARTICLES = {
    language: re.compile(rf"\b(?:{words})\b")
    for language, words in {
        "en": "a|an|the",
        "fr": "le|la|les|l|un|une|des|du|au|aux",
        "es": "un|una|unos|unas|el|la|los|las",
        "de": "ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des",
        "it": "il|lo|la|i|gli|le|l|un|uno|una",
        "pt": "o|a|os|as|um|uma|uns|umas",
        "nl": "de|het|een",
        "ro": "un|o|niște",
        "el": "ο|η|το|οι|τα|του|της|των|τον|την|τη|ένας|μια|μία|ένα",
        "vi": "của|là|cái|chiếc|những",
    }.items()
} | {"ar": re.compile("ال")}
_ELIDING = frozenset({"fr", "it"})  # "l'entreprise" is two words there, an article and a noun
_CHARACTERS = frozenset({"zh", "ja", "th", "lo", "my", "km"})  # languages written without spaces
_APOSTROPHES = str.maketrans("'’ʼ", "   ")
_PUNCTUATION = dict.fromkeys(
    i for i in range(sys.maxunicode + 1)
    if unicodedata.category(chr(i)).startswith("P") or chr(i) in string.punctuation
)  # fmt: skip
_UNSPACED = re.compile(rf"[{UNSPACED}]")


def words(text: str, language: str | None = None) -> list[str]:
    """What of `text` counts when two answers are compared; `language` (BCP 47) chooses articles and units.

    >>> words("The U.S. state of the Union!", "en")
    ['us', 'state', 'of', 'union']
    >>> words("L’entreprise « OpenAI »", "fr")
    ['entreprise', 'openai']
    >>> words("第50届 Super Bowl", "zh")
    ['第', '50', '届', 'super', 'bowl']
    """
    primary = (language or "").split("-")[0]
    plain = text.lower()
    if primary in _ELIDING:
        plain = plain.translate(_APOSTROPHES)
    plain = plain.translate(_PUNCTUATION)
    if primary in _ARTICLES:
        plain = _ARTICLES[primary].sub(" ", plain)
    if primary in _CHARACTERS:
        plain = _UNSPACED.sub(lambda match: f" {match.group()} ", plain)
    return plain.split()


def exact_match(answer: str, gold: str, language: str | None = None) -> float:
    """1 when both are the same words.

    >>> exact_match("the Paris office", "Paris office.", "en")
    1.0
    """
    return float(words(answer, language) == words(gold, language))


def token_f1(answer: str, gold: str, language: str | None = None) -> float:
    """The harmonic mean of the shares of words that each has in common with the other (SQuAD's F1).

    >>> token_f1("in Paris since May", "Paris", "en")
    0.4
    """
    given, wanted = words(answer, language), words(gold, language)
    if not given or not wanted:
        return float(given == wanted)
    common = sum((Counter(given) & Counter(wanted)).values())
    return 2 * common / (len(given) + len(wanted))


def best_over(
    metric: Callable[[str, str, str | None], float], answer: str, golds: Iterable[str], language: str | None
) -> float | None:
    """The best value over several gold answers; None without any.

    >>> best_over(exact_match, "1972", ["in 1972", "1972"], "en")
    1.0
    """
    return max((metric(answer, gold, language) for gold in golds), default=None)


def holds(answer: str, gold: str, language: str | None = None) -> bool:
    """Do the gold's words stand in the answer, in a row?

    >>> holds("about 49,000 people work there", "49,000 people", "en"), holds("100", "10", "en")
    (True, False)
    """
    given, wanted = words(answer, language), words(gold, language)
    starts = range(len(given) - len(wanted) + 1)
    return bool(wanted) and any(given[i : i + len(wanted)] == wanted for i in starts)


# ── rankings: `ranking` holds ids, best first; `relevant` the ids worth finding ──────────────────


def success_at(ranking: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """1 when one of the first `k` is relevant (Success@k; "top-k accuracy" in DPR); None with nothing to find.

    >>> success_at(["a", "b", "c"], {"b", "x"}, 1), success_at(["a", "b", "c"], {"b", "x"}, 2)
    (0.0, 1.0)
    """
    return float(any(item in relevant for item in ranking[:k])) if relevant else None


def recall_at(ranking: Sequence[str], relevant: Collection[str], k: int) -> float | None:
    """The share of what is relevant that stands among the first `k`; None with nothing to find.

    >>> recall_at(["a", "b", "c"], {"b", "x"}, 10)
    0.5
    """
    return len(set(ranking[:k]) & set(relevant)) / len(relevant) if relevant else None


def reciprocal_rank(ranking: Sequence[str], relevant: Collection[str], k: int = 10) -> float | None:
    """1 / the rank of the first relevant one, 0 below rank `k`; None with nothing to find.

    >>> reciprocal_rank(["a", "b", "c"], {"c", "b"})
    0.5
    """
    if not relevant:
        return None
    return next((1 / rank for rank, item in enumerate(ranking[:k], start=1) if item in relevant), 0.0)


def ndcg_at(ranking: Sequence[str], gains: Mapping[str, int], k: int = 10) -> float | None:
    """Normalised discounted cumulative gain, with the gain itself over log2(rank + 1) (Järvelin & Kekäläinen 2002).

    `gains`: id → grade. None when no grade is above 0.

    >>> round(ndcg_at(["a", "b"], {"b": 1}), 4)
    0.6309
    """
    ideal = _dcg(sorted(gains.values(), reverse=True)[:k])
    return _dcg([gains.get(item, 0) for item in ranking[:k]]) / ideal if ideal else None


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
