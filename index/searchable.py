"""What a collection is to the rest of the project, whether one file holds it or many machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.documents import Document, Passage
from index.encoder import Encoder, Vectors
from index.rows import Entry


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a document that was to be added."""

    doc_id: str
    status: str  # "added", "updated" or "unchanged"
    passages: int  # count
    same_as: tuple[str, ...] = ()  # doc_ids of other documents with the same text


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document with all that has to be worked out before it is written."""

    document: Document
    passages: Sequence[Passage] = ()
    vectors: Vectors | None = None  # float32 [passages, dimension]; None: it was there already, unchanged


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage's key and how well it matched."""

    key: int
    score: float  # cosine or BM25; higher is better


class Catalogue(Protocol):
    """The documents of a collection, listed and removed without an encoder."""

    @property
    def where(self) -> str:
        """The name it was opened by."""
        ...

    def entries(self) -> list[Entry]:
        """Every document, in the order they were added."""
        ...

    def remove(self, doc_id: str) -> None:
        """Remove a document and all that belongs to it; CollectionError when there is none of that id."""
        ...

    def close(self) -> None:
        """Release it. It can't be used any more."""
        ...


class Searchable(Protocol):
    """What is asked of a collection to find passages, and to show where they stand."""

    @property
    def encoder(self) -> Encoder:
        """What its passages were encoded with."""
        ...

    def entries(self) -> list[Entry]:
        """Every document, in the order they were added."""
        ...

    def document(self, doc_id: str) -> Document:
        """One document with its text; CollectionError when there is none of that id."""
        ...

    def languages(self) -> list[str | None]:
        """The languages of the documents, the most frequent first."""
        ...

    def nearest(self, vector: Vectors, k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """The passages whose vectors are nearest, by cosine; only of `documents` (doc_ids) where given."""
        ...

    def matching(self, words: Sequence[str], k: int, documents: Sequence[str] | None = None) -> list[Hit]:
        """The passages that share terms with `words` (see `lexical.terms`), by BM25."""
        ...

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """The cosine of `vector` and of each passage in `keys` that still exists."""
        ...

    def vectors(self, keys: Sequence[int]) -> dict[int, Vectors]:
        """The unit vectors, float32 [dimension], of the passages in `keys` that still exist."""
        ...

    def passages(self, keys: Sequence[int]) -> dict[int, Passage]:
        """The passages under `keys`; one that has been removed meanwhile is left out."""
        ...

    def document_frequency(self, word: str) -> int:
        """How many passages hold a term."""
        ...

    def nearest_spelling(self, word: str) -> str | None:
        """The term that was meant by one that no passage holds, where one is a slip away."""
        ...

    def passage_count(self) -> int:
        """How many passages there are."""
        ...

    def count_again(self) -> None:
        """Something was written over another connection: see it at once, where it would take a while."""
        ...


class Library(Searchable, Catalogue, Protocol):
    """A collection that is also written to."""

    @property
    def writable(self) -> bool:
        """Can anything be added or removed?"""
        ...

    def add(self, document: Document, report: Callable[[int, int], None] | None = None) -> Added:
        """Add a document, or replace the one with the same source; nothing happens when it is unchanged."""
        ...

    def prepare(self, document: Document, report: Callable[[int, int], None] | None = None) -> Prepared:
        """The first half of `add`, which writes nothing: threads may prepare documents side by side."""
        ...

    def write(self, prepared: Prepared) -> Added:
        """The second half of `add`; what counts is what is there now."""
        ...

    def has_read(self, file: str, checksum: str) -> bool:
        """Was the file read to its end when its checksum was this, and is all of it still there?"""
        ...

    def note_read(self, file: str, checksum: str, sources: Sequence[str]) -> list[str]:
        """Note that a file was read to its end; the doc_ids of documents it no longer holds, which are removed."""
        ...

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Split and encode every document again with the present encoder; the number of passages."""
        ...

    def verify(self, sample: int = 50) -> list[str]:
        """What is wrong with it, a sentence a problem; `sample`: passages to encode again."""
        ...
