"""A reader without a model: the words after the question's rarest word, as far as the next sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.documents import Passage
from qa.answers import Span
from qa.reader import Reading


@dataclass(frozen=True)
class KeywordReader:
    """Proposes what follows the question's longest word that a passage holds; the longer, the surer."""

    name: str = "keywords"
    checksum: str = "k1"

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        return [self._read(question, passage.text) for passage in passages]

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> list[float]:
        """Its margins with the other sign: what a model weighs of them can be told from the margins."""
        return [-span.score for _, span in spans]

    def _read(self, question: str, text: str) -> Reading:
        for word in sorted(re.findall(r"\w+", question.lower()), key=len, reverse=True):
            found = re.search(rf"\b{re.escape(word)}\W+([^,.!?]+)", text.lower())
            if found:
                return Reading((Span(*found.span(1), score=len(word) - 5.0),), 0.0)
        return Reading((), 5.0)
