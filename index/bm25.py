"""BM25 over FTS5's index, and of the passages that may be best where FTS5 would weigh tens of thousands.

FTS5 finds 25,000 passages in 2 ms, but its bm25() takes 20 more to count their terms, look their lengths up and weigh
them all (100,000 passages of news, a headline as the question). So the rarity of the terms a passage holds chooses
some hundreds, and those are weighed here, as bm25() does, from places of frequent terms that are remembered.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.errors import CollectionError
from index.vectors import Keys

Numbers = npt.NDArray[np.float64]

MOST_WEIGHED = 3_000  # passages that FTS5 weighs faster than some of them could be chosen
_K1, _B = 1.2, 0.75  # FTS5's
_CONTEXT_WEIGHT = 0.5  # of a term in title or heading, against one in the passage
_PROPOSED = 500  # passages chosen: of 100,000, asked 100 headlines, 99.8 % of the fifty best were among them
_MOST_READ = 50_000  # places of terms, the rarest first; what is more frequent hardly tells passages apart
_LEAST_RARITY = 1e-6  # as in FTS5
_FREQUENT = 500  # passages from which on a term's places are remembered
_MOST_REMEMBERED = 4_000_000  # places: 64 MB
_AVERAGES = 1  # the row of FTS5's data that counts rows and terms
_COLUMNS = 2  # of the full text: context and body
_LONGEST_VARINT = 9  # bytes


def weighed(
    cursor: sqlite3.Cursor, words: Sequence[str], k: int, among: tuple[str, tuple[str]] | None = None
) -> list[tuple[int, float]]:
    """At most `k` (key, BM25) of the passages that hold one of `words`, best first, by FTS5.

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


class Places(NamedTuple):
    """Where one term stands."""

    keys: Keys  # of the passages, rising
    counts: Numbers  # how often in each, weighted by where


class Ranking:
    """Chooses and weighs in one state of a collection. It wants a cursor in the snapshot that is searched."""

    def __init__(self, passages: int, room: int = _MOST_REMEMBERED) -> None:
        """`passages`: how many there are; `room`: for how many places of terms there is memory."""
        self._passages = passages
        self._room = room
        self._places: dict[str, Places] = {}  # of frequent terms, which many questions share
        self.remembered = 0  # places in it

    def best(self, cursor: sqlite3.Cursor, frequencies: Mapping[str, int], k: int) -> list[tuple[int, float]]:
        """At most `k` (key, BM25), best first. `frequencies`: term → passages that hold it, at least one."""
        places = {word: self._holding(cursor, word) for word in frequencies}
        keys = self._proposed(places, max(k, _PROPOSED))
        scores = self._bm25(cursor, places, keys)
        first = np.lexsort((keys, -scores))[:k]
        return list(zip(keys[first].tolist(), scores[first].tolist(), strict=True))

    def _proposed(self, places: Mapping[str, Places], count: int) -> Keys:
        """The keys of the `count` passages whose terms are rarest together, and of those that tie with the last; rising."""
        keys: list[Keys] = []
        weights: list[Numbers] = []
        read = 0
        for word in sorted(places, key=lambda word: (len(places[word].keys), word)):
            found = places[word].keys
            read += len(found)
            if keys and read > _MOST_READ:
                break
            keys.append(found)
            weights.append(np.full(len(found), self._rarity(len(found))))
        return _heaviest(np.concatenate(keys), np.concatenate(weights), count)

    def _bm25(self, cursor: sqlite3.Cursor, places: Mapping[str, Places], keys: Keys) -> Numbers:
        """What FTS5's bm25() says of each of `keys`, with the sign turned."""
        lengths, average = _lengths(cursor, keys)
        least = _K1 * (1 - _B + _B * lengths / average)
        scores = np.zeros(len(keys))
        for held in places.values():
            at = np.minimum(np.searchsorted(held.keys, keys), len(held.keys) - 1)
            counts = np.where(held.keys[at] == keys, held.counts[at], 0.0)
            scores += self._rarity(len(held.keys)) * (counts * (_K1 + 1)) / (counts + least)
        return scores

    def _rarity(self, held: int) -> float:
        """FTS5's inverse document frequency of a term that `held` passages hold."""
        if held > self._passages:
            raise _damaged(f"a term in {held} of {self._passages} passages")
        return max(math.log((self._passages - held + 0.5) / (held + 0.5)), _LEAST_RARITY)

    def _holding(self, cursor: sqlite3.Cursor, word: str) -> Places:
        if word in self._places:
            return self._places[word]
        # One text of numbers: as rows they would take Python three times as long.
        query = "SELECT group_concat(2 * doc + (col = 'body')) FROM instances WHERE term = ?"
        (found,) = cursor.execute(query, (word,)).fetchone()
        if found is None:
            raise _damaged(f"no place of the term {word!r}")
        each = np.fromstring(found, np.int64, sep=",")
        keys, firsts = np.unique(each >> 1, return_index=True)
        places = Places(keys, np.add.reduceat(np.where(each & 1, 1.0, _CONTEXT_WEIGHT), firsts))
        if _FREQUENT <= len(keys) <= self._room:
            if self.remembered + len(keys) > self._room:
                self._places.clear()
                self.remembered = 0
            self._places[word] = places
            self.remembered += len(keys)
        return places


