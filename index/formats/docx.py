"""Word documents: paragraphs, headings and tables in reading order. The only import of python-docx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.formats.archive import checked_archive
from index.formats.source import Extract, Source, Writer

_HEADING_STYLE = re.compile(r"(?:heading|titre|überschrift|título|titolo)\s*([1-9])", re.IGNORECASE)


_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_AROUND = frozenset(
    f"{_WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")
)
"""Elements that hold paragraphs, tables, rows or cells as if they were not there: forms, tracked changes."""
_LEFT_OUT = frozenset(f"{_WORD}{name}" for name in ("del", "moveFrom", "txbxContent", "pPr", "rPr", "sdtPr"))
_SIGNS = {f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n", f"{_WORD}noBreakHyphen": "-"}


def read_docx(source: Source) -> Iterator[Extract]:
    """One document. Word keeps no pages, so it has none; notes, headers and text boxes are left out.

    Tracked changes count as accepted, and what is filled into a form as text.
    """
    checked_archive(source).close()  # bombs are refused before they are unpacked
    source.stream.seek(0)
    import docx  # its parser resolves no entities
    from docx.text.paragraph import Paragraph

    word = docx.Document(source.stream)
    writer = Writer(source.limits.characters)
    title: str | None = None
    for block in _inside(word.element.body, "p", "tbl"):
        if block.tag == f"{_WORD}tbl":
            writer.paragraph("\n".join(_rows(block)))
            continue
        text, paragraph = _text(block), Paragraph(block, word)
        style = paragraph.style.name if paragraph.style is not None else ""
        if style == "Title" and title is None:
            title = text.strip() or None
        heading = _HEADING_STYLE.fullmatch(style or "")
        writer.paragraph(text, 1 if style == "Title" else int(heading[1]) if heading else None)
    yield writer.extract(title or (word.core_properties.title or "").strip() or None)


def _inside(element: Any, *names: str) -> Iterator[Any]:
    """The nearest elements of these names inside `element`, in order."""
    wanted = {f"{_WORD}{name}" for name in names}
    for child in element:
        if child.tag in wanted:
            yield child
        elif child.tag in _AROUND and not _is_contents(child):
            yield from _inside(child, *names)


def _is_contents(element: Any) -> bool:
    """Is it the table of contents that Word makes? Its lines are headings told twice."""
    gallery = element.find(f"{_WORD}sdtPr/{_WORD}docPartObj/{_WORD}docPartGallery")
    return gallery is not None and "contents" in str(gallery.get(f"{_WORD}val")).lower()


def _text(element: Any) -> str:
    """The words of a paragraph as they read, whatever they stand in."""
    words: list[str] = []
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag == f"{_WORD}t":
            words.append(node.text or "")
        elif node.tag in _SIGNS:
            words.append(_SIGNS[node.tag])
        elif node.tag not in _LEFT_OUT:
            stack += reversed(node)
    return "".join(words)


def _rows(table: Any) -> Iterator[str]:
    """ "| cell | cell |", without the library's grid: it takes the square of the table's size.

    A table inside a cell follows the row that it stands in.
    """
    for row in _inside(table, "tr"):
        cells = list(_inside(row, "tc"))
        words = [" ".join(" ".join(_text(p).split()) for p in _inside(cell, "p")).strip() for cell in cells]
        if any(words):
            yield f"| {' | '.join(words)} |"
        for cell in cells:
            for inner in _inside(cell, "tbl"):
                yield from _rows(inner)
