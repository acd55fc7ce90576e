"""Text → passages → vectors: documents are loaded, split, encoded and kept in a collection."""

from pathlib import Path

from index.collection import Added, Collection, Entry
from index.documents import Document, Passage, ScoredPassage
from index.errors import (
    CollectionBusyError,
    CollectionError,
    DocumentError,
    ModelError,
    MotAMotError,
    Problem,
    QuestionError,
)
from index.loading import Fields, Limits, all_from_bytes, from_bytes, load, load_all

ARTICLE = Path(__file__).parent / "articles" / "openai-france.md"

__all__ = [
    "ARTICLE",
    "Added",
    "Collection",
    "CollectionBusyError",
    "CollectionError",
    "Document",
    "DocumentError",
    "Entry",
    "Fields",
    "Limits",
    "ModelError",
    "MotAMotError",
    "Passage",
    "Problem",
    "QuestionError",
    "ScoredPassage",
    "all_from_bytes",
    "from_bytes",
    "load",
    "load_all",
]
