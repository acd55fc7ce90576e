"""A reader's span → what a person would quote: whole words and numbers, balanced quotation marks, no stray signs."""

from __future__ import annotations

import re

from index.lexical import UNSPACED

_PAIRS = {"«": "»", "“": "”", "„": "“", "(": ")", "[": "]", "「": "」", "『": "』", "《": "》", '"': '"'}
_STRAY_LEFT = " \t\r\n\u00a0\u202f,;:.!?…)]}»”'’-–—*_#|>/、。，；：！？"
_STRAY_RIGHT = " \t\r\n\u00a0\u202f,;:([{«“„-–—*_#|</、，；："
_MEANT_LEFT = re.compile(r"[-–.]\d|\.[A-Z]")  # "-5", ".NET"
_MEANT_RIGHT = ("C#", "F#")
_WORD = re.compile(rf"[^\W_{UNSPACED}]")
_NUMBER = re.compile(r"(?:\d{1,3}(?:[ \u00a0\u202f.,'’]\d{3})+(?!\d)|\d+)(?:[.,]\d+)?[ \u00a0\u202f]?[%€$£]?")
_LAST_WORD_CUT = re.compile(  # without "an" and "or", which end a phrase in French: "par an", "en or"
    r"(?<![\s,;:])[\s,;:]++(?:le|la|les|l['’]|un|une|des|du|de|d['’]|au|aux|à|et|ou|en|par|pour|sur|dans|avec|que|qui|qu['’]|the|a|of"
    r"|to|and|in|on|at|by|for|with|el|los|las|del|y|e|o|der|die|das|den|dem|und|oder|von|il|lo|gli|di|da|em|com)$"
)


def quotable(text: str, start: int, end: int) -> tuple[int, int]:
    """The range of `text` that is worth quoting for the span `start:end`; empty when nothing is.

    >>> text = "Elle gagne « 49 000 euros » par an."
    >>> text[slice(*quotable(text, 11, 25))]
    '49 000 euros'
    >>> text[slice(*quotable(text, 13, 15))]
    '49 000'
    """
    start, end = _whole_numbers(text, start, end)
    start, end = _whole_words(text, start, end)
    before = (-1, -1)
    while before != (start, end):
        before = (start, end)
        start, end = _without_strays(text, start, end)
        start, end = _balanced(text, start, end)
        start, end = _without_dangling(text, start, end)
    return start, end


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    if start >= end:
        return start, end
    while start > 0 and _joined(text, start):
        start -= 1
    while end < len(text) and _joined(text, end):
        end += 1
    return start, end


def _joined(text: str, at: int) -> bool:
    """Would a cut before `text[at]` part a word, or a letter and its accent?"""
    if _is_mark(text[at]) or text[at] == "\u200d" or text[at - 1] == "\u200d":
        return True
    if (_WORD.match(text[at - 1]) or _is_mark(text[at - 1])) and _WORD.match(text[at]):
        return True
    inside = text[at - 1 : at + 2]  # the hyphen of "start-up": "t-u" seen from either side
    around = text[max(0, at - 2) : at + 1]
    return any(re.fullmatch(r"[^\W\d_]-[^\W\d_]", three) is not None for three in (inside, around))


def _is_mark(character: str) -> bool:
    return "\u0300" <= character <= "\u036f" or character == "\ufe0f"


def _whole_numbers(text: str, start: int, end: int) -> tuple[int, int]:
    for number in _NUMBER.finditer(text, max(0, start - 24), min(len(text), end + 24)):
        left, right = number.start(), number.start() + len(number.group().rstrip())
        if left < start < right:
            start = left
        if left < end < right:
            end = right
    return start, end


def _without_strays(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _STRAY_LEFT and not _MEANT_LEFT.match(text[start : start + 2]):
        start += 1
    while start < end and text[end - 1] in _STRAY_RIGHT and not text[start:end].endswith(_MEANT_RIGHT):
        end -= 1
    if start < end and text[end - 1] in ".。" and not _abbreviated(text, start, end):
        end -= 1
    return start, end


def _abbreviated(text: str, start: int, end: int) -> bool:
    """Does the final point belong to the last word, as in "J.-P." and "U.S."?"""
    return re.search(r"(?:^|[\s.-])[^\W\d_]\.$", text[start:end]) is not None


def _balanced(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the missing half of a pair where it is the next sign, leave out a half that stands at an end."""
    inside = text[start:end]
    for opening, close in _PAIRS.items():
        lacking = (
            (inside.count(opening) % 2) if opening == close else inside.count(opening) - inside.count(close)
        )
        after = re.match(rf"[\s.!?…]*{re.escape(close)}", text[end : end + 4])
        ahead = re.search(rf"{re.escape(opening)}\s*$", text[max(0, start - 3) : start])
        if lacking > 0 and opening != close and after:
            end += after.end()
        elif lacking > 0 and inside.startswith(opening):
            start += 1
        elif lacking < 0 and ahead:
            start -= len(ahead.group())
        elif lacking != 0 and inside.endswith(close):
            end -= 1
        elif len(inside) > 1 and inside[0] == opening and inside[-1] == close and opening not in inside[1:-1]:
            start, end = start + 1, end - 1
        else:
            continue
        return start, end
    return start, end


def _without_dangling(text: str, start: int, end: int) -> tuple[int, int]:
    """No article or preposition without its noun at the end."""
    cut = _LAST_WORD_CUT.search(text, start, end)
    if cut and cut.end() == end:
        return start, cut.start()
    return start, end
