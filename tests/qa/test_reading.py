"""Passages are read until nothing could change, and no further."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from index.documents import Passage, ScoredPassage
from qa.answers import Span
from qa.confidence import Calibration, Logistic
from qa.questions import Kind
from qa.reading import candidates_for, read_until_settled
from tests.qa.counting_reader import CountingReader

SURE = "Le capitaine est Yves."
OTHERS = ("Le port grandit.", "Le vent tourne.", "La mer monte.", "Le quai dort.")
MARGIN = Logistic(0.0, {"margin": 1.0})
CALIBRATION = replace(Calibration.load(), ranking=MARGIN, promise=MARGIN, settled=0.9, hopeless=0.0)

DOUBTED = Logistic(0.0, {"margin": 0.0})  # one half, whatever the margin
AGAIN = replace(CALIBRATION, settled=1.0, promise=DOUBTED, verified=Logistic(0.0, {"verdict": 1.0}))


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


def test_no_more_than_four_different_answers_are_looked_at_again() -> None:
    reader = CountingReader()
    texts = [f"Le capitaine {name}." for name in ("Yves", "Anne", "Yves", "Luc", "Marc", "Jean")]
    again = candidates_for(
        "Qui est capitaine ?", Kind.FACT, found(*texts, documents="abcdef", cosines=(0.9,) * 6), reader, AGAIN
    )
    assert [quote for _, quote in reader.looked_at] == ["Yves", "Anne", "Luc", "Marc"]
    assert [one.quote for one in again if one.verdict is None] == ["Yves", "Jean"]


def test_the_verdict_decides_which_answer_comes_first() -> None:
    """The keyword reader's second look turns its margins round."""
    passages = found(SURE, "Yves est là.", *OTHERS[2:], "Rien.")
    question = "Qui est capitaine ?"
    assert quotes_of(question, Kind.FACT, passages) == ["là", "est Yves"]
    for kind in (Kind.DECISION, Kind.EXPLANATION, Kind.LIST):  # no facts: not looked at again
        assert quotes_of(question, kind, passages) == ["est Yves", "là"]


@pytest.mark.parametrize(("logit", "looked_at"), [(1.5, 0), (1.3, 2), (-4.0, 0), (-3.5, 2)])
def test_what_is_settled_or_hopeless_is_not_looked_at_again(logit: float, looked_at: int) -> None:
    """Hopeless below 0.02, settled from 0.8 on."""
    calibration = replace(AGAIN, promise=Logistic(logit, {}), settled=0.8, hopeless=0.02)
    reader = CountingReader()
    candidates_for(
        "Qui est capitaine ?",
        Kind.FACT,
        found(SURE, "Yves est là.", *OTHERS[2:], "Rien."),
        reader,
        calibration,
    )
    assert len(reader.looked_at) == looked_at


def test_without_a_second_look_the_order_stays() -> None:
    candidates = candidates_for(
        "Qui est capitaine ?",
        Kind.FACT,
        found(SURE, "Yves est là.", *OTHERS[2:], "Rien."),
        OneLookReader(),
        AGAIN,
    )
    assert [(one.quote, one.verdict) for one in candidates] == [("est Yves", None), ("là", None)]


def quotes_of(question: str, kind: Kind, passages: list[ScoredPassage]) -> list[str]:
    return [one.quote for one in candidates_for(question, kind, passages, CountingReader(), AGAIN)]


class OneLookReader(CountingReader):
    """Has no verifier."""

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> None:
        return None
