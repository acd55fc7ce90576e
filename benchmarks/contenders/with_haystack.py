"""Haystack's extractive question answering: in-memory store, embeddings (and BM25), TransformersExtractiveReader."""

from __future__ import annotations

from collections.abc import Callable

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.readers.transformers import TransformersExtractiveReader

from benchmarks.contenders.protocol import Task, answer_all


def opened(task: Task) -> Callable[[str], str | None]:
    pipeline = Pipeline()
    store = filled(task)
    pipeline.add_component(
        "embedder",
        SentenceTransformersTextEmbedder(model=task["encoder"], prefix="query: ", progress_bar=False),
    )
    pipeline.add_component("nearest", InMemoryEmbeddingRetriever(store, top_k=task["read"]))
    pipeline.add_component("reader", TransformersExtractiveReader(task["reader"], no_answer=False))
    pipeline.connect("embedder.embedding", "nearest.query_embedding")
    if task["hybrid"]:
        pipeline.add_component("matching", InMemoryBM25Retriever(store, top_k=task["read"]))
        pipeline.add_component(
            "joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=task["read"])
        )
        pipeline.connect("nearest", "joiner")
        pipeline.connect("matching", "joiner")
        pipeline.connect("joiner", "reader.documents")
    else:
        pipeline.connect("nearest", "reader.documents")
    pipeline.warm_up()

    def answer(question: str) -> str | None:
        inputs = {"embedder": {"text": question}, "reader": {"query": question}}
        if task["hybrid"]:
            inputs["matching"] = {"query": question}
        answers = pipeline.run(inputs)["reader"]["answers"]
        return answers[0].data if answers else None

    return answer


def filled(task: Task) -> InMemoryDocumentStore:
    """A store of the passages, encoded with the headings above them as ours are."""
    embedder = SentenceTransformersDocumentEmbedder(
        model=task["encoder"], prefix="passage: ", meta_fields_to_embed=["context"], progress_bar=False
    )
    embedder.warm_up()
    documents = [Document(content=p["text"], meta={"context": p["context"]}) for p in task["passages"]]
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    store.write_documents(embedder.run(documents)["documents"])
    return store


if __name__ == "__main__":
    answer_all(opened)
