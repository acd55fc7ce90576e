"""BM25 by FTS5, of the passages that may be best where it would weigh tens of thousands.

FTS5 finds 25,000 passages in 2 ms, but its bm25() takes 20 more to look their lengths up and weigh them all
(100,000 passages of news, a headline as the question). So the rarity of the terms a passage holds chooses
some hundreds, and FTS5 weighs only those.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from index.vectors import Keys

MOST_WEIGHED = 3_000  # passages that FTS5 weighs faster than some of them could be chosen
_CONTEXT_WEIGHT = 0.5  # of a term in title or heading, against one in the passage
_PROPOSED = 500  # passages chosen: of 100,000, asked 100 headlines, 99.8 % of the fifty best were among them
_MOST_READ = 50_000  # places of terms, the rarest first; what is more frequent hardly tells passages apart
_LEAST_RARITY = 1e-6  # as in FTS5
_FREQUENT = 500  # passages from which on a term's places are remembered
_MOST_REMEMBERED = 2_000_000  # places: 16 MB


def weighed(
    cursor: sqlite3.Cursor, words: Sequence[str], k: int, among: tuple[str, tuple[str]] | None = None
) -> list[tuple[int, float]]:
    """At most `k` (key, BM25) of the passages that hold one of `words`, best first.

    `among`: a query for the keys of those that count, and its parameter; None = all.
    """
    query, parameters = among or ("", ())
    # The plus keeps SQLite from searching the full text anew for each key, which takes 0.3 ms a key.
    condition = f"AND +rowid IN ({query})" if query else ""
    found = cursor.execute(
        f"SELECT rowid, bm25(terms, {_CONTEXT_WEIGHT}, 1.0) AS cost FROM terms "
        f"WHERE terms MATCH ? {condition} ORDER BY cost, rowid LIMIT ?",
        (" OR ".join(map(_quoted, words)), *parameters, k),
    )
    return [(key, -cost) for key, cost in found]


class Ranking:
    """Chooses what is weighed, in one state of a collection. It wants a cursor in the snapshot that is searched."""

    def __init__(self, passages: int) -> None:
        """`passages`: how many there are."""
        self._passages = passages
        self._places: dict[str, Keys] = {}  # of frequent terms, which many questions share
        self._remembered = 0  # keys in it

    def best(self, cursor: sqlite3.Cursor, frequencies: Mapping[str, int], k: int) -> list[tuple[int, float]]:
        """At most `k` (key, BM25), best first. `frequencies`: term → passages that hold it, at least one."""
        keys = self._proposed(cursor, frequencies, max(k, _PROPOSED))
        return weighed(cursor, list(frequencies), k, ("SELECT value FROM json_each(?)", (json.dumps(keys),)))

    def _proposed(self, cursor: sqlite3.Cursor, frequencies: Mapping[str, int], count: int) -> list[int]:
        """The keys of the `count` passages whose terms are rarest together, and of those that tie with the last."""
        keys: list[Keys] = []
        weights: list[npt.NDArray[np.float64]] = []
        read = 0
        for word in sorted(frequencies, key=lambda word: (frequencies[word], word)):
            read += frequencies[word]
            if keys and read > _MOST_READ:
                break
            found = self._holding(cursor, word)
            keys.append(found)
            weights.append(np.full(len(found), self._rarity(frequencies[word])))
        return _heaviest(np.concatenate(keys), np.concatenate(weights), count)

    def _rarity(self, held: int) -> float:
        """FTS5's inverse document frequency of a term that `held` passages hold."""
        return max(math.log((self._passages - held + 0.5) / (held + 0.5)), _LEAST_RARITY)

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


def _heaviest(keys: Keys, weights: npt.NDArray[np.float64], count: int) -> list[int]:
    """The `count` keys whose weights add up to most, and those that tie with the last of them.

    >>> _heaviest(np.array([7, 8, 9, 7]), np.array([1.0, 2.0, 2.0, 4.0]), 2)
    [7, 8, 9]
    """
    order = np.argsort(keys, kind="stable")  # merges the terms' keys, each in rising order already
    rising = keys[order]
    firsts = np.flatnonzero(np.diff(rising, prepend=rising[0] - 1))
    distinct, sums = rising[firsts], np.add.reduceat(weights[order], firsts)
    least = np.partition(sums, -count)[-count] if count < len(sums) else -math.inf
    chosen: list[int] = distinct[sums >= least].tolist()
    return chosen


def _quoted(word: str) -> str:
    """A term as FTS5 takes it for a word and nothing else."""
    return '"' + word.replace('"', '""') + '"'
