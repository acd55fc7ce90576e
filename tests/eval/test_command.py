"""The commands on the real models, as people type them."""

from __future__ import annotations

import json
import re
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
    assert "hit@10" in shown
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


def beir(folder: Path, queries: int = 1) -> Path:
    """Two documents, and queries that the first one answers."""
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        '{"_id": "d1", "title": "Phare", "text": "Le phare est haut."}\n{"_id": "d2", "text": "Le quai est long."}\n',
        encoding="utf-8",
    )
    names = [f"q{number}" for number in range(queries)]
    lines = [json.dumps({"_id": name, "text": "lighthouse"}) for name in names]
    (folder / "queries.jsonl").write_text("\n".join(lines), encoding="utf-8")
    judged = "".join(f"{name}\td1\t1\n" for name in names)
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", encoding="utf-8")
    return folder


def test_a_beir_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(beir(tmp_path / "b"))]) == 0
    shown = capsys.readouterr().out
    assert "judged documents" in shown
    assert "R@10" in shown


def test_the_sample_of_a_beir_folder_is_random_and_always_the_same(tmp_path: Path) -> None:
    folder = beir(tmp_path / "b", queries=20)
    for name in ("first", "second"):
        assert main([str(folder), "--limit", "4", "--out", str(tmp_path / name)]) == 0
    first, second = (
        [result.id for result in read_run(tmp_path / name).results] for name in ("first", "second")
    )
    assert first == second == sorted(first, key=lambda name: int(name[1:]))
    assert len(set(first)) == 4
    assert first != ["q0", "q1", "q2", "q3"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--split", "test"], "leave out --split"),
        (["--open", "--skip-errors"], "leave out --open and --skip-errors"),
        (["--documents", "a.md"], "leave out --documents"),
        (["--collection", "folder"], "leave out --collection"),
        (["--part", "first-half"], "leave out --part"),
        (["--language", "fr", "en"], "2 languages for a folder"),
    ],
)
def test_what_means_nothing_for_a_beir_folder_is_refused(
    tmp_path: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(beir(tmp_path / "b")), *options]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--no-reading"], "nothing to measure: with --no-reading add --open"),
        (["--documents", "a.md"], "leave out --documents"),
    ],
)
def test_what_means_nothing_for_a_squad_file_is_refused(
    tmp_path: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(squad(tmp_path)), *options]) == 2
    assert told in capsys.readouterr().err


def test_squads_options_are_for_squads_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--open", "--language", "fr"]) == 2
    assert "article.jsonl: not in SQuAD's format; leave out --open and --language" in capsys.readouterr().err


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
    "arguments",
    [["--limit", "0"], ["--threshold", "2"], ["--threshold", "abc"], ["--read", "x"], ["--unknown"]],
)
def test_what_is_no_option_is_2_too(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    shown = capsys.readouterr().err
    assert "usage" in shown
    assert not re.search(r"invalid \w+ value", shown)
