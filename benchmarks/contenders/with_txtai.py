"""txtai's extractive question answering: an embeddings database and its RAG pipeline over a `Questions` model."""

from __future__ import annotations

from collections.abc import Callable

from txtai import RAG, Embeddings

from benchmarks.contenders.protocol import Task, answer_all


def opened(task: Task) -> Callable[[str], str | None]:
    embeddings = Embeddings(
        path=task["encoder"],
        instructions={"query": "query: ", "data": "passage: "},
        content=True,
        hybrid=task["hybrid"],
        gpu=False,
    )
    embeddings.index([(number, passage["text"], None) for number, passage in enumerate(task["passages"])])
    rag = RAG(
        embeddings, task["reader"], context=task["read"], task="question-answering", output="flatten", gpu=False
    )  # fmt: skip

    def answer(question: str) -> str | None:
        text: str | None = rag(question)
        return text

    return answer


if __name__ == "__main__":
    answer_all(opened)
