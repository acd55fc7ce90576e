"""Preparing: what is kept, what is dropped, and where answers stand."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.normalizers import Replace
from tokenizers.pre_tokenizers import Whitespace

from tests.training.conftest import squad_article, write_squad
from training.examples import Prepared, Ragged
from training.leakage import HeldOut
from training.prepare import Asked, Collected, Passage, collect, prepare, reword
from training.recipe import Recipe, Source, read_recipe
from training.rewording import OtherWords, as_keywords, names_and_numbers, swapped
from training.spans import sentence_around, token_span
from training.squad import Answer, Paragraph, Question, read_paragraphs


def test_held_out_contexts_and_questions_are_dropped(folder, tokenizer):
    prepared, card = prepare(folder.recipe, folder.path, tokenizer, seed=0)
    assert card["by source"] == {
        "towns": {
            "kept": 8,
            "contexts held out": 1,
            "questions of held-out contexts": 1,
            "questions held out": 1,
        }
    }
    assert len(prepared.questions) == 8
    lighthouse = tokenizer.token_to_id("lighthouse")
    assert lighthouse is not None
    assert lighthouse not in prepared.passages.values


def test_without_held_out_files_nothing_is_dropped(folder, tokenizer):
    _, card = prepare(Recipe(folder.recipe.sources, ()), folder.path, tokenizer, seed=0)
    assert card["by source"] == {"towns": {"kept": 10}}


def test_a_question_whose_answer_has_no_token_is_not_counted_as_kept(tmp_path, tokenizer):
    entries = [("It rains ★ often.", "Which sign?", "★"), ("It rains often.", "What does it do?", "rains")]
    write_squad(tmp_path / "signs.json", [squad_article("Signs", entries)])
    blind = Tokenizer.from_str(tokenizer.to_str())
    blind.normalizer = Replace("★", "")
    recipe = Recipe((Source("signs", ("signs.json",), language="en", share=1.0),), ())
    prepared, card = prepare(recipe, tmp_path, blind, seed=0)
    assert card["by source"] == {"signs": {"kept": 1, "answers without a token": 1}}
    assert card["questions"] == 1
    assert prepared.span.tolist() == [[1, 1]]


def test_a_held_out_context_is_known_by_a_part_of_it_in_other_dress():
    text = "The Quick-Brown fox jumps over the lazy dog, while seventeen sheep look on from the far hill."
    held = HeldOut.of([Paragraph("t", text, (Question("1", "Who jumps?", (), False),))])
    assert held.has_context("Intro. " + text[4:].upper().replace(",", " –"))
    assert not held.has_context(
        "Another text altogether, about a cat that sleeps on a warm roof in the afternoon sun."
    )
    assert held.has_question("WHO JUMPS")
    assert not held.has_question("Who sleeps?")


@given(
    st.lists(st.sampled_from(["un", "pont", "de", "pierre", ",", "1804", "été"]), min_size=1, max_size=30),
    st.data(),
)
def test_a_span_holds_its_answer_and_no_token_too_many(pieces, data):
    text = " ".join(pieces)
    offsets = np.array([place for _, place in Whitespace().pre_tokenize_str(text)], np.int32).reshape(-1, 2)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    span = token_span(offsets, start, end)
    if not text[start:end].strip():
        assert span is None
        return
    first, last = span
    assert offsets[first, 0] <= start + len(text[start:end]) - len(text[start:end].lstrip())
    assert offsets[last, 1] >= start + len(text[start:end].rstrip())
    assert offsets[first, 1] > start
    assert offsets[last, 0] < end


def test_spans_of_the_prepared_data_spell_the_answers(folder, tokenizer, prepared):
    answers = [
        question.answers[0].text
        for paragraph in read_paragraphs(folder.path / "train.json")
        for question in paragraph.questions
    ]
    for i in range(len(prepared.questions)):
        first, last = prepared.span[i]
        ids = prepared.passages[int(prepared.passage[i])][first : last + 1]
        assert " ".join(tokenizer.id_to_token(int(token)) for token in ids) == answers[i]


def test_neighbours_lack_the_answer(prepared):
    for i in range(len(prepared.questions)):
        first, last = prepared.span[i]
        answer = prepared.passages[int(prepared.passage[i])][first : last + 1]
        near = prepared.neighbours[i]
        assert len(near) == 8
        assert int(prepared.passage[i]) not in near
        assert not any(answer[0] in prepared.passages[int(j)] for j in near)


@pytest.mark.parametrize(
    ("text", "answer", "sentence"),
    [
        ("Il pleut. Il neige. Il vente.", "neige", "Il neige. "),
        ("東京は首都です。大阪は都市です。", "大阪", "大阪は都市です。"),
        ("Pas de point", "point", "Pas de point"),
        ("M. Dupont dort. Fin.", "Fin", "Fin."),
    ],
)
def test_the_sentence_of_an_answer(text, answer, sentence):
    start = text.index(answer)
    assert text[slice(*sentence_around(text, start, start + len(answer)))] == sentence


def test_a_near_miss_takes_a_name_that_the_passage_lacks():
    question = swapped(
        "When did the market of Arras open?",
        "Arras has a market.",
        ["Arras", "Brest"],
        "xx",
        random.Random(0),
    )
    assert question == "When did the market of Brest open?"
    assert swapped("when did it open?", "It opened.", ["Brest"], "xx", random.Random(0)) == ""


@pytest.mark.parametrize(
    ("language", "question", "passage", "near_miss"),
    [
        ("en", "who won the final?", "Brazil won the final.", "who lost the final?"),
        ("en", "who won the final?", "Brazil won the final and Italy lost it.", ""),
        ("en", "who won the final?", "Lost by Italy, the final was won by Brazil.", ""),
        ("en", "what did it increase?", "It increased the tax and decreased the debt.", ""),
        ("fr", "que trouve-t-on au nord ?", "Un lac au nord, un bois au sud-est.", ""),
        ("en", "who won the final?", "Brazil won the final at Kolostra.", "who lost the final?"),
    ],
)
def test_a_near_miss_takes_an_opposite_that_the_passage_lacks(language, question, passage, near_miss):
    assert swapped(question, passage, [], language, random.Random(0)) == near_miss


@pytest.mark.parametrize(
    ("language", "question"),
    [("fr", "où est le lac ?"), ("es", "¿quién ganó este torneo?"), ("de", "wann zog er nach Berlin?")],
)
def test_a_word_that_is_mostly_no_opposite_is_left_alone(language, question):
    assert swapped(question, "", [], language, random.Random(0)) == ""


def test_the_other_word_of_such_a_pair_is_exchanged():
    assert (
        swapped("was geschah vor dem Krieg?", "", [], "de", random.Random(0)) == "was geschah nach dem Krieg?"
    )


ROLES = OtherWords.of(
    [
        "Who is now the captain of Arras?",
        "Who is now the captain of Brest?",
        "Who is now the owner of Lens?",
        "Who was then the Queen of Lille?",
    ],
    frozenset({"name"}),
)


def test_a_near_miss_takes_a_word_that_stands_between_the_same_two():
    asked = "Who is today the goalkeeper of Lens?"
    assert {ROLES.exchanged(asked, "Lens has a goalkeeper.", random.Random(i)) for i in range(20)} == {
        "Who is today the captain of Lens?",
        "Who is today the owner of Lens?",
    }


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("Who is today the owner of Lens?", "Its captaincy is vacant."),  # the passage may say who
        (
            "What is the name of Lens?",
            "Lens is a town.",
        ),  # a common word says what kind of thing is asked for
        ("Who is today the Mayor of Lens?", "Lens has a mayor."),  # a name, or as good as one
        ("Which goalkeeper of Lens?", "Lens has a goalkeeper."),  # among the first three
        ("Who is today the goalkeeper at Lens?", "Lens has a goalkeeper."),  # nothing else stands there
    ],
)
def test_a_word_is_left_alone_where_another_could_be_answered(question, passage):
    assert ROLES.exchanged(question, passage, random.Random(0)) == ""


def near_misses(passage_language: str, question_language: str, texts: list[str]) -> set[str]:
    """The near misses of questions about a passage that has none of their words, but for the empty ones."""
    passages = [Passage("s", passage_language, "a", "Un texto.")]
    questions = [Asked(0, question_language, text, (Answer(3, "texto"),)) for text in texts]
    found = (reword(Collected(passages, questions, {}), random.Random(seed))[2] for seed in range(10))
    return {text for row in found for text in row if text}


def test_words_are_exchanged_only_where_question_and_passage_share_a_language():
    # sixty words come before the two exchangeable ones, which would be "common" otherwise
    padding = [f"w{i} w{i}" for i in range(60)] * 2
    roles = [*padding, "say who is the captain of it", "say who is the goalkeeper of it"]
    assert near_misses("en", "en", roles) == {roles[-1], roles[-2]}
    assert near_misses("es", "en", roles) == set()


def test_opposites_are_exchanged_only_where_question_and_passage_share_a_language():
    assert near_misses("en", "en", ["who won it?"]) == {"who lost it?"}
    assert near_misses("es", "en", ["who won it?"]) == set()
    # read as Spanish, the language of the passage, "norte" had an opposite
    assert near_misses("es", "de", ["wer baute norte?"]) == set()


def test_a_file_name_says_the_language_of_its_questions_too(tmp_path):
    content = (
        '{"data": [{"title": "t", "paragraphs": [{"context": "ab cd", "qas": [{"id": 1, "question": "q", "answers":'
        ' [{"text": "cd", "answer_start": 3}]}]}]}]}'
    )
    for name in ("dev-context-de-question-en.json", "dev-context-de-question-de.json"):
        (tmp_path / name).write_text(content, encoding="utf-8")
    path = tmp_path / "recipe.toml"
    path.write_text(
        'format = 1\n[[source]]\nname = "m"\nfiles = ["dev-*.json"]\nshare = 1.0\n'
        'language = "context-(..)-"\nquestion_language = "question-(..)\\\\."\n',
        encoding="utf-8",
    )
    both = collect(read_recipe(path), tmp_path)
    assert [passage.language for passage in both.passages] == ["de"]
    assert [question.language for question in both.questions] == ["de", "en"]


def test_questions_are_in_the_language_of_their_passages_unless_a_recipe_says_otherwise(folder):
    assert {question.language for question in collect(folder.recipe, folder.path).questions} == {"en"}


def test_names_are_known_by_capitals_alone():
    assert names_and_numbers("في باريس 1914 كان") == ["1914"]
    assert names_and_numbers("Quand Łódź et Émile Zola ? 12,5") == ["Łódź", "Émile Zola", "12,5"]


def test_keywords_leave_the_common_words_out():
    assert (
        as_keywords("Quand le pont d’Arcole fut-il bâti ?", frozenset({"quand", "le"}))
        == "pont d’arcole fut-il bâti"
    )


def test_prepared_data_is_the_same_after_saving(prepared, tmp_path):
    path = tmp_path / "prepared.npz"
    prepared.save(path)
    again = Prepared.load(path)
    assert again.sources == ("towns",)
    assert again.shares == (1.0,)
    for name in ("span", "sentence", "passage", "source"):
        assert np.array_equal(getattr(again, name), getattr(prepared, name))
    assert np.array_equal(again.passages.values, prepared.passages.values)
    assert [row.tolist() for row in map(again.swapped.__getitem__, range(8))] == [
        prepared.swapped[i].tolist() for i in range(8)
    ]


def test_ragged_rows_come_back():
    ragged = Ragged.of([[1, 2], [], [3]])
    assert [ragged[i].tolist() for i in range(len(ragged))] == [[1, 2], [], [3]]


def test_answers_not_where_stated_are_left_out(tmp_path):
    path = tmp_path / "odd.json"
    path.write_text(
        '{"data": [{"title": "t", "paragraphs": [{"context": "ab cd", "qas": [{"id": 1, "question": "q", "answers":'
        ' [{"text": "zz", "answer_start": 0}, {"text": " cd", "answer_start": 2}]}]}]}]}',
        encoding="utf-8",
    )
    (paragraph,) = read_paragraphs(path)
    assert paragraph.questions[0].answers == (Answer(3, "cd"),)


def test_an_unknown_key_in_a_recipe_is_refused(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text('format = 1\n[[source]]\nname = "a"\nfiles = ["a"]\nshares = 1.0\n', encoding="utf-8")
    with pytest.raises(ValueError, match="shares"):
        read_recipe(path)


def test_the_recipe_beside_the_code_can_be_read():
    recipe = read_recipe(Path(__file__).parents[2] / "training" / "recipe.toml")
    held_out = {source.name: source for source in recipe.held_out}
    public, ours = (
        {"piaf-fit-and-test", "squad2-dev", "xquad"},
        {"news-fit-and-test", "pairs-fit", "paraphrases-fit", "explanations-fit"},
    )
    assert set(held_out) == public | ours
    assert held_out["news-fit-and-test"].parts == ("fit", "test")
    assert {held_out[name].parts for name in ours - {"news-fit-and-test"}} == {("fit",)}
    assert sum(source.share for source in recipe.sources) == pytest.approx(1)


def test_shares_must_add_up():
    with pytest.raises(ValueError, match=r"0\.500"):
        Recipe((Source("a", ("a",), share=0.5),), ())
