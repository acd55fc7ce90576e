"""Our questions on others' texts: places become words again, and what was written without an answer stays so."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from eval.squad import read_squad
from training.examples import NO_SPAN
from training.own_questions import NEWS, PARTS, as_squad, read_own
from training.prepare import prepare
from training.recipe import Recipe, Source
from training.sampling import Sampler, Sampling
from training.squad import Answer

HEADING = "The town of Nancy lies in France."
ARTICLE = "Its market was founded in 1500 by a duke. It rains often there."
TEXT = "Its market was founded in 1500 by a duke."


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl.xz"
    rows = [
        {"id": "7", "title": "Nancy", "heading": f" {HEADING}\n", "article": ARTICLE},
        {"id": "8", "title": "Reims", "heading": "Reims", "article": "It rains."},
    ]
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    start = len(HEADING) + 1
    entry = {
        "article": "7",
        "start": start,
        "end": start + len(TEXT),
        "crc32": crc32(TEXT.encode()),
        "part": "train",
        "language": "en",
        "questions": [
            {"kind": "when", "question": "When was the market founded?", "answer": [26, 30]},
            {"kind": "role-none", "question": "Who is the mayor of the town?", "answer": None},
        ],
    }
    path.write_text(json.dumps(entry) + "\n", encoding="utf-8")
    return path


def test_a_place_is_turned_into_the_words_that_stand_there(articles, questions):
    [(language, paragraph)] = read_own(articles, ("train",), questions)
    assert language == "en"
    assert paragraph.text == TEXT
    assert [[answer.text for answer in question.answers] for question in paragraph.questions] == [
        ["1500"],
        [],
    ]
    assert list(read_own(articles, ("fit",), questions)) == []


def test_another_article_of_the_same_number_is_refused(articles, questions):
    changed = questions.read_text(encoding="utf-8").replace('"article": "7"', '"article": "8"')
    questions.write_text(changed, encoding="utf-8")
    with pytest.raises(ValueError, match="article 8 isn't the one"):
        list(read_own(articles, ("train",), questions))


def test_as_squad_it_can_be_read_by_the_eval(articles, questions, tmp_path):
    path = tmp_path / "news.json"
    path.write_text(json.dumps(as_squad([p for _, p in read_own(articles, ("train",), questions)])))
    found = read_squad(path, "fr")
    assert [document.text for document in found.documents] == [TEXT]
    assert [[gold.text for gold in question.answers] for question in found.questions] == [["1500"], []]


def test_a_question_written_without_an_answer_is_never_given_one(articles, questions, tokenizer, tmp_path):
    source = Source("ours", (articles.name,), language="fr", questions=str(questions), share=1.0)
    prepared, card = prepare(Recipe((source,), ()), tmp_path, tokenizer, seed=0)
    assert card["by source"] == {"ours": {"kept": 2}}
    assert card["questions written without an answer"] == 1
    [none] = np.flatnonzero((prepared.span == NO_SPAN).all(axis=1))
    sampler = Sampler(prepared, Sampling(batch=2, near_miss=0.3, cut_sentence=0.3, other_passage=0.3))
    rng = np.random.default_rng(0)
    assert {
        (example.start, example.end) for example in (sampler.example(int(none), rng) for _ in range(50))
    } == {(0, 0)}


def test_what_is_kept_apart_is_held_out_by_content(articles, questions, tokenizer, tmp_path):
    """The same news may stand under two numbers: what one of them is tested with, the other must not teach."""
    train = json.loads(questions.read_text(encoding="utf-8"))
    questions.write_text(
        "".join(json.dumps({**train, "part": part}) + "\n" for part in ("train", "fit")), encoding="utf-8"
    )
    ours = Source("ours", (articles.name,), language="fr", questions=str(questions), share=1.0)
    apart = Source("apart", (articles.name,), language="fr", questions=str(questions), parts=("fit", "test"))
    _, card = prepare(Recipe((ours,), (apart,)), tmp_path, tokenizer, seed=0)
    assert card["by source"] == {"ours": {"contexts held out": 1, "questions of held-out contexts": 2}}


def test_contexts_of_a_file_in_squads_format_are_known_by_title_and_place(questions, tmp_path):
    contexts = [HEADING, TEXT]
    file = tmp_path / "contexts.json"
    paragraphs = [{"context": context, "qas": []} for context in contexts]
    file.write_text(json.dumps({"data": [{"title": "Nancy", "paragraphs": paragraphs}]}), encoding="utf-8")
    entry = json.loads(questions.read_text(encoding="utf-8"))
    of_second = {**entry, "article": "Nancy#1", "start": 0, "end": len(TEXT)}
    questions.write_text(json.dumps(of_second) + "\n", encoding="utf-8")
    [(_, paragraph)] = read_own(file, ("train",), questions)
    assert (paragraph.article, paragraph.text) == ("questions-Nancy#1", TEXT)
    assert paragraph.questions[0].answers == (Answer(26, "1500"),)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("news.jsonl", set(PARTS)),
        ("pairs.jsonl", {"train", "fit"}),
        ("paraphrases.jsonl", {"train", "fit"}),
        ("explanations.jsonl", {"train", "fit"}),
        ("piaf.jsonl", {"train"}),
    ],
    ids=["news", "pairs", "paraphrases", "explanations", "piaf"],
)
def test_every_question_of_ours_has_a_place_inside_its_passage(name, parts):
    with (NEWS.parent / name).open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    assert {entry["part"] for entry in entries} == parts
    places = {(entry["article"], entry["start"]) for entry in entries}
    assert len(places) == len(entries)
    asked_of = {part: {e["article"] for e in entries if e["part"] == part} for part in PARTS}
    assert not asked_of["train"] & (asked_of["fit"] | asked_of["test"])
    assert not asked_of["fit"] & asked_of["test"]
    for entry in entries:
        for question in entry["questions"]:
            assert question["question"] == question["question"].strip() != ""
            assert (question["answer"] is None) == question["kind"].endswith("-none")
            if question["answer"]:
                start, end = question["answer"]
                assert 0 <= start < end <= entry["end"] - entry["start"]
