"""The types make it impossible to say what no source says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Passage
from qa.__main__ import described
from qa.answers import Answer, Citation, Part, Refusal

TEXT = "Préface. Le capitaine est Yves Le Goff. Fin."
PASSAGE = Passage("d#1", "d.md", "Le port", "/d.md", TEXT[9:39], 9, 39, "Équipage", "3")


def answer(*parts: Part, refusal: Refusal | None = None) -> Answer:
    return Answer("Qui ?", "Qui ?", parts, 0.5, refusal)


@given(st.integers(9, 38), st.integers(1, 30))
def test_a_quote_is_a_slice_of_the_document(start: int, length: int) -> None:
    end = min(39, start + length)
    assert Citation(PASSAGE, start, end).quote == TEXT[start:end]


@pytest.mark.parametrize(("start", "end"), [(8, 12), (30, 40), (12, 12), (14, 12)])
def test_a_citation_outside_its_passage_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a range inside"):
        Citation(PASSAGE, start, end)


def test_a_heading_is_cited_without_its_marks() -> None:
    text = "## Le capitaine Yves\n\nIl est # 1. Fin."
    passage = Passage("d#1", "d.md", "Le port", "/d.md", text, 100, 100 + len(text))
    assert Citation(passage, 100 + text.index("Yves"), 100 + text.index("\n")).sentence == "Le capitaine Yves"
    assert Citation(passage, 100, 106).sentence == "## Le capitaine Yves"
    assert Citation(passage, 100 + text.index("1"), 100 + text.index("1") + 1).sentence == "Il est # 1."


def test_an_answer_has_parts_or_a_reason_why_not() -> None:
    part = Part((Citation(PASSAGE, 26, 38),))
    assert answer(part).text == "Yves Le Goff"
    assert answer(refusal=Refusal.NO_ANSWER).text is None
    with pytest.raises(ValueError, match="parts or a refusal"):
        answer()
    with pytest.raises(ValueError, match="parts or a refusal"):
        answer(part, refusal=Refusal.NO_ANSWER)
    with pytest.raises(ValueError, match="needs a citation"):
        Part(())


def test_text_cannot_be_set() -> None:
    with pytest.raises((AttributeError, TypeError)):  # which, differs by Python's patch version
        answer(refusal=Refusal.NO_ANSWER).text = "Je crois que oui."  # type: ignore[misc]


def test_white_space_alone_does_not_reword_a_question() -> None:
    for asked, understood, reworded in (
        (" Qui  est\tlà ?\n", "Qui est là ?", False),
        ("Qui \ud800 est là ?", "Qui ? est là ?", False),
        ("Et Luc ?", "Que fait Luc ?", True),
    ):
        given = Answer(asked, understood, (), 0.5, Refusal.NO_ANSWER)
        assert given.was_reworded is reworded
        assert described(given).startswith("understood as: ") is reworded


def test_json_says_all_that_the_design_names() -> None:
    values = answer(Part((Citation(PASSAGE, 26, 38, page="4"),))).to_json()
    assert values["text"] == "Yves Le Goff"
    assert values["refusal"] is None
    assert values["citations"] == [
        {
            "quote": "Yves Le Goff",
            "doc_id": "d.md",
            "title": "Le port",
            "source": "/d.md",
            "start": 26,
            "end": 38,
            "sentence": "Le capitaine est Yves Le Goff.",
            "page": "4",
            "heading": "Équipage",
        }
    ]
    assert values["parts"] == [{"quote": "Yves Le Goff", "citations": [1]}]
    assert answer(refusal=Refusal.NOTHING_RELEVANT).to_json()["refusal"] == "nothing relevant"
