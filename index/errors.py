"""The errors a user can meet. Each message names the offending value and the way out."""

from __future__ import annotations


class MotAMotError(Exception):
    """Base class of every error raised on purpose by the packages `index`, `qa` and `eval`."""


class DocumentError(MotAMotError):
    """A file that can't become a document: missing, empty, binary, too large, damaged."""


class CollectionError(MotAMotError):
    """A collection that can't be opened or changed as asked."""


class ModelError(MotAMotError):
    """A model that is not at hand, or whose files are not what they should be."""


class QuestionError(MotAMotError):
    """A question that can't be asked: empty, too long, or in a broken question file."""
