"""Question sets: what is asked, and which spans of which documents answer it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.documents import Document
from index.errors import MotAMotError, QuestionError

DATA = Path(__file__).parent / "data"
ARTICLE_QUESTIONS = DATA / "article.jsonl"
_MOST_ERRORS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class GoldAnswer:
    """A span that answers: `document.text[start:end] == text`."""

    text: str
    doc_id: str
    start: int  # code points into Document.text

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with every span that counts as an answer."""

    id: str
    question: str
    language: str | None = None  # BCP 47, of the question
    type: str | None = None  # "who", "why", "list", "none-near" …
    split: str | None = None  # "dev" or "test"
    answers: tuple[GoldAnswer, ...] = ()  # empty = the sources hold no answer
    members: tuple[tuple[str, ...], ...] = ()  # a complete list holds one text of each group
    history: tuple[str, ...] = ()  # the questions asked before, oldest first
    context: str | None = None  # doc_id of the text it was asked of, where the file says so

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, and the documents that came with them (none: they are named elsewhere)."""

    name: str
    questions: tuple[Question, ...]
    documents: tuple[Document, ...] = ()
    skipped: tuple[str, ...] = ()  # what was left out on request, and why


def read_questions(file: Path) -> QuestionSet:
    """The questions of a JSONL file; a dialogue (an object with `turns`) is one question a turn.

    QuestionError lists every line that is wrong: nothing is left out silently.
    """
    questions: list[Question] = []
    errors: list[str] = []
    lines: dict[str, int] = {}
    for number, line in _lines(file):
        if not line.strip():
            continue
        try:
            found = list(_questions_of(json.loads(line), f"line {number}"))
        except json.JSONDecodeError as error:
            errors.append(f"{file}:{number}: not JSON: {error}")
            continue
        except _InvalidLineError as error:
            errors += [f"{file}:{number}: {message}" for message in error.messages]
            continue
        for question in found:
            if question.id in lines:
                errors.append(
                    f"{file}:{number}: the id {question.id!r} is taken by line {lines[question.id]}; "
                    "give each question its own"
                )
            lines[question.id] = number
        questions += found
    refuse(errors)
    if not questions:
        raise QuestionError(f"{file}: no question in it; write one JSON object a line")
    return QuestionSet(file.name, tuple(questions))


def gold_errors(questions: Sequence[Question], document: Callable[[str], Document]) -> list[str]:
    """What is wrong with the gold answers: a document that isn't there, a text that isn't at its offset."""
    errors: list[str] = []
    for question in questions:
        for gold in question.answers:
            try:
                text = document(gold.doc_id).text
            except MotAMotError as error:
                errors.append(f"{question.id}: {error}")
                continue
            if text[gold.start : gold.end] != gold.text:
                errors.append(
                    f"{question.id}: {gold.doc_id} has {text[gold.start : gold.end]!r} at {gold.start}, not "
                    f"{gold.text!r}; count code points in the file read without newline conversion"
                )
    return errors


def refuse(errors: Sequence[str], hint: str = "") -> None:
    """QuestionError with the errors, when there are any; `hint` says what may be behind them all."""
    if errors:
        more = len(errors) - _MOST_ERRORS_SHOWN
        shown = [
            *errors[:_MOST_ERRORS_SHOWN],
            *([f"… and {more:,} more"] if more > 0 else []),
            *([hint] if hint else []),
        ]
        raise QuestionError("\n".join([f"{len(errors):,} error(s), nothing was measured:", *shown]))


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        with file.open(encoding="utf-8", newline="\n") as stream:
            yield from enumerate(stream, start=1)
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{file}: can't be read as UTF-8 text ({error})") from error


class _InvalidLineError(Exception):
    def __init__(self, messages: list[str]) -> None:
        super().__init__(messages)
        self.messages = messages


def _questions_of(entry: Any, where: str) -> Iterator[Question]:
    if not isinstance(entry, dict):
        raise _InvalidLineError([f"a {type(entry).__name__}, not an object; write {{…}} on each line"])
    if "turns" not in entry:
        yield _question(entry, where)
        return
    turns = entry["turns"]
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, dict) for turn in turns):
        raise _InvalidLineError(["'turns' is not a list of questions"])
    asked: list[str] = []
    name = entry.get("id", where)
    for number, turn in enumerate(turns, start=1):
        shared = {"language": entry.get("language"), "split": entry.get("split")}
        whole = {**shared, **turn, "id": f"{name}/{number}", "history": list(asked)}
        yield _question(whole, where)
        asked.append(turn["question"])


def _question(entry: dict[str, Any], where: str) -> Question:
    errors = [
        f"{name!r} is {entry[name]!r}, not a text"
        for name in ("id", "language", "type", "split")
        if not isinstance(entry.get(name, ""), str | None)
    ]
    text = entry.get("question")
    if not isinstance(text, str) or not text.strip():
        errors.append(f"'question' is {text!r}, not a text")
    if not isinstance(entry.get("answers"), list):
        errors.append("'answers' is missing or not a list; write [] when the sources hold no answer")
    answers = [_gold(answer, errors) for answer in _list(entry, "answers", [])]
    members = _list(entry, "members", errors)
    if not all(isinstance(group, list) and all(isinstance(m, str) and m for m in group) for group in members):
        errors.append(f"'members' is {members!r}, not a list of lists of texts")
    history = _list(entry, "history", errors)
    if not all(isinstance(turn, str) for turn in history):
        errors.append(f"'history' is {history!r}, not a list of texts")
    if errors:
        raise _InvalidLineError(errors)
    return Question(
        id=entry.get("id") or where,
        question=str(text),
        language=entry.get("language"),
        type=entry.get("type"),
        split=entry.get("split"),
        answers=tuple(answer for answer in answers if answer is not None),
        members=tuple(tuple(group) for group in members),
        history=tuple(history),
    )


def _list(entry: dict[str, Any], name: str, errors: list[str]) -> list[Any]:
    value = entry.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        errors.append(f"{name!r} is {value!r}, not a list")
        return []
    return value


def _gold(answer: Any, errors: list[str]) -> GoldAnswer | None:
    match answer:
        case {"text": str(text), "doc_id": str(doc_id), "start": int(start)} if text and start >= 0:
            return GoldAnswer(text, doc_id, start)
        case _:
            errors.append(f"the answer {answer!r} lacks a 'text', 'doc_id' or 'start' (a number from 0)")
            return None
