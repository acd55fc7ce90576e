"""What an embedding model is to the rest of the project, and how one is opened by its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from index.embedded import Vocabulary

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

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Texts → float32 [texts, dimension], rows of length 1."""
        ...

    def encode_query(self, text: str) -> Vectors:
        """A question → float32 [dimension], of length 1."""
        ...


def open_encoder(
    name: str | None = None, download: bool = False, vocabulary: Vocabulary | None = None
) -> Encoder:
    """The embedded encoder, or by `name` a folder in its format or any sentence-transformers model.

    `vocabulary`: of the embedded models, where it is loaded already. ModelError when the model is not at
    hand; only with `download` is the network asked.
    """
    if name is None:
        from index.embedded_encoder import EmbeddedEncoder

        return EmbeddedEncoder.open(vocabulary=vocabulary)
    if (Path(name) / "word_embeddings.safetensors").is_file():
        from index.embedded_encoder import EmbeddedEncoder

        return EmbeddedEncoder.open(Path(name))
    from index.sentence_encoder import SentenceEncoder  # imports torch: seconds

    return SentenceEncoder.open(name, download)
