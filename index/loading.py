"""Files → documents. Each file becomes a document whole, or a `DocumentError` says why it can't."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

from index.documents import Document, Heading
from index.errors import DocumentError
from index.languages import language_of

_ATX = re.compile(r"(#{1,6})[ \t]+(.*)", re.DOTALL)
_UNDERLINE = re.compile(r"=+|-{3,}")
_LINE = re.compile(r"^[^\S\n]*([^\n]*)", re.MULTILINE)
_NO_HEADING = frozenset('.!?:;,…»"”')  # a line that ends so is a sentence or a lead-in
_FRONT_MATTER = re.compile(r"---[ \t]*+\r?\n.*?^(?:---|\.\.\.)[ \t]*+\r?$", re.MULTILINE | re.DOTALL)
_MARKDOWN_LINE = re.compile(r"^( {0,3}+)(.*)$", re.MULTILINE)
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


def load_all(path: str | Path, limits: Limits | None = None) -> Iterator[Document]:
    """Read the documents in one file, one after the other; same errors as `load`."""
    yield load(path, limits)


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
    """The title (the first heading of level 1) and the headings, none from fenced code or front matter."""
    headings: list[Heading] = []
    fence: str | None = None  # what closes the open code block
    above: tuple[int, str] | None = None  # the line before, where it can be a heading underlined here
    front = _FRONT_MATTER.match(text)
    for match in _MARKDOWN_LINE.finditer(text, front.end() if front else 0):
        start, line = match.start(2), match[2].rstrip()
        mark = line[:3]
        if fence is not None or mark in {"```", "~~~"}:
            fence, above = (mark if fence is None else None if mark == fence else fence), None
        elif atx := _ATX.fullmatch(line):
            if words := _without_closing(atx[2]):
                headings.append(Heading(start, start + len(line), len(atx[1]), words))
            above = None
        elif above is not None and _UNDERLINE.fullmatch(line):
            level = 1 if line[0] == "=" else 2
            headings.append(Heading(above[0], start + len(line), level, above[1]))
            above = None
        else:
            above = (start, line) if line and not match[2][0].isspace() else None
    title = next((heading.text for heading in headings if heading.level == 1), None)
    return title, tuple(headings)


def _without_closing(heading: str) -> str:
    """ "Port ##" → "Port" """
    opened = heading.rstrip("#")
    return opened.rstrip() if not opened or opened[-1].isspace() else heading


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
