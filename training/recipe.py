"""Reads a recipe: which files to train on, in what shares, and which are held out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from training.own_questions import read_own
from training.squad import Paragraph, read_paragraphs


@dataclass(frozen=True)
class Source:
    """One data set of the recipe, for training or held out."""

    name: str
    files: tuple[str, ...]  # patterns inside the data folder
    language: str = ""  # code, or a regular expression whose first group is looked for in the file's name
    question_language: str = ""  # the same, of the questions; empty where it is that of their passages
    without_titles: str = ""  # file of article titles to leave out
    only_titles: str = ""  # file of article titles to keep
    neighbours_of: str = "question"  # what BM25 is asked with: "question" or "passage"
    questions: str = ""  # a file beside this one, where only the texts are wanted: see own_questions.py
    parts: tuple[str, ...] = ("train",)  # of `questions`
    share: float = 0.0  # of the training examples

    def __post_init__(self) -> None:
        if self.neighbours_of not in ("question", "passage"):
            raise ValueError(f"{self.name}: neighbours_of is {self.neighbours_of!r}, not question or passage")


@dataclass(frozen=True)
class Recipe:
    sources: tuple[Source, ...]
    held_out: tuple[Source, ...]

    def __post_init__(self) -> None:
        total = sum(source.share for source in self.sources)
        if not self.sources or abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of the sources add up to {total:.3f}; they must add up to 1")


def read_recipe(path: Path) -> Recipe:
    """Raises ValueError for unknown keys, so that a typo doesn't silently change the recipe."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = set(table) - {"format", "source", "held_out"}
    if unknown or table.get("format") != 1:
        raise ValueError(
            f"{path}: format {table.get('format')}, unknown keys {sorted(unknown)}; format 1 expected"
        )
    return Recipe(_sources(table.get("source", [])), _sources(table.get("held_out", [])))


def _sources(entries: list[dict[str, Any]]) -> tuple[Source, ...]:
    known = {field.name for field in fields(Source)}
    for entry in entries:
        if unknown := set(entry) - known:
            raise ValueError(
                f"source {entry.get('name')}: unknown keys {sorted(unknown)}; known: {sorted(known)}"
            )
    return tuple(Source(**_frozen(entry)) for entry in entries)


def _frozen(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def read_source(source: Source, data: Path) -> Iterator[tuple[str, str, Paragraph]]:
    """Yields (language, language of the questions, paragraph).

    Raises FileNotFoundError when a pattern matches nothing, ValueError when a file's name has no language.
    """
    without, only = (_titles(data, name) for name in (source.without_titles, source.only_titles))
    for pattern in source.files:
        paths = sorted(data.glob(pattern))
        if not paths:
            raise FileNotFoundError(f"{source.name}: nothing in {data} matches {pattern}")
        for path in paths:
            if source.questions:
                asked = read_own(path, source.parts, Path(__file__).parent / source.questions)
                yield from ((source.language, spoken, paragraph) for spoken, paragraph in asked)
                continue
            language = _language(source.language, path)
            question_language = _language(source.question_language or source.language, path)
            for paragraph in read_paragraphs(path):
                if paragraph.article in without or (only and paragraph.article not in only):
                    continue
                yield language, question_language, paragraph


def _titles(data: Path, name: str) -> frozenset[str]:
    if not name:
        return frozenset()
    return frozenset((data / name).read_text(encoding="utf-8").split("\n")) - {""}


def _language(pattern: str, path: Path) -> str:
    if "(" not in pattern:
        return pattern
    found = re.search(pattern, path.name)
    if found is None:
        raise ValueError(f"no language in the name {path.name} (looked for {pattern})")
    return found[1]
