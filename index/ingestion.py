"""Files and folders → a collection: what has not changed is skipped, and one bad file stops nothing."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from index.collection import Added, Collection
from index.errors import DocumentError
from index.loading import FORMATS, Fields, Limits, load_all


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    path: Path
    added: tuple[Added, ...] = ()  # one for each document in it; none when it was skipped or failed
    removed: tuple[str, ...] = ()  # doc_ids of documents that are in the file no more
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingestion is."""

    files: int
    of_files: int
    bytes: int
    of_bytes: int
    seconds: float  # since it began

    @property
    def seconds_left(self) -> float:
        """At the rate so far, by bytes."""
        return self.seconds * (self.of_bytes - self.bytes) / self.bytes if self.bytes else float("inf")


def ingest(
    collection: Collection,
    paths: Iterable[str | Path],
    limits: Limits | None = None,
    fields: Fields | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Iterator[Outcome]:
    """Add files, and all readable files of folders, one after the other; what became of each, as it is done.

    A file that was read to its end before and has not changed since is skipped. Documents keep the
    file's absolute path as their source, so that the same file is the same source from everywhere.
    CollectionError when the collection itself can't go on; what was told before that is on disk.
    """
    how = (limits or Limits(), fields or Fields())
    files = list(files_of(paths))
    sizes = [_size(file) for file in files]
    begun = time.monotonic()
    for done, file in enumerate(files, start=1):
        yield _ingest_file(collection, file, *how)
        if report is not None:
            report(Progress(done, len(files), sum(sizes[:done]), sum(sizes), time.monotonic() - begun))


def files_of(paths: Iterable[str | Path]) -> Iterator[Path]:
    """The files that `paths` name, as absolute paths, each once: themselves, and in folders those of a known format.

    Hidden files are left out, and so are links that lead out of the folder that was named.
    """
    seen: set[Path] = set()
    for path in map(_absolute, paths):
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
            if known and file.resolve().is_relative_to(root):
                yield file


def _ingest_file(collection: Collection, file: Path, limits: Limits, fields: Fields) -> Outcome:
    added: list[Added] = []
    try:
        checksum = _checksum(file, fields)
        if collection.holds_file(str(file), checksum):
            return Outcome(file)
        sources: list[str] = []
        for document in load_all(file, limits, fields):
            added.append(collection.add(document))
            sources.append(document.source)
        removed = collection.finish_file(str(file), checksum, sources)
    except DocumentError as error:
        return Outcome(file, tuple(added), error=str(error))
    return Outcome(file, tuple(added), tuple(removed))


def _checksum(file: Path, fields: Fields) -> str:
    """SHA-256 of the bytes and of how they are read, in hexadecimal."""
    total = hashlib.sha256(json.dumps(asdict(fields)).encode())
    try:
        with file.open("rb") as stream:
            total.update(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        raise DocumentError(
            f"{file}: can't be read ({error.strerror}); check the path and its permissions"
        ) from error
    return total.hexdigest()


def _absolute(path: str | Path) -> Path:
    return Path(os.path.abspath(path))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # told when its turn comes
        return 0
