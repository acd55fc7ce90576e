"""Files → documents. Each becomes one or several documents whole, or a `DocumentError` says why it can't."""

from __future__ import annotations

import atexit
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BufferedReader
from pathlib import Path, PurePath
from typing import BinaryIO

from index.documents import Document
from index.errors import DocumentError, Problem
from index.formats import FORMATS, Format
from index.formats.isolated import Isolation
from index.formats.source import Extract, Fields, Source
from index.languages import language_of
from index.limits import Limits

__all__ = ["FORMATS", "Fields", "Limits", "all_from_bytes", "extracts", "from_bytes", "load", "load_all"]

_LONGEST_TITLE = 200  # characters: titles and headings are repeated with every passage below them
_ISOLATION = Isolation()
atexit.register(_ISOLATION.close)


def load(path: str | Path, limits: Limits | None = None) -> Document:
    """Read a file that holds one document. Its `doc_id` is the file's name: the collection makes it unique.

    Raises DocumentError when the file is missing, too large, empty, binary, damaged, of an unknown
    format, or of a format that holds several documents.
    """
    _refuse_several(str(path), str(path))
    return next(load_all(path, limits))


def load_all(
    path: str | Path,
    limits: Limits | None = None,
    fields: Fields | None = None,
    reached: Callable[[int], None] | None = None,
) -> Iterator[Document]:
    """Read the documents in a file one after the other, so that a large one is never in memory whole.

    A document in a file of several has the source "<path>#<member>". Same errors as `load`; when
    only some members of a zip can't be read, the others are given first. `reached` is told how many
    bytes of the file are behind each document.
    """
    path = Path(path)
    with opened(path) as stream:
        for document in _documents(stream, path.name, str(path), limits, fields):
            if reached is not None:
                reached(stream.tell())
            yield document


def opened(path: Path) -> BufferedReader:
    """An ordinary file, open for reading; DocumentError for anything else, told by a name that can be written."""
    if (shown := writable(path)) != str(path):
        raise DocumentError(f"{shown}: its name is not UTF-8; rename it", Problem.UNREADABLE)
    try:
        if path.is_dir():
            raise DocumentError(f"{path}: a folder, not a file; name the files in it", Problem.UNREADABLE)
        if path.exists() and not path.is_file():  # reading a pipe or a device might never end
            raise DocumentError(f"{path}: no ordinary file; copy its content into one", Problem.UNREADABLE)
        return path.open("rb")
    except OSError as error:
        raise DocumentError(
            f"{path}: can't be read ({error.strerror}); check the path and its permissions",
            Problem.UNREADABLE,
        ) from error


def writable(path: Path) -> str:
    """A path as text that can be written, also where it is not UTF-8 on the disk."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def from_bytes(data: bytes, name: str, source: str, limits: Limits | None = None) -> Document:
    """The one document in the bytes of a file called `name`; same errors as `load`."""
    _refuse_several(name, source)
    return next(all_from_bytes(data, name, source, limits))


def all_from_bytes(
    data: bytes, name: str, source: str, limits: Limits | None = None, fields: Fields | None = None
) -> Iterator[Document]:
    """The documents in the bytes of a file called `name`; same errors as `load_all`."""
    yield from _documents(io.BytesIO(data), name, source, limits, fields)


def extracts(source: Source) -> Iterator[Extract]:
    """What is found in a file of any format; nothing but DocumentError is raised, whatever is in it."""
    form = _format_of(source.name, source.label)
    _check_size(source, form)
    found = False
    try:
        for extract in _ISOLATION.read(source) if form.libraries else form.read(source):
            found = True
            yield _sound(source, extract)
    except (DocumentError, GeneratorExit):
        raise
    except OverflowError as error:  # of the limit of characters
        raise source.error(str(error), Problem.TOO_LONG, limit=source.limits.characters) from error
    except Exception as error:  # a damaged file raises whatever its library ran into
        raise source.error(f"damaged ({type(error).__name__}: {str(error)[:200]}); save it again") from error
    if not found:
        raise source.error("no document in it", Problem.EMPTY)


def _documents(
    stream: BinaryIO, name: str, source: str, limits: Limits | None, fields: Fields | None
) -> Iterator[Document]:
    taken: Counter[str] = Counter()
    for extract in extracts(Source(stream, name, source, limits or Limits(), fields or Fields())):
        member = f"#{extract.name}" if extract.name else ""
        while taken[member]:  # records may have their ids in common
            taken[member] += 1
            member = f"{member}~{taken[member]}"
        taken[member] += 1
        yield Document(
            doc_id=name + member,
            title=extract.title or PurePath(extract.name.rpartition("#")[2] or name).stem,
            text=extract.text,
            source=source + member,
            language=language_of(extract.text),
            headings=extract.headings,
            pages=extract.pages,
        )


def _sound(source: Source, extract: Extract) -> Extract:
    """An extract that can be stored: of a length within the limits, and valid Unicode."""
    longest = source.limits.characters
    if len(extract.text) > longest:
        told = f"{len(extract.text):,} characters, the limit is {longest:,}; split the file"
        raise source.error(told, Problem.TOO_LONG, limit=longest)
    text = _unicode(extract.text)
    if not text.strip():
        raise source.error("no text in it", Problem.EMPTY)
    return replace(
        extract,
        text=text,
        title=None if extract.title is None else _unicode(extract.title)[:_LONGEST_TITLE],
        headings=tuple(replace(h, text=_unicode(h.text)[:_LONGEST_TITLE]) for h in extract.headings),
        pages=tuple(replace(page, label=_unicode(page.label)[:_LONGEST_TITLE]) for page in extract.pages),
        name=_unicode(extract.name),
    )


def _unicode(text: str) -> str:
    """Halves of surrogate pairs, which JSON and PDF can contain, as question marks: offsets stay."""
    return text.encode("utf-8", "replace").decode()


def _check_size(source: Source, form: Format) -> None:
    size = source.stream.seek(0, os.SEEK_END)
    source.stream.seek(0)
    largest = form.largest(source.limits)
    if size > largest:
        told = f"{size / 1e6:.1f} MB, the limit is {largest / 1e6:.0f} MB; split the file"
        raise source.error(told, Problem.TOO_LARGE, limit=largest)


def _format_of(name: str, source: str) -> Format:
    suffix = PurePath(name).suffix.lower()
    if suffix not in FORMATS:
        known = " ".join(sorted(FORMATS))
        told = f"{source}: unknown format {suffix or '(no ending)'!r}; known are {known}"
        raise DocumentError(told, Problem.UNKNOWN_FORMAT, label=source)
    return FORMATS[suffix]


def _refuse_several(name: str, source: str) -> None:
    if _format_of(name, source).several:
        raise DocumentError(f"{source}: may hold several documents; read it with load_all")
