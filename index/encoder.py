"""What an embedding model is to the rest of the project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """What a collection and a retriever ask of an embedding model."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def fingerprint(self) -> dict[str, str]:
        """What must be the same for vectors to be comparable: name, checksum, prompts."""
        ...

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Texts → the code-point range of each token."""
        ...

    def encode_documents(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Texts → float32 [texts, dimension], rows of length 1."""
        ...

    def encode_query(self, text: str) -> Vectors:
        """A question → float32 [dimension], of length 1."""
        ...
