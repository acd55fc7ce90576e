"""Many vectors out of few: really encoded ones, each moved a little, so that a large collection is made in minutes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.encoder import Encoder, Vectors

_MOVED = 0.3  # length of what is added to a vector of length 1: the cosine to the real one is some 0.96
_SEED = 20_240


def jittered(real: Vectors, count: int, seed: int = _SEED) -> Vectors:
    """`count` unit vectors, each near one of `real`, drawn with replacement; the same for the same seed."""
    generator = np.random.default_rng(seed)
    chosen = real[generator.integers(len(real), size=count)]
    moved = chosen + generator.normal(scale=_MOVED / np.sqrt(real.shape[1]), size=chosen.shape).astype(
        np.float32
    )
    vectors: Vectors = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return vectors.astype(np.float32)


class JitteredEncoder:
    """An encoder that really encodes questions; a text gets a moved vector of another one."""

    def __init__(self, encoder: Encoder, real: Vectors) -> None:
        """`real`: float32 [texts, dimension], to be moved."""
        self._encoder = encoder
        self._real = real
        self._given = 0

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def fingerprint(self) -> dict[str, str]:
        return {**self._encoder.fingerprint, "model": "jittered"}

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return self._encoder.token_offsets(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self._given += 1
        return jittered(self._real, len(texts), _SEED + self._given)

    def encode_query(self, text: str) -> Vectors:
        return self._encoder.encode_query(text)


class KnownQuestions:
    """An encoder that has encoded some questions, so that what a search takes can be told from what encoding does."""

    def __init__(self, encoder: Encoder, questions: Sequence[str]) -> None:
        """Any other question is encoded when it comes."""
        self._encoder = encoder
        self._known = {question: encoder.encode_query(question) for question in questions}

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def fingerprint(self) -> dict[str, str]:
        return self._encoder.fingerprint

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return self._encoder.token_offsets(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_documents(texts)

    def encode_query(self, text: str) -> Vectors:
        return self._known[text] if text in self._known else self._encoder.encode_query(text)
