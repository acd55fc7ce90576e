"""What went wrong with a file or the library, in the visitor's language: errors carry a kind and figures, the words are in `Texts`."""

from __future__ import annotations

import logging

from chat.intake import RefusedError
from chat.texts import Texts, figure
from index.errors import (
    CollectionBusyError,
    CollectionError,
    DocumentError,
    Problem,
    UnknownDocumentError,
    UnreachableError,
)
from index.loading import FORMATS

_LOG = logging.getLogger(__name__)
_MOST_MEMBERS = 3  # of an archive, told by name


def told(error: Exception, texts: Texts, *, reading: bool = False) -> str:
    """A sentence or some; what should not happen goes to the log as well. `reading`: nothing was to be changed."""
    if isinstance(error, RefusedError):
        return _worded(error.why, error, texts)
    if isinstance(error, DocumentError):
        return f"{_worded(error.problem, error, texts)}{_members(error, texts)}"
    if isinstance(error, CollectionError):
        return _of_collection(error, texts, reading)
    _LOG.error("a file failed", exc_info=error)
    return texts.problem_failed


def formats() -> str:
    """The endings of the files that can be read, for people."""
    return " ".join(sorted(FORMATS))


def _of_collection(error: CollectionError, texts: Texts, reading: bool) -> str:
    if isinstance(error, UnknownDocumentError):
        return texts.problem_gone
    if isinstance(error, CollectionBusyError):
        _LOG.warning("%s", error)
        return texts.problem_busy
    if isinstance(error, UnreachableError):
        _LOG.warning("%s", error)
        return texts.problem_unreachable
    _LOG.error("%s", error)
    return texts.library_unreadable if reading else texts.problem_unwritable


def _worded(kind: str, error: DocumentError, texts: Texts) -> str:
    sentence = str(getattr(texts, f"problem_{kind.replace(' ', '_')}"))
    figures = {name: figure(number, texts) for name, number in error.figures.items()}
    megabytes = figure(error.figures.get("limit", 0) // 1_000_000, texts)
    return sentence.format(
        formats=formats(), megabytes=megabytes, count=len(_flat(error)), **{"pages": "", **figures}
    )


def _members(error: DocumentError, texts: Texts) -> str:
    """The first files of an archive that can't be read, each with its reason."""
    members = _flat(error)
    return "".join(
        f" {member.label.rpartition('#')[2]}{_COLON[texts.language]}{_worded(member.problem, member, texts)}"
        for member in members[:_MOST_MEMBERS]
    )


_COLON = {"fr": "\u00a0: ", "en": ": "}


def _flat(error: DocumentError) -> list[DocumentError]:
    """The members that can't be read, those of archives in archives too."""
    found: list[DocumentError] = []
    for member in error.members:
        found += _flat(member) if member.problem is Problem.MEMBERS else [member]
    return found
