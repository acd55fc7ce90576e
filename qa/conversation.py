"""A follow-up question → the question by itself, by rules over the conversation, without a generative model.

Three things make a question lean on what was said: an ellipsis ("Et chez Orange ?"), a bare question
word ("Depuis quand ?") and a pronoun ("Quel est son poste ?"). Anything else stands alone, so that a
change of subject is not dragged along. What was understood is shown, and people can correct it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.languages import fold
from qa.answers import Answer


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and what came of it."""

    question: str
    understood_as: str
    answer: str | None = None  # the text of the answer; None = refused

    @classmethod
    def of(cls, answer: Answer) -> Turn:
        """The turn that ended in `answer`."""
        return cls(answer.question, answer.understood_as, answer.text)


_NAME = r"(?:\d[\d\u00a0\u202f .]*|[A-ZÀ-ÖØ-Þ][\w'’&-]*)"
_NAMES = re.compile(rf"{_NAME}(?:\s+(?:de\s+|du\s+|of\s+)?[A-ZÀ-ÖØ-Þ][\w&-]*)*")
_LATIN_IN_OTHER_SCRIPT = re.compile(r"[A-Za-z][\w&-]*(?:\s+[A-Z][\w&-]*)*")
_ELLIPSIS = re.compile(
    r"^\s*(?:et|and|what about|how about|y|und|e|ed|wie steht es mit|و?ماذا عن|那么?|وماذا عن)\s+(?P<rest>.{1,60}?)\s*[?？؟!.]*\s*$"
    r"|^(?P<zh>.{1,20})呢[?？]?$",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(?:chez|pour|à|au|en|dans|avec|de|du|d['’]|at|for|in|with|of|by|en|con|para|bei|für|mit|von|in|per|presso|na|no|em|da)\s+",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\W*(?:(?:et|and|y|und|e|but|mais|ma|pero|aber)\s+)?(?P<wh>"
    r"(?:depuis |jusqu['’]à |à partir de )?quand|à quelle date|en quelle année|où(?: ça)?|pourquoi(?: donc| cela| ça)?|comment(?: cela| ça)?"
    r"|combien(?: d['’]?\s?\w+)?|qui(?: ça)?|avec qui|par qui|pour qui|de qui|lequel|laquelle|lesquel(?:le)?s|dans quel but|sur quoi|quoi"
    r"|since when|until when|when(?: exactly)?|where(?: exactly)?|why(?: not| is that)?|how(?: so| many| much)?|who|with whom|by whom|which ones?"
    r"|¿?(?:desde )?cu[áa]ndo|¿?d[óo]nde|¿?por qu[ée]|¿?c[óo]mo|¿?qui[ée]n|¿?cu[áa]nt[oa]s?"
    r"|(?:seit |bis )?wann|wo|warum|wieso|wie viele?|wer|(?:da )?quando|dove|perch[ée]|quant[oi]|chi|quem|onde|por qu[êe]|porqu[êe]|quantos"
    r"|متى|أين|لماذا|كيف|كم|من|什么时候|在哪里?|为什么|谁|多少"
    r")(?P<tail>\s+\w+)?\s*[?？؟!.]*\s*$",
    re.IGNORECASE,
)
_QUESTION_HEAD = re.compile(
    r"^\W*(?:(?:depuis|à|de|en|dans|avec|pour|chez|par|sur|d['’]apr[èe]s|selon|since|in|with|for|at|by|de|con|mit|in)\s+)?"
    r"(?:qu['’]est-ce qu(?:e|i|['’])|est-ce qu(?:e|['’])|qui|que|qu['’]|quoi|quand|où|combien(?: d['’]| de)?|comment|pourquoi|quel(?:le)?s?"
    r"|who|whom|what|which|when|where|why|how(?: many| much)?|qui[ée]n(?:es)?|qu[ée]|cu[áa]l(?:es)?|cu[áa]ndo|d[óo]nde|cu[áa]nt[oa]s?|c[óo]mo"
    r"|por qu[ée]|wer|wen|was|wann|wo|warum|wie(?: viele?)?|welche[rsn]?|chi|cosa|che|quale|quali|quando|dove|quant[oi]|come|perch[ée])\b\s*"
    r"(?:est|sont|a|ont|is|are|was|were|does|do|did|has|have|es|son|ist|sind|hat|è|sono)?\s*",
    re.IGNORECASE,
)
_POSSESSIVE_FR = re.compile(
    r"\b(son|sa|ses|leur|leurs)\s+([\w-]+(?:\s+(?:principal|actuel|premier|nouveau)\w*)?)", re.IGNORECASE
)
_POSSESSIVE = re.compile(r"\b(his|her|their|its)\s+(?=\w)", re.IGNORECASE)
_CLITIC = re.compile(r"(\w+)(?:-t)?-(?:il|elle|ils|elles)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"(?<![\w-])(?:ils?|elles?|celui-ci|celle-ci|lui|cette (?:entreprise|soci[ée]t[ée]|personne|femme)|cet (?:homme|op[ée]rateur)|ce groupe"
    r"|he|she|they|it|him|them|that company|this company|[ée]l|ella|ellos|ellas|er|sie|lei|lui|ele|ela)(?![\w-])",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\b(?:su|sus|seu|sua|suo|sua|sein|seine|ihr|ihre|هو|هي|他|她|它)\b|[他她它]|(?<=\w)(?:ها|ه)(?=\s|[؟?]|$)",
    re.IGNORECASE,
)


def understood(question: str, history: Sequence[Turn]) -> str:
    """`question` as it would be asked without the conversation; unchanged when it stands alone.

    >>> first = Turn("Que fait Sanofi ?", "Que fait Sanofi ?", "accélérer les tests")
    >>> understood("Et Orange ?", [first])
    'Que fait Orange ?'
    """
    if not history:
        return question
    last = history[-1]
    bare = _BARE.match(question)
    if bare:
        return _completed(question, bare, last)
    ellipsis = _ELLIPSIS.match(question)
    if ellipsis:
        rest = ellipsis.group("rest") or ellipsis.group("zh")
        inner = _with_antecedent(rest, history) if len(rest.split()) > 3 else rest
        if len(rest.split()) <= 5 and not _QUESTION_HEAD.match(rest):
            return _substituted(rest, last)
        question = inner
    return _with_antecedent(question, history)


def _substituted(rest: str, last: Turn) -> str:
    """The last question, about `rest` instead."""
    new = _PREPOSITION.sub("", rest)
    asked = last.understood_as
    head = _QUESTION_HEAD.match(asked)
    offset = head.end() if head and head.end() < len(asked) else 0
    names = _names(asked[offset:])
    if names:
        # The last name of a question is most often what it is about: "Que fait Sanofi avec OpenAI ?" is the exception.
        target = names[0] if len(names) == 1 else _closest(names, new)
        return f"{asked[:offset]}{asked[offset:].replace(target, new, 1)}"
    return f"{asked.rstrip(' ?？؟.')} {rest} ?"


def _closest(names: Sequence[str], new: str) -> str:
    """Of several names, the one that `new` most likely takes the place of: alike in number of words, not OpenAI-like last."""
    return min(names, key=lambda name: (abs(len(name.split()) - len(new.split())), names.index(name)))


def _completed(question: str, bare: re.Match[str], last: Turn) -> str:
    """The bare question word, followed by what the last question was about and what it was answered."""
    about = _QUESTION_HEAD.sub("", last.understood_as).rstrip(" ?？؟.")
    answered = f" {last.answer}" if last.answer is not None and len(last.answer) <= 80 else ""
    asked = question.strip().rstrip(" ?？؟.")
    asked = re.sub(r"^(?:et|and|y|und|e|mais|but)\s+", "", asked, flags=re.IGNORECASE)
    return f"{asked[:1].upper()}{asked[1:]} {about}{answered} ?"


def _with_antecedent(question: str, history: Sequence[Turn]) -> str:
    """Pronouns replaced by what they stand for, where the conversation names it."""
    pronoun = (_POSSESSIVE_FR, _POSSESSIVE, _CLITIC, _SUBJECT, _ATTACHED)
    if not any(pattern.search(question) for pattern in pronoun):
        return question
    own = _names(_QUESTION_HEAD.sub("", question))
    if own:  # "Que dit Julie Lavet de son rôle ?" names what its pronoun stands for
        return question
    name = _antecedent(history)
    if name is None:
        return question
    articles = {"son": "le", "sa": "la", "ses": "les", "leur": "le", "leurs": "les"}
    de = "d'" if re.match(r"[AEIOUYÀ-Þ]", name) else "de "
    for pattern, replacement in (
        (_POSSESSIVE_FR, lambda m: f"{articles[m[1].lower()]} {m[2]} {de}{name}"),
        (_POSSESSIVE, lambda m: f"{name}'s "),
        (_CLITIC, lambda m: f"{m[1]} {name}"),
        (_SUBJECT, lambda m: name),
    ):
        replaced = pattern.sub(replacement, question, count=1)
        if replaced != question:
            return replaced
    return f"{question.rstrip(' ?？؟.')} ({name}) ?"


def _antecedent(history: Sequence[Turn]) -> str | None:
    """Whom or what the last turns spoke of: a name that was the answer, else the name that was asked about."""
    for turn in reversed(history):
        if turn.answer is not None and len(turn.answer) <= 60:
            names = _names(turn.answer)
            if names and not names[0][0].isdigit() and len(names[0]) >= len(turn.answer) / 2:
                return names[0]
        names = [name for name in _names(_QUESTION_HEAD.sub("", turn.understood_as)) if not name[0].isdigit()]
        if names:
            return names[0]
    return None


def _names(text: str) -> list[str]:
    """Runs of capitalised words in order, numbers too; Latin words in a text of another script."""
    latin = len(re.findall(r"[A-Za-zÀ-ÿ]", text))
    letters = sum(character.isalpha() for character in text)
    if letters and latin < letters / 2:
        return [match.group() for match in _LATIN_IN_OTHER_SCRIPT.finditer(text)]
    found = []
    for match in _NAMES.finditer(text):
        name = re.sub(r"^(?:[LlDd]|[Qq]u)['’]", "", match.group()).strip()
        if len(fold(name)) > 1:
            found.append(name)
    return found
