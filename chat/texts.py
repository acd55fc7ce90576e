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
    """The interface's language for a browser's `Accept-Language`; French when it speaks neither.

    >>> texts_for("de-DE,en;q=0.7,fr;q=0.3").language
    'en'
    """
    wishes = []
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d*)?)\s*", parameters)
        wishes.append((float(weight[1]) if weight else 1.0, tag.strip().lower().split("-")[0]))
    for wish, language in sorted(wishes, key=lambda wish: -wish[0]):
        if wish > 0 and language in LANGUAGES:
            return LANGUAGES[language]
    return FRENCH


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
