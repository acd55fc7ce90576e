"""An address of Milvus, as a command line names it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from index.errors import CollectionError

TOKEN = "MOT_A_MOT_MILVUS_TOKEN"  # noqa: S105 (the name of the variable, not a secret)
_FORMS = "milvus://HOST:PORT/NAME, milvus+https://HOST:PORT/NAME or milvus:///FOLDER/FILE.db"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")
_COUNT = re.compile(r"[1-9][0-9]{0,2}")
_PORTS = {"milvus": 19530, "milvus+https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a collection lies. The token never shows: it comes from the environment alone."""

    where: str  # as it was named
    uri: str  # of the server, or the path of milvus-lite's file
    name: str  # of the collection there
    shards: int = 1  # through which a new collection is written
    replicas: int | None = None  # in memory, each on query nodes of its own; None = as the server has it
    token: str = field(default="", repr=False)

    @property
    def is_local(self) -> bool:
        """Is it milvus-lite in this process, on a file of its own?"""
        return self.uri.endswith(".db")

    @classmethod
    def of(cls, where: str) -> Address:
        """Take an address apart; CollectionError when it is none.

        >>> Address.of("milvus://db.example/archive").uri
        'http://db.example:19530'
        >>> Address.of("milvus:///data/archive.db").uri
        '/data/archive.db'
        """
        try:
            parts = urlsplit(where)
            port = parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError) as error:
            raise CollectionError(f"{where}: no address of Milvus ({error}); write {_FORMS}") from error
        if parts.username is not None:
            raise CollectionError(
                f"{parts.scheme}://…@{parts.hostname}: no secrets in an address; put USER:PASSWORD or a token into {TOKEN}"
            )
        if not parts.hostname:
            file, dot, name = parts.path.partition(".db")
            uri, name = str(Path(file + dot)), name.strip("/") or "documents"
        else:
            scheme = "https" if parts.scheme.endswith("https") else "http"
            dot, uri, name = ".db", f"{scheme}://{parts.hostname}:{port}", parts.path.strip("/")
        if not dot or not _NAME.fullmatch(name):
            raise CollectionError(
                f"{where}: no address of a collection; write {_FORMS}, with a NAME of letters, digits and _"
            )
        told = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
        if not set(told) <= {"shards", "replicas"} or not all(_COUNT.fullmatch(n) for n in told.values()):
            raise CollectionError(
                f"{where}: {parts.query!r} is no choice of ?shards=N&replicas=N, from 1 to 999"
            )
        replicas = int(told["replicas"]) if "replicas" in told else None
        return cls(where, uri, name, int(told.get("shards", "1")), replicas, os.environ.get(TOKEN, ""))
