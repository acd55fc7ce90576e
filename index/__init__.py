"""Text → passages → vectors: documents are loaded, split, encoded and kept in a collection."""

from pathlib import Path

from index.collection import Added, Collection, Entry
from index.documents import Document, Passage, ScoredPassage
from index.errors import CollectionError, DocumentError, ModelError, MotAMotError, QuestionError
from index.loading import Limits, load

ARTICLE = Path(__file__).parent / "articles" / "openai-france.md"

__all__ = [
    "ARTICLE",
    "Added",
    "Collection",
    "CollectionError",
    "Document",
    "DocumentError",
    "Entry",
    "Limits",
    "ModelError",
    "MotAMotError",
    "Passage",
    "QuestionError",
    "ScoredPassage",
    "load",
]
