"""A small product of real pieces, and question files for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.collection import Collection
from index.documents import Document
from qa.confidence import Calibration, Models
from qa.pipeline import QAPipeline, Settings
from qa.retriever import HybridRetriever
from tests.eval.keyword_reader import KeywordReader
from tests.index.hash_encoder import HashEncoder
from tests.scales import scales

HARBOUR = Document(
    "harbour.md",
    "Le port",
    "Le capitaine est Yves Le Goff. Le phare mesure 42 mètres.\n\nLe bateau part à 8 h 30. Il revient le soir.",
    "harbour.md",
    "fr",
)


@pytest.fixture
def pipeline() -> QAPipeline:
    return product()


def product(reader: KeywordReader | None = None, documents: tuple[Document, ...] = (HARBOUR,)) -> QAPipeline:
    """A whole pipeline on some documents; a margin above 0 is worth an answer."""
    collection = Collection.in_memory(HashEncoder())
    for document in documents:
        collection.add(document)
    calibration = replace(
        Calibration.load(),
        models=Models.of(HashEncoder(), KeywordReader()),
        scales=scales(),
        threshold=0.5,
    )
    return QAPipeline(
        HybridRetriever(collection), reader or KeywordReader(), calibration, Settings(), collection
    )


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., Path]:
    """Writes objects, or lines as they are, to a file of questions."""

    def write(*lines: dict[str, Any] | str, name: str = "questions.jsonl") -> Path:
        file = tmp_path / name
        texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
        file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        return file

    return write
