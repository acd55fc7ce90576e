"""Passages → their vectors, told how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from index import rows
from index.documents import Passage
from index.encoder import Encoder, Vectors

_AT_ONCE = 32  # passages: then whoever waits is told


def encoded(
    encoder: Encoder, passages: Sequence[Passage], report: Callable[[int, int], None] | None = None
) -> Vectors:
    """Float32 [passages, dimension], each with its title and heading; at least one passage is needed.

    `report` is told how many are done, and of how many.
    """
    done: list[Vectors] = []
    for first in range(0, len(passages), _AT_ONCE):
        batch = passages[first : first + _AT_ONCE]
        done.append(encoder.encode_documents([rows.encoded_text(passage) for passage in batch]))
        if report is not None:
            report(first + len(batch), len(passages))
    return np.concatenate(done)
