"""The source panel: a document as HTML, with the cited passages tinted and the quotes marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chat.escaping import escaped, language_attribute
from index.documents import Document, Passage

WHOLE = 24_000  # characters: a longer document is shown around its passages only
AROUND = 4_000  # characters before and after a passage of such a document
_BLANK_LINE = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")


@dataclass(frozen=True, slots=True)
class Place:
    """A passage to show, under the label that leads to it; with the quote marked where it is a source."""

    label: str  # "1", "2" for sources; "a", "b" for passages that are only near
    passage: Passage
    mark: tuple[int, int] | None = None  # into Document.text
    page: str | None = None  # that it is cited by


def source_html(document: Document, places: Sequence[Place], excerpt: str = "") -> str:
    """The document's text, whole or around `places`; every character that is shown is in its order.

    `excerpt`: what tells the reader that only pieces of a long document are shown.
    """
    pieces = windows(document, places)
    whole = pieces == [(0, len(document.text))]
    note = f'<p class="excerpt">{escaped(excerpt)}</p>' if not whole else ""
    shown = '<p class="gap" aria-hidden="true">⋯</p>'.join(
        "".join(_block(document, start, end, places) for start, end in blocks(document, *piece))
        for piece in pieces
    )
    return f'{note}<div class="text"{language_attribute(document.language)}>{shown}</div>'


def windows(document: Document, places: Sequence[Place]) -> list[tuple[int, int]]:
    """The ranges of the text to show, in order and apart from each other."""
    length = len(document.text)
    if length <= WHOLE:
        return [(0, length)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted((p.passage.start, p.passage.end) for p in places) or [(0, 0)]:
        first, last = max(0, start - AROUND), min(length, end + AROUND)
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def blocks(document: Document, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Paragraphs and headings between `start` and `end`; a page always begins a new one."""
    cuts = {start, end}
    for heading in document.headings:
        cuts |= {heading.start, heading.end}
    cuts |= {page.start for page in document.pages}
    cuts |= {match.end() for match in _BLANK_LINE.finditer(document.text, start, end)}
    edges = sorted(cut for cut in cuts if start <= cut <= end)
    for first, last in pairwise(edges):
        if document.text[first:last].strip():
            yield first, last


def _block(document: Document, start: int, end: int, places: Sequence[Place]) -> str:
    pages = "".join(
        f'<p class="page">{escaped(page.label)}</p>' for page in document.pages if page.start == start
    )
    heading = next((h for h in document.headings if h.start == start), None)
    if heading is not None:
        level = min(heading.level, 4)
        first = document.text.find(heading.text, start, end)  # not there when it has marks in its midst
        words = (
            escaped(heading.text)
            if first < 0
            else _fragments(document.text, first, first + len(heading.text), places)
        )
        return f'{pages}<p class="heading level-{level}" dir="auto">{words}</p>'
    while end > start and document.text[end - 1].isspace():
        end -= 1
    return f'{pages}<p dir="auto">{_fragments(document.text, start, end, places)}</p>'


def _fragments(text: str, start: int, end: int, places: Sequence[Place]) -> str:
    """The text cut wherever a passage or a quote begins or ends, each piece dressed for what covers it."""
    cuts = {start, end}
    for place in places:
        cuts |= {place.passage.start, place.passage.end, *(place.mark or ())}
    edges = sorted(cut for cut in cuts if start <= cut <= end)
    pieces = []
    for first, last in pairwise(edges):
        piece = escaped(text[first:last])
        marked = [p.label for p in places if p.mark and p.mark[0] <= first and last <= p.mark[1]]
        within = [p.label for p in places if p.passage.start <= first and last <= p.passage.end]
        if marked:
            piece = f'<mark data-mark="{" ".join(marked)}">{piece}</mark>'
        if within:
            piece = f'<span class="passage" data-places="{" ".join(within)}">{piece}</span>'
        pieces.append(piece)
    return "".join(pieces)
