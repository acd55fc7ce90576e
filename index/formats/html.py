"""Web pages: the main content, with its headings, lists and tables. The only import of trafilatura and lxml."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

from index.formats.plain import decoded
from index.formats.source import Extract, Source, Writer


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MOST_BLOCKS = 3  # paragraphs of a cell that is one of a table
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SILENT = _words("script style noscript template head svg iframe object form nav graphic")
_BLOCKS = _words(
    "p div section article main header footer aside blockquote pre ul ol dl dt dd li item list table figure figcaption "
    "quote code body html address fieldset details summary hr tbody thead center doc"
)


def read_html(source: Source) -> Iterator[Extract]:
    """One document: what trafilatura takes for the main content, or the whole page where it finds none."""
    import lxml.html  # type: ignore[import-untyped]
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    declared = _CHARSET.search(source.stream.read(4_096))
    source.stream.seek(0)
    text = decoded(source, declared[1].decode("ascii", "replace") if declared else None)
    # A declaration of the encoding is for bytes: lxml refuses it in text.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    if not _COMMENT.sub("", text).strip():
        return
    page = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(no_network=True, huge_tree=False))
    title = " ".join((page.findtext(".//title") or "").split()) or None
    whole = _written(source, page)
    found = trafilatura.bare_extraction(page, favor_recall=True, include_comments=False, with_metadata=False)
    body = getattr(found, "body", None)
    main = whole if body is None else _written(source, body)
    # On a page that is hardly more than its content, the guess loses more than it leaves out; and it drops tables.
    chosen = main if len(main.text) >= len(whole.text) / 10 and not _lost(page, main.text) else whole
    yield Extract(chosen.text, title or chosen.title, chosen.headings)


def _lost(page: Any, text: str) -> bool:
    """Is nothing of any table in the text, and that a good part of the page?"""
    cells = {" ".join("".join(cell.itertext()).split()) for cell in page.iter("td", "th") if not len(cell)}
    cells.discard("")
    return sum(map(len, cells)) >= len(text) / 4 and not any(cell in text for cell in cells)


def _written(source: Source, tree: Any) -> Extract:
    """The text of a tree, of HTML or of trafilatura's own elements, block by block."""
    writer = Writer(source.limits.characters)
    words: list[str] = []  # of the open block
    level: int | None = None  # of the open heading
    prefix = ""
    lines: list[bool] = []  # of the open cells, each in the one before: is it written in one line?

    def close() -> None:
        nonlocal prefix, level
        text = " ".join("".join(words).split())
        words.clear()
        if text:
            writer.paragraph(prefix + text, level)
        prefix = ""

    for event, element in _events(tree):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "text":
            words.append(element.text or "")
        elif event == "tail":
            words.append(element.tail or "")
        elif tag in {"br", "lb"}:
            words.append("\n")
        elif tag in {"td", "th", "cell"}:
            words.append(" | " if event == "start" else "")
            if event == "start":
                lines.append(_is_short(element))
            else:
                lines.pop()
        elif any(lines):
            words.append(" " if tag in _BLOCKS or tag in _HEADINGS or tag in {"tr", "row"} else "")
        elif tag in {"tr", "row"}:
            words.append(" |" if event == "end" else "")
            close()
        elif tag in _HEADINGS or tag == "head":
            close()
            rend = str(element.get("rend") or "h2") if tag == "head" else tag
            level = _HEADINGS.get(rend, 2) if event == "start" else None
        elif tag in _BLOCKS:
            close()
            prefix = "- " if event == "start" and tag in {"li", "item"} else ""
    close()
    return writer.extract(None)


def _is_short(cell: Any) -> bool:
    """Is it a cell of a table, rather than a part of a page that is laid out in one?"""
    tags = [element.tag for element in cell.iter() if isinstance(element.tag, str)]
    headings = any(tag in _HEADINGS or tag == "head" for tag in tags)
    return not headings and sum(tag in {"p", "div", "li"} for tag in tags) <= _MOST_BLOCKS


def _is_silent(element: Any) -> bool:
    if not isinstance(element.tag, str):  # a comment
        return True
    # "head" is a page's head in HTML, and a heading in trafilatura's tree.
    return element.tag in _SILENT and element.get("rend") is None


def _events(tree: Any) -> Iterator[tuple[str, Any]]:
    """Start, text, end and tail of each element in order, without what is never shown; no recursion, pages nest deep."""
    stack: list[tuple[Any, bool]] = [(tree, False)]
    while stack:
        element, done = stack.pop()
        silent = element is not tree and _is_silent(element)
        if done:
            yield "end", element
        elif not silent:
            yield "start", element
            yield "text", element
            stack.append((element, True))
            stack += [(child, False) for child in reversed(element)]
            continue
        if element is not tree:
            yield "tail", element
