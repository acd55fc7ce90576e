"""The whole way with small real pieces: what must always hold, and each way it can end."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.collection import Collection
from index.documents import Document, PageMark
from index.errors import DocumentError, QuestionError, UnknownDocumentError
from qa import HybridRetriever, QAPipeline, Refusal, Turn
from qa.__main__ import described
from tests.eval.keyword_reader import KeywordReader
from tests.index.hash_encoder import HashEncoder
from tests.qa.small_product import HARBOUR, TAVERN, product


def test_an_answer_with_its_place() -> None:
    answer = product(HARBOUR).ask("Qui est le capitaine ?")
    assert answer.text == "est Yves Le Goff"
    assert answer.refusal is None
    [citation] = answer.citations
    assert HARBOUR[citation.start : citation.end] == "est Yves Le Goff"
    assert citation.sentence == "Le capitaine est Yves Le Goff."
    assert answer.calibrated


def test_the_page_is_that_of_the_quote_not_of_its_passage() -> None:
    pipeline = product()
    second = HARBOUR.index("Le phare")
    pages = (PageMark(0, "1"), PageMark(second, "2"))
    pipeline.collection.add(Document("p.pdf", "P", HARBOUR, "p.pdf", "fr", pages=pages))
    [first] = pipeline.ask("Qui est le capitaine ?").citations
    [late] = pipeline.ask("Que mesure le phare ?").citations
    assert first.start < second <= late.start
    assert (first.page, late.page) == ("1", "2")
    assert (first.passage.page, late.passage.page) == ("1", "1")
    assert "page 2, characters" in described(pipeline.ask("Que mesure le phare ?"))


def test_half_a_character_in_a_question_can_be_told_of() -> None:
    answer = product(HARBOUR).ask("Qui est \ud83d le capitaine ?")
    assert json.dumps(answer.to_json(), ensure_ascii=False).encode()
    assert answer.question == "Qui est ? le capitaine ?"
    assert not answer.was_reworded


def test_the_three_refusals() -> None:
    assert product().ask("Qui est là ?").refusal is Refusal.NOTHING_INDEXED
    far = product(HARBOUR).ask("zzz qqq xxx")
    assert far.refusal is Refusal.NOTHING_RELEVANT
    near = product(HARBOUR).ask("Le phare capitaine ?", threshold=1.0)
    assert near.refusal is Refusal.NO_ANSWER
    assert near.text is None
    assert near.nearest[0].passage.text == HARBOUR


def test_a_threshold_of_zero_can_be_asked_for() -> None:
    pipeline = product(HARBOUR, threshold=1.0)
    assert pipeline.ask("Qui est le capitaine ?").text is None
    assert pipeline.ask("Qui est le capitaine ?", threshold=0.0).text == "est Yves Le Goff"


def test_sources_that_disagree_are_both_shown() -> None:
    answer = product(HARBOUR, TAVERN).ask("Qui est le capitaine ?")
    assert {part.quote for part in answer.parts} == {"est Yves Le Goff", "est Luc Bec"}


def test_the_same_words_in_two_documents_are_one_part() -> None:
    answer = product(HARBOUR, HARBOUR + " Fin.").ask("Qui est le capitaine ?")
    assert [part.quote for part in answer.parts] == ["est Yves Le Goff"]
    assert [citation.passage.doc_id for citation in answer.citations] == ["0.txt", "1.txt"]


def test_only_the_documents_that_are_named_are_asked() -> None:
    pipeline = product(HARBOUR, TAVERN)
    assert pipeline.ask("Qui est le capitaine ?", documents=["1.txt"]).text == "est Luc Bec"


def test_a_follow_up_is_shown_as_it_was_understood() -> None:
    pipeline = product(HARBOUR, TAVERN)
    first = pipeline.ask("Qui connaît Anne ?")
    answer = pipeline.ask("Et Luc ?", [Turn.of(first)])
    assert answer.question == "Et Luc ?"
    assert answer.understood_as == "Qui connaît Luc ?"


def test_models_that_the_confidence_was_not_fitted_for_are_told() -> None:
    pipeline = product(HARBOUR)
    assert pipeline.ask("Qui est le capitaine ?").calibrated
    other = QAPipeline(pipeline.retriever, KeywordReader(checksum="other"), pipeline.calibration)
    assert not other.ask("Qui est le capitaine ?").calibrated
    elsewhere = HybridRetriever(Collection.in_memory(HashEncoder(salt="other")))
    assert not QAPipeline(elsewhere, pipeline.reader, pipeline.calibration).ask("Qui ?").calibrated


def test_a_document_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownDocumentError, match=r"harbor\.txt"):
        product(HARBOUR).ask("Qui est le capitaine ?", documents=["0.txt", "harbor.txt"])


def test_a_follow_up_that_a_long_turn_would_make_too_long_is_asked_as_typed() -> None:
    long = "Que dit le capitaine " + "du phare " * 110 + "?"
    answer = product(HARBOUR).ask("Pourquoi ?", history=[Turn(long, long, None)])
    assert answer.understood_as == "Pourquoi ?"


@pytest.mark.parametrize("question", ["", " \n", "?"])
def test_an_empty_question_is_an_error_of_ours(question: str) -> None:
    with pytest.raises(QuestionError):
        product(HARBOUR).ask(question)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=200), st.text(min_size=1, max_size=40))
def test_whatever_is_asked_quotes_are_slices_and_silence_has_a_reason(text: str, question: str) -> None:
    pipeline = product()
    assert pipeline.collection is not None
    document = Document("d.txt", "d", text, "d.txt")
    try:
        pipeline.collection.add(document)
        answer = pipeline.ask(question, threshold=0.0)
    except (QuestionError, DocumentError):
        return
    assert (answer.text is None) == (not answer.parts) == (answer.refusal is not None)
    for citation in answer.citations:
        assert citation.quote == text[citation.start : citation.end]
        assert citation.quote in citation.sentence


def test_collection_and_documents_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not both"):
        QAPipeline.open(
            collection=tmp_path, documents=[tmp_path], encoder=HashEncoder(), reader=KeywordReader()
        )


def test_a_missing_document_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"absent\.md"):
        QAPipeline.open(documents=[tmp_path / "absent.md"], encoder=HashEncoder(), reader=KeywordReader())