def _lengths(cursor: sqlite3.Cursor, keys: Keys) -> tuple[Numbers, float]:
    """How many terms each of `keys` (rising) holds, and a passage holds on average, as FTS5 has counted them."""
    sizes = cursor.execute(
        "SELECT sz FROM terms_docsize WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(keys.tolist()),),
    )
    lengths = np.array([sum(_varints(size, _COLUMNS)) for (size,) in sizes], np.float64)
    averages = cursor.execute("SELECT block FROM terms_data WHERE id = ?", (_AVERAGES,)).fetchone()
    rows, *terms = _varints(averages and averages[0], 1 + _COLUMNS)
    if len(lengths) != len(keys) or not rows or not sum(terms):
        raise _damaged(f"lengths of {len(lengths)} of {len(keys)} passages, {sum(terms)} terms of {rows}")
    return lengths, sum(terms) / rows


def _varints(data: object, count: int) -> list[int]:
    """`count` whole numbers as SQLite's file format writes them: seven bits a byte, the highest first.

    CollectionError when `data` is anything else.

    >>> _varints(bytes([5, 0x81, 0x48, 0]), 3)
    [5, 200, 0]
    """
    values = []
    if isinstance(data, bytes) and len(data) <= count * _LONGEST_VARINT:
        value = 0
        for byte in data:
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                values.append(value)
                value = 0
    if len(values) != count or not isinstance(data, bytes) or data[-1] >= 0x80:
        raise _damaged("a length that is none")
    return values


def _damaged(found: str) -> CollectionError:
    return CollectionError(f"the full-text index is damaged ({found}); run python -m index rebuild")


def _heaviest(keys: Keys, weights: Numbers, count: int) -> Keys:
    """The `count` keys whose weights add up to most, and those that tie with the last of them; rising.

    >>> _heaviest(np.array([7, 8, 9, 7]), np.array([1.0, 2.0, 2.0, 4.0]), 2).tolist()
    [7, 8, 9]
    """
    order = np.argsort(keys, kind="stable")  # merges the terms' keys, each in rising order already
    rising = keys[order]
    firsts = np.flatnonzero(np.diff(rising, prepend=rising[0] - 1))
    distinct, sums = rising[firsts], np.add.reduceat(weights[order], firsts)
    least = np.partition(sums, -count)[-count] if count < len(sums) else -math.inf
    return distinct[sums >= least]


def _quoted(word: str) -> str:
    """A term as FTS5 takes it for a word and nothing else."""
    return '"' + word.replace('"', '""') + '"'
