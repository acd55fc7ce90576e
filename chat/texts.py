"""What the interface says, in French and in English. Sources are never translated: they speak for themselves."""

from __future__ import annotations

import re
from dataclasses import asdict

from chat.english import ENGLISH
from chat.french import FRENCH
from chat.words import Texts

__all__ = ["ENGLISH", "FRENCH", "LANGUAGES", "Texts", "counted", "figure", "texts_for", "translations"]

LANGUAGES = {"fr": FRENCH, "en": ENGLISH}


def texts_for(accept_language: str | None) -> Texts:
    """The texts for a browser's first wish: French for French or none, else English, as Gradio's own words are chosen.

    A second wish would give a page in two languages: Gradio's components ask for the first alone.

    >>> texts_for("fr-CH,de;q=0.7").language, texts_for("de-DE,fr;q=0.3").language, texts_for(None).language
    ('fr', 'en', 'fr')
    """
    wishes = []
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d*)?)\s*", parameters)
        wishes.append((float(weight[1]) if weight else 1.0, tag.strip().lower().split("-")[0]))
    first = max(wishes, key=lambda wish: wish[0])[1]  # of equal ones, the first
    return FRENCH if first in ("fr", "", "*") else ENGLISH


def translations() -> dict[str, dict[str, str]]:
    """The same texts as Gradio's `I18n` takes them, for its own components."""
    return {language: asdict(texts) for language, texts in LANGUAGES.items()}


def counted(number: int, one: str, many: str) -> str:
    """`one` as it is, or `many` with the number set in.

    >>> counted(3, ENGLISH.document, ENGLISH.documents)
    '3 documents'
    """
    return one if number == 1 else many.format(number=number)


def figure(number: int, texts: Texts) -> str:
    """A number as people write it.

    >>> figure(2_000_000, ENGLISH)
    '2,000,000'
    """
    return f"{number:,}".replace(",", "\u202f" if texts.language == "fr" else ",")
