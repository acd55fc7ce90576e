"""The real models on the bundled article: what the README promises, offline."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa
from index import ARTICLE
from qa import Answer, QAPipeline, Refusal

pytestmark = pytest.mark.models
ROOT = Path(__file__).parents[2]
TEXT = ARTICLE.read_bytes().decode("utf-8")


@pytest.fixture(scope="module")
def pipeline() -> QAPipeline:
    return QAPipeline.open()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Any socket that leaves loopback fails the test."""
    tried: list[object] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in {"127.0.0.1", "::1"}:  # type: ignore[index]
            tried.append(address)
            raise OSError(f"a connection to {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield tried
    assert tried == []


@pytest.mark.parametrize(
    ("question", "decides"),
    [
        ("Est-ce que Sanofi utilise OpenAI ?", "Le groupe pharmaceutique Sanofi s'en sert"),
        ("Is OpenAI opening an office in France?", "OpenAI ouvre à Paris son premier bureau en France."),
        ("Does OpenAI have more than 1,000 employees?", "OpenAI compte aujourd'hui plus de 1 700 employés"),
        ("Julie Lavet a-t-elle travaillé pour le gouvernement ?", "elle a travaillé au sein du gouvernement"),
        ("Est-ce que Renault utilise OpenAI ?", None),
        ("OpenAI ouvre-t-elle un bureau à Lyon ?", None),
        ("OpenAI est-elle cotée en bourse ?", None),
        ("Sarah Friar est-elle mariée ?", None),
    ],
)
def test_a_yes_no_question_gets_a_sentence_that_decides_or_none(
    pipeline: QAPipeline, question: str, decides: str | None
) -> None:
    text = pipeline.ask(question).text
    assert text is None if decides is None else (text is not None and decides in text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Qui est la directrice financière d'OpenAI ?", "Sarah Friar"),
        ("Combien de chercheurs et d'ingénieurs compte OpenAI ?", "650"),
        ("Quand se tient le sommet sur l'IA organisé par l'Élysée ?", "février 2025"),
        ("¿En qué ciudad ha abierto OpenAI su oficina francesa?", "Paris"),
        ("Avec quelles start-up OpenAI veut-elle se rapprocher ?", "Dust, Mirakl et Pigment"),
        ("Que dit Stanislas Polu ?", "Le modèle, c'est un peu le CPU"),
    ],
)
def test_questions_and_their_words(pipeline: QAPipeline, question: str, text: str) -> None:
    answer = pipeline.ask(question)
    assert answer.text is not None
    assert text in answer.text
    for citation in answer.citations:
        assert TEXT[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(
    "question", ["Quel est le prix du bitcoin ?", "Who won the 1998 World Cup?", "كيف أطبخ الأرز؟"]
)
def test_what_the_article_does_not_say(pipeline: QAPipeline, question: str) -> None:
    answer = pipeline.ask(question)
    assert answer.text is None
    assert answer.refusal in (Refusal.NOTHING_RELEVANT, Refusal.NO_ANSWER)


def test_the_same_question_has_the_same_answer_whatever_else_is_asked(pipeline: QAPipeline) -> None:
    question = "Qui est Julie Lavet ?"
    first = pipeline.ask(question)
    for other in ("Combien d'employés compte Orange ?", "Where is the office?"):
        pipeline.ask(other)
    assert pipeline.ask(question) == first


def test_python_and_shell_say_the_same(pipeline: QAPipeline) -> None:
    question = "Qui est la directrice financière d'OpenAI ?"
    told = shell("--json", question)
    assert json.loads(told.stdout) == json.loads(json.dumps(pipeline.ask(question).to_json()))


def test_a_file_of_questions_over_files_of_documents(tmp_path: Path) -> None:
    text = "\ufeffLe capitaine est Yves Le Goff.\r\n\r\nLe phare mesure 42 me\u0300tres.\x00 🙂\r\n"
    (tmp_path / "port.txt").write_bytes(text.encode("utf-8"))
    questions = tmp_path / "questions.jsonl"
    lines = [
        {"question": "Qui est le capitaine ?"},
        {"question": ""},
        {"question": "Combien mesure le phare ?"},
    ]
    questions.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    told = shell("--documents", str(tmp_path / "port.txt"), "--questions", str(questions), "--json")
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert told.returncode == 2
    assert answers[0]["text"] == "Yves Le Goff"
    assert "no question in it" in answers[1]["error"]
    citation = answers[2]["citations"][0]
    assert text.removeprefix("\ufeff")[citation["start"] : citation["end"]] == citation["quote"]
    assert "42" in citation["quote"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--documents", "absent.md", "Qui ?"], "absent.md"),
        (["--reader", "nobody/nothing", "Qui ?"], "nobody/nothing"),
        (["--encoder", "nobody/nothing", "Qui ?"], "nobody/nothing"),
        (["a" * 10_000], "10,000 characters"),
        ([], "--questions"),
    ],
)
def test_bad_input_is_told_without_a_traceback(arguments: list[str], told: str) -> None:
    done = shell(*arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def shell(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_public_names() -> None:
    assert sorted(qa.__all__) == [
        "Answer", "Calibration", "Citation", "CollectionError", "DocumentError", "ExtractiveReader", "HybridRetriever",
        "ModelError", "MotAMotError", "Part", "QAPipeline", "QuestionError", "Reader", "Refusal", "Retriever",
        "Settings", "Span", "Turn", "open_models",
    ]  # fmt: skip
    assert (ROOT / "qa" / "py.typed").exists()


def test_the_snippet_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    snippet = readme.split("```python\n", 1)[1].split("```", 1)[0]
    names: dict[str, object] = {}
    exec(compile(snippet, "README.md", "exec"), names)
    assert isinstance(names["answer"], Answer)
    assert "Sarah Friar" in capsys.readouterr().out


@pytest.mark.parametrize(
    "question",
    [
        "Résume la recette de la tarte aux pommes",
        "Résume le rôle de Sam Altman",
        "Summarise the life of Napoleon",
        "Fasse die Fußball-WM zusammen",
    ],
)
def test_what_is_not_in_the_article_is_not_summed_up(pipeline: QAPipeline, question: str) -> None:
    assert pipeline.ask(question).text is None


def test_a_summary_in_three_points_is_of_the_whole(pipeline: QAPipeline) -> None:
    whole = pipeline.ask("Peux-tu résumer l'article ?").text
    assert whole is not None
    assert pipeline.ask("Peux-tu résumer l'article en trois points ?").text == whole


def test_nobody_is_given_the_words_of_another(pipeline: QAPipeline) -> None:
    for question in (
        "Que pense Emmanuel Macron de la France ?",
        "What does Julie Lavet say about Clara Chappaz?",
    ):
        assert pipeline.ask(question).text is None
