"""The name of a collection → the collection: a folder on this machine, or an address of Milvus."""

from __future__ import annotations

from pathlib import Path

from index.collection import Collection
from index.encoder import Encoder
from index.errors import UnknownDocumentError
from index.places import is_address
from index.rows import Entry, delete, entries
from index.searchable import Catalogue, Library
from index.store import Store


def open_collection(
    where: str | Path,
    encoder: Encoder,
    create: bool = False,
    *,
    patience: float = 30.0,
    any_fingerprint: bool = False,
) -> Library:
    """The collection of that name; a new one with `create`.

    `patience`: seconds to wait for another writer, or for a server. `any_fingerprint`: open it however it
    was built, to `rebuild` it. CollectionError when there is none, or when it was built otherwise.
    """
    if is_address(where):
        from index.milvus.collection import MilvusCollection

        return MilvusCollection.open(
            str(where), encoder, create, patience=patience, any_fingerprint=any_fingerprint
        )
    return Collection.open(where, encoder, create, patience=patience, any_fingerprint=any_fingerprint)


def open_catalogue(where: str | Path) -> Catalogue:
    """The documents of a collection, without its encoder; CollectionError when there is none of that name."""
    if is_address(where):
        from index.milvus.catalogue import MilvusCatalogue

        return MilvusCatalogue.open(str(where))
    return _LocalCatalogue(Store.open(where))


class _LocalCatalogue:
    """The documents of a collection in one file."""

    def __init__(self, store: Store) -> None:
        self.where = store.where
        self._store = store

    def entries(self) -> list[Entry]:
        with self._store.reading() as cursor:
            return entries(cursor)

    def remove(self, doc_id: str) -> None:
        with self._store.writing() as cursor:
            if not delete(cursor, "doc_id", doc_id):
                raise UnknownDocumentError(doc_id, self.where)

    def close(self) -> None:
        self._store.close()
