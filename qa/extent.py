"""How much of the source to quote: a reader's span, grown to what the kind of question asks for."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from index.documents import Passage
from index.languages import ALL_FUNCTION_WORDS, fold
from index.sentences import covering, split_sentences
from qa.questions import Kind, asks_for_words

_LONGEST_SENTENCE = 320  # characters; of a longer one, the clause is quoted
_CLAUSE = re.compile(r"[;:—–](?=\s)")
_AND = r"(?:\s+(?:et|and|y|und|e|ou|or|oder|o)\s+)"
_JOINT = rf"(?:\s*,\s+|{_AND})"
_ARTICLE = r"(?:(?:des|les|de|du|la|le|the|los|las|die|der|das|gli|i|os|as)\s+)?"
_NAME = r"[A-ZÀ-Þ][\w'’.-]*(?:\s+(?:(?:de|du|des|von|van|of|della|di)\s+)?[A-ZÀ-Þ][\w'’.-]*)*"
_ITEM = rf"(?>{_ARTICLE}(?:{_NAME}|[^\W\d_][\w'’.-]*))"  # a name, or one word; taken once, or long lists would take for ever
# Members up to one behind an "and"; or what commas part, where the phrase ends with it: "Anne Roy, ministre de la Mer" has one.
_MORE_RIGHT = re.compile(rf"(?:\s*,\s+{_ITEM})*{_AND}{_ITEM}|(?:{_JOINT}{_ITEM})+(?=\s*(?:[.,;:!?»”)…]|$))")
_QUOTED = re.compile(
    r"«\s*+([^«»\s][^«»]+[^«»\s])\s*+»|“([^“”]{3,}?)”|„([^„“]{3,}?)“|(?<!\w)\"([^\"\n]{3,}?)\"(?!\w)|「([^「」]+)」"
)

_NAMED = re.compile(r"(?<=[\s'’])[A-ZÀ-Þ][\w-]{2,}")
_WORD = re.compile(r"[\w-]+")
_INWARDS = re.compile(r"(?<!\w)»\w")  # a passage may begin inside of a quotation: its first » tells nothing
_FEWEST_WORDS = 3  # that somebody is quoted with; fewer are a term of theirs


def extent(kind: Kind, passage: Passage, start: int, end: int) -> tuple[int, int]:
    """The range of `passage.text` to quote for the span `start:end`."""
    if kind.is_told_in_a_sentence:
        return _sentence(passage.text, start, end)
    if kind is Kind.LIST:
        return _enumeration(passage.text, start, end)
    return start, end


def members(enumeration: str) -> list[str]:
    """The members of a quoted list, each a slice of it.

    >>> members("Dust, Mirakl et Pigment")
    ['Dust', 'Mirakl', 'Pigment']
    """
    return [member for member in re.split(_JOINT, enumeration.strip()) if member]


def quotations(question: str, passage: Passage) -> list[tuple[int, int]]:
    """The quoted words in `passage` of the speaker whom the question asks for any, as ranges of its text, in order.

    The speaker stands in the sentence of the quoted words; where no name does, in the one before or after it.
    """
    text = passage.text
    names = speaker(question, passage)
    sentences = split_sentences(text)
    found = []
    for match in _said(text) if names else ():
        touched = [i for i, s in enumerate(sentences) if s.start < match.end() and s.end > match.start()]
        own = _around(text, match, sentences[touched[0]].start, sentences[touched[-1]].end)
        before, after = sentences[max(0, touched[0] - 1)], sentences[min(len(sentences) - 1, touched[-1] + 1)]
        beside = own if _NAMED.search(own) else _around(text, match, before.start, after.end)
        if all(re.search(rf"\b{re.escape(name)}\b", fold(beside)) for name in names):
            found.append(_inside(match))
    return found


def quoted_words(text: str, start: int, end: int, sentence: tuple[int, int]) -> tuple[int, int]:
    """The quoted words in `sentence` that the span `start:end` touches; where it touches none, or a term or two, the sentence.

    >>> text = "Le maire « se réjouit » : « Nous accueillons les grands », dit-il."
    >>> [text[slice(*quoted_words(text, at, at + 4, (0, len(text))))] for at in (31, 12)]
    ['Nous accueillons les grands', 'Le maire « se réjouit » : « Nous accueillons les grands », dit-il.']
    """
    for match in _said(text, *sentence):
        left, right = _inside(match)
        if left < end and start < right:
            return left, right
    return sentence


def _said(text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
    """What is quoted between `start` and `end`, with its marks, but for a term or two."""
    inwards = _point_inwards(text)
    for match in _QUOTED.finditer(text, start, end):
        if inwards and match.group(1) is not None:
            continue
        if len(_WORD.findall(text, *_inside(match))) >= _FEWEST_WORDS:
            yield match


def _point_inwards(text: str) -> bool:
    """Does the text quote »so«, as German does? Then what stands between « and » is what nobody said."""
    return _INWARDS.search(text) is not None


def _inside(match: re.Match[str]) -> tuple[int, int]:
    """Where the words stand between the marks of a match of `_QUOTED`."""
    return match.span(next(i for i in range(1, 6) if match.group(i) is not None))


def _around(text: str, match: re.Match[str], start: int, end: int) -> str:
    return text[start : match.start()] + " " + text[match.end() : end]


def speaker(question: str, passage: Passage) -> tuple[str, ...]:
    """The name, folded, of whom the question asks for any words at all; empty where it asks for more than that.

    What somebody says of something, in a certain place or as an answer, may not be in the passage though other words of theirs are.
    """
    words = list(_WORD.finditer(question))
    capitalised = {fold(match.group()) for match in re.finditer(r"\b[A-ZÀ-Þ][\w-]{2,}", passage.text)}
    names = [word for word in words if fold(word.group()) in capitalised - ALL_FUNCTION_WORDS]
    others = [word for word in words if word not in names and not asks_for_words(word.group())]
    if not names or others:
        return ()
    whole = question[names[0].start() : names[-1].end()]  # "Ursula von der Leyen" stands so in the passage
    is_one = len(_WORD.findall(whole)) == len(names) or fold(whole) in fold(passage.text)
    return tuple(fold(name.group()) for name in names) if is_one else ()


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    left, right = covering(text, start, end, (0, len(text)))
    heading = re.match(r"#{1,6}\s", text[left:right])
    if heading:
        return start, end
    if right - left > _LONGEST_SENTENCE:
        cuts = [left, *(m.end() for m in _CLAUSE.finditer(text, left, right)), right]
        left = max(cut for cut in cuts if cut <= start)
        right = min(cut for cut in cuts if cut >= end)
    open_marks, closed_marks = text[left:right].count("«"), text[left:right].count("»")
    if _point_inwards(text):
        open_marks = closed_marks = 0  # they are told apart by neither
    if open_marks > closed_marks:  # the first of several sentences that are quoted
        close = text.find("»", right, right + _LONGEST_SENTENCE)
        if close >= 0 and "«" not in text[right:close]:
            left, right = covering(text, left, close + 1, (0, len(text)))
    elif closed_marks > open_marks:  # the last
        opening = text.rfind("«", max(0, left - _LONGEST_SENTENCE), left)
        if opening >= 0 and "»" not in text[opening:left]:
            left, right = covering(text, opening, right, (0, len(text)))
    while left < right and text[left].isspace():
        left += 1
    return left, right


def _enumeration(text: str, start: int, end: int) -> tuple[int, int]:
    """The members beside the span too, when it stands in an enumeration."""
    sentence_start, sentence_end = covering(text, start, end, (0, len(text)))
    right = _MORE_RIGHT.match(text, end, sentence_end)
    if right:
        end = start + len(text[start : right.end()].rstrip("."))
    ahead = re.search(rf"(?<![\w'’-])(?:{_ITEM}{_JOINT})+$", text[sentence_start:start])
    if ahead and text[start].isupper():
        start = sentence_start + ahead.start()
    return start, end
