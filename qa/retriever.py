"""Question → the passages worth reading: dense and lexical rankings, fused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from index.collection import Collection, Hit
from index.documents import ScoredPassage
from index.lexical import terms

_DEPTH = 50  # passages taken from each ranking
_RRF = 10  # rank constant of reciprocal rank fusion (Cormack et al. 2009 use 60, for deeper rankings)
_MOST_LANGUAGES = 4  # of a collection, in whose stemmers a question is asked


class Retriever(Protocol):
    """Where the pipeline looks for passages."""

    def retrieve(self, question: str, k: int, documents: Sequence[str] | None = None) -> list[ScoredPassage]:
        """At most `k` passages, best first; only of `documents` (doc_ids) where given."""
        ...

    @property
    def is_empty(self) -> bool:
        """Is there no passage at all to look in?"""
        ...


class HybridRetriever:
    """Dense and BM25 rankings of one collection, fused by their ranks."""

    def __init__(self, collection: Collection, dense: float = 1.0, lexical: float = 1.0) -> None:
        """`dense`, `lexical`: weights of the rankings; 0 leaves one out."""
        self._collection = collection
        self._weights = (dense, lexical)

    @property
    def is_empty(self) -> bool:
        return self._collection.passage_count() == 0

    def retrieve(self, question: str, k: int, documents: Sequence[str] | None = None) -> list[ScoredPassage]:
        collection = self._collection
        dense, lexical = self._weights
        vector = collection.encoder.encode_query(question)
        near = collection.nearest(vector, _DEPTH, documents) if dense else []
        words = self.question_terms(question)
        match = collection.matching(words, _DEPTH, documents) if lexical else []
        scores: dict[int, float] = {}
        for weight, ranking in ((dense, near), (lexical, match)):
            for rank, hit in enumerate(ranking, start=1):
                scores[hit.key] = scores.get(hit.key, 0.0) + weight / (_RRF + rank)
        best = [Hit(key, scores[key]) for key in sorted(scores, key=lambda key: (-scores[key], key))[:k]]
        passages = collection.passages([hit.key for hit in best])
        cosines = collection.cosines(vector, list(passages))
        rarity = {word: self._rarity(word) for word in dict.fromkeys(words)}
        found = [hit for hit in best if hit.key in passages and hit.key in cosines]
        return [
            ScoredPassage(
                passages[hit.key],
                hit.score,
                rank,
                cosines[hit.key],
                _coverage(rarity, f"{passages[hit.key].context} {passages[hit.key].text}", self._languages()),
            )
            for rank, hit in enumerate(found, start=1)
        ]

    def question_terms(self, question: str) -> list[str]:
        """The question's terms as the documents' languages would write them.

        A question of some words does not tell its language for sure, and need not: what counts is
        how the documents were stemmed.
        """
        found = [word for language in self._languages() for word in terms(question, language)]
        return list(dict.fromkeys(found))

    def _languages(self) -> list[str | None]:
        return self._collection.languages()[:_MOST_LANGUAGES]

    def _rarity(self, word: str) -> float:
        """Inverse document frequency; a term that no passage has counts most."""
        count = self._collection.passage_count()
        return math.log(1 + count / (self._collection.document_frequency(word) + 0.5))


def _coverage(rarity: dict[str, float], text: str, languages: Sequence[str | None]) -> float:
    """The share of the question's terms, weighted by rarity, that `text` holds."""
    held = {word for language in languages for word in terms(text, language)}
    total = sum(rarity.values())
    return sum(weight for word, weight in rarity.items() if word in held) / total if total else 0.0
