"""Reads question-answering files in SQuAD's JSON format, plain or gzipped."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and where it stands: `paragraph.text[start : start + len(text)] == text`."""

    start: int  # characters
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Question:
    """A question; without answers when the paragraph doesn't answer it."""

    key: str
    text: str
    answers: tuple[Answer, ...]
    ambiguous: bool  # the answer occurs more than once and the file doesn't know which is meant


@dataclass(frozen=True, slots=True)
class Paragraph:
    article: str
    text: str
    questions: tuple[Question, ...]


def read_paragraphs(path: Path) -> Iterator[Paragraph]:
    """Yields the paragraphs of a file; TyDiQA's and ARCD's departures from the format are taken in stride.

    Raises ValueError when the file is not in SQuAD's format.
    """
    raw = path.read_bytes()
    articles = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw).get("data")
    if not isinstance(articles, list):
        raise ValueError(f"{path}: no list under 'data'; SQuAD's format was expected")
    for article in articles:
        for paragraph in article.get("paragraphs", [article]):
            text = paragraph["context"]
            questions = tuple(_question(entry, text) for entry in paragraph["qas"])
            yield Paragraph(article.get("title", ""), text, questions)


def _question(entry: dict[str, object], context: str) -> Question:
    raw = entry.get("answers") or []
    if not isinstance(raw, list):
        raise ValueError(f"question {entry.get('id')}: answers are {type(raw).__name__}, not a list")
    found = (_trimmed(int(answer["answer_start"]), answer["text"], context) for answer in raw)
    return Question(
        key=str(entry["id"]),
        text=str(entry["question"]).strip(),
        answers=tuple(answer for answer in found if answer is not None),
        ambiguous=bool(entry.get("start_ambiguous", False)),
    )


def _trimmed(start: int, text: str, context: str) -> Answer | None:
    """The answer without the space around it, or None when it isn't where the file says."""
    if context[start : start + len(text)] != text or not text.strip():
        return None
    return Answer(start + len(text) - len(text.lstrip()), text.strip())
