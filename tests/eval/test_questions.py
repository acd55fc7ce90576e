"""Question files are read whole, or every error in them is named with its line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.beir import read_beir
from eval.questions import GoldAnswer, gold_errors, read_questions
from eval.squad import Selection, crossed, is_squad, read_squad, with_unanswerable
from index.documents import Document
from index.errors import QuestionError

GOOD = {"id": "q1", "question": "Qui ?", "answers": [{"text": "Yves", "doc_id": "a.md", "start": 16}]}


def test_a_question_keeps_all_it_says(jsonl: Callable[..., Path]) -> None:
    line = {
        **GOOD,
        "language": "fr",
        "type": "list",
        "split": "dev",
        "members": [["Yves", "Y."]],
        "history": ["Où ?"],
    }
    [question] = read_questions(jsonl(line)).questions
    assert (question.id, question.question, question.language, question.type, question.split) == (
        "q1", "Qui ?", "fr", "list", "dev",
    )  # fmt: skip
    assert question.answers == (GoldAnswer("Yves", "a.md", 16),)
    assert question.members == (("Yves", "Y."),)
    assert question.history == ("Où ?",)


def test_a_dialogue_is_a_question_a_turn_with_those_before(jsonl: Callable[..., Path]) -> None:
    turn = {"question": "Qui ?", "answers": []}
    dialogue = {"id": "d", "language": "fr", "turns": [turn, {**turn, "question": "Et là ?"}, turn]}
    questions = read_questions(jsonl(dialogue)).questions
    assert [(q.id, q.history, q.language) for q in questions] == [
        ("d/1", (), "fr"),
        ("d/2", ("Qui ?",), "fr"),
        ("d/3", ("Qui ?", "Et là ?"), "fr"),
    ]


def test_a_line_separator_inside_a_text_does_not_end_the_line(jsonl: Callable[..., Path]) -> None:
    [question] = read_questions(jsonl({**GOOD, "question": "Qui\u2028est là ?"})).questions
    assert question.question == "Qui\u2028est là ?"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[]", "a list, not an object"),
        ({**GOOD, "question": " "}, "'question' is ' '"),
        ({"id": "x", "question": "Qui ?"}, "'answers' is missing"),
        ({**GOOD, "answers": [{"text": "", "doc_id": "a", "start": 0}]}, "lacks a 'text'"),
        ({**GOOD, "answers": [{"text": "a", "doc_id": "a", "start": -1}]}, "lacks a 'text'"),
        ({**GOOD, "members": ["Yves"]}, "'members'"),
        ({**GOOD, "history": "Où ?"}, "'history'"),
        ({**GOOD, "language": 3}, "'language'"),
        ({"id": "d", "turns": []}, "'turns'"),
        ({"id": "d", "turns": ["Qui ?"]}, "'turns'"),
        ({**GOOD, "id": "first"}, "taken by line 1"),
    ],
)
def test_a_wrong_line_is_named(jsonl: Callable[..., Path], line: dict[str, Any] | str, told: str) -> None:
    file = jsonl({**GOOD, "id": "first"}, line)
    with pytest.raises(QuestionError) as caught:
        read_questions(file)
    assert f"{file}:2: " in str(caught.value)
    assert told in str(caught.value)


def test_all_wrong_lines_are_named_at_once(jsonl: Callable[..., Path]) -> None:
    with pytest.raises(QuestionError) as caught:
        read_questions(jsonl("{", GOOD, "}"))
    assert "2 error(s)" in str(caught.value)
    assert ":1: " in str(caught.value)
    assert ":3: " in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", None])
def test_a_file_without_questions_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "q.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(QuestionError, match=r"q\.jsonl"):
        read_questions(file)


def test_a_gold_answer_elsewhere_is_told(jsonl: Callable[..., Path]) -> None:
    text = "Le capitaine est Yves."
    documents = {"a.md": Document("a.md", "A", text, "a.md")}
    questions = read_questions(jsonl(GOOD)).questions
    [told] = gold_errors(questions, documents.__getitem__)
    assert "' Yve' at 16, not 'Yves'" in told


# ── SQuAD's format ───────────────────────────────────────────────────────────────────────────────


def squad(file: Path, *articles: dict[str, Any]) -> Path:
    text = json.dumps({"version": "x", "data": articles})
    if file.suffix == ".gz":
        file.write_bytes(gzip.compress(text.encode()))
    else:
        file.write_text(text, encoding="utf-8")
    return file


def paragraph(context: str, *qas: dict[str, Any]) -> dict[str, Any]:
    return {"context": context, "qas": list(qas)}


def qa(name: str, question: str, *answers: tuple[str, int]) -> dict[str, Any]:
    return {"id": name, "question": question, "answers": [{"text": t, "answer_start": s} for t, s in answers]}


PORT = paragraph("Le phare mesure 42 mètres.", qa("1", "Haut ?", (" 42 mètres", 15)), qa("2", "Vieux ?"))
QUAY = paragraph("Le quai est long.", qa("3", "Comment ?", ("long", 12)))


@pytest.mark.parametrize("name", ["s.json", "s.json.gz"])
def test_squad_questions_with_and_without_answers(tmp_path: Path, name: str) -> None:
    file = squad(tmp_path / name, {"title": "Le_port", "paragraphs": [PORT, QUAY]})
    assert is_squad(file)
    found = read_squad(file, "fr", prefix="s/")
    assert [(q.id, q.context, q.answers) for q in found.questions] == [
        ("s/1", "s/0-0", (GoldAnswer("42 mètres", "s/0-0", 16),)),
        ("s/2", "s/0-0", ()),
        ("s/3", "s/0-1", (GoldAnswer("long", "s/0-1", 12),)),
    ]
    assert [(d.doc_id, d.title, d.text, d.language) for d in found.documents] == [
        ("s/0-0", "Le port", PORT["context"], "fr"),
        ("s/0-1", "Le port", QUAY["context"], "fr"),
    ]


def test_an_article_may_be_its_own_paragraph_and_contexts_are_kept_once(tmp_path: Path) -> None:
    found = read_squad(squad(tmp_path / "s.json", {"title": "A", **PORT}, {"title": "B", **PORT}), "fr")
    assert [q.context for q in found.questions] == ["0-0"] * 4
    assert [q.id for q in found.questions] == ["1", "2", "1~2", "2~2"]


def test_chosen_titles_ask_less_but_keep_all_contexts(tmp_path: Path) -> None:
    file = squad(
        tmp_path / "s.json", {"title": "A", "paragraphs": [PORT]}, {"title": "B", "paragraphs": [QUAY]}
    )
    found = read_squad(file, "fr", Selection(frozenset({"B"})))
    assert [q.id for q in found.questions] == ["3"]
    assert [d.title for d in found.documents] == ["A", "B"]
    assert [q.id for q in read_squad(file, "fr", Selection(without=frozenset({"B"}))).questions] == ["1", "2"]
    with pytest.raises(QuestionError, match="no article has the title 'C'"):
        read_squad(file, "fr", Selection(frozenset({"C"})))


@pytest.mark.parametrize(
    ("part", "positions"),
    [
        ("first-third", [0, 1]),
        ("last-two-thirds", [2, 3, 4, 5, 6]),
        ("first-half", [0, 1, 2]),
        ("second-half", [3, 4, 5, 6]),
        (None, list(range(7))),
    ],
)
def test_parts_are_by_position_and_make_the_whole(part: str | None, positions: list[int]) -> None:
    assert [i for i in range(7) if Selection(part=part).takes("", i, 7)] == positions


def test_a_wrong_answer_stops_or_is_left_out_aloud(tmp_path: Path) -> None:
    bad = paragraph("Le quai.", qa("1", "Quoi ?", ("phare", 3)), qa("2", "Quoi ?", ("quai", 3)))
    file = squad(tmp_path / "s.json", {"title": "A", "paragraphs": [bad]})
    with pytest.raises(
        QuestionError, match=r"data\[0\]\.paragraphs\[0\]\.qas\[0\]: the context has 'quai\.'"
    ):
        read_squad(file, "fr")
    found = read_squad(file, "fr", skip_errors=True)
    assert [q.id for q in found.questions] == ["2"]
    assert len(found.skipped) == 1


def test_crossed_files_ask_in_one_language_and_answer_in_the_other(tmp_path: Path) -> None:
    other = paragraph("The lighthouse is 42 m.", qa("1", "How high?", ("42 m", 18)), qa("2", "How old?"))
    french = read_squad(squad(tmp_path / "fr.json", {"title": "A", "paragraphs": [PORT]}), "fr", prefix="fr/")
    english = read_squad(squad(tmp_path / "en.json", {"title": "A", "paragraphs": [other]}), "en")
    found = crossed(english, french)
    assert [(q.question, q.language, [g.text for g in q.answers]) for q in found.questions] == [
        ("How high?", "en→fr", ["42 mètres"]),
        ("How old?", "en→fr", []),
    ]
    assert found.documents == french.documents
    quay = read_squad(squad(tmp_path / "q.json", {"title": "A", "paragraphs": [QUAY]}), "fr")
    with pytest.raises(QuestionError, match="not parallel"):
        crossed(english, quay)


def test_unanswerable_questions_are_put_to_the_translation_of_their_context(tmp_path: Path) -> None:
    other = paragraph("The lighthouse is 42 m.", qa("1", "How high?", ("42 m", 18)))
    own = {**PORT, "qas": [qa("1", "Quelle hauteur ?", ("42 mètres", PORT["context"].index("42 mètres")))]}
    french = read_squad(squad(tmp_path / "fr.json", {"title": "A", "paragraphs": [own]}), "fr", prefix="fr/")
    english = read_squad(squad(tmp_path / "en.json", {"title": "A", "paragraphs": [other]}), "en")
    elsewhere = paragraph("The quay is long.", qa("3", "How deep?"))
    spaced = paragraph(" The lighthouse  is 42 m.", qa("1", "How high?", ("42 m", 20)), qa("2", "How wide?"))
    source = read_squad(squad(tmp_path / "two.json", {"title": "A", "paragraphs": [spaced, elsewhere]}), "en")
    found = with_unanswerable(crossed(english, french), english, source)
    assert [(q.question, q.language, q.context, len(q.answers)) for q in found.questions] == [
        ("How high?", "en→fr", french.documents[0].doc_id, 1),
        ("How wide?", "en→fr", french.documents[0].doc_id, 0),
    ]
    assert found.documents == french.documents
    with pytest.raises(QuestionError, match="no unanswerable question of a context"):
        with_unanswerable(french, french, source)
    with pytest.raises(QuestionError, match="no unanswerable question of a context"):
        with_unanswerable(source, source, source)  # it has them already


@pytest.mark.parametrize("text", ["", "{", '{"data": 3}', '{"version": "x", "data": [3]}'])
def test_what_is_not_squad_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "s.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(QuestionError, match=r"s\.json"):
        read_squad(file)


def test_jsonl_is_not_taken_for_squad(jsonl: Callable[..., Path]) -> None:
    assert not is_squad(jsonl(GOOD))


# ── what is refused before anything is opened ────────────────────────────────────────────────────


def test_follow_ups_are_not_searched_unresolved(
    jsonl: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    turns = [
        {"question": text, "answers": []} for text in ("Qui est Yves ?", "Où habite-t-il ?", "Et Anne ?")
    ]
    file = jsonl({"id": "d", "turns": turns})
    assert main([str(file), "--no-reading"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("2 of 3 questions follow others")
    assert "leave out --no-reading" in error


# ── BEIR folders ─────────────────────────────────────────────────────────────────────────────────


def beir(folder: Path, qrels: str) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        '{"_id": "d1", "title": "Phare", "text": "Le phare est haut."}\n{"_id": "d2", "title": "", "text": "Le quai."}\n',
        encoding="utf-8",
    )
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "phare"}\n', encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_a_beir_folder_is_read(tmp_path: Path) -> None:
    found = read_beir(
        beir(tmp_path / "b", "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"), language="fr"
    )
    assert [(d.doc_id, d.title, d.text) for d in found.documents] == [
        ("d1", "Phare", "Le phare est haut."),
        ("d2", "d2", "Le quai."),
    ]
    assert [(q.id, q.text, q.gains) for q in found.queries] == [("q1", "phare", {"d1": 2, "d2": 0})]


def test_wrong_judgements_are_named_by_line(tmp_path: Path) -> None:
    folder = beir(tmp_path / "b", "query-id\tcorpus-id\tscore\nq9\td1\t1\nq1\td9\t1\nq1 d1 1\n")
    with pytest.raises(QuestionError) as caught:
        read_beir(folder)
    assert [f"test.tsv:{number}:" in str(caught.value) for number in (1, 2, 3, 4)] == [
        False,
        True,
        True,
        True,
    ]
