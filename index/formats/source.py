"""What a format's reader gets, and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from index.documents import Heading, PageMark
from index.errors import DocumentError, Problem
from index.limits import Limits


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a record (a line of jsonl, a row of csv) make a document."""

    text: tuple[str, ...] = ()  # joined by blank lines; empty = the first of `USUAL_TEXT` there is
    title: str | None = None  # None = the first of `USUAL_TITLE` there is
    name: str | None = (
        None  # what tells records apart; None = "id" where there is one, else the line's number
    )


USUAL_TEXT = ("text", "body", "content", "article", "context", "texte", "contenu", "description")
_TOLD = 3  # errors told in one
USUAL_TITLE = ("title", "titre", "heading", "headline", "name", "nom", "question")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read, wherever its bytes are."""

    stream: BinaryIO  # seekable
    name: str  # its ending tells the format
    label: str  # how errors and citations call it: a path, or "a.zip#member"
    limits: Limits
    fields: Fields = field(default_factory=Fields)
    depth: int = 0  # how many archives it is in

    def error(self, told: str, problem: Problem = Problem.DAMAGED, **figures: int) -> DocumentError:
        """`told`, which names the problem and the way out, as an error of this file."""
        return DocumentError(f"{self.label}: {told}", problem, label=self.label, figures=figures)


def left_out(source: Source, errors: Sequence[DocumentError]) -> DocumentError:
    """One error for the parts of a file that can't be read, where the others are documents."""
    more = f", and {len(errors) - _TOLD:,} more" if len(errors) > _TOLD else ""
    told = f"{'; '.join(map(str, errors[:_TOLD]))}{more}"
    return DocumentError(told, Problem.MEMBERS, label=source.label, members=tuple(errors))


@dataclass(frozen=True, slots=True)
class Extract:
    """One document as it was found in a file."""

    text: str
    title: str | None = None
    headings: tuple[Heading, ...] = ()
    pages: tuple[PageMark, ...] = ()
    name: str = ""  # within its file; empty when it is all of it


class Writer:
    """Puts a text together, with the marks of the places that have one."""

    def __init__(self, longest: int) -> None:
        """`longest`: characters; more raise OverflowError, before they take the memory."""
        self._parts: list[str] = []
        self._length = 0
        self._longest = longest
        self.headings: list[Heading] = []
        self.pages: list[PageMark] = []

    def paragraph(self, text: str, level: int | None = None) -> None:
        """`text` and a blank line; a heading where `level` (1 is the highest) is given. Nothing for a blank text."""
        words = text.strip()
        if not words:
            return
        if level is not None:
            self.headings.append(
                Heading(self._length, self._length + len(words), level, " ".join(words.split()))
            )
        self.raw(f"{words}\n\n")

    def page(self, label: str) -> None:
        """What follows is on the page that people call `label`."""
        self.pages.append(PageMark(self._length, label))

    def raw(self, text: str) -> None:
        """`text` as it is."""
        self._length += len(text)
        if self._length > self._longest:
            raise OverflowError(f"more than {self._longest:,} characters; split the file")
        self._parts.append(text)

    def extract(self, title: str | None) -> Extract:
        """All of it. `title`: None = the first heading of level 1."""
        title = title or next((heading.text for heading in self.headings if heading.level == 1), None)
        return Extract("".join(self._parts), title, tuple(self.headings), tuple(self.pages))
