"""What is told to visitors of where a document comes from: its name or its URL, not where it lies on the server."""

from __future__ import annotations

from typing import Any

from qa.answers import Answer


def public_source(source: str) -> str:
    """The source without the folders it lies in.

    >>> public_source("/home/anne/notes.jsonl#a/b"), public_source("https://example.org/a")
    ('notes.jsonl#a/b', 'https://example.org/a')
    """
    if "://" in source:
        return source
    path, mark, part = source.partition("#")
    return path.replace("\\", "/").rpartition("/")[2] + mark + part


def public_json(answer: Answer) -> dict[str, Any]:
    """`Answer.to_json` for visitors."""
    values = answer.to_json()
    for place in (*values["citations"], *values["nearest"]):
        place["source"] = public_source(place["source"])
    return values
