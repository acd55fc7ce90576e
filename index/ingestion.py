"""Files and folders → a collection: what has not changed is skipped, and one bad file stops nothing."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import groupby, takewhile
from pathlib import Path

from index.ahead import Ended, Ready, Step, prepared_ahead
from index.documents import Document
from index.errors import DocumentError
from index.loading import FORMATS, Fields, Limits, load_all, opened
from index.searchable import Library

_READING = (
    2  # one more whenever a format is read otherwise, so that files are read anew when they are added again
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document, or of a file as a whole."""

    path: Path
    status: str  # of a document "added", "updated", "unchanged" or "removed"; of a file "skipped" or "failed"
    doc_id: str | None = None
    passages: int = 0  # count
    same_as: tuple[str, ...] = ()  # doc_ids of other documents with the same text
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingestion is."""

    files: int  # done
    of_files: int
    documents: int  # seen in files that were not skipped
    bytes: int  # read, of files that were not skipped
    bytes_left: int
    seconds: float  # since it began

    @property
    def seconds_left(self) -> float:
        """At the rate so far; infinite before there is one."""
        return self.seconds * self.bytes_left / self.bytes if self.bytes else float("inf")


def ingest(
    collection: Library,
    paths: Iterable[str | Path],
    limits: Limits | None = None,
    fields: Fields | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Iterator[Outcome]:
    """Add files, and all readable files of folders, in their order; what became of each, once it is on disk.

    A file that was read to its end before and has not changed since is skipped. Documents keep the
    file's absolute path as their source, so that the same file is the same source from everywhere.
    CollectionError when the collection itself can't go on; what was told before that is on disk.
    """
    files = list(files_of(paths))
    sizes = {file: _size(file) for file in files}
    begun = time.monotonic()
    done = documents = read = 0
    left = sum(sizes.values())
    failed: set[Path] = set()

    def reading(file: Path) -> Iterator[tuple[Document, int] | Ended]:
        whole = _read(collection, file, limits, fields or Fields())
        return takewhile(lambda _: file not in failed, whole)

    with closing(prepared_ahead(files, reading, collection.prepare)) as steps:
        for file, of_file in groupby(steps, key=lambda step: step.file):
            position = 0
            for outcome, position in _written(collection, file, of_file):
                if outcome.status == "failed":
                    failed.add(file)  # what else it holds is neither read nor encoded
                documents += outcome.status in {"added", "updated", "unchanged"}
                yield outcome
                if report is not None:
                    seconds = time.monotonic() - begun
                    report(Progress(done, len(files), documents, read + position, left - position, seconds))
            done += 1
            read += sizes[file] if position else 0
            left -= sizes[file]


def files_of(paths: Iterable[str | Path]) -> Iterator[Path]:
    """The files that `paths` name, as absolute paths, each once: themselves, and in folders those of a known format.

    Hidden files are left out, and so are links that lead out of the folder that was named.
    """
    seen: set[Path] = set()
    for path in (Path(os.path.abspath(path)) for path in paths):
        for file in _in_folder(path) if path.is_dir() else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _in_folder(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(where, name)
            known = file.suffix.lower() in FORMATS and not name.startswith(".")
            if known and _leads_into(file, root):
                yield file


def _leads_into(file: Path, root: Path) -> bool:
    """Does a link stay in the folder that was named? One that leads nowhere does: it is told of when it is read."""
    try:
        return file.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a circle of links
        return True


def _read(
    collection: Library, file: Path, limits: Limits | None, fields: Fields
) -> Iterator[tuple[Document, int] | Ended]:
    """The documents of a file that is not in the collection as it is, and how it ended."""
    position = 0

    def reached(at: int) -> None:
        nonlocal position
        position = at

    try:
        checksum = _checksum(file, fields)
        if collection.has_read(str(file), checksum):
            yield Ended(file, skipped=True)
            return
        for document in load_all(file, limits, fields, reached):
            yield document, position
        yield Ended(file, checksum)
    except DocumentError as error:
        yield Ended(file, error=error)


def _written(collection: Library, file: Path, steps: Iterable[Step]) -> Iterator[tuple[Outcome, int]]:
    """Outcomes, each with how many bytes of the file are behind it; 0 when it was skipped."""
    position = 0
    sources: list[str] = []
    try:
        for step in steps:
            if isinstance(step, Ready):
                position = step.bytes
                prepared = step.prepared.result()
                added = collection.write(prepared)
                sources.append(prepared.document.source)
                yield Outcome(file, added.status, added.doc_id, added.passages, added.same_as), position
            elif step.error is not None:
                raise step.error
            elif step.skipped:
                yield Outcome(file, "skipped"), 0
            elif step.checksum is not None:
                for doc_id in collection.note_read(str(file), step.checksum, sources):
                    yield Outcome(file, "removed", doc_id), position
    except DocumentError as error:  # of a document: what else the file holds is left
        yield Outcome(file, "failed", error=str(error)), position


def _checksum(file: Path, fields: Fields) -> str:
    """SHA-256 of the bytes and of how they are read, in hexadecimal."""
    total = hashlib.sha256(json.dumps({**asdict(fields), "version": _READING}).encode())
    with opened(file) as stream:
        try:
            total.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            raise DocumentError(
                f"{file}: can't be read ({error.strerror}); is the disk all right?"
            ) from error
    return total.hexdigest()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # told when its turn comes
        return 0
