"""A collection of vectors that are given, under texts that nobody looks at, and one of texts without vectors."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from index import rows
from index.collection import Collection
from index.documents import Document, Passage
from index.encoder import Vectors


class NoEncoder:
    """One vector for all texts: a collection wants an encoder, and here nothing is asked of it.

    Tokens are words.
    """

    def __init__(self, dimension: int = 1) -> None:
        self.dimension = dimension
        self.fingerprint = {"model": "none", "dimension": str(dimension)}

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[match.span() for match in re.finditer(r"\S+", text)] for text in texts]

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return np.tile(self.encode_query(""), (len(texts), 1))

    def encode_query(self, text: str) -> Vectors:
        vector: Vectors = np.eye(1, self.dimension, dtype=np.float32)[0]
        return vector


def add_vectors(collection: Collection, vectors: Vectors, name: str) -> None:
    """One document whose passages have these vectors; their text is one word."""
    document = Document(name, name, "mot " * len(vectors), name, "fr")
    passages = [
        Passage(f"{name}#{n}", name, name, name, "mot", 4 * n, 4 * n + 3) for n in range(len(vectors))
    ]
    with collection.store.writing() as cursor:
        rows.insert(cursor, document, passages, vectors, checksum=rows.text_checksum(document.text))
