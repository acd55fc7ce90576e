"""What is quoted is what a person would quote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.quoting import quotable


@pytest.mark.parametrize(
    ("text", "span", "quote"),
    [
        ("Il compte 1 700 employés.", "700", "1 700"),
        ("Il compte 1\u202f700 employés.", "1", "1\u202f700"),
        ("Elle vaut 3,14 euros.", "14", "3,14"),
        ("Une hausse de 12 % en mai.", "12", "12 %"),
        ("La start-up Dust.", "start", "start-up"),
        ("Elle dit : « la France », puis part.", "« la France", "la France"),
        ("Elle dit : « la France », puis part.", "la France »", "la France"),
        ('He said "yes" twice.', '"yes', "yes"),
        ("À Paris, en mai.", "Paris,", "Paris"),
        ("Le chef de la ville.", "Le chef de la", "Le chef"),
        ("Il aime les chiens et", "chiens et", "chiens"),
        ("Né en (1998) à Lyon.", "(1998", "1998"),
        ("Signé J.-P. Martin.", "J.-P. Martin.", "J.-P. Martin"),
        ("E\u0301lyse\u0301e", "E", "E\u0301lyse\u0301e"),
        ("北京大学在北京。", "北京大学", "北京大学"),
        ("Une baisse de -5 % en mai.", "-5", "-5 %"),
        ("Écrit en C# puis revu.", "C#", "C#"),
        ("Il aime .NET aussi.", ".NET", ".NET"),
        ("En 2024 300 personnes.", "2024", "2024"),
        ("Elle coûte 312 euros par an.", "312 euros par an", "312 euros par an"),
        ("Il porte une bague en or.", "une bague en or", "une bague en or"),
        ("Rien ici.", "", ""),
        ("… —", "… —", ""),
    ],
)
def test_spans_are_cut_as_people_quote(text: str, span: str, quote: str) -> None:
    start = text.index(span)
    left, right = quotable(text, start, start + len(span))
    assert text[left:right] == quote


@given(st.text("ab é1 «»()\"'-.,;:\u0301", max_size=30), st.data())
def test_the_range_stays_in_the_text_and_is_stable(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    left, right = quotable(text, start, end)
    assert 0 <= left <= len(text)
    assert left >= right or right <= len(text)
    if left < right:
        assert not text[left].isspace()
        assert not text[right - 1].isspace()
