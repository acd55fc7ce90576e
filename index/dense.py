"""Dense search in a collection: the vectors in SQLite are the truth, the FAISS index in memory follows them.

However the index is compressed, it only proposes passages: the cosines that are told and ranked by are
those of the stored vectors. So two kinds of index differ at most in what they overlook.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np

from index import rows
from index.encoder import Vectors
from index.vectors import EXACT, Keys, VectorIndex, asked_kind, kind_for, sample_size, without

_LOADED_AT_ONCE = 10_000  # vectors
_SAMPLED_AT_ONCE = 256  # vectors that lie together, so that a sample is read in some hundred strides
_PROPOSED = 50  # more than asked for, of which the stored vectors choose
_ROUNDING = 1e-5  # of a cosine
_GROWTH = 4  # times what an index was adapted to, until it is made anew


class DenseSearch:
    """Nearest passages by cosine. Every method wants a cursor in the snapshot that is searched."""

    def __init__(self, dimension: int, kind: str | None = None) -> None:
        """`kind`: see `index.vectors`; None = what the environment asks for, else what suits the size."""
        self._dimension = dimension
        self._fixed = kind or asked_kind()
        self._index = VectorIndex(dimension)

    @property
    def kind(self) -> str:
        """Of the present index."""
        return self._index.kind

    def __len__(self) -> int:
        return len(self._index.keys)

    @property
    def keys(self) -> list[int]:
        """Of all passages that can be found, in rising order."""
        keys: list[int] = self._index.keys.tolist()
        return keys

    def follow(self, cursor: sqlite3.Cursor, count: int) -> None:
        """Bring the index up to the snapshot, which holds `count` passages; CollectionError when it doesn't."""
        keys = rows.passage_keys(cursor, count)
        kind = self._fixed or kind_for(len(keys), self.kind)
        if self._is_outgrown(kind, len(keys)):
            self._index = self._made(cursor, kind, keys)
        self._index.remove(without(self._index.keys, keys))
        missing = without(keys, self._index.keys)
        for first in range(0, len(missing), _LOADED_AT_ONCE):
            batch = missing[first : first + _LOADED_AT_ONCE]
            self._index.add(batch, rows.vectors(cursor, batch.tolist()))

    def nearest(
        self, cursor: sqlite3.Cursor, vector: Vectors, k: int, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """At most `k` (key, cosine), best first; only keys in `among` where it is given."""
        if self._index.is_exact:
            return self._index.nearest(vector, k, among)
        proposed = [key for key, _ in self._index.nearest(vector, k + _PROPOSED, among)] if k > 0 else []
        weighed = self.cosines(cursor, vector, proposed)
        return sorted(weighed.items(), key=lambda one: (-one[1], one[0]))[:k]

    def cosines(self, cursor: sqlite3.Cursor, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """The cosine of `vector` and of each passage in `keys` that is there."""
        stored = self.vectors(cursor, keys)
        return {key: float(np.dot(vector, own)) for key, own in stored.items()}

    def vectors(self, cursor: sqlite3.Cursor, keys: Sequence[int]) -> dict[int, Vectors]:
        """The stored vector of each passage in `keys` that is there, in rising order of the keys."""
        asked = np.unique(np.asarray(keys, np.int64))
        known = without(asked, without(asked, self._index.keys)).tolist()
        return dict(zip(known, rows.vectors(cursor, known), strict=True)) if known else {}

    def recall(self, cursor: sqlite3.Cursor, questions: Vectors, k: int = 10) -> float:
        """The share of the true `k` nearest that `nearest` finds, over `questions`, float32 [questions, dimension]."""
        if not len(questions) or not len(self):
            return 1.0
        least = self._true_cosines(cursor, questions, k)[:, -1] - _ROUNDING
        found = [self.nearest(cursor, question, k) for question in questions]
        hits = [sum(cosine >= at for _, cosine in near) for near, at in zip(found, least, strict=True)]
        return float(np.mean(hits)) / min(k, len(self))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _is_outgrown(self, kind: str, count: int) -> bool:
        index = self._index
        if index.kind != kind:
            return bool(count)  # without vectors there is nothing to adapt to
        return not index.is_exact and not index.count / _GROWTH <= count <= index.count * _GROWTH

    def _made(self, cursor: sqlite3.Cursor, kind: str, keys: Keys) -> VectorIndex:
        if kind == EXACT or not len(keys):
            return VectorIndex(self._dimension)
        strides = -(-sample_size(kind, len(keys)) // _SAMPLED_AT_ONCE)
        starts = np.linspace(0, max(0, len(keys) - _SAMPLED_AT_ONCE), strides).astype(int)
        sample = [rows.vectors(cursor, keys[at : at + _SAMPLED_AT_ONCE].tolist()) for at in starts]
        return VectorIndex(self._dimension, kind, len(keys), np.concatenate(sample))

    def _true_cosines(self, cursor: sqlite3.Cursor, questions: Vectors, k: int) -> Vectors:
        """Of the `k` nearest of all passages, the best first, float32 [questions, k]."""
        best = np.zeros((len(questions), 0), np.float32)
        for first in range(0, len(self), _LOADED_AT_ONCE):
            batch = self._index.keys[first : first + _LOADED_AT_ONCE].tolist()
            cosines = np.hstack([best, questions @ rows.vectors(cursor, batch).T])
            best = -np.sort(-cosines, axis=1)[:, :k]
        return best
