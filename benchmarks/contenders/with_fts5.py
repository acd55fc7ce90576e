"""Our full-text index with our analyser, as the pipeline asks it; the vectors are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.contenders.protocol import Task, find_all
from index.collection import Collection
from index.documents import Document
from index.encoder import Vectors
from qa.retriever import HybridRetriever


class NoEncoder:
    """One vector for all texts: a collection wants vectors, and here nobody looks at them.

    Tokens are words, since the texts are passages already.
    """

    dimension = 1
    fingerprint: dict[str, str] = {"model": "none"}  # noqa: RUF012 (the protocol's)

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[match.span() for match in re.finditer(r"\S+", text)] for text in texts]

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return np.ones((len(texts), 1), np.float32)

    def encode_query(self, text: str) -> Vectors:
        return np.ones(1, np.float32)


def built(task: Task) -> Callable[[str], Sequence[int]]:
    """A collection in memory of the documents, each text one of them."""
    collection = Collection.in_memory(NoEncoder())
    for number, text in enumerate(task["texts"]):
        collection.add(Document(str(number), "", text, str(number), task["language"]))
    retriever = HybridRetriever(collection, dense=0.0)
    collection.passage_count()

    def search(question: str) -> Sequence[int]:
        hits = collection.matching(retriever.question_terms(question), task["depth"])
        passages = collection.passages([hit.key for hit in hits])
        return [int(passages[hit.key].doc_id) for hit in hits]

    return search


if __name__ == "__main__":
    find_all(built)
