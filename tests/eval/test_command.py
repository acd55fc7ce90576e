"""The commands on the real models, as people type them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.artefact import read_run
from index import ARTICLE, load

pytestmark = pytest.mark.models


def test_the_article_in_part_with_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--limit", "4", "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    assert "article.jsonl: 4 questions, collection mode" in shown
    assert max(len(line) for line in shown.splitlines() if not line.startswith("written")) <= 110
    run = read_run(tmp_path / "out")
    assert [result.outcome.cited for result in run.results if result.outcome and result.outcome.text] != []
    assert all(result.outcome.cited is not False for result in run.results if result.outcome)
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("retriever", ["dense", "lexical", "hybrid"])
def test_retrieval_alone(retriever: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--limit", "4", "--no-reading", "--retriever", retriever]) == 0
    shown = capsys.readouterr().out
    assert "Retrieval" in shown
    assert "Reading" not in shown


def squad(folder: Path) -> Path:
    context = "Le phare de Bréhat mesure 42 mètres. Il est gardé par Yves Le Goff depuis 1998."
    answers = [{"text": "42 mètres", "answer_start": context.index("42")}]
    qas = [{"id": "1", "question": "Quelle est la hauteur du phare de Bréhat ?", "answers": answers}]
    file = folder / "s.json"
    file.write_text(
        json.dumps({"data": [{"title": "T", "paragraphs": [{"context": context, "qas": qas}]}]}),
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize("options", [[], ["--open"]])
def test_squad_with_the_context_given_or_to_be_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert main([str(squad(tmp_path)), "--language", "fr", "--out", str(tmp_path / "out"), *options]) == 0
    [result] = read_run(tmp_path / "out").results
    assert result.outcome is not None
    assert result.outcome.f1 == 1.0
    assert ("Retrieval" in capsys.readouterr().out) is bool(options)


def test_ones_own_questions_of_ones_own_files(
    tmp_path: Path, jsonl: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "phare.md"
    document.write_text("# Phare\n\nLe phare de Bréhat mesure 42 mètres.\n", encoding="utf-8", newline="")
    start = load(document).text.index("42")
    line = {
        "question": "Combien mesure le phare ?",
        "answers": [{"text": "42 mètres", "doc_id": "phare.md", "start": start}],
    }
    assert main([str(jsonl(line)), "--documents", str(document)]) == 0
    assert "1 questions" in capsys.readouterr().out
    wrong = {**line, "answers": [{"text": "43 mètres", "doc_id": "phare.md", "start": start}]}
    assert main([str(jsonl(wrong)), "--documents", str(document)]) == 2
    assert "nothing was measured" in capsys.readouterr().err
    assert main([str(jsonl(line)), "--documents", str(ARTICLE)]) == 2
    assert "phare.md" in capsys.readouterr().err
    assert main([str(jsonl(line))]) == 2
    assert "--documents" in capsys.readouterr().err
    named = jsonl({**line, "id": "a"}, name="a.jsonl")
    assert main([str(named), str(named), "--documents", str(document)]) == 2
    assert "a: the id of 2 questions" in capsys.readouterr().err
    assert main([str(jsonl({**line, "question": "?"})), "--documents", str(document)]) == 2
    assert "no question in it" in capsys.readouterr().err


def test_a_beir_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "b"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        '{"_id": "d1", "title": "Phare", "text": "Le phare est haut."}\n{"_id": "d2", "text": "Le quai est long."}\n',
        encoding="utf-8",
    )
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "lighthouse"}\n', encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n", encoding="utf-8")
    assert main([str(folder)]) == 0
    assert "judged documents" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere.jsonl"],
        ["--reader", "nowhere", "--limit", "1"],
        ["--documents", "nowhere.md"],
        ["--collection", "nowhere"],
        ["--check-baseline", "nowhere.jsonl"],
        [".", "."],
    ],
)
def test_bad_input_is_2_and_a_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.strip()
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "arguments", [["--limit", "0"], ["--threshold", "2"], ["--read", "x"], ["--unknown"]]
)
def test_what_is_no_option_is_2_too(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err
