"""Our pipeline on the documents of a task, the refusal off."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.contenders.protocol import Task, answer_all
from qa import QAPipeline, Settings


def opened(task: Task) -> Callable[[str], str | None]:
    settings = Settings(read=task["read"], threshold=0.0)
    pipeline = QAPipeline.open(documents=task["documents"], settings=settings)
    return lambda question: pipeline.ask(question).text


if __name__ == "__main__":
    answer_all(opened)
