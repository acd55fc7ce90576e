"""Our full-text index with our analyser, as the pipeline asks it; the vectors are left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.contenders.protocol import Task, find_all
from benchmarks.filling import NoEncoder
from index.collection import Collection
from index.documents import Document
from qa.retriever import HybridRetriever


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
