"""The progress bar of long work, on stderr. The only import of tqdm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm  # type: ignore[import-untyped]

Item = TypeVar("Item")


def progress(items: Sequence[Item], doing: str) -> Iterator[Item]:
    """The items, with a bar when there are enough of them to wait for."""
    yield from tqdm(items, doing, disable=len(items) < 20, leave=False, mininterval=1)
