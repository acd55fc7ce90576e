"""The committed question sets are what their README says, and every gold answer stands where it says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from eval.metrics import holds
from eval.questions import ARTICLE_QUESTIONS, DATA, Question, gold_errors, read_questions
from index import ARTICLE, load

FILES = ("article.jsonl", "first-thirty.jsonl", "dialogues.jsonl")


@pytest.fixture(scope="module")
def article() -> tuple[Question, ...]:
    return read_questions(ARTICLE_QUESTIONS).questions


@pytest.mark.parametrize("name", FILES)
def test_every_gold_answer_stands_verbatim_at_its_offset(name: str) -> None:
    documents = {"openai-france.md": load(ARTICLE)}
    questions = read_questions(DATA / name).questions
    assert sum(len(question.answers) for question in questions) > 0
    assert gold_errors(questions, documents.__getitem__) == []


def test_counts(article: tuple[Question, ...]) -> None:
    thirty = read_questions(DATA / "first-thirty.jsonl").questions
    turns = read_questions(DATA / "dialogues.jsonl").questions
    assert (len(article), sum(q.answerable for q in article)) == (210, 153)
    assert (len(thirty), sum(not q.answerable for q in thirty)) == (30, 10)
    assert Counter(q.language for q in thirty) == dict.fromkeys(("fr", "en", "es", "de", "ar"), 6)
    assert (len(turns), len({q.id.rpartition("/")[0] for q in turns})) == (120, 52)


def test_cells_of_the_split_are_those_of_the_readme(article: tuple[Question, ...]) -> None:
    readme = Path(DATA / "README.md").read_text(encoding="utf-8")
    table = [
        [cell.strip().strip("*") for cell in line.strip("|").split("|")]
        for line in readme[readme.index("| type |") :].splitlines()
        if line.startswith("|") and not line.startswith("|---")
    ]
    languages = table[0][1:-1]
    counts = Counter((q.type, q.language, q.split) for q in article)
    for kind, *cells in table[1:]:
        kinds = {
            "all": {q.type for q in article},
            "with an answer": {q.type for q in article if q.answerable},
        }.get(kind, {kind})
        for language, cell in zip([*languages, None], cells, strict=True):
            wanted = [0, 0] if cell == "–" else [int(number) for number in cell.split(" / ")]
            found = [
                sum(
                    count
                    for (k, spoken, side), count in counts.items()
                    if k in kinds and side == split and language in (None, spoken)
                )
                for split in ("dev", "test")
            ]
            assert found == wanted, (kind, language)
    assert len(table) == 16


def test_no_question_is_asked_twice(article: tuple[Question, ...]) -> None:
    assert len({q.question for q in article}) == len(article)


def test_every_list_names_members_that_the_article_holds(article: tuple[Question, ...]) -> None:
    text = load(ARTICLE).text
    lists = [q for q in article if q.type == "list"]
    assert len(lists) == 14
    for question in lists:
        assert question.members, question.id
        for group in question.members:
            assert all(holds(text, member, "fr") for member in group), question.id
