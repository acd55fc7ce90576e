"""Files → documents. Each file becomes a document whole, or a `DocumentError` says why it can't."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

from index.documents import Document, Heading
from index.errors import DocumentError
from index.languages import language_of

_ATX = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*\r?$", re.MULTILINE)
_SETEXT = re.compile(r"^ {0,3}(\S[^\n]*?)[ \t]*\r?\n {0,3}(=+|-{3,})[ \t]*\r?$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^[^\S\n]*([^\n]*)", re.MULTILINE)
_NO_HEADING = frozenset('.!?:;,…»"”')  # a line that ends so is a sentence or a lead-in
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n.*?^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE | re.DOTALL)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a single file may cost."""

    file_bytes: int = 20_000_000
    characters: int = 10_000_000  # of extracted text


def load(path: str | Path, limits: Limits | None = None) -> Document:
    """Read one file. Its `doc_id` is the file's name: the collection makes it unique.

    Raises DocumentError when the file is missing, too large, empty, binary or of an unknown format.
    """
    path = Path(path)
    limits = limits or Limits()
    read = FORMATS.get(path.suffix.lower())
    if read is None:
        known = " ".join(sorted(FORMATS))
        raise DocumentError(f"{path}: unknown format {path.suffix or '(no ending)'!r}; known are {known}")
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise DocumentError(
                f"{path}: {size / 1e6:.1f} MB, the limit is {limits.file_bytes / 1e6:.0f} MB; split the file"
            )
        if path.is_dir():
            raise DocumentError(f"{path}: a folder, not a file; name the files in it")
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"{path}: can't be read ({error.strerror}); check the path and its permissions"
        ) from error
    return from_bytes(data, path.name, str(path), limits)


def from_bytes(data: bytes, name: str, source: str, limits: Limits | None = None) -> Document:
    """The document in the bytes of a file called `name`; same errors as `load`."""
    limits = limits or Limits()
    text = decode(data, source)
    if len(text) > limits.characters:
        raise DocumentError(
            f"{source}: {len(text):,} characters, the limit is {limits.characters:,}; split the file"
        )
    if not text.strip():
        raise DocumentError(f"{source}: no text in it")
    title, headings = FORMATS[Path(name).suffix.lower()](text)
    return Document(
        doc_id=name,
        title=title or Path(name).stem,
        text=text,
        source=source,
        language=language_of(text),
        headings=headings,
    )


def decode(data: bytes, source: str) -> str:
    """Bytes → text: by byte-order mark, as UTF-8, or as the charset the bytes look like; line ends stay.

    Raises DocumentError for binary data.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, errors="replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        guess = charset_normalizer.from_bytes(data[:200_000]).best()
        if guess is None:
            raise DocumentError(f"{source}: binary, or text in no known encoding; save it as UTF-8") from None
        text = data.decode(guess.encoding, errors="replace")
    controls = len(re.findall(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]", text[:100_000]))
    if controls > len(text[:100_000]) / 20:
        raise DocumentError(f"{source}: binary, not text ({controls} control characters at its beginning)")
    return text


def _markdown(text: str) -> tuple[str | None, tuple[Heading, ...]]:
    """The title (the first heading of level 1) and the headings, none from fenced code."""
    opaque = [match.span() for pattern in (_FENCE, _FRONT_MATTER) for match in pattern.finditer(text)]
    found = [Heading(*m.span(), len(m[1]), m[2]) for m in _ATX.finditer(text)]
    found += [Heading(*m.span(), 1 if m[2][0] == "=" else 2, m[1]) for m in _SETEXT.finditer(text)]
    headings = tuple(
        heading
        for heading in _without_overlap(sorted(found, key=lambda heading: heading.start))
        if not any(start <= heading.start < end for start, end in opaque)
    )
    title = next((heading.text for heading in headings if heading.level == 1), None)
    return title, headings


def _without_overlap(headings: Iterable[Heading]) -> Iterable[Heading]:
    end = 0
    for heading in headings:
        if heading.start >= end:
            end = heading.end
            yield heading


def _plain(text: str) -> tuple[str | None, tuple[Heading, ...]]:
    """The title and headings of plain text: short lines between blank ones that end like no sentence does."""
    headings: list[Heading] = []
    lines = [(match.start(1), match[1].rstrip()) for match in _LINE.finditer(text)]
    neighbours = zip([(0, ""), *lines], lines, [*lines[1:], (0, "")], strict=False)
    seen_text = False
    for (_, before), (start, line), (_, after) in neighbours:
        if (
            line
            and not before
            and not after
            and len(line) <= 80
            and line[0].isalnum()
            and line[-1] not in _NO_HEADING
        ):
            headings.append(Heading(start, start + len(line), 2 if seen_text else 1, line))
        seen_text = seen_text or bool(line)
    title = headings[0].text if headings and headings[0].level == 1 else None
    return title, tuple(headings)


FORMATS: dict[str, Callable[[str], tuple[str | None, tuple[Heading, ...]]]] = {
    ".txt": _plain,
    ".md": _markdown,
    ".markdown": _markdown,
}
"""File endings → what finds title and headings in the text."""
