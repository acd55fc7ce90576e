"""Word documents: paragraphs, headings and tables in reading order. The only import of python-docx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.formats.archive import checked_archive
from index.formats.source import Extract, Source, Writer

_HEADING_STYLE = re.compile(r"(?:heading|titre|überschrift|título|titolo)\s*([1-9])", re.IGNORECASE)


def read_docx(source: Source) -> Iterator[Extract]:
    """One document. Word keeps no pages, so it has none; notes, headers and text boxes are left out."""
    checked_archive(source).close()  # bombs are refused before they are unpacked
    source.stream.seek(0)
    import docx  # its parser resolves no entities

    word = docx.Document(source.stream)
    writer = Writer(source.limits.characters)
    title: str | None = None
    for block in word.iter_inner_content():
        if hasattr(block, "rows"):
            writer.paragraph("\n".join(_rows(block)))
            continue
        style = block.style.name if block.style is not None else ""
        if style == "Title" and title is None:
            title = block.text.strip() or None
        heading = _HEADING_STYLE.fullmatch(style or "")
        writer.paragraph(block.text, 1 if style == "Title" else int(heading[1]) if heading else None)
    yield writer.extract(title or (word.core_properties.title or "").strip() or None)


def _rows(table: Any) -> Iterator[str]:
    """ "| cell | cell |", without the library's grid: it takes the square of the table's size."""
    for row in table._tbl.tr_lst:
        cells = [" ".join(" ".join(p.text.split()) for p in cell.p_lst) for cell in row.tc_lst]
        if any(cells):
            yield f"| {' | '.join(cells)} |"
