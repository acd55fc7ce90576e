"""One desk answers whoever asks: right, in turn, and without ever falling over."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.atlas import Atlas, map_html
from chat.desk import Desk, Found, Scope, Word
from chat.suggestions import suggestions
from chat.texts import ENGLISH, FRENCH, LANGUAGES, Texts
from chat.welcome import welcome_html
from index import ARTICLE
from index.collection import Collection
from index.documents import Passage
from index.encoder import Vectors
from index.errors import UnreachableError
from index.loading import from_bytes, load
from index.searchable import Hit
from qa.answers import Refusal
from qa.pipeline import QAPipeline
from qa.reader import Reading, check_length
from qa.retriever import HybridRetriever
from tests.chat.conftest import FailingReader, HashEncoder, KeywordReader, desk_on


def test_the_page_gives_the_pipelines_own_answer(desk: Desk, pipeline: QAPipeline) -> None:
    reply = desk.reply("Which colour", ENGLISH)
    assert isinstance(reply, Found)
    assert reply.answer == pipeline.ask("Which colour")
    assert reply.answer.text == "blue"
    assert list(reply.documents) == ["port.md"]
    assert reply.passage_ids == {"port.md#0"}


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("", ENGLISH.empty_question),
        ("\x00 \n?!", ENGLISH.empty_question),
        ("😀", ENGLISH.empty_question),
        ("why " * 2_500, ENGLISH.long_question.format(limit="1,000")),
    ],
)
def test_what_can_not_be_asked_is_told(desk: Desk, question: str, told: str) -> None:
    assert desk.reply(question, ENGLISH) == Word(told, problem=True)


class CountingReader(KeywordReader):
    """Takes each letter of a question for a token, as a model does with scripts it has few words of."""

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        check_length(len(question))
        return super().read(question, passages)


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=list(LANGUAGES))
def test_a_question_of_too_many_tokens_is_told_in_tokens(pipeline: QAPipeline, texts: Texts) -> None:
    pipeline.reader = CountingReader()
    told = texts.long_question_tokens.format(limit=256)
    assert desk_on(pipeline).reply("colour " * 60, texts) == Word(told, problem=True)
    assert isinstance(desk_on(pipeline).reply("Which colour", texts), Found)


class AwayCollection(Collection):
    """One whose server went away after it was found to hold something."""

    def nearest(self, vector: Vectors, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        raise UnreachableError("http://10.0.0.7:19530: does not answer")


def test_a_library_that_is_away_is_told_as_such(
    pipeline: QAPipeline, caplog: pytest.LogCaptureFixture
) -> None:
    away = AwayCollection.in_memory(HashEncoder())
    away.add(from_bytes(b"The colour red.", "red.txt", "red.txt"))
    desk = desk_on(
        QAPipeline(HybridRetriever(away), pipeline.reader, pipeline.calibration, pipeline.settings, away)
    )
    assert desk.reply("Which colour", FRENCH) == Word(FRENCH.problem_unreachable, problem=True)
    assert "10.0.0.7" in caplog.text


def test_a_greeting_gets_a_word_in_the_interfaces_language(desk: Desk) -> None:
    assert desk.reply("Guten Tag", FRENCH) == Word(FRENCH.greeting)


def test_a_chosen_document_alone_is_searched(desk: Desk) -> None:
    desk.library.add(from_bytes(b"The colour red is elsewhere.", "red.txt", "red.txt"))
    reply = desk.reply("Which colour", ENGLISH, scope=Scope(documents=("red.txt",)))
    assert isinstance(reply, Found)
    assert reply.answer.text == "red"


def test_a_failure_is_told_and_logged(pipeline: QAPipeline, caplog: pytest.LogCaptureFixture) -> None:
    pipeline.reader = FailingReader(RuntimeError("boom"))
    assert desk_on(pipeline).reply("Which colour", ENGLISH) == Word(ENGLISH.failed, problem=True)
    assert "boom" in caplog.text


def test_a_library_that_can_not_be_read_is_told_as_such_and_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.library.close()
    assert desk.reply("Which colour", ENGLISH) == Word(ENGLISH.library_unreadable, problem=True)
    assert "closed database" in caplog.text


def test_many_at_once_get_what_one_gets(desk: Desk) -> None:
    questions = ["Which colour", "The boat is called", "zebra"] * 10
    alone = [desk.ask(question) for question in questions]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(desk.ask, questions)) == alone


def test_a_question_can_be_asked_when_nothing_is_indexed(desk: Desk) -> None:
    desk.library.remove("port.md")
    reply = desk.reply("Which colour", ENGLISH)
    assert isinstance(reply, Found)
    assert reply.answer.refusal is Refusal.NOTHING_INDEXED


# ── what is shown before ─────────────────────────────────────────────────────────────────────────


def test_headings_are_suggested(desk: Desk) -> None:
    desk.library.add(
        from_bytes(b"# Red\n\n## Boats\n\n## A long enough heading\n\nText.", "red.md", "red.md")
    )
    assert suggestions(desk.library, "en") == ["Port", "A long enough heading"]


def test_the_article_has_questions_of_its_own_in_both_languages(desk: Desk) -> None:
    article = Collection.in_memory(desk.library.encoder)
    article.add(load(ARTICLE))
    assert all(question.endswith("?") for question in suggestions(article, "fr") + suggestions(article, "en"))
    assert len(suggestions(article, "fr")) == 4


def test_the_welcome_shows_the_first_document_and_its_questions(desk: Desk) -> None:
    html = welcome_html(desk.library, ["A <b>?"], ENGLISH)
    assert 'data-ask="A &lt;b&gt;?"' in html
    assert "The boat is called Mouette." in html
    assert "“Port”" in html


def test_without_documents_the_welcome_says_so(desk: Desk) -> None:
    desk.library.remove("port.md")
    assert ENGLISH.welcome_none in welcome_html(desk.library, [], ENGLISH)


def test_the_map_has_a_dot_for_each_passage_and_lights_the_evidence(desk: Desk) -> None:
    for number in range(4):
        desk.library.add(from_bytes(f"Text {number} <i>.".encode(), f"{number}.txt", f"{number}.txt"))
    dots = Atlas().of(desk.library)
    assert len(dots) == desk.library.passage_count()
    assert all(0 <= dot.x <= 1 and 0 <= dot.y <= 1 for dot in dots)
    html = map_html(dots, [entry.doc_id for entry in desk.library.entries()], {"2.txt#0"}, ENGLISH)
    assert html.count("<circle") == len(dots)
    assert html.count('class="dot lit"') == 1
    assert "<i>" not in html


def test_a_map_is_drawn_again_only_when_documents_change(desk: Desk) -> None:
    atlas = Atlas()
    for number in range(3):
        desk.library.add(from_bytes(f"Text {number}.".encode(), f"{number}.txt", f"{number}.txt"))
    first = atlas.of(desk.library)
    assert atlas.of(desk.library) is first
    desk.library.remove("2.txt")
    assert len(atlas.of(desk.library)) == len(first) - 1


def test_three_passages_make_no_map_of_two(desk: Desk) -> None:
    assert ENGLISH.map_empty in map_html(
        Atlas().of(Collection.in_memory(desk.library.encoder)), [], set(), ENGLISH
    )
