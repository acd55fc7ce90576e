"""Passages are read until nothing could change, and no further."""

from dataclasses import replace

import pytest

from index.documents import Passage, ScoredPassage
from qa.confidence import Calibration, Logistic
from qa.questions import Kind
from qa.reading import read_until_settled
from tests.qa.counting_reader import CountingReader

SURE = "Le capitaine est Yves."
OTHERS = ("Le port grandit.", "Le vent tourne.", "La mer monte.", "Le quai dort.")
MARGIN = Logistic(0.0, {"margin": 1.0})
CALIBRATION = replace(Calibration.load(), ranking=MARGIN, confidence=MARGIN, settled=0.9, hopeless=0.0)


def found(
    *texts: str, documents: str = "aaaaa", cosines: tuple[float, ...] = (0.9,) * 5
) -> list[ScoredPassage]:
    return [
        ScoredPassage(
            Passage(f"{document}#{rank}", document, document, document, text, 0, len(text)),
            cosine,
            rank,
            cosine,
        )
        for rank, (text, document, cosine) in enumerate(zip(texts, documents, cosines, strict=True), start=1)
    ]


def read_of(
    passages: list[ScoredPassage], kind: Kind = Kind.FACT, question: str = "Qui est capitaine ?"
) -> tuple[list[str], list[str]]:
    """The quotes, best first, and the texts that were read."""
    reader = CountingReader()
    candidates = read_until_settled(question, kind, passages, reader, CALIBRATION)
    return [candidate.quote for candidate in candidates], [text for _, text in reader.seen]


def test_a_sure_answer_among_the_best_passages_ends_the_reading() -> None:
    assert read_of(found(SURE, *OTHERS)) == (["est Yves"], [SURE, OTHERS[0]])


def test_an_unsure_answer_does_not() -> None:
    everything = [SURE, *OTHERS]
    assert read_of(found(*everything), question="Qui est là ?")[1] == everything


def test_an_answer_is_found_however_late_it_stands() -> None:
    quotes, read = read_of(found(*OTHERS, SURE))
    assert quotes[0] == "est Yves"
    assert read == [*OTHERS, SURE]


def test_where_the_best_passages_have_nothing_like_an_answer_the_others_are_not_read() -> None:
    reader = CountingReader()
    hopeless = replace(CALIBRATION, hopeless=0.9)
    read_until_settled("Qui est là ?", Kind.LIST, found(SURE, *OTHERS), reader, hopeless)
    assert [text for _, text in reader.seen] == [SURE, OTHERS[0]]


def test_the_members_of_a_list_are_looked_for_everywhere() -> None:
    assert read_of(found(SURE, *OTHERS), Kind.LIST)[1] == [SURE, *OTHERS]


@pytest.mark.parametrize(("cosine", "expected"), [(0.89, 5), (0.7, 2)])
def test_another_document_is_read_if_it_is_as_near_to_the_question(cosine: float, expected: int) -> None:
    passages = found(SURE, *OTHERS, documents="aaaab", cosines=(0.9, 0.9, 0.9, 0.9, cosine))
    assert len(read_of(passages)[1]) == expected


def test_without_passages_there_is_nothing_to_read() -> None:
    assert read_of([]) == ([], [])
