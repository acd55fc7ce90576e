"""PDF, page by page. The only import of pypdf."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any

from index.documents import Heading
from index.errors import Problem
from index.formats.source import Extract, Source, Writer

_LEAST_TEXT = 20  # characters in all: less is a scan with a stamp on it


def read_pdf(source: Source) -> Iterator[Extract]:
    """One document with its pages, as its page labels call them; its bookmarks are its headings."""
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every flaw it gets over
    reader = pypdf.PdfReader(source.stream)
    if reader.is_encrypted and not reader.decrypt(""):
        raise source.error("encrypted; save it without its password", Problem.ENCRYPTED)
    count = len(reader.pages)
    if count > source.limits.pages:
        told = f"{count} pages, the limit is {source.limits.pages}; split the file"
        raise source.error(told, Problem.TOO_MANY_PAGES, pages=count, limit=source.limits.pages)
    if not count:
        raise source.error("no pages in it; open it in its own program and save it again")
    writer = Writer(source.limits.characters)
    texts: list[tuple[int, str]] = []  # where each page begins, and what stands on it
    position = 0
    for page, label in zip(reader.pages, _labels(reader, count), strict=True):
        text = page.extract_text().strip()
        writer.page(label)
        writer.raw(f"{text}\n\n")
        texts.append((position, text))
        position += len(text) + 2
    if sum(len(text) for _, text in texts) < _LEAST_TEXT:
        raise source.error(
            f"scanned: no text in its {count} pages; run a text recognition (OCR) over it first",
            Problem.SCANNED,
            pages=count,
        )
    writer.headings += _headings(reader, texts)
    yield writer.extract(_title(reader))


def _labels(reader: Any, count: int) -> list[str]:
    try:
        labels = list(reader.page_labels)
    except Exception:  # a damaged table of labels, in one of many ways: count as everyone does
        labels = []
    return labels if len(labels) == count else [str(number) for number in range(1, count + 1)]


def _title(reader: Any) -> str | None:
    try:
        title = str(reader.metadata.title or "").strip()
    except Exception:  # damaged metadata are no reason to lose the text
        return None
    return (
        None
        if title.lower().startswith("microsoft word") or title.lower().endswith((".doc", ".docx"))
        else title or None
    )


def _headings(reader: Any, texts: Sequence[tuple[int, str]]) -> list[Heading]:
    """The bookmarks whose words stand on the page they lead to, in reading order."""
    try:
        marks = list(_bookmarks(reader, reader.outline, 1))
    except Exception:  # damaged bookmarks are no reason to lose the text
        return []
    found: list[Heading] = []
    for page, level, title in sorted(marks, key=lambda mark: mark[0]):
        words = title.split()
        start, text = texts[page]
        at = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
        if at and (not found or start + at.start() >= found[-1].end):
            found.append(Heading(start + at.start(), start + at.end(), level, " ".join(words)))
    return found


def _bookmarks(reader: Any, outline: Sequence[Any], level: int) -> Iterator[tuple[int, int, str]]:
    """Page (from 0), level and title of each."""
    for mark in outline:
        if isinstance(mark, list):
            yield from _bookmarks(reader, mark, level + 1)
        else:
            page = reader.get_destination_page_number(mark)
            if page is not None and page >= 0:
                yield page, min(level, 6), str(mark.title)
