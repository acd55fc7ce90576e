"""Nearest vectors by cosine, in the kind of index that suits their number. The only import of faiss.

Always derived: it is rebuilt from the vectors in SQLite, so it can be thrown away at any time.

| kind | what it does | a search, one core of an EPYC (Zen 3) | memory of a vector of 384 |
|---|---|--:|--:|
| exact | compares with every vector | 11 ms of 100,000 | 1,536 bytes |
| sq8 | the same, on 8 bits a number | 7.5 ms of 100,000 | 384 bytes |
| ivf-sq8 | compares with those in the lists nearest to the question | 13 ms of 1,000,000 | 384 bytes |
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.cores import cores
from index.errors import CollectionError

Vectors = npt.NDArray[np.float32]
Keys = npt.NDArray[np.int64]

EXACT, SQ8, IVF_SQ8 = "exact", "sq8", "ivf-sq8"
UP_TO = MappingProxyType({EXACT: 50_000, SQ8: 200_000, IVF_SQ8: math.inf})
"""Kind → the most vectors it is chosen for."""
VARIABLE = "MOT_A_MOT_FAISS"
"""The environment variable that fixes the kind."""

_MOST_LISTS = 4096
_PROBED = 96  # lists: of 1,000,000 vectors in 1024 lists 98.7 % of the ten nearest are in them
_TRAINED_WITH = 64  # vectors for each list
_RANGE_FROM = 10_000  # vectors that tell in what range the numbers of a dimension lie


def asked_kind() -> str | None:
    """The kind the environment asks for; None = the one that suits the size. CollectionError for an unknown one."""
    asked = os.environ.get(VARIABLE) or None
    if asked is not None and asked not in UP_TO:
        raise CollectionError(f"{VARIABLE}={asked}: no such kind of index; known are {', '.join(UP_TO)}")
    return asked


def kind_for(count: int, present: str = EXACT) -> str:
    """The kind for so many vectors; the `present` one as long as the count is not far from what it is for.

    >>> kind_for(1_000), kind_for(60_000), kind_for(40_000, present="sq8")
    ('exact', 'sq8', 'sq8')
    """
    kinds = list(UP_TO)
    best = next(kind for kind in kinds if count <= UP_TO[kind])
    if kinds.index(best) < kinds.index(present) and kind_for(2 * count) == present:
        return present
    return best


def sample_size(kind: str, count: int) -> int:
    """How many of `count` vectors an index of this kind wants to see before it is filled."""
    wanted = {EXACT: 0, SQ8: _RANGE_FROM, IVF_SQ8: max(_RANGE_FROM, _TRAINED_WITH * _lists(count))}
    return min(count, wanted[kind])


class VectorIndex:
    """Unit vectors under integer keys."""

    def __init__(
        self, dimension: int, kind: str = EXACT, count: int = 0, sample: Vectors | None = None
    ) -> None:
        """`count`: vectors expected. `sample`: some of them, float32 [vectors, dimension]; all kinds but
        "exact" adapt to it, and ValueError when they get none.
        """
        self.kind = kind
        self.count = count
        self._index: Any
        _use_cores(cores())
        if kind == EXACT:
            self._index = faiss.IndexIDMap(faiss.IndexFlatIP(dimension))
        elif sample is None or not len(sample):
            raise ValueError(f"an index of the kind {kind} needs vectors to adapt to")
        elif kind == SQ8:
            codes = faiss.IndexScalarQuantizer(
                dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
            )
            codes.train(np.ascontiguousarray(sample))
            self._index = faiss.IndexIDMap(codes)
        else:
            self._index = _lists_of(dimension, min(_lists(count), len(sample)), sample)
        self._keys: Keys = np.zeros(0, np.int64)

    @property
    def is_exact(self) -> bool:
        """Are the cosines it tells right to the last digit, and none missing?"""
        return self.kind == EXACT

    @property
    def keys(self) -> Keys:
        """The keys that can be found, in rising order."""
        return self._keys

    def add(self, keys: Sequence[int] | Keys, vectors: Vectors) -> None:
        """`vectors`: float32 [keys, dimension], rows of length 1. ValueError when the counts differ."""
        if len(keys) != len(vectors):
            raise ValueError(f"{len(keys)} keys for {len(vectors)} vectors")
        if len(keys):
            added = np.asarray(keys, np.int64)
            _use_cores(cores())
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), added)
            new = np.sort(without(added, self._keys))
            self._keys = np.insert(self._keys, np.searchsorted(self._keys, new), new)

    def remove(self, keys: Sequence[int] | Keys) -> None:
        """Forget `keys`; one that is not there is ignored."""
        if len(keys):
            removed = np.asarray(keys, np.int64)
            self._index.remove_ids(faiss.IDSelectorBatch(removed))
            self._keys = without(self._keys, np.sort(removed))

    def nearest(
        self, vector: Vectors, k: int, among: Sequence[int] | Keys | None = None
    ) -> list[tuple[int, float]]:
        """At most `k` (key, cosine), best first; only keys in `among` where it is given, and then all lists are searched."""
        if not len(self._keys) or k < 1:
            return []
        # One question is too little work for several threads: at 100,000 vectors two took four times as long.
        _use_cores(1)
        selector = None if among is None else faiss.IDSelectorBatch(np.asarray(among, np.int64))
        query = np.ascontiguousarray(vector, np.float32)[None]
        scores, keys = self._index.search(query, min(k, len(self._keys)), params=self._parameters(selector))
        return [(int(key), float(score)) for key, score in zip(keys[0], scores[0], strict=True) if key >= 0]

    def _parameters(self, selector: faiss.IDSelector | None) -> faiss.SearchParameters | None:
        if self.kind == IVF_SQ8:
            lists = self._index.nlist if selector is not None else min(_PROBED, self._index.nlist)
            return faiss.SearchParametersIVF(sel=selector, nprobe=lists)  # type: ignore[call-arg]  # its stub lacks them
        if selector is not None:
            return faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        return None


def without(keys: Keys, others: Keys) -> Keys:
    """`keys` in their order, less those that are in `others`, which rise: NumPy's own set functions sort both.

    >>> without(np.array([5, 1, 9]), np.array([1, 2]))
    array([5, 9])
    """
    if not len(others):
        return keys
    places = np.minimum(np.searchsorted(others, keys), len(others) - 1)
    left: Keys = keys[others[places] != keys]
    return left


def _lists(count: int) -> int:
    """About the root of the count, as a power of 2.

    >>> _lists(10), _lists(1_000_000)
    (4, 1024)
    """
    return min(_MOST_LISTS, 1 << round(math.log2(max(1, count)) / 2))


def _lists_of(dimension: int, lists: int, sample: Vectors) -> faiss.IndexIVFScalarQuantizer:
    centres = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFScalarQuantizer(
        centres, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.niter = 8
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = _TRAINED_WITH
    index.train(np.ascontiguousarray(sample))
    return index


def _use_cores(count: int) -> None:
    """OpenMP keeps this number for each thread that calls it."""
    faiss.omp_set_num_threads(count)
