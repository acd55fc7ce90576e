"""The public texts and questions that are measured on; they are not part of the project."""

from __future__ import annotations

import argparse
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import BenchmarkError
from eval.squad import Selection, read_squad
from index.documents import Document
from index.languages import language_of

PIAF = "piaf-v1.1.json.gz"
PIAF_TITLES = "piaf-test-titles.txt"
NEWS = "orangesum-news.jsonl.xz"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the document that it was asked of."""

    question: str
    doc_id: str


def add_data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="FOLDER", type=Path, required=True,
        help="the folder of the public data, see benchmarks/README.md",
    )  # fmt: skip


def piaf(folder: Path) -> tuple[list[Document], list[Asked]]:
    """All contexts of PIAF, and the questions of its held-out articles."""
    titles = _existing(folder / PIAF_TITLES).read_text(encoding="utf-8").split("\n")
    selection = Selection(titles=frozenset(title for title in titles if title))
    found = read_squad(_existing(folder / PIAF), "fr", selection)
    return list(found.documents), [Asked(q.question, q.context) for q in found.questions if q.context]


def news(folder: Path) -> Iterator[Document]:
    """French news articles, one after the other."""
    with lzma.open(_existing(folder / NEWS), "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            entry = json.loads(line)
            text = entry["article"]
            if text.strip():
                yield Document(f"news-{number}", entry["title"], text, f"{NEWS}#{number}", language_of(text))


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise BenchmarkError(f"{file}: no such file; name the folder that holds it with --data")
    return file
