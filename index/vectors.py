"""Nearest vectors by cosine. The only import of faiss.

Always derived: a collection rebuilds it from the vectors in SQLite, so it can be thrown away at any time.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import faiss
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Keys = npt.NDArray[np.int64]


class VectorIndex:
    """Unit vectors under integer keys; exact search, which is also the fastest for some 100,000 vectors."""

    def __init__(self, dimension: int) -> None:
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._keys: set[int] = set()

    @property
    def keys(self) -> Set[int]:
        """The keys that can be found."""
        return self._keys

    def add(self, keys: Sequence[int], vectors: Vectors) -> None:
        """`vectors`: float32 [keys, dimension], rows of length 1. ValueError when the counts differ."""
        if len(keys) != len(vectors):
            raise ValueError(f"{len(keys)} keys for {len(vectors)} vectors")
        if len(keys):
            self._index.add_with_ids(np.ascontiguousarray(vectors), np.asarray(keys, np.int64))
            self._keys.update(keys)

    def remove(self, keys: Sequence[int]) -> None:
        """Forget `keys`; one that is not there is ignored."""
        if keys:
            self._index.remove_ids(faiss.IDSelectorBatch(np.asarray(keys, np.int64)))
            self._keys.difference_update(keys)

    def nearest(self, vector: Vectors, k: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """At most `k` (key, cosine), best first; only keys in `among` where it is given."""
        if not self._keys or k < 1:
            return []
        parameters = None
        if among is not None:
            selector = faiss.IDSelectorBatch(np.asarray(among, np.int64))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # its stub lacks it
        query = np.ascontiguousarray(vector, np.float32)[None]
        scores, keys = self._index.search(query, min(k, len(self._keys)), params=parameters)
        return [(int(key), float(score)) for key, score in zip(keys[0], scores[0], strict=True) if key >= 0]

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> list[float]:
        """The cosine of `vector` and each of `keys`; KeyError for one that is not there."""
        missing = [key for key in keys if key not in self._keys]
        if missing:
            raise KeyError(f"no vectors under {missing}")
        return [float(np.dot(vector, self._index.reconstruct(key))) for key in keys]
