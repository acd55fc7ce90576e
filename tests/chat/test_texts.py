"""Both languages say everything, with the same blanks to fill."""

from __future__ import annotations

import re

import pytest

from chat.texts import ENGLISH, FRENCH, counted, texts_for, translations


def test_the_blanks_are_the_same_in_both_languages() -> None:
    french, english = translations()["fr"], translations()["en"]
    for name in french:
        assert set(re.findall(r"{\w+}", french[name])) == set(re.findall(r"{\w+}", english[name])), name
        assert french[name].strip(), name
        assert english[name].strip(), name


def test_french_punctuation_does_not_break_off() -> None:
    for name, text in translations()["fr"].items():
        assert not re.search(r" [?!;:»]|« ", text), name


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB", "en"),
        ("de-DE,en;q=0.7,fr;q=0.3", "en"),
        ("en;q=0,fr;q=0.1", "fr"),
        ("ja", "en"),
        ("de-DE,de;q=0.9,fr;q=0.8", "en"),
        ("", "fr"),
        (None, "fr"),
        ("*;q=abc,,;;", "fr"),
    ],
)
def test_the_browsers_wish_decides(wish: str | None, language: str) -> None:
    assert texts_for(wish).language == language


def test_one_is_not_many() -> None:
    assert (counted(1, FRENCH.passage, FRENCH.passages), counted(2, ENGLISH.passage, ENGLISH.passages)) == (
        "1 passage",
        "2 passages",
    )
