"""rank-bm25's BM25Okapi, on words between spaces as its README has it, or on terms made elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from rank_bm25 import BM25Okapi

from benchmarks.contenders.protocol import Task, find_all


def built(task: Task) -> Callable[[str | list[str]], Sequence[int]]:
    index = BM25Okapi([_words(text) for text in task["texts"]])

    def search(query: str | list[str]) -> Sequence[int]:
        best: Sequence[int] = np.argsort(-index.get_scores(_words(query)))[: task["depth"]].tolist()
        return best

    return search


def _words(text: str | list[str]) -> list[str]:
    return text.split(" ") if isinstance(text, str) else text


if __name__ == "__main__":
    find_all(built)
