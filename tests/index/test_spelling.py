"""Slips of the keyboard, by value."""

import pytest

from index.spelling import nearest_spelling

VOCABULARY = ["directric", "financi", "emploi", "openai", "2024", "ingenieur", "port"]


@pytest.mark.parametrize(
    ("term", "meant"),
    [
        ("directris", "directric"),
        ("finanic", "financi"),
        ("emplo", "emploi"),
        ("opanai", "openai"),
        ("engenieur", None),  # the first letter must be right
        ("inginieurs", "ingenieur"),
        ("prot", None),  # too short
        ("20245", None),  # a number
        ("bitcoin", None),
    ],
)
def test_a_slip_or_two(term: str, meant: str | None) -> None:
    assert nearest_spelling(term, VOCABULARY) == meant
