"""File formats: one small module each, one table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType

from index.formats.archive import read_zip
from index.formats.docx import read_docx
from index.formats.html import read_html
from index.formats.markdown import read_markdown
from index.formats.pdf import read_pdf
from index.formats.plain import read_plain
from index.formats.records import read_csv, read_jsonl
from index.formats.source import Extract, Source
from index.limits import Limits


@dataclass(frozen=True, slots=True)
class Format:
    """How files of one ending are read."""

    read: Callable[[Source], Iterator[Extract]]
    largest: Callable[[Limits], int] = attrgetter("file_bytes")  # bytes
    libraries: tuple[
        str, ...
    ] = ()  # that may crash, hang or eat all memory: reading gets a process of its own
    several: bool = False  # a file can hold many documents


_TEXT = Format(read_plain)
_MARKDOWN = Format(read_markdown)
_HTML = Format(read_html, libraries=("lxml.html", "trafilatura"))
_JSONL = Format(read_jsonl, attrgetter("archive_bytes"), several=True)
_CSV = Format(read_csv, attrgetter("archive_bytes"), several=True)

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        ".txt": _TEXT,
        ".text": _TEXT,
        ".md": _MARKDOWN,
        ".markdown": _MARKDOWN,
        ".html": _HTML,
        ".htm": _HTML,
        ".pdf": Format(read_pdf, attrgetter("rich_bytes"), ("pypdf",)),
        ".docx": Format(read_docx, attrgetter("rich_bytes"), ("docx",)),
        ".jsonl": _JSONL,
        ".csv": _CSV,
        ".tsv": _CSV,
        ".zip": Format(read_zip, attrgetter("archive_bytes"), several=True),
    }
)
"""File endings, lower case → how they are read."""
