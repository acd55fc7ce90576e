"""Text → sentences, as ranges of offsets; nothing is lost but white space.

Rules, not a model: they must run on any of 100 languages at megabytes a second. A sentence ends at
a terminator (Latin, Arabic, Devanagari, CJK), unless it closes an abbreviation, an initial, a
decimal or an ordinal. Blocks come first: no sentence crosses a blank line or a list item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Abbreviations, lower case, and what must stand beside them not to end a sentence.
_TITLES = _words(  # capitalised: "Me Guyot" and "Col. Fabre", but not "about me. Then" and "du col. Là"
    "m mm mme mlle mlles dr pr me mgr st ste mr mrs ms prof gen rep sen gov capt sgt col lt rev hon jr sr "
    "sra srta dra ud uds dott ing sig sigg avv"
)
_BEFORE_NUMBERS = _words(  # or before initials: "art. L. 121-1"
    "p pp art al fig vol no nos chap n nr núm pág págs sec eq est env max min approx ca tél réf str "
    "janv févr avr juil sept oct nov déc jan feb mar apr jun jul aug dec"
)
_ANYWHERE = _words(
    "cf éd av bd ex vs inc ltd co corp dept bzw ggf inkl usw vgl z.b d.h u.a avda exmo profa dr.ª"
)
_BEFORE_GERMAN_ORDINALS = _words("am der die das dem den des im vom zum zur bis ab seit und")
_GERMAN_MONTHS = (
    "Januar", "Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
    "November", "Dezember",
)  # fmt: skip
_CLOSERS = "\"'”’»)]}›」』】）"
_CJK_STOPS = "。！？｡"
_CJK_OPENERS = "「『“‘《（(【"
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*-?[^\W\d_]\.-?[^\W\d_]")  # "J.-P", "U.S"
_STOPS = ".!?…؟۔।॥"
_END = re.compile(  # possessive, so that a page of exclamation marks takes no longer than one of letters
    rf"(?<![{_STOPS}])[{_STOPS}]++(?:[{re.escape(_CLOSERS)}]|[ \u00a0\u202f]++»)*+(?=\s|$)"  # before a space
    rf"|[{_CJK_STOPS}]++[{re.escape(_CLOSERS)}]*+"  # CJK: no space follows
    r"|(?<=[a-zà-öø-ÿ]{3})[.!?](?=[A-ZÀ-ÖØ-Þ«“][a-zà-öø-ÿ’' ])"  # "…Pyrénées.Alors que…"
)
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•◦▪–—‣]|\(?\d{1,3}[.)]|\(?[a-z][.)])[ \t]+\S|[ \t]*\|")
_LINE = re.compile(r"[^\n]*\n|[^\n]+$")
_TERMINATED = re.compile(rf"[.!?…:;؟۔।॥。！？][{re.escape(_CLOSERS)}\s]*$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A range of a text, without surrounding white space."""

    start: int
    end: int
    opens_block: bool  # the first of its paragraph, list item or heading


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Sentence]:
    """Cut `text[start:end]`; every character that is not white space is in exactly one sentence.

    >>> text = "M. Guyot parle. « Vraiment ? » dit-il. Fin"
    >>> [text[s.start:s.end] for s in split_sentences(text)]
    ['M. Guyot parle.', '« Vraiment ? » dit-il.', 'Fin']
    """
    end = len(text) if end is None else end
    return [sentence for block in _blocks(text, start, end) for sentence in _cut_block(text, *block)]


def covering(text: str, start: int, end: int, within: tuple[int, int]) -> tuple[int, int]:
    """The whole sentences of `text[within[0]:within[1]]` that `start:end` touches, as one range."""
    touched = [s for s in split_sentences(text, *within) if s.start < end and s.end > start]
    return (touched[0].start, touched[-1].end) if touched else (start, end)


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Paragraphs and list items: lines that belong together, white space trimmed at both ends."""
    first: int | None = None  # where the open block begins
    previous = ""
    for line in _LINE.finditer(text, start, end):
        words = line.group()
        if first is not None and (not words.strip() or not _continues(previous, words)):
            yield from _trimmed(text, first, line.start())
            first = None
        if words.strip():
            first = line.start() if first is None else first
            previous = words
    if first is not None:
        yield from _trimmed(text, first, end)


def _continues(previous: str, line: str) -> bool:
    """Is `line` the same paragraph as the line before, broken only to fit a page's width?"""
    if _LIST_ITEM.match(line):
        return False
    if _TERMINATED.search(previous):
        return not previous.rstrip().endswith(":")
    starts_lower = line.lstrip()[:1].islower()
    return starts_lower or 45 <= len(previous.rstrip()) <= 120


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    block = text[start:end]
    left, right = len(block) - len(block.lstrip()), len(block.rstrip())
    if left < right:
        yield start + left, start + right


def _cut_block(text: str, start: int, end: int) -> Iterator[Sentence]:
    begin = start
    for match in _END.finditer(text, start, end):
        if match.start() < begin or not _ends_sentence(text, begin, match, end):
            continue
        yield Sentence(begin, match.end(), begin == start)
        begin = match.end()
        while begin < end and text[begin].isspace():
            begin += 1
    if begin < end:
        yield Sentence(begin, end, begin == start)


def _ends_sentence(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    after = match.end()
    while after < end and text[after].isspace():
        after += 1
    if after >= end:
        return True
    mark = match.group()
    following = text[after : after + 12]
    if mark[0] in _CJK_STOPS:
        # 「本当？」と彼は言った。 The speech is part of the sentence around it.
        return mark[-1] in _CJK_STOPS or after > match.end() or following[0] in _CJK_OPENERS
    if following[0].islower():
        return False
    if mark[0] != "." or len(mark.rstrip(_CLOSERS + " \u00a0\u202f")) > 1:
        return True
    words = re.search(r"(\S*?)\s*([^\s(\[«“\"'’]*)$", text[max(begin, match.start() - 40) : match.start()])
    previous, last = words.groups() if words else ("", "")
    starts = begin == match.start() - len(last)
    return not (_is_abbreviation(last, following) or _is_ordinal(previous, last, following, starts))


def _is_abbreviation(word: str, following: str) -> bool:
    """Does the point after `word` belong to it? `following`: what comes after the point and the space."""
    plain = word.lower()
    if plain in _ANYWHERE or (plain in _TITLES and word[0].isupper()):
        return True
    if plain in _BEFORE_NUMBERS and (following[0].isdigit() or following[1:2] == "."):
        return True
    is_initial = len(word) == 1 and word.isalpha() and word.isupper()
    return is_initial or _INITIALS.fullmatch(word) is not None


def _is_ordinal(previous: str, word: str, following: str, starts: bool) -> bool:
    """Is it the number of a list item, or a German ordinal: "am 3. Oktober", "der 2. Weltkrieg"?"""
    if not word.isdigit():
        return False
    german = len(word) <= 2 and previous.lower() in _BEFORE_GERMAN_ORDINALS
    return starts or german or (len(word) <= 2 and following.startswith(_GERMAN_MONTHS))
