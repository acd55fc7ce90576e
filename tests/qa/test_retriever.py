"""A question's terms, in the languages of the documents."""

from index.collection import Collection
from index.documents import Document
from qa import HybridRetriever
from tests.index.hash_encoder import HashEncoder


def retriever(**texts: str) -> HybridRetriever:
    """Of one document a language."""
    collection = Collection.in_memory(HashEncoder())
    for language, text in texts.items():
        collection.add(Document(language, language, text, language, language))
    return HybridRetriever(collection)


def test_what_another_languages_stemmer_makes_of_a_word_is_no_slip() -> None:
    """English leaves "nationaux" as it is, and "les" is no function word there: no passage holds either."""
    french = "Les parcs nationaux sont ouverts. Le nationalisme recule."
    alone = retriever(fr=french).question_terms("Les parcs nationaux")
    both = retriever(fr=french, en="The harbour is closed at night.").question_terms("Les parcs nationaux")
    assert both == alone == ["parc", "national"]


def test_a_slip_is_taken_for_the_word_it_may_be() -> None:
    terms = retriever(fr="La directrice du port.", en="The harbour is closed.").question_terms
    assert terms("directrise du port") == terms("directrice du port")


def test_a_question_finds_words_of_either_language() -> None:
    """Too short to tell its language, it is asked in the stems of both."""
    found = retriever(fr="Le navire entre au port.", en="The vessels are leaving.")
    assert [scored.passage.doc_id for scored in found.retrieve("vessels", 1)] == ["en"]
    assert [scored.passage.doc_id for scored in found.retrieve("navires", 1)] == ["fr"]


def test_an_empty_collection_has_no_terms() -> None:
    assert HybridRetriever(Collection.in_memory(HashEncoder())).question_terms("Qui ?") == []
