"""How much of the source to quote: a reader's span, grown to what the kind of question asks for."""

from __future__ import annotations

import re

from index.documents import Passage
from index.languages import ALL_FUNCTION_WORDS, fold
from index.sentences import covering, split_sentences
from qa.questions import Kind

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
_ABOUT = re.compile(  # after a name: "What did Anne Roy say about", "Que pense Anne Roy de"
    r"\s+(?P<clear>about|regarding|concerning|über|sobre|acerca del?|à propos (?:de|du|des)|au sujet (?:de|du|des)|sur|sulla?|riguardo)\s+"
    r"|\s+(?:on|of|zu[mr]?|von|vom|su|de|du|des|del|di|da|do)\s+|\s+d['’]"
)
_IN_NAME = re.compile(r"(?<=\w)\s+(?:de|du|von|van|da|di|of|d['’])\s*(?:der\s+)?[A-ZÀ-Þ]")


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
    """The quoted words in `passage` of a speaker whom the question names, as ranges of its text, in order.

    The speaker stands in the sentence of the quoted words; where no name does, in the one before or after it.
    """
    text = passage.text
    names = speakers(question, passage)
    sentences = split_sentences(text)
    found = []
    for match in _QUOTED.finditer(text) if names else ():
        touched = [i for i, s in enumerate(sentences) if s.start < match.end() and s.end > match.start()]
        own = _around(text, match, sentences[touched[0]].start, sentences[touched[-1]].end)
        before, after = sentences[max(0, touched[0] - 1)], sentences[min(len(sentences) - 1, touched[-1] + 1)]
        beside = own if _NAMED.search(own) else _around(text, match, before.start, after.end)
        if any(re.search(rf"\b{re.escape(name)}\b", fold(beside)) for name in names):
            group = next(i for i in range(1, 6) if match.group(i) is not None)
            found.append(match.span(group))
    return found


def _around(text: str, match: re.Match[str], start: int, end: int) -> str:
    return text[start : match.start()] + " " + text[match.end() : end]


def speakers(question: str, passage: Passage) -> list[str]:
    """Words of the question, folded, that are names in the passage: of who speaks, not of what about.

    Where the question itself writes names with capitals, only those count.
    """
    asked_of, _ = parted(question, passage.text)
    own = [match.group() for match in _NAMED.finditer(asked_of)]
    asked = {fold(word) for word in own or re.findall(r"\w{3,}", asked_of)}
    capitalised = {fold(match.group()) for match in re.finditer(r"\b[A-ZÀ-Þ][\w-]{2,}", passage.text)}
    return sorted((asked & capitalised) - ALL_FUNCTION_WORDS)


def parted(question: str, text: str) -> tuple[str, str]:
    """Who is asked what they said, and on what; the second is empty where the question does not tell.

    Names that "de" and the like join are one where `text` writes them so: "Ursula von der Leyen", but not "Anne Roy de Paul Bec".

    >>> parted("Que pense Anne Roy du port ?", ""), parted("Quel est l'avis d'Anne Roy ?", "")
    (('Que pense Anne Roy', 'port ?'), ("Quel est l'avis d'Anne Roy ?", ''))
    """
    parts = [match for match in _ABOUT.finditer(question) if _NAMED.search(question, 0, match.start())]
    clear = [match for match in parts if match["clear"]]
    outside = [match for match in parts if not _joins_a_name(question, match, text)]
    if not (clear or outside):
        return question, ""
    first = (clear or outside)[0]
    return question[: first.start()], question[first.end() :]


def _joins_a_name(question: str, about: re.Match[str], text: str) -> bool:
    joint = _IN_NAME.match(question, about.start())
    if joint is None:
        return False
    first = re.search(r"[\w-]+$", question[: joint.start()])
    last = re.compile(r"[\w-]*").match(question, joint.end())
    return first is not None and last is not None and question[first.start() : last.end()] in text


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    left, right = covering(text, start, end, (0, len(text)))
    heading = re.match(r"#{1,6}\s", text[left:right])
    if heading:
        return start, end
    if right - left > _LONGEST_SENTENCE:
        cuts = [left, *(m.end() for m in _CLAUSE.finditer(text, left, right)), right]
        left = max(cut for cut in cuts if cut <= start)
        right = min(cut for cut in cuts if cut >= end)
    if text[left:right].count("«") > text[left:right].count("»"):  # a sentence of several that are quoted
        close = text.find("»", right, right + _LONGEST_SENTENCE)
        if close >= 0 and "«" not in text[right:close]:
            left, right = covering(text, left, close + 1, (0, len(text)))
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
