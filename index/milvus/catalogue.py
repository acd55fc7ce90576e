"""The documents of a collection on Milvus: what needs no encoder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from index.documents import Document, Heading, PageMark
from index.errors import CollectionError, UnknownDocumentError
from index.milvus.address import Address
from index.milvus.records import Fact, Record, Records
from index.milvus.server import Server, equal
from index.rows import Entry, damaged, text_checksum

PATIENCE = 10.0  # seconds for one answer of the server


class MilvusCatalogue:
    """Lists and removes documents."""

    def __init__(self, server: Server) -> None:
        """Use `open`."""
        self.server = server
        self.where = server.address.where
        self.records = Records(server, server.address.name)

    @classmethod
    def open(cls, where: str) -> MilvusCatalogue:
        """The documents of the collection at an address; CollectionError when there is none."""
        address = Address.of(where)
        server = connected(address, create=False)
        try:
            catalogue = cls(server)
            if not catalogue.records.exist():
                raise absent(where)
            catalogue.fact()
        except BaseException:
            server.close()
            raise
        return catalogue

    def close(self) -> None:
        """Let go of the server. It can't be used any more."""
        self.server.close()

    def fact(self, strong: bool = False) -> Fact:
        """What the collection says of itself; CollectionError when there is none."""
        fact = self.records.fact(strong)
        if fact is None:
            raise absent(self.where)
        return fact

    def entries(self) -> list[Entry]:
        """Every document, in the order they were added."""
        return [record.entry for record in self.records.all()]

    def document(self, doc_id: str) -> Document:
        """One document with its text; CollectionError when there is none of that id, or when it is damaged."""
        record = self.records.named(doc_id)
        if record is None:
            raise UnknownDocumentError(doc_id, self.where)
        return self.document_of(record)

    def document_of(self, record: Record) -> Document:
        """The document of a record; CollectionError when it is not what was written."""
        kept = self.records.read_text(record.owner, record.version, record.pieces)
        told = json.loads(kept) if kept is not None else {"text": "", "marks": "{}"}
        if text_checksum(told["text"]) != record.checksum or text_checksum(told["marks"]) != record.marks:
            raise CollectionError(damaged(record.doc_id))
        marks = json.loads(told["marks"])
        return Document(
            doc_id=record.doc_id,
            title=record.title,
            text=told["text"],
            source=record.source,
            language=record.language,
            headings=tuple(Heading(**mark) for mark in marks["headings"]),
            pages=tuple(PageMark(**mark) for mark in marks["pages"]),
        )

    def remove(self, doc_id: str) -> None:
        """Remove a document and all that belongs to it; CollectionError when there is none of that id."""
        record = self.records.named(doc_id, strong=True)
        if record is None:
            raise UnknownDocumentError(doc_id, self.where)
        self.records.begin(record.owner, record.version)
        self.records.put(replace(record, removed=True))
        self.clean(self.fact().passages, record.owner, record.version)

    def is_named(self, owner: int, version: int) -> bool:
        """Is it the version that its document's record names?"""
        record = self.records.of_owner(owner)
        return record is not None and not record.removed and record.version == version

    def clean(self, table: str, owner: int, version: int) -> None:
        """Delete the rows of a version that no record names; nothing happens when one does (again)."""
        if not self.is_named(owner, version):
            self.server.delete(table, equal(owner=owner, version=version))
            self.records.delete_text(owner, version)
        self.records.finish(owner, version)


def connected(address: Address, create: bool, patience: float = PATIENCE) -> Server:
    """A connection; of a local file only where there is one, or with `create`."""
    if address.is_local and not Path(address.uri).exists():
        if not create:
            raise absent(address.where)
        try:
            Path(address.uri).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CollectionError(
                f"{address.where}: can't be made ({error.strerror}); name another"
            ) from error
    return Server(address, patience)


def absent(where: str) -> CollectionError:
    """What to tell where there is no collection."""
    return CollectionError(
        f"{where}: no collection there; make one with: python -m index add --collection {where} FILE…"
    )
