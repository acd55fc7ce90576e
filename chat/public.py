"""What is told to visitors and their programs: a document's name or URL and what went wrong, not where anything lies on the server."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

from chat.desk import BusyError
from index.errors import QuestionError, UnknownDocumentError, UnreachableError
from index.formats import FORMATS
from qa.answers import Answer

_MEMBER = re.compile(rf"(?:{'|'.join(map(re.escape, FORMATS))})(?=#)", re.IGNORECASE)
_LOG = logging.getLogger(__name__)


def public_source(source: str) -> str:
    """The source without the folders it lies in.

    >>> public_source("/home/anne/notes.jsonl#a/b"), public_source("/home/anne/C# projects/a.md")
    ('notes.jsonl#a/b', 'a.md')
    """
    if "://" in source:
        return source
    inside = _MEMBER.search(source)
    end = inside.end() if inside else len(source)
    return source[:end].replace("\\", "/").rpartition("/")[2] + source[end:]


def public_json(answer: Answer) -> dict[str, Any]:
    """`Answer.to_json` for visitors."""
    values = answer.to_json()
    for place in (*values["citations"], *values["nearest"]):
        place["source"] = public_source(place["source"])
    return values


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, for a program."""

    status: int  # of HTTP
    detail: str


def public_failure(error: Exception) -> Failure:
    """The error without paths and addresses; what the owner has to mend goes to the log, whole."""
    if isinstance(error, QuestionError):
        return Failure(422, str(error))
    if isinstance(error, BusyError):
        return Failure(503, str(error))
    if isinstance(error, UnknownDocumentError):
        return Failure(404, f"{error.doc_id}: no such document; list the documents again")
    _LOG.error("a program was not answered", exc_info=error)
    if isinstance(error, UnreachableError):
        return Failure(503, "the documents can't be reached at the moment; try again")
    return Failure(503, "the documents can't be asked; their owner finds the reason in the server's log")
