"""Passages are read until nothing could change, and no further."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from index.documents import Passage, ScoredPassage
from qa.answers import Span
from qa.confidence import Calibration, Candidate, Logistic
from qa.questions import Kind
from qa.reader import Reader, Reading
from qa.reading import candidates_for, read_until_settled, with_verdicts
from qa.telling import told
from tests.qa.counting_reader import CountingReader
from tests.qa.small_product import product
from tests.scales import scales

SURE = "Le capitaine est Yves."
OTHERS = ("Le port grandit.", "Le vent tourne.", "La mer monte.", "Le quai dort.")
CALIBRATION = replace(Calibration.load(), scales=scales(), settled=0.9, hopeless=0.0)

DOUBTED = Logistic(0.0, {"margin": 0.0})  # one half, whatever the margin
VERDICT = Logistic(0.0, {"verdict": 1.0})
AGAIN = replace(CALIBRATION, settled=1.0, scales=scales(DOUBTED, verified=VERDICT))


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


TWO = found(SURE, "Yves est là-haut.", *OTHERS[2:], "Rien.")


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
    again = found_by(Kind.FACT, found(*texts, documents="abcdef", cosines=(0.9,) * 6), reader)
    assert [quote for _, quote in reader.looked_at] == ["Yves", "Anne", "Luc", "Marc"]
    assert [one.quote for one in again if one.verdict is None] == ["Yves", "Jean"]


@pytest.mark.parametrize("kind", [Kind.FACT, Kind.DECISION, Kind.EXPLANATION])
def test_the_verdict_decides_which_answer_comes_first(kind: Kind) -> None:
    """The keyword reader's second look turns its margins round."""
    assert [one.quote for one in found_by(kind, TWO)] == ["là-haut", "est Yves"]


def test_a_list_is_not_looked_at_again() -> None:
    assert [one.quote for one in found_by(Kind.LIST, TWO)] == ["est Yves", "là-haut"]


def test_where_a_sentence_is_to_tell_it_is_looked_at_whole() -> None:
    reader = CountingReader()
    first, second = found_by(Kind.DECISION, TWO, reader)
    assert reader.looked_at == [("Qui est capitaine ?", SURE), ("Qui est capitaine ?", "Yves est là-haut.")]
    assert (first.answer, second.answer) == ("Yves est là-haut.", SURE)


def test_marks_in_one_sentence_are_looked_at_once() -> None:
    reader = TwoMarksReader()
    first, second = found_by(Kind.EXPLANATION, found(SURE, *OTHERS)[:1], reader)
    assert [sentence for _, sentence in reader.looked_at] == [SURE]
    assert [(first.quote, first.verdict is None), (second.quote, second.verdict is None)] == [
        ("capitaine", False),
        ("Yves", True),
    ]


def test_evidence_gives_all_marks_of_a_sentence_its_one_verdict() -> None:
    reader = TwoMarksReader()
    passage = found(SURE, *OTHERS)[0]
    marks = [Candidate(passage, span, 0.0) for span in reader.read("Pourquoi ?", [passage.passage])[0].spans]
    telling = told("Pourquoi ?", Kind.EXPLANATION, marks, product(SURE).retriever)
    first, second = with_verdicts("Pourquoi ?", telling, reader)
    assert reader.looked_at == [("Pourquoi ?", SURE)]
    assert first.verdict is not None
    assert second.verdict == first.verdict


def test_a_heading_tells_nothing() -> None:
    under = Passage("p#0", "p", "Le port", "p", "# Le port dort\n\nLe capitaine est Yves.", 0, 38)
    marks = [Candidate(ScoredPassage(under, 0.9, 1, 0.9), Span(at, at + 4, 1.0), 0.0) for at in (5, 18)]
    telling = told("Pourquoi ?", Kind.EXPLANATION, marks, product(SURE).retriever)
    assert [one.answer for one in telling] == ["Le capitaine est Yves."]


@pytest.mark.parametrize(("logit", "looked_at"), [(1.5, 0), (1.3, 2), (-4.0, 0), (-3.5, 2)])
@pytest.mark.parametrize("kind", [Kind.FACT, Kind.EXPLANATION])
def test_what_is_settled_or_hopeless_is_not_looked_at_again(kind: Kind, logit: float, looked_at: int) -> None:
    """Hopeless below 0.02, settled from 0.8 on."""
    calibration = replace(AGAIN, scales=scales(Logistic(logit, {})), settled=0.8, hopeless=0.02)
    reader = CountingReader()
    found_by(kind, TWO, reader, calibration)
    assert len(reader.looked_at) == looked_at


def test_without_a_second_look_the_order_stays() -> None:
    candidates = found_by(Kind.FACT, TWO, OneLookReader())
    assert [(one.quote, one.verdict) for one in candidates] == [("est Yves", None), ("là-haut", None)]


def found_by(
    kind: Kind,
    passages: list[ScoredPassage],
    reader: Reader | None = None,
    calibration: Calibration = AGAIN,
) -> list[Candidate]:
    retriever = product(SURE).retriever
    reader = reader or CountingReader()
    return candidates_for(
        "Qui est capitaine ?", kind, passages, reader=reader, calibration=calibration, retriever=retriever
    )


class TwoMarksReader(CountingReader):
    """Marks two words of one sentence."""

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        return [
            Reading(
                tuple(
                    Span(text.index(word), text.index(word) + len(word), score)
                    for word, score in (("capitaine", 2.0), ("Yves", 1.0))
                ),
                0.0,
            )
            for text in (passage.text for passage in passages)
        ]


class OneLookReader(CountingReader):
    """Has no verifier."""

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> None:
        return None
