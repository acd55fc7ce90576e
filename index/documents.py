"""The nouns of the index: a document, its marks, and the passages it is cut into.

Every offset is a half-open range of code points (Python's `str` indices) into `Document.text`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LONGEST_CONTEXT = 200  # characters: a title is no place for a chapter


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading line of a document, marks such as `##` included in its range."""

    start: int
    end: int
    level: int  # 1 is the highest
    text: str  # the words alone, without marks


@dataclass(frozen=True, slots=True)
class PageMark:
    """Where a page begins."""

    start: int
    label: str  # as people cite it: "12"


@dataclass(frozen=True, slots=True)
class Document:
    """One source as it was extracted. `text` is never cleaned: citations point into it."""

    doc_id: str  # unique in a collection, made from the file's name
    title: str
    text: str
    source: str  # the path or URL it came from
    language: str | None = None  # BCP 47
    headings: tuple[Heading, ...] = ()  # in reading order
    pages: tuple[PageMark, ...] = ()  # in reading order

    def page_at(self, offset: int) -> str | None:
        """The label of the page that holds `offset`, or None where the source has no pages."""
        index = bisect_right(self.pages, offset, key=lambda page: page.start) - 1
        return self.pages[index].label if index >= 0 else None

    def heading_at(self, offset: int) -> str | None:
        """The headings above `offset`, outermost first, joined by ' › '; the title itself is left out.

        >>> text = "# Guide\\n\\n## Port\\n\\nClosed."
        >>> marks = (Heading(0, 7, 1, "Guide"), Heading(9, 16, 2, "Port"))
        >>> Document("guide.md", "Guide", text, "guide.md", headings=marks).heading_at(18)
        'Port'
        """
        return next(self.headings_at([offset]))

    def headings_at(self, offsets: Iterable[int]) -> Iterator[str | None]:
        """`heading_at` of each of many rising offsets, in one pass."""
        path: list[Heading] = []
        ahead = iter(self.headings)
        coming = next(ahead, None)
        for offset in offsets:
            while coming is not None and coming.start <= offset:
                while path and path[-1].level >= coming.level:
                    path.pop()
                path.append(coming)
                coming = next(ahead, None)
            yield " › ".join(heading.text for heading in path if heading.text != self.title) or None


@dataclass(frozen=True, slots=True)
class Passage:
    """Some whole sentences of a document, short enough to be read with a question."""

    passage_id: str  # "<doc_id>#<number in the document, from 0>"
    doc_id: str
    title: str
    source: str
    text: str  # document.text[start:end]
    start: int
    end: int
    heading: str | None = None
    page: str | None = None
    language: str | None = None  # of its document, BCP 47

    @property
    def context(self) -> str:
        """What a reader should know before the passage: the title and the headings above it."""
        path = self.title if self.heading is None else f"{self.title} › {self.heading}"
        return path[:_LONGEST_CONTEXT]


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage as a retriever ranked it, with the evidence it had."""

    passage: Passage
    score: float  # the retriever's own unit; higher is better
    rank: int  # 1 is the best
    cosine: float = 0.0  # of question and passage vectors, in [-1, 1]
    ahead: float = (
        0.0  # of cosine: how much nearer it is than any other passage; below 0, how much further off
    )
    foreign: bool = False  # is the question in another language than the passage, as far as its words tell?
    coverage: float = (
        0.0  # share of the question's terms, by rarity, that it and its headings hold, in [0, 1]
    )
