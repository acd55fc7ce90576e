"""How much is quoted for each kind of question."""

import pytest

from index.documents import Passage
from qa.extent import extent, quotations
from qa.questions import Kind

TEXT = (
    "La ministre Anne Roy se réjouit. « Nous accueillons les grands. Tous les grands », dit-elle. "
    "Le préfet Paul Bec refuse : « c'est non ». Le port emploie des marins, des dockers et des douaniers."
)


def passage(text: str = TEXT) -> Passage:
    return Passage("d#0", "d", "Le port", "d.md", text, 0, len(text), language="fr")


def quoted(kind: Kind, span: str) -> str:
    start = TEXT.index(span)
    left, right = extent(kind, passage(), start, start + len(span))
    return TEXT[left:right]


@pytest.mark.parametrize(
    ("kind", "span", "quote"),
    [
        (Kind.FACT, "Paul Bec", "Paul Bec"),
        (Kind.EXPLANATION, "refuse", "Le préfet Paul Bec refuse : « c'est non »."),
        (Kind.DECISION, "se réjouit", "La ministre Anne Roy se réjouit."),
        (Kind.LIST, "des marins", "des marins, des dockers et des douaniers"),
        (Kind.LIST, "Paul Bec", "Paul Bec"),
    ],
)
def test_a_span_grows_to_what_is_asked(kind: Kind, span: str, quote: str) -> None:
    assert quoted(kind, span) == quote


def test_the_words_of_the_one_who_is_asked_about() -> None:
    found = quotations("Que dit Anne Roy ?", passage())
    assert [TEXT[start:end] for start, end in found] == ["Nous accueillons les grands. Tous les grands"]
    found = quotations("que dit paul bec", passage())
    assert [TEXT[start:end] for start, end in found][-1:] == ["c'est non"]


def test_nobody_named_nothing_quoted() -> None:
    assert quotations("Que dit-elle ?", passage()) == []
    assert quotations("Que dit Marie Curie ?", passage()) == []
