"""The nouns of an answer. What an answer says is derived from its citations and can't be set.

Every offset is a half-open range of code points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from index.documents import Passage, ScoredPassage
from index.sentences import covering
from qa.questions import cleaned

_HEADING_MARKS = re.compile(r"#{1,6}[^\S\n]+")  # of Markdown


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a passage that a reader proposes as an answer."""

    start: int  # into Passage.text
    end: int
    score: float  # start + end logit − the two logits of "no answer": above 0 beats it


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands."""

    passage: Passage
    start: int  # into Document.text
    end: int
    page: str | None = None  # where the quote begins; the passage may have begun on an earlier one

    def __post_init__(self) -> None:
        if not self.passage.start <= self.start < self.end <= self.passage.end:
            raise ValueError(
                f"{self.start}:{self.end} is not a range inside the passage "
                f"{self.passage.passage_id} ({self.passage.start}:{self.passage.end})"
            )

    @property
    def quote(self) -> str:
        """The source's own words."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]

    @property
    def sentence_range(self) -> tuple[int, int]:
        """The whole sentences around the quote, as offsets into Document.text; a heading without its marks."""
        text, offset = self.passage.text, self.passage.start
        start, end = covering(text, self.start - offset, self.end - offset, (0, len(text)))
        marks = _HEADING_MARKS.match(text, start)
        if marks and marks.end() <= self.start - offset:
            start = marks.end()
        return start + offset, end + offset

    @property
    def sentence(self) -> str:
        """The whole sentences around the quote."""
        start, end = self.sentence_range
        return self.passage.text[start - self.passage.start : end - self.passage.start]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing an answer says: the same words, cited wherever they stand."""

    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError("a part needs a citation")

    @property
    def quote(self) -> str:
        """The words of the first citation."""
        return self.citations[0].quote


class Refusal(StrEnum):
    """Why there is no answer."""

    NOTHING_INDEXED = "nothing indexed"  # there is no passage to look in
    NOTHING_RELEVANT = "nothing relevant"  # no passage is about the question
    NO_ANSWER = "no answer"  # passages are about it, but none answers with enough confidence


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sources say to a question, or why they don't."""

    question: str
    understood_as: str  # the question by itself, as completed from the conversation
    parts: tuple[Part, ...]  # best first, a summary in reading order; empty = refused
    confidence: float  # probability in [0, 1] that the best candidate is right, also when refused
    refusal: Refusal | None
    nearest: tuple[ScoredPassage, ...] = ()  # what was found on the subject, shown on refusal; never sources
    calibrated: bool = True  # False: the confidence was fitted for other models

    def __post_init__(self) -> None:
        if bool(self.parts) == (self.refusal is not None):
            raise ValueError(
                f"an answer has parts or a refusal: {len(self.parts)} parts, refusal {self.refusal!r}"
            )
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence {self.confidence} is not a probability")

    @property
    def text(self) -> str | None:
        """The quotes of the parts, or None when refused."""
        return " … ".join(part.quote for part in self.parts) if self.parts else None

    @property
    def was_reworded(self) -> bool:
        """Does `understood_as` say more or something else than the question, white space aside?"""
        return self.understood_as != cleaned(self.question)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of all parts, in order; a source panel numbers them from 1."""
        return tuple(citation for part in self.parts for citation in part.citations)

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values; offsets count code points in the document's text."""
        return {
            "question": self.question,
            "understood_as": self.understood_as,
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "calibrated": self.calibrated,
            "refusal": self.refusal.value if self.refusal is not None else None,
            "parts": [
                {"quote": part.quote, "citations": [self.citations.index(c) + 1 for c in part.citations]}
                for part in self.parts
            ],
            "citations": [_citation_json(citation) for citation in self.citations],
            "nearest": [
                {
                    "doc_id": scored.passage.doc_id,
                    "title": scored.passage.title,
                    "source": scored.passage.source,
                    "start": scored.passage.start,
                    "end": scored.passage.end,
                    "text": scored.passage.text,
                    "page": scored.passage.page,
                    "heading": scored.passage.heading,
                }
                for scored in self.nearest
            ],
        }


def _citation_json(citation: Citation) -> dict[str, Any]:
    passage = citation.passage
    return {
        "quote": citation.quote,
        "doc_id": passage.doc_id,
        "title": passage.title,
        "source": passage.source,
        "start": citation.start,
        "end": citation.end,
        "sentence": citation.sentence,
        "page": citation.page,
        "heading": passage.heading,
    }
