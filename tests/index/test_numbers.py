"""Numbers on a command line: what is taken, and what is told of the rest."""

from argparse import ArgumentTypeError

import pytest

from index.numbers import positive, probability


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0.0), ("1", 1.0), ("0.35", 0.35), (".5", 0.5), ("1e-3", 0.001)]
)
def test_a_probability_is_from_0_to_1(text: str, number: float) -> None:
    assert probability(text) == number


@pytest.mark.parametrize("text", ["abc", "", "-0.1", "1.01", "nan", "inf", "35%"])
def test_all_else_is_no_probability(text: str) -> None:
    with pytest.raises(ArgumentTypeError) as told:
        probability(text)
    assert str(told.value) == f"{text!r} is no probability; give a number from 0 to 1"


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), ("1000000", 1_000_000)])
def test_a_positive_number_is_from_1(text: str, number: int) -> None:
    assert positive(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "viele", "", "²"])
def test_all_else_is_not_positive(text: str) -> None:
    with pytest.raises(ArgumentTypeError) as told:
        positive(text)
    assert str(told.value) == f"{text!r}: a whole number from 1 is needed"
