"""A follow-up question → the question by itself, by rules over the conversation, without a generative model.

Three things make a question lean on what was said: an ellipsis ("Et chez Orange ?"), a bare question
word ("Depuis quand ?") and a pronoun ("Quel est son poste ?"). Anything else stands alone, so that a
change of subject is not dragged along. What was understood is shown, and people can correct it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.languages import ALL_FUNCTION_WORDS, fold, language_of
from qa.answers import Answer
from qa.questions import MOST_CHARACTERS


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


_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][\w&-]*"
_NAMES = re.compile(rf"{_CAPITALISED}(?:\s+(?:de\s+|du\s+|of\s+)?{_CAPITALISED})*")
_LATIN = re.compile(r"[A-Za-z][\w&-]*(?:\s+[A-Z][\w&-]*)*")  # a name inside a text of another script
# Spanish "y" is not the "y" of French "Y a-t-il", "Y aura-t-il"
_CONNECTIVE = r"(?:et|and|what about|how about|y(?!\s+(?:en )?(?:a|avait|aura|aurait|eut)(?:-t)?-(?:il|elle|on)\b)|und|e|ed|but|mais|ma|pero|aber|و?ماذا عن)"
_ELLIPSIS = re.compile(
    rf"^[\s¿]*{_CONNECTIVE}\s+(?P<rest>.{{1,60}}?)[\s?？؟!.]*$|^(?:那么?)?(?P<zh>.{{1,20}})呢[?？]?$",
    re.IGNORECASE,
)
_STANDS_FOR = re.compile(
    r"^(?:(?:celle|celui|celles|ceux)\s+|(?:el|la|los|las)\s+(?=de\b)|(?:that|those)\s+(?=of\b)|quell[oaie]\s+(?=d)|(?:das|die|der)\s+(?=von\b))",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^(?P<word>chez|pour|à|au|en|dans|avec|de|du|d|at|for|in|with|of|by|con|para|bei|für|mit|von|per|presso|na|no|em|da)(?:\s+|(?<=d)['’])",
    re.IGNORECASE,
)
_NOUN_PHRASE = re.compile(
    r"\b(?:le|la|les|l['’]|the|il|lo|el|der|die|das|o|a)\s*(?!\s)[\w' -]+?(?=\s+(?:d['’]|de |du |of |di |von |del |da |chez |at )|\s*[?？]|$)",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"^\W*(?:{_CONNECTIVE}\s+)?(?:c['’](?:est|[ée]tait)\s+)?(?P<wh>"
    r"(?:(?:à|de|dans|pour|en|sur|chez|avec) )?quel(?:le)?s? [\w-]+|(?:at |on |in |for )?(?:what|which) \w+"
    r"|(?:depuis |jusqu['’]à |à partir de )?quand|depuis combien de temps|à quelle date|en quelle année|où(?: ça)?|pourquoi(?: donc| cela| ça)?"
    r"|comment(?: cela| ça)?|combien|qui(?: ça)?|(?:avec|par|pour|de) qui|lequel|laquelle|lesquel(?:le)?s|dans quel but|sur quoi|quoi"
    r"|since when|until when|when|where|why(?: not| is that)?|how(?: so| many| much| long)?|who|(?:with|by) whom|which ones?"
    r"|(?:desde )?cu[áa]ndo|d[óo]nde|por qu[ée]|c[óo]mo|qui[ée]n|cu[áa]nt[oa]s?"
    r"|(?:seit |bis )?wann|wo|warum|wieso|wie viele?|wer|(?:da )?quando|dove|perch[ée]|quant[oi]|chi|quem|onde|por qu[êe]|porqu[êe]|quantos"
    r"|متى|أين|لماذا|كيف|كم|من|什么时候|在哪里?|为什么|谁|多少)"
    r"(?:\s+(?:exactement|exactly|donc|denn|genau|exactamente|precisamente|au juste))?[\s?？؟!.]*$",
    re.IGNORECASE,
)
_QUESTION_HEAD = re.compile(
    r"^\W*(?:(?:depuis|à|de|en|dans|avec|pour|chez|par|sur|d['’]après|selon|since|in|with|for|at|by|con|mit)\s+)?"
    r"(?:qu['’]est-ce qu(?:e\b|i\b|['’])|est-ce qu(?:e\b|['’])|y a-t-il|is there|are there(?: any)?"
    r"|(?:(?:qui|que|quoi|quand|où|combien(?: d['’]| de\b)?|comment|pourquoi|quel(?:le)?s?"
    r"|who|whom|what|which|when|where|why|how(?: many| much)?|did|does|do|has|have|is|are|was|were"
    r"|qui[ée]n(?:es)?|qu[ée]|cu[áa]l(?:es)?|cu[áa]ndo|d[óo]nde|cu[áa]nt[oa]s?|c[óo]mo|por qu[ée]"
    r"|wer|wen|was|wann|wo|warum|wie(?: viele?)?|welche[rsn]?|chi|cosa|che|quale|quali|dove|quant[oi]|come|perch[ée])\b|qu['’])"
    r"(?:\s*(?:['’]s|est|sont|is|are|was|were|does|do|did|has|have|es|son|ist|sind|hat|è|sono)\b)?)\s*",
    re.IGNORECASE,
)
_WHERE_OR_WHEN = re.compile(
    r"^\W*(?:dans quelle? \w+|où|quand|where|when|d[óo]nde|cu[áa]ndo|wo|wann|dove|quando|onde|أين|متى)",
    re.IGNORECASE,
)
_POSSESSIVE_FR = re.compile(r"\b(son|sa|ses|leurs?)\s+(\w[\w-]*)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:his|her|their|its)\s+(?=\w)", re.IGNORECASE)
_CLITIC = re.compile(  # not the "il" of "y a-t-il", "faut-il", "quel temps fait-il", which stands for nothing
    r"(?<!\by )(?<![\w-])(?!(?:agit|faut|fallait|pleut|suffit)(?:-t)?-il\b)(?!(?:fait|fera|faisait)(?:-t)?-il (?:beau|froid|chaud|bon|jour|nuit|doux)\b)"
    r"(?<!temps )(\w+?)(?:-t)?-(?:ils?|elles?)\b(?! (?:vrai|possible))",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(?<![\w-])(?:ils?(?!\s+(?:n['’]y|y|faut|fallait|faudra|pleut|neige|s['’]agit|suffit|fait|existe|est (?:vrai|possible|temps|question))\b)"
    r"|elles?|celui-ci|celle-ci|lui|cette (?:entreprise|soci[ée]t[ée]|personne|femme)|cet (?:homme|op[ée]rateur)|ce groupe"
    r"|he|she|they|him|them|(?:that|this) company"
    r"|it(?!\s+(?:true|possible|important|necessary|likely|clear|worth|time|in|to|that|take|rain|snow|hot|cold|warm)\b)"
    r"|él|el(?=\W*$)|ella|ellos|ellas|er|sie|lei|lui|ele|ela)(?![\w'’-])",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\b(?:sus?|seus?|suas?|su[oi]|sue|(?-i:seine?)|ihre?|هو|هي|منهم|منها|عنه|عنها)\b|[他她它]|(?<=\w{3})ها(?=\s|[؟?]|$)",
    re.IGNORECASE,
)
_OBJECT = re.compile(  # "Qui la dirige ?", "Qui l'a fondée ?": longer, "la" is an article
    r"^\W*(?P<who>qui)\s+(?:l['’]|(?:la|le|les)\s+)(?P<does>[\w-]+(?:\s+[\w-]+)?)\s*[?？]?$", re.IGNORECASE
)
_ASKED_BEHIND = re.compile(  # "Et Dust, c'est quoi ?" stands alone but for the "et"
    r"^[^,]{1,60},.*(?<![\w-])(?:qui|quoi|quand|où|combien|comment|pourquoi|quel(?:le)?s?|who|what|when|where|why|how)\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(
    r"\b(?:ils|elles|leurs?|they|them|their|ellos|ellas|sie|loro)\b|-(?:ils|elles)\b", re.IGNORECASE
)
_LONGEST_ANTECEDENT = 60  # characters
_LONGEST_TURN = 3_000  # characters; a longer one would not help to understand, and takes long to search


def understood(question: str, history: Sequence[Turn]) -> str:
    """`question` as it would be asked without the conversation; unchanged when it stands alone.

    Unchanged as well when a long turn would make it longer than a question may be, which nobody typed.

    >>> first = Turn("Que fait Sanofi ?", "Que fait Sanofi ?", "accélérer les tests")
    >>> understood("Et Orange ?", [first])
    'Que fait Orange ?'
    """
    history = [turn for turn in history if len(f"{turn.understood_as}{turn.answer}") <= _LONGEST_TURN]
    if not history:
        return question
    completed = _by_itself(question, history)
    return completed if len(completed) <= MOST_CHARACTERS else question


def _by_itself(question: str, history: Sequence[Turn]) -> str:
    last = history[-1]
    if _BARE.match(question):
        return _completed(question, last)
    ellipsis = _ELLIPSIS.match(question)
    if ellipsis is None:
        return _with_object(question, history) or _with_antecedent(question, history)
    rest: str = _STANDS_FOR.sub("", ellipsis.group("rest") or ellipsis.group("zh"))
    if _ASKED_BEHIND.match(rest) and _names(rest):
        return f"{rest} ?"
    if not _QUESTION_HEAD.match(rest):
        return _substituted(rest, last)
    resolved = _with_antecedent(question, history)
    name = _antecedent(question, history)
    if resolved != question or name is None or _names(_QUESTION_HEAD.sub("", rest)):
        return resolved
    return f"{_open(question)} ({name}) ?"


def _substituted(rest: str, last: Turn) -> str:
    """The last question, about `rest` instead of what it was about."""
    preposition = _PREPOSITION.match(rest)
    new = re.sub(r"['’]s$", "", rest[preposition.end() :] if preposition else rest)
    asked = last.understood_as
    head = _QUESTION_HEAD.match(asked)
    offset = head.end() if head is not None and head.end() < len(asked) else 0
    about = asked[offset:]
    names = _names(about)
    if _names(new) and names:
        target = names[0]
        if preposition is not None:
            word = re.escape(preposition.group("word"))
            same = [
                name
                for name in names
                if re.search(rf"\b{word}(?:\s+|['’]){re.escape(name)}", about, re.IGNORECASE)
            ]
            target = (
                same[0] if same else min(names, key=lambda name: abs(len(name.split()) - len(new.split())))
            )
        return _elided(asked[:offset] + about.replace(target, new, 1), new)
    phrase = _NOUN_PHRASE.search(about)
    if phrase is not None and _NOUN_PHRASE.match(rest):
        return asked[:offset] + about[: phrase.start()] + rest + about[phrase.end() :]
    return f"{_open(asked)}, {rest} ?"


def _completed(question: str, last: Turn) -> str:
    """The bare question word, followed by what the last question was about and, if that is a name, its answer."""
    about = _open(_QUESTION_HEAD.sub("", last.understood_as))
    answered = last.answer or ""
    names = _names(answered)
    is_name = bool(names) and answered.startswith(names[0]) and len(names[0]) >= len(answered) / 2
    asked = re.sub(rf"^\W*{_CONNECTIVE}\s+", "", _open(question), flags=re.IGNORECASE)
    told = f" {answered}" if is_name and answered not in about else ""
    return f"{asked[:1].upper()}{asked[1:]} {about}{told} ?"


def _with_object(question: str, history: Sequence[Turn]) -> str | None:
    """The pronoun that is an object replaced by what it stands for; None where there is none."""
    asked = _OBJECT.match(question)
    name = _antecedent(question, history) if asked is not None else None
    if asked is None or name is None:
        return None
    does = asked["does"]
    if " " in does:  # "l'a fondée": the participle agrees with what now stands behind it
        does = re.sub(r"(?<=[éit])es?$", "", does)
    return f"{asked['who']} {does} {name} ?"


def _with_antecedent(question: str, history: Sequence[Turn]) -> str:
    """The pronoun replaced by what it stands for, where the conversation names that."""
    found = [
        m
        for p in (_POSSESSIVE_FR, _POSSESSIVE, _CLITIC, _SUBJECT, _ATTACHED)
        for m in [p.search(question)]
        if m and not (m[0].lower() == "il" and language_of(question) == "it")  # "the", not "he"
    ]
    name = _antecedent(question, history) if found else None
    # "Que dit Julie Lavet de son rôle ?" names what its pronoun stands for before it.
    if name is None or _names(_QUESTION_HEAD.sub("", question[: found[0].start()])):
        return question
    match = found[0]
    before, after = question[: match.start()], question[match.end() :]
    if match.re is _POSSESSIVE_FR:
        article = {"son": "le", "sa": "la", "ses": "les", "leur": "le", "leurs": "les"}[match[1].lower()]
        return _elided(f"{before}{article} {match[2]} de {name}{after}", name)
    if match.re is _POSSESSIVE:
        return f"{before}{name}'s {after}"
    if match.re is _CLITIC:
        return f"{before}{match[1]} {name}{after}"
    if match.re is _SUBJECT:
        return _elided(f"{before}{name}{after}", name)
    return f"{_open(question)} ({name}) ?"


def _antecedent(question: str, history: Sequence[Turn]) -> str | None:
    """Whom or what the last turns spoke of: a name that was the answer, else the name that was asked about."""
    for turn in reversed(history):
        answer = turn.answer or ""
        names = _names(answer)
        if names and len(answer) <= _LONGEST_ANTECEDENT and not _WHERE_OR_WHEN.match(turn.understood_as):
            if _PLURAL.search(question) and len(names) > 1:
                return answer
            if answer.startswith(names[0]) and len(names) == 1:
                return answer if len(answer.split()) <= 4 else names[0]
        asked = _names(_QUESTION_HEAD.sub("", turn.understood_as))
        if asked:
            return asked[0]
    return None


def _names(text: str) -> list[str]:
    """Runs of capitalised words, in order; Latin words in a text of another script."""
    letters = sum(character.isalpha() for character in text)
    pattern = _LATIN if letters and len(re.findall(r"[A-Za-zÀ-ÿ]", text)) < letters / 2 else _NAMES
    runs = [match.group() for match in pattern.finditer(text)]
    return [
        run
        for run in runs
        if len(run) > 3 or not run.isupper()
        if fold(run) not in ALL_FUNCTION_WORDS and len(run) > 1
    ]


def _open(question: str) -> str:
    return question.strip().rstrip(" ?？؟.!\u00a0\u202f")


def _elided(question: str, name: str) -> str:
    """French "de" and "que" before `name` as its first letter asks for."""
    vowel = fold(name)[:1] in "aeiouyh"
    if vowel:
        return re.sub(rf"\b([Dd]|[Qq]u)e {re.escape(name)}", lambda m: f"{m[1]}'{name}", question)
    return re.sub(rf"\b([Dd]|[Qq]u)['’]{re.escape(name)}", lambda m: f"{m[1]}e {name}", question)
