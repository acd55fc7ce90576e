"""Dropped files → documents of a collection, within what a dropped file may cost. For visitors' own and for the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from index.documents import Document
from index.errors import DocumentError, MotAMotError, Problem
from index.loading import Limits, load_all
from index.searchable import Library

_LOADING = Limits()
_UNPACKED = 10  # times what a file may have in bytes
_ARCHIVE = 120.0  # seconds to read the files of a dropped archive: others wait for the same reader


class Refused(StrEnum):
    """Why a file that can be read is not taken."""

    FULL = "full"
    TOO_MANY_DOCUMENTS = "too many documents"
    CROWDED = "crowded"


class RefusedError(DocumentError):
    """A file that can be read, but for which there is no room."""

    def __init__(self, message: str, why: Refused, limit: int = 0) -> None:
        super().__init__(message, figures={"limit": limit})
        self.why = why


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What one dropped file may hold."""

    file_bytes: int = 20_000_000
    pages: int = _LOADING.pages  # of a pdf
    characters: int = 2_000_000  # of all documents in it
    documents: int = 2_000

    @property
    def for_loading(self) -> Limits:
        """The same as the loaders take it, whatever the format."""
        return Limits(
            file_bytes=self.file_bytes,
            rich_bytes=self.file_bytes,
            archive_bytes=self.file_bytes,
            archive_seconds=_ARCHIVE,
            unpacked_bytes=_UNPACKED * self.file_bytes,
            characters=self.characters,
            pages=self.pages,
        )


@dataclass(slots=True)
class Progress:
    """How far a file is: written by the thread that reads it, shown by another."""

    part: float | None = None  # in [0, 1]; None: not known yet
    passages: int = 0  # read so far


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file that was read, at least in part."""

    status: str  # "added", "updated" or "unchanged"
    passages: int  # count
    left_out: MotAMotError | None = None  # why some of its documents are not there


def documents_in(file: Path, limits: FileLimits) -> tuple[list[Document], DocumentError | None]:
    """The documents in a file, their sources without the folder it lies in, and what of it can't be read.

    DocumentError when that is all of it, or as soon as it is too long; RefusedError as soon as there are too
    many documents in it.
    """
    folder = f"{file.parent}/"
    documents: list[Document] = []
    characters = 0
    try:
        for document in load_all(file, limits.for_loading):
            characters += len(document.text)
            if characters > limits.characters:
                raise DocumentError(
                    f"{file.name}: more than {limits.characters:,} characters in it, which is the limit; split it",
                    Problem.TOO_LONG,
                    figures={"limit": limits.characters},
                )
            if len(documents) == limits.documents:
                raise RefusedError(
                    f"{file.name}: too many documents", Refused.TOO_MANY_DOCUMENTS, limits.documents
                )
            documents.append(replace(document, source=document.source.removeprefix(folder)))
    except DocumentError as error:
        if error.problem is not Problem.MEMBERS or not documents:
            raise
        return documents, error
    return documents, None


def put(
    collection: Library,
    documents: Sequence[Document],
    left_out: MotAMotError | None,
    progress: Progress,
) -> Taken:
    """Add the documents of a file, each whole or not at all.

    The first that can't be added ends it: raised when none was before it, else told as what is left out.
    """
    statuses: set[str] = set()
    passages = 0
    for number, document in enumerate(documents):

        def report(done: int, of: int, number: int = number, before: int = passages) -> None:
            progress.part, progress.passages = (number + done / of) / len(documents), before + done

        try:
            added = collection.add(document, report)
        except MotAMotError as error:
            if not statuses:
                raise
            left_out = error
            break
        passages += added.passages
        progress.part, progress.passages = (number + 1) / len(documents), passages
        statuses.add(added.status)
    status = next(status for status in ("updated", "added", "unchanged") if status in statuses)
    return Taken(status, passages, left_out)
