"""Full-text search in a collection, over a connection of its own: words are searched while vectors are.

FTS5's index in SQLite is the truth; what is remembered of it here holds for one generation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from index import bm25, rows
from index.spelling import nearest_spelling
from index.store import Store

_MOST_REMEMBERED = 50_000  # terms whose frequency, or meaning, is remembered


class WordSearch:
    """Passages by the terms they hold. May be shared between threads."""

    def __init__(self, store: Store, check: Callable[[sqlite3.Cursor], None]) -> None:
        """`check`: asked of every new state before it is searched; raises what is to be raised."""
        self._store = store
        self._check = check
        self._generation = -1
        self._ranking = bm25.Ranking(0)
        self._languages: list[str | None] = []
        self._frequencies: dict[str, int] = {}
        self._spellings: dict[str, str | None] = {}
        self._beginning: dict[str, list[str]] = {}  # letter → the terms that begin with it

    def languages(self) -> list[str | None]:
        """The languages of the documents, the most frequent first."""
        with self._searching():
            return list(self._languages)

    def matching(
        self, words: Sequence[str], k: int, documents: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """At most `k` (key, BM25) of the passages that hold one of `words`, best first; only of `documents` where given."""
        if not words:
            return []
        wanted = list(dict.fromkeys(words))
        with self._searching() as cursor:
            if documents is None:
                frequencies = {word: held for word in wanted if (held := self._held(cursor, word))}
                if sum(frequencies.values()) > bm25.MOST_WEIGHED:
                    return self._ranking.best(cursor, frequencies, k)
            among = None if documents is None else rows.keys_of(documents)
            return bm25.weighed(cursor, wanted, k, among)

    def frequency(self, word: str) -> int:
        """How many passages hold a term."""
        with self._searching() as cursor:
            return self._held(cursor, word)

    def nearest_spelling(self, word: str) -> str | None:
        """The term that was meant by one that no passage holds, where one is a slip or two away."""
        with self._searching() as cursor:
            if word not in self._spellings:
                if len(self._spellings) >= _MOST_REMEMBERED:
                    self._spellings.clear()
                self._spellings[word] = nearest_spelling(word, self._beginning_with(cursor, word[0]))
            return self._spellings[word]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _held(self, cursor: sqlite3.Cursor, word: str) -> int:
        if word not in self._frequencies:
            if len(self._frequencies) >= _MOST_REMEMBERED:
                self._frequencies.clear()
            row = cursor.execute("SELECT doc FROM vocabulary WHERE term = ?", (word,)).fetchone()
            self._frequencies[word] = int(row[0]) if row else 0
        return self._frequencies[word]

    def _beginning_with(self, cursor: sqlite3.Cursor, letter: str) -> list[str]:
        """The terms a slip may be of. FTS5 takes 300 ms to list all of 100,000 passages, and 1 to 40 for one letter."""
        if letter not in self._beginning:
            found = cursor.execute(
                "SELECT term FROM vocabulary WHERE term >= ? AND term < ?", (letter, chr(ord(letter) + 1))
            )
            self._beginning[letter] = [term for (term,) in found]
        return self._beginning[letter]

    @contextmanager
    def _searching(self) -> Iterator[sqlite3.Cursor]:
        """One snapshot, with all that is remembered brought up to it."""
        with self._store.reading() as cursor:
            generation = self._store.number(cursor, "generation")
            if generation != self._generation:
                self._check(cursor)
                self._ranking = bm25.Ranking(self._store.number(cursor, "passages"))
                self._languages = [language for (language,) in cursor.execute(
                    "SELECT language FROM documents GROUP BY language ORDER BY count(*) DESC, language"
                )]  # fmt: skip
                for remembered in (self._frequencies, self._spellings, self._beginning):
                    remembered.clear()
                self._generation = generation
            yield cursor
