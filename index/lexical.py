"""Text → terms for BM25, in many languages, French first. The only import of PyStemmer.

A term is what stays the same when people write a thing differently: elisions and accents are gone,
endings are stemmed, "1 700" and "1700" are one number, scripts without spaces become pairs of characters.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise

import Stemmer

from index.languages import FUNCTION_WORDS, fold

VERSION = 2
"""Of the analysis: one more whenever `terms` gives anything else, so that old collections are rebuilt."""

_SNOWBALL = {
    "fr": "french", "en": "english", "es": "spanish", "de": "german", "it": "italian", "pt": "portuguese",
    "nl": "dutch", "ro": "romanian", "sv": "swedish", "da": "danish", "fi": "finnish", "hu": "hungarian",
    "tr": "turkish", "ru": "russian", "el": "greek", "ar": "arabic", "hi": "hindi",
}  # fmt: skip

_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f'’.,]\d{3})+(?![\d])")
_ELISION = re.compile(
    r"\b(?:jusqu|lorsqu|puisqu|quoiqu|qu|dell|nell|all|dall|sull|quell|un|[cdjlmnst])['’ʼ](?=\w)"
)
_WHOLE = re.compile(r"\baujourd['’ʼ]hui\b|\bprud['’ʼ]hom")
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_TOKEN = re.compile(rf"[{UNSPACED}]+|\d+(?:[.,]\d+)+|[^\W_{UNSPACED}]+(?:[\u0900-\u0dff][^\W_]*)*")
_RUN = re.compile(rf"[{UNSPACED}]")
_ZEROS = "٠۰०০੦૦୦௦౦೦൦๐໐༠၀០"
_DIGITS = {ord(zero) + number: str(number) for zero in _ZEROS for number in range(10)}
_SCRIPTS = (*range(0x0900, 0x1100), *range(0x1780, 0x1800), *range(0x3040, 0x3100))
_MARKS = {code: " " for code in _SCRIPTS if unicodedata.category(chr(code))[0] not in "LMN"}
"""In these scripts what ends a sentence stands where letters do."""
_PLAIN = _DIGITS | _MARKS
_LONGEST_TERM = 64  # characters; more is no word


def terms(text: str, language: str | None = None) -> list[str]:
    """The terms of `text` in order, function words left out; `language` (BCP 47) chooses the stemmer.

    >>> terms("Plus de 49 000 employés d'Orange aujourd'hui", "fr")
    ['49000', 'employ', 'orang', 'aujourdhui']
    """
    return stems(words(text), language)


def stems(written: Iterable[str], language: str | None = None) -> list[str]:
    """The terms of a text's words: finding those is the same work for every language, and most of it."""
    primary = (language or "").split("-")[0]
    stopped = FUNCTION_WORDS.get(primary, frozenset())
    kept = [word for word in written if word not in stopped]
    if primary not in _SNOWBALL:
        return kept
    stem = _stemmer(primary)
    with _STEMMING:
        # Of some Greek words nothing is left but the ending.
        return [word if word[0].isdigit() else stem(word) or word for word in kept]


def words(text: str) -> list[str]:
    """The words of `text` in order, folded, without elisions."""
    return list(_words(text))


def _words(text: str) -> Iterator[str]:
    plain = fold(text)
    if not plain.isascii():
        plain = plain.translate(_PLAIN)
    plain = _WHOLE.sub(lambda match: re.sub("['’ʼ]", "", match.group()), plain)
    plain = _ELISION.sub(" ", plain)
    plain = _GROUPED.sub(lambda match: re.sub(r"\D", "", match.group()), plain)
    for match in _TOKEN.finditer(plain):
        word = match.group()
        if _RUN.match(word):
            yield from (a + b for a, b in pairwise(word)) if len(word) > 1 else (word,)
        elif len(word) <= _LONGEST_TERM:
            yield word.replace(",", ".") if word[0].isdigit() else word


_STEMMING = threading.Lock()  # a stemmer keeps its word in itself


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    stem: Callable[[str], str] = Stemmer.Stemmer(_SNOWBALL[language], 0).stemWord
    return stem
