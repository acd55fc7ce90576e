"""Plain text, in whatever encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from index.documents import Heading
from index.errors import Problem
from index.formats.source import Extract, Source

_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 200_000  # bytes that tell an encoding
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_LINE = re.compile(r"^[^\S\n]*([^\n]*)", re.MULTILINE)
_NO_HEADING = frozenset('.!?:;,…»"”')  # a line that ends so is a sentence or a lead-in


def read_plain(source: Source) -> Iterator[Extract]:
    """One document; short lines between blank ones that end like no sentence does are its headings."""
    text = decoded(source)
    headings: list[Heading] = []
    lines = [(match.start(1), match[1].rstrip()) for match in _LINE.finditer(text)]
    neighbours = zip([(0, ""), *lines], lines, [*lines[1:], (0, "")], strict=False)
    seen_text = False
    for (_, before), (start, line), (_, after) in neighbours:
        alone = line and not before and not after
        if alone and len(line) <= 80 and line[0].isalnum() and line[-1] not in _NO_HEADING:
            headings.append(Heading(start, start + len(line), 2 if seen_text else 1, line))
        seen_text = seen_text or bool(line)
    title = headings[0].text if headings and headings[0].level == 1 else None
    yield Extract(text, title, tuple(headings))


def decoded(source: Source, hint: str | None = None) -> str:
    """All of a file as text: by byte-order mark, as UTF-8, as `hint` says, or as the bytes look. Line ends stay.

    Raises DocumentError for binary data.
    """
    data = source.stream.read()
    encoding, skipped = encoding_of(source, data, hint)
    text = data[skipped:].decode(encoding, errors="replace")
    sample = text[: _SAMPLE // 2]
    controls = len(_CONTROLS.findall(sample))
    if controls > 3 + len(sample) / 20:
        told = f"binary, not text ({controls} control characters at its beginning)"
        raise source.error(told, Problem.BINARY)
    return text


def encoding_of(source: Source, data: bytes, hint: str | None = None) -> tuple[str, int]:
    """The encoding of the beginning of a file, and how many bytes its byte-order mark has."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding, len(bom)
    if _is_utf8(data):
        return "utf-8", 0
    if hint is not None and _is_text_encoding(hint):
        return _AS_BROWSERS_READ.get(hint.lower(), hint), 0
    import charset_normalizer

    matches = charset_normalizer.from_bytes(_telling(data))
    best = matches.best()
    if best is None:
        raise source.error("binary, or text in no known encoding; save it as UTF-8", Problem.BINARY)
    # Where a short text does not tell, it is what most machines of western Europe wrote.
    as_good = {m.encoding for m in matches if (m.chaos, m.coherence) == (best.chaos, best.coherence)}
    western = _WESTERN in as_good and not _NOT_WESTERN.search(data.decode(_WESTERN, "replace"))
    return _WESTERN if western else best.encoding, 0


def _telling(data: bytes) -> bytes:
    """The beginning of a text, or what is around its first character beyond ASCII, which alone tells the encoding."""
    if data[:_SAMPLE].isascii() and (beyond := _BEYOND_ASCII.search(data)):
        return data[max(0, beyond.start() - _SAMPLE // 2) : beyond.start() + _SAMPLE // 2]
    return data[:_SAMPLE]


_WESTERN = "cp1252"
_NOT_WESTERN = re.compile(r"[^\W\d_][¹²³¼½¾±¿¡][^\W\d_]|ø[^.!?\n]*[ìùò]|[ìùò][^.!?\n]*ø")
"""What Czech or Polish looks like when it is read so: signs inside words, and letters that share no language."""
_AS_BROWSERS_READ = dict.fromkeys(
    ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"), _WESTERN
)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def _is_utf8(data: bytes) -> bool:
    """Also where a few bytes of it are damaged, or a sample ends inside a character."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return not bad or sum(character > "\x7f" for character in text) > 5 * bad


def _is_text_encoding(name: str) -> bool:
    try:
        b"a".decode(name)
    except (LookupError, ValueError):
        return False
    return True
