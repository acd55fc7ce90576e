"""An encoder without a model: fast, deterministic, and texts that share words get vectors that are near."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.encoder import Vectors

_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class HashEncoder:
    """Words → buckets, counted and brought to length 1. `salt` makes another model of it."""

    salt: str = ""
    dimension: int = 64
    name: str = "hash"

    @property
    def fingerprint(self) -> dict[str, str]:
        return {"model": f"{self.name}{self.salt}", "dimension": str(self.dimension)}

    def token_offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[match.span() for match in _TOKEN.finditer(text)] for text in texts]

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.encode_query(text) for text in texts])

    def encode_query(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[zlib.crc32((self.salt + word).encode()) % self.dimension] += 1
        return vector / np.linalg.norm(vector)
