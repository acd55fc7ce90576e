"""The errors a user can meet. Each message names the offending value and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class MotAMotError(Exception):
    """Base class of every error raised on purpose by the packages `index`, `qa` and `eval`."""


class Problem(StrEnum):
    """What keeps a file from becoming a document, and which figures tell more of it."""

    UNREADABLE = "unreadable"  # missing, no permission, no ordinary file
    UNKNOWN_FORMAT = "unknown format"
    TOO_LARGE = "too large"  # limit: bytes
    TOO_LONG = "too long"  # limit: characters
    TOO_MANY_PAGES = "too many pages"  # pages, limit
    TOO_COSTLY = "too costly"  # in time or memory
    EMPTY = "empty"
    BINARY = "binary"
    ENCRYPTED = "encrypted"
    SCANNED = "scanned"  # pages
    RECORD = "record"  # number: of the line or row that is none
    FIELD = "field"  # number: of the record without a field of text
    ARCHIVE = "archive"  # unsafe to unpack
    MEMBERS = "members"  # some files of an archive, or records; the others are documents
    DAMAGED = "damaged"


class DocumentError(MotAMotError):
    """A file that can't become a document.

    The message is for the owner; `problem` and `figures` let a program say it in another language.
    """

    def __init__(
        self,
        message: str,
        problem: Problem = Problem.DAMAGED,
        *,
        label: str = "",
        members: tuple[DocumentError, ...] = (),
        figures: Mapping[str, int] | None = None,
    ) -> None:
        """`label`: the file, or "a.zip#member". `members`: what is wrong with each, for Problem.MEMBERS."""
        super().__init__(message)
        self.problem = problem
        self.figures = dict(figures or {})
        self.label = label
        self.members = members


class CollectionError(MotAMotError):
    """A collection that can't be opened or changed as asked."""


class UnknownDocumentError(CollectionError):
    """A doc_id that the collection does not hold."""

    def __init__(self, doc_id: str, where: str) -> None:
        super().__init__(f"{doc_id}: no such document in {where}; see: python -m index list")
        self.doc_id = doc_id


class UnreachableError(CollectionError):
    """The server that holds the collection does not answer; asking again later may help."""


class CollectionBusyError(CollectionError):
    """Another process is writing the collection; nothing of ours was written."""


class ModelError(MotAMotError):
    """A model that is not at hand, or whose files are not what they should be."""


class QuestionError(MotAMotError):
    """A question that can't be asked: empty, too long, or in a broken question file."""
