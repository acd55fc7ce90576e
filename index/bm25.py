"""BM25 of the passages that may be best, where FTS5 would weigh tens of thousands.

FTS5 finds 25,000 passages in 2 ms, but its bm25() takes 20 more to look their lengths up and weigh them all
(100,000 passages of news, a headline as the question). Here the rarity of the terms a passage holds
chooses some hundred, and only those are weighed, by the same formula to the last digit.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from index import rows

_CONTEXT_WEIGHT = 0.5  # of a term in title or heading, against one in the passage
MOST_WEIGHED = 3_000  # passages that FTS5 weighs itself, faster than they could be chosen from here
_PROPOSED = 200  # passages weighed here: the ten best are among them, see tests and benchmarks
_MOST_READ = 50_000  # places of terms, the rarest first; what is more frequent hardly tells passages apart
_K1, _B = 1.2, 0.75  # as in FTS5
_LEAST_RARITY = 1e-6  # as in FTS5
_FREQUENT = 500  # passages from which on a term's places are remembered
_MOST_REMEMBERED = 2_000_000  # places: 16 MB

Keys = npt.NDArray[np.int64]


def weighed_by_fts5(
    cursor: sqlite3.Cursor, words: Sequence[str], k: int, documents: Sequence[str] | None = None
) -> list[tuple[int, float]]:
    """At most `k` (key, BM25) of the passages that hold one of `words`, best first; only of `documents` where given."""
    condition, parameters = "", [" OR ".join(map(_quoted, words))]
    if documents is not None:
        keys, doc_ids = rows.keys_of(documents)
        condition = f"AND rowid IN ({keys})"
        parameters += doc_ids
    found = cursor.execute(
        f"SELECT rowid, bm25(terms, {_CONTEXT_WEIGHT}, 1.0) AS cost FROM terms "
        f"WHERE terms MATCH ? {condition} ORDER BY cost, rowid LIMIT ?",
        (*parameters, k),
    )
    return [(key, -cost) for key, cost in found]


class Ranking:
    """BM25 in one state of a collection. Every method wants a cursor in the snapshot that is searched."""

    def __init__(self) -> None:
        self._places: dict[str, Keys] = {}  # of frequent terms, which many questions share
        self._remembered = 0  # keys in it

    def best(self, cursor: sqlite3.Cursor, frequencies: Mapping[str, int], k: int) -> list[tuple[int, float]]:
        """At most `k` (key, BM25), best first. `frequencies`: term → passages that hold it, at least one."""
        count, mean_length = _statistics(cursor)
        rarities = {
            word: max(math.log((count - held + 0.5) / (held + 0.5)), _LEAST_RARITY)
            for word, held in frequencies.items()
        }
        keys = self._proposed(cursor, frequencies, rarities, max(k, _PROPOSED))
        texts = (
            cursor.execute("SELECT rowid, context, body FROM terms WHERE rowid = ?", (key,)) for key in keys
        )
        weighed = [
            (key, _bm25(context.split(), body.split(), rarities, mean_length))
            for key, context, body in chain.from_iterable(texts)
        ]
        return sorted(weighed, key=lambda one: (-one[1], one[0]))[:k]

    def _proposed(
        self,
        cursor: sqlite3.Cursor,
        frequencies: Mapping[str, int],
        rarities: Mapping[str, float],
        most: int,
    ) -> list[int]:
        """The keys of the passages whose terms are rarest together."""
        keys: list[Keys] = []
        weights: list[npt.NDArray[np.float64]] = []
        read = 0
        for word in sorted(frequencies, key=lambda word: (frequencies[word], word)):
            read += frequencies[word]
            if keys and read > _MOST_READ:
                break
            found = self._holding(cursor, word)
            keys.append(found)
            weights.append(np.full(len(found), rarities[word]))
        return _heaviest(np.concatenate(keys), np.concatenate(weights), most)

    def _holding(self, cursor: sqlite3.Cursor, word: str) -> Keys:
        """The keys of the passages that hold a term."""
        if word in self._places:
            return self._places[word]
        places = cursor.execute("SELECT rowid FROM terms WHERE terms MATCH ?", (_quoted(word),)).fetchall()
        found = np.fromiter(chain.from_iterable(places), np.int64, len(places))
        if len(found) >= _FREQUENT:
            if self._remembered + len(found) > _MOST_REMEMBERED:
                self._places.clear()
                self._remembered = 0
            self._places[word] = found
            self._remembered += len(found)
        return found


def _heaviest(keys: Keys, weights: npt.NDArray[np.float64], most: int) -> list[int]:
    """The keys whose weights add up to most, the heaviest first."""
    order = np.argsort(keys, kind="stable")
    rising = keys[order]
    firsts = np.flatnonzero(np.diff(rising, prepend=-1))
    if not len(firsts):
        return []
    sums = np.add.reduceat(weights[order], firsts)
    ranked = np.argsort(-sums, kind="stable")[:most]
    chosen: list[int] = rising[firsts][ranked].tolist()
    return chosen


def _bm25(
    context: Sequence[str], body: Sequence[str], rarities: Mapping[str, float], mean_length: float
) -> float:
    counts: dict[str, float] = {}
    for words, weight in ((context, _CONTEXT_WEIGHT), (body, 1.0)):
        for word in words:
            if word in rarities:
                counts[word] = counts.get(word, 0.0) + weight
    length = _K1 * (1 - _B + _B * (len(context) + len(body)) / mean_length)
    return sum(rarities[word] * count * (_K1 + 1) / (count + length) for word, count in counts.items())


def _statistics(cursor: sqlite3.Cursor) -> tuple[int, float]:
    """How many passages there are, and how many terms one has in the mean, as FTS5 keeps them."""
    (block,) = cursor.execute("SELECT block FROM terms_data WHERE id = 1").fetchone()
    count, *lengths = _varints(block)
    return count, sum(lengths) / max(1, count)


def _varints(block: bytes) -> list[int]:
    """SQLite's integers of variable length: seven bits a byte, the highest first.

    >>> _varints(b"\\x05\\x81\\x00")
    [5, 128]
    """
    numbers, number = [], 0
    for byte in block:
        number = number << 7 | byte & 127
        if byte < 128:
            numbers.append(number)
            number = 0
    return numbers


def _quoted(word: str) -> str:
    """A term as FTS5 takes it for a word and nothing else."""
    return '"' + word.replace('"', '""') + '"'
