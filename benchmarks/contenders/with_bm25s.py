"""bm25s with its own tokenizer (as it comes, or with French stop words and PyStemmer), or on terms made elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import bm25s  # type: ignore[import-untyped]
import Stemmer

from benchmarks.contenders.protocol import Task, find_all


def built(task: Task) -> Callable[[str | list[str]], Sequence[int]]:
    french = {"stopwords": "fr", "stemmer": Stemmer.Stemmer("french")} if task["french"] else {}
    ready = not isinstance(task["texts"][0], str)

    def tokens(texts: list[Any]) -> Any:
        return texts if ready else bm25s.tokenize(texts, show_progress=False, **french)

    index = bm25s.BM25()
    index.index(tokens(task["texts"]), show_progress=False)

    def search(query: str | list[str]) -> Sequence[int]:
        best: Sequence[int] = index.retrieve(tokens([query]), k=task["depth"], show_progress=False)[0][
            0
        ].tolist()
        return best

    return search


if __name__ == "__main__":
    find_all(built)
