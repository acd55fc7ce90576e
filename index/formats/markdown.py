"""Markdown: its text as it stands, marks and all, and where its headings are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.documents import Heading
from index.formats.plain import decoded
from index.formats.source import Extract, Source

_ATX = re.compile(r"(#{1,6})[ \t]+(.*)", re.DOTALL)
_UNDERLINE = re.compile(r"=+|-{3,}")
_FRONT_MATTER = re.compile(r"---[ \t]*+\r?\n.*?^(?:---|\.\.\.)[ \t]*+\r?$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"(`{3,}+(?!.*`)|~{3,}+)")  # inline code may begin with three as well
_LINE = re.compile(r"^( {0,3}+)(.*)$", re.MULTILINE)


def read_markdown(source: Source) -> Iterator[Extract]:
    """One document; its title is the first heading of level 1."""
    text = decoded(source)
    headings = tuple(_headings(text))
    title = next((heading.text for heading in headings if heading.level == 1), None)
    yield Extract(text, title, headings)


def _headings(text: str) -> Iterator[Heading]:
    """All but those in fenced code and front matter."""
    fence: str | None = None  # what closes the open code block
    above: tuple[int, str] | None = None  # the line before, where it can be a heading underlined here
    front = _FRONT_MATTER.match(text)
    for match in _LINE.finditer(text, front.end() if front else 0):
        start, line = match.start(2), match[2].rstrip()
        if fence is not None:
            closes = set(line) == {fence[0]} and len(line) >= len(fence)
            fence, above = None if closes else fence, None
        elif opened := _FENCE.match(line):
            fence, above = opened[1], None
        elif atx := _ATX.fullmatch(line):
            above = None
            if words := _without_closing(atx[2]):
                yield Heading(start, start + len(line), len(atx[1]), words)
        elif above is not None and _UNDERLINE.fullmatch(line):
            yield Heading(above[0], start + len(line), 1 if line[0] == "=" else 2, above[1])
            above = None
        else:
            above = (start, line) if line and not match[2][0].isspace() else None


def _without_closing(heading: str) -> str:
    """ "Port ##" → "Port" """
    opened = heading.rstrip("#")
    return opened.rstrip() if not opened or opened[-1].isspace() else heading
