"""Visitors are told a document's name or URL, never where it lies on the server."""

import pytest

from chat.public import public_json, public_source
from chat.smalltalk import talk_of
from tests.qa.small_product import HARBOUR, product


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("/home/anne/notes.md", "notes.md"),
        ("C:\\Users\\anne\\notes.md", "notes.md"),
        ("/data/all.jsonl#a/b", "all.jsonl#a/b"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("notes.md", "notes.md"),
    ],
)
def test_the_source_as_visitors_see_it(source: str, told: str) -> None:
    assert public_source(source) == told


def test_an_answer_for_visitors_differs_in_its_sources_alone() -> None:
    answer = product(HARBOUR).ask("Qui est le capitaine ?")
    values = answer.to_json()
    assert public_json(answer) == values
    assert values["citations"][0]["source"] == "0.txt"


def test_a_question_behind_a_long_greeting_is_a_question() -> None:
    assert talk_of("Bonjour" + " " * 250 + "qui est le capitaine ?") is None
