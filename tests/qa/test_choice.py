"""What is quoted for the kinds of question that a span does not answer."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from index.documents import Passage, ScoredPassage
from index.sentences import split_sentences
from qa.answers import Span
from qa.choice import candidates_of, choose
from qa.confidence import Calibration, Candidate, Logistic
from qa.reader import Reading
from tests.qa.counting_reader import CountingReader
from tests.qa.small_product import product
from tests.scales import scales

COUNCIL = """\
Le conseil vote le budget du port.

La maire Anne Roy se réjouit : « le port vivra ». Le pêcheur Luc Bec répond : « les taxes nous ruinent ».

Les bateaux Iris, Jade et Perle sont vendus. Le phare reste ouvert toute la nuit aux visiteurs."""


def test_a_yes_no_question_gets_the_sentence_that_decides() -> None:
    answer = product(COUNCIL).ask("Le phare reste-t-il ouvert la nuit ?", threshold=0.0)
    assert answer.text == "Le phare reste ouvert toute la nuit aux visiteurs."


class FirstWordsReader:
    """Marks the first word of every sentence, the earlier the surer."""

    name, checksum = "first words", "k1"

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        return [self._read(passage.text) for passage in passages]

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float]:
        return [span.score for _, span in spans]

    def _read(self, text: str) -> Reading:
        starts = [sentence.start for sentence in split_sentences(text)]
        spans = (Span(start, start + 2, 0.1 * (9 - place)) for place, start in enumerate(starts))
        return Reading(tuple(spans), 0.0)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Pourquoi le port est-il vide, quelle tempête a chassé les bateaux ?", "Le port est vide : la tempête a chassé les bateaux."),
        ("Est-ce que la maire est à la fête du quai ?", "La maire est à la fête du quai."),
    ],
)  # fmt: skip
def test_what_explains_or_decides_is_the_sentence_nearest_to_the_question(
    question: str, expected: str
) -> None:
    text = "# Le port vide\n\nLe vent tourne. Le port est vide : la tempête a chassé les bateaux. La maire est à la fête du quai."
    pipeline = product(text)
    pipeline.reader = FirstWordsReader()
    assert pipeline.ask(question, threshold=0.0).text == expected
    assert pipeline.ask("Qui est la maire ?", threshold=0.0).text != expected


def test_a_sentence_of_six_characters_can_decide() -> None:
    pipeline = product("市长在码头。")
    pipeline.reader = FirstWordsReader()
    assert pipeline.ask("市长在码头吗？", threshold=0.0).text == "市长在码头。"


def test_the_confidence_is_that_of_the_sentence_which_is_said() -> None:
    """The reader is surest of the first sentence; nearness chooses the last, of which it is less sure."""
    pipeline = product("Le vent tourne au large. Le port est vide : la tempête a chassé les bateaux.")
    pipeline.reader = FirstWordsReader()
    said = pipeline.ask("Pourquoi le port est-il vide, quelle tempête a chassé les bateaux ?", threshold=0.0)
    first = pipeline.ask("Qui tourne ?", threshold=0.0)
    assert said.text == "Le port est vide : la tempête a chassé les bateaux."
    assert (first.confidence, said.confidence) == (pytest.approx(sigmoid(0.9)), pytest.approx(sigmoid(0.8)))


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def test_a_summary_waits_for_no_reader() -> None:
    pipeline = product(COUNCIL)
    pipeline.reader = CountingReader()
    assert pipeline.ask("Résume le document", threshold=0.0).text is not None
    assert pipeline.reader.seen == []
    pipeline.ask("Qui est la maire ?")
    assert {question for question, _ in pipeline.reader.seen} == {"Qui est la maire ?"}


def test_a_yes_no_question_is_as_sure_as_what_the_reader_finds() -> None:
    pipeline = product(COUNCIL)
    found = pipeline.ask("Est-ce que le phare reste ouvert la nuit ?", threshold=0.0)
    lost = pipeline.ask("Est-ce que la gare est sale ?", threshold=0.0)
    assert lost.confidence < found.confidence


def test_what_somebody_says_is_their_own_words() -> None:
    answer = product(COUNCIL).ask("Que dit Luc Bec ?")
    assert answer.text == "les taxes nous ruinent"
    assert answer.citations[0].sentence.startswith("Le pêcheur Luc Bec répond")


def test_who_is_not_quoted_is_given_no_words() -> None:
    answer = product(COUNCIL).ask("Que dit Marie Curie ?")
    assert answer.text is None


def test_no_words_on_what_the_passage_does_not_speak_of() -> None:
    assert product(COUNCIL).ask("Que dit Luc Bec des taxes ?").text == "les taxes nous ruinent"
    assert product(COUNCIL).ask("Que dit Luc Bec du patinage ?").text != "les taxes nous ruinent"


def test_the_best_part_comes_first_also_when_another_span_grows_into_it() -> None:
    text = "Dust, Mirakl et Pigment sont des partenaires. La société Orange aussi."

    def reading(span: str, score: float) -> Span:
        return Span(text.index(span), text.index(span) + len(span), score)

    source = Passage("d#0", "d", "T", "d", text, 0, len(text), language="fr")
    spans = (reading("Dust", 5.0), reading("Orange", 4.9), reading("Pigment", 4.8))
    scored = ScoredPassage(source, 1.0, 1)
    candidates = candidates_of([scored], [Reading(spans, 0.0)])
    calibration = replace(Calibration.load(), scales=scales())
    retriever = product(text).retriever
    choice = choose("Quelles sociétés ?", [scored], lambda kind: candidates, calibration, retriever)
    assert [part.quote for part in choice.parts] == ["Dust, Mirakl et Pigment", "Orange"]


@pytest.mark.parametrize(("verdict", "expected"), [(7.9, ["bon", "mauvais"]), (-8.0, ["bon"])])
def test_another_source_is_heard_unless_the_second_look_rejects_it(
    verdict: float, expected: list[str]
) -> None:
    """The reader was surer of the other than of what is said."""

    def candidate(text: str, margin: float, verdict: float) -> Candidate:
        source = Passage(f"{text}#0", text, "T", text, text, 0, len(text), language="fr")
        return Candidate(ScoredPassage(source, 1.0, 1), Span(0, len(text), margin), 0.0, verdict)

    calibration = replace(Calibration.load(), scales=scales(verified=Logistic(0.0, {"verdict": 1.0})))
    candidates = [candidate("bon", 3.0, 8.0), candidate("mauvais", 5.0, verdict)]
    choice = choose("Quel temps ?", [], lambda kind: candidates, calibration, product("bon").retriever)
    assert [part.quote for part in choice.parts] == expected


def test_a_summary_is_key_sentences_in_reading_order() -> None:
    answer = product(COUNCIL).ask("Résume le document", threshold=0.0)
    assert len(answer.parts) == 3
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)
    assert all(COUNCIL[c.start : c.end] == c.quote == c.sentence for c in answer.citations)


def test_a_summary_of_what_the_title_names_is_of_the_whole() -> None:
    pipeline = product(COUNCIL)  # its title is T0
    assert pipeline.ask("Résume T0").parts == pipeline.ask("Résume le document").parts != ()


def test_a_summary_of_what_is_not_there_is_refused() -> None:
    answer = product(COUNCIL).ask("Résume fusion zzz qqq xxx www", threshold=0.1)
    assert answer.text is None


def test_a_document_without_a_sentence_decides_nothing() -> None:
    assert product("0").ask("Is it so?", threshold=0.0).text is None


def test_a_span_does_not_run_from_a_heading_into_the_text() -> None:
    answer = product("Le patron\n\nest Anne Roy depuis longtemps").ask("Qui est le patron ?")
    assert answer.text == "est Anne Roy depuis longtemps"
