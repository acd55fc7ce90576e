"""Other forms of a question: as keywords, misspelt, and swapped so that its passage answers it no more."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WORD = re.compile(r"\w+(?:[-’']\w+)*")
CAPITALISED = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĘĚĞĪİŁŃŇŌŐŒŘŚŞŠŢŤŪŮŰŹŻŽΑ-ΩА-Я]\w+"
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NAME_OR_NUMBER = re.compile(rf"{NUMBER.pattern}|(?<=\s){CAPITALISED}(?:\s{CAPITALISED})*")

# Pairs whose exchange nearly always makes another question, in the languages with most training data.
OPPOSITES = {
    "en": "first last|before after|most least|highest lowest|largest smallest|north south|east west|northern southern|"
    "eastern western|oldest youngest|longest shortest|increase decrease|increased decreased|best worst|more fewer|"
    "earliest latest|beginning end|start end|won lost|win lose|top bottom|majority minority|male female|"
    "largest smallest|internal external|always never|public private|higher lower|above below|inside outside",
    "fr": "premier dernier|première dernière|avant après|plus moins|nord sud|est ouest|début fin|ancien nouveau|"
    "ancienne nouvelle|maximum minimum|maximale minimale|grand petit|grande petite|gagné perdu|naissance mort|"
    "né mort|père mère|augmentation diminution|supérieur inférieur|supérieure inférieure|meilleur pire",
    "es": "primer último|primera última|primero último|antes después|más menos|norte sur|este oeste|mayor menor",
    "de": "erste letzte|ersten letzten|vor nach|meisten wenigsten|größte kleinste|nördlich südlich|mehr weniger",
    "pt": "primeiro último|primeira última|antes depois|mais menos|norte sul|maior menor",
}

# Left alone: in a question they are mostly another word ("is", "this", "to"). Their opposites are still exchanged.
MISLEADING = {"fr": {"est"}, "es": {"este"}, "de": {"nach"}}


def opposites(language: str) -> dict[str, str]:
    """What each word is exchanged for; empty for a language without pairs."""
    pairs = [pair.split() for pair in OPPOSITES.get(language, "").split("|") if pair]
    both = dict(pairs) | {b: a for a, b in pairs}
    return {word: other for word, other in both.items() if word not in MISLEADING.get(language, ())}


def common_words(questions: Iterable[str], count: int = 60) -> frozenset[str]:
    """The words that say least in these questions: the question words and the articles of their language."""
    seen = Counter(word.lower() for question in questions for word in WORD.findall(question))
    return frozenset(word for word, _ in seen.most_common(count))


def as_keywords(question: str, common: frozenset[str]) -> str:
    """What one types into a search field.

    >>> as_keywords("When was the bridge of Arcole built?", frozenset({"when", "was", "the", "of"}))
    'bridge arcole built'
    """
    kept = [word for word in WORD.findall(question) if word.lower() not in common]
    return " ".join(kept).lower() if len(kept) >= 2 else ""


def misspelt(question: str, rng: random.Random) -> str:
    """One or two slips of the keyboard, or the accents left out, in words of four letters and more."""
    if rng.random() < 0.4 and (bare := _without_accents(question)) != question:
        return bare
    words = [m for m in WORD.finditer(question) if len(m[0]) >= 4 and m[0].isalpha()]
    for word in sorted(rng.sample(words, min(len(words), rng.choice((1, 1, 2)))), key=lambda m: -m.start()):
        question = question[: word.start()] + _slip(word[0], rng) + question[word.end() :]
    return question


def _slip(word: str, rng: random.Random) -> str:
    i = rng.randrange(1, len(word) - 1)
    swapped, dropped, doubled = (
        word[:i] + word[i + 1] + word[i] + word[i + 2 :],
        word[:i] + word[i + 1 :],
        word[:i] + word[i : i + 1] + word[i:],
    )
    return rng.choice((swapped, dropped, doubled))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return (
        "".join(c for c in decomposed if not unicodedata.combining(c))
        if text.isascii() or _latin(text)
        else text
    )


def _latin(text: str) -> bool:
    return all(ord(c) < 0x250 or not c.isalpha() for c in text)


def names_and_numbers(text: str) -> list[str]:
    """The names and numbers of a text, as far as capitals show them.

    >>> names_and_numbers("En 1804, Napoléon Bonaparte vit Paris.")
    ['1804', 'Napoléon Bonaparte', 'Paris']
    """
    return [found[0] for found in NAME_OR_NUMBER.finditer(text)]


def swapped(question: str, passage: str, elsewhere: list[str], language: str, rng: random.Random) -> str:
    """A near miss: one name, number or opposite of the question exchanged; empty without one.

    `elsewhere` holds names and numbers of the same article. Only what the passage lacks is used,
    so that the passage can't happen to answer the new question. `language` is that of question and passage;
    empty where they differ: no opposites then, which a passage in another language lacks anyway.
    """
    choices: list[tuple[int, int, str]] = []
    for found in NAME_OR_NUMBER.finditer(question):
        alike = (name for name in elsewhere if _alike(name, found[0]))
        others = [name for name in alike if name not in passage and name not in question]
        others = others or [year for year in _other_years(found[0]) if year not in passage]
        if others:
            choices.append((found.start(), found.end(), rng.choice(others)))
    exchange = opposites(language)
    for word in WORD.finditer(question):
        other = exchange.get(word[0].lower())
        if other is not None and not _begins_a_word(other, passage):
            choices.append((word.start(), word.end(), other))
    if not choices:
        return ""
    start, end, new = rng.choice(choices)
    return question[:start] + new + question[end:]


@dataclass(frozen=True)
class OtherWords:
    """What questions say between two words: "the captain of", "the owner of", "the anthem of".

    Another word in the place of a question's own asks for something else of the same kind, which few passages
    happen to say: "Who is the captain of the team?" where the passage only has its owner.
    """

    between: dict[tuple[str, str], tuple[str, ...]]  # (word before, word after) -> what stands between
    common: frozenset[str]  # left alone, old or new: "year" and "name" change what kind of thing is asked for

    @classmethod
    def of(cls, questions: Iterable[str], common: frozenset[str]) -> OtherWords:
        found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for question in questions:
            for between, word in _places(question, common):
                found[between].append(word[0])
        return cls({between: tuple(words) for between, words in found.items()}, common)

    def exchanged(self, question: str, passage: str, rng: random.Random) -> str:
        """The question with one word exchanged for one the passage lacks; empty where there is none."""
        said = f"{passage} {question}".lower()
        places = list(_places(question, self.common))
        rng.shuffle(places)
        for between, word in places:
            others = self.between.get(between, ())
            for other in rng.sample(others, min(len(others), _TRIES)):
                if other[:_STEM] not in said:
                    return question[: word.start()] + other + question[word.end() :]
        return ""


_STEM = 4  # letters that the words of one family share
_TRIES = 10


def _places(question: str, common: frozenset[str]) -> Iterator[tuple[tuple[str, str], re.Match[str]]]:
    """The words that can be exchanged, each with those around it.

    Not the first three, which say what kind of thing is asked for; no names, which `swapped` exchanges; nothing in scripts without capitals, where names do not show.
    """
    words = list(WORD.finditer(question))
    after = [*(word[0].lower() for word in words[4:]), ""]
    for before, word, next_word in zip(words[2:], words[3:], after, strict=False):
        text = word[0]
        if len(text) > _STEM and text.isalpha() and text.islower() and text not in common:
            yield (before[0].lower(), next_word), word


def _begins_a_word(start: str, text: str) -> bool:
    """Regardless of case; "increase" begins "increased" too, and "ouest" stands in "l’ouest"."""
    return re.search(rf"\b{re.escape(start)}", text, re.IGNORECASE) is not None


def _alike(one: str, other: str) -> bool:
    """Two names, or two numbers of the same length."""
    if one[0].isdigit() and other[0].isdigit():
        return len(one) == len(other)
    return not one[0].isdigit() and not other[0].isdigit()


def _other_years(number: str) -> list[str]:
    if len(number) != 4 or not number.isdecimal():
        return []
    return [str(int(number) + step) for step in (-30, -7, 4, 12)]
