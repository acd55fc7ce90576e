"""Milvus as the rest of this package uses it. The only import of pymilvus.

Filters are made of whole numbers and of coded terms (`passages.coded`), so no text of a document or of a visitor gets into one.
Every error of Milvus leaves as a CollectionError that names a way out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.encoder import Vectors
from index.errors import CollectionError, UnreachableError
from index.milvus.address import TOKEN, Address

try:
    import grpc
    from pymilvus import DataType, Function, FunctionType, MilvusClient
    from pymilvus.exceptions import MilvusException
except ImportError as missing:
    raise CollectionError(
        f"Milvus is asked for and its client is not installed ({missing}); run: pip install '.[milvus]'"
    ) from missing

Row = dict[str, Any]

LONGEST = 65_535  # bytes of a text field
MOST = 16_384  # rows Milvus gives for one request
_KEYS_AT_ONCE = 1_000
_ROWS_AT_ONCE = 500
_NOT_LOADED = 101  # Milvus's number of that error
_TRIES, _PAUSE = 4, 0.5  # seconds between them
_MAKING = 120.0  # seconds for a collection to be made and loaded
BM25_K1 = 2.4  # twice the local one, because the passage's terms are written twice (see passages.py)

# What it logs it raises as well, and we tell that.
for _library in ("pymilvus", "milvus_lite"):
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)

_USERS: Counter[str] = Counter()  # of each local file, in this process
_USERS_LOCK = threading.Lock()


class Server:
    """One connection. May be shared between threads; it comes back by itself when the server does."""

    def __init__(self, address: Address, patience: float) -> None:
        """`patience`: seconds to wait for an answer. CollectionError when there is none."""
        self.address = address
        self._patience = patience
        self._lock = threading.Lock()
        self._written: set[str] = set()
        with self._explained():
            self._client = MilvusClient(address.uri, token=address.token, timeout=patience)
        if address.is_local:
            with _USERS_LOCK:
                _USERS[address.uri] += 1

    def close(self) -> None:
        """Let go of the server; a local one ends with its last user."""
        with self._lock:
            client, self._client = self._client, None
        if client is None:
            return
        if self.address.is_local:
            for table in self._written:  # from its log into files with indexes: 20 times as fast to search
                with self._explained():
                    client.flush(table, timeout=_MAKING)
        client.close()
        if self.address.is_local:
            from milvus_lite.server_manager import server_manager_instance

            with _USERS_LOCK:
                _USERS[self.address.uri] -= 1
                if not _USERS[self.address.uri]:
                    server_manager_instance.release_server(self.address.uri)

    # ── tables ───────────────────────────────────────────────────────────────────────────────────

    def has(self, table: str) -> bool:
        """Is there a table of that name?"""
        return bool(self._ask("has_collection", table))

    def drop(self, table: str) -> None:
        """Delete a table and all that is in it."""
        self._written.discard(table)
        self._ask("drop_collection", table)

    def make_passages(self, table: str, dimension: int) -> None:
        """A table of passages, ready to be searched; nothing happens when it is there."""
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", DataType.INT64, is_primary=True)
        for name in ("owner", "version", "number", "seal"):
            schema.add_field(name, DataType.INT64)
        schema.add_field("body", DataType.VARCHAR, max_length=LONGEST)
        # Terms are letters and digits of ASCII (see passages.py), which every tokenizer leaves whole.
        schema.add_field(
            "terms", DataType.VARCHAR, max_length=LONGEST, enable_analyzer=True, enable_match=True,
            analyzer_params={"tokenizer": "standard"},
        )  # fmt: skip
        schema.add_field("bm25", DataType.SPARSE_FLOAT_VECTOR)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_function(Function("bm25", FunctionType.BM25, ["terms"], ["bm25"]))
        bm25 = {"bm25_k1": BM25_K1, "bm25_b": 0.75}
        self._make(table, schema, {
            "vector": {"index_type": "AUTOINDEX", "metric_type": "IP"},
            "bm25": {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "BM25", "params": bm25},
            "owner": {"index_type": "INVERTED"},
        })  # fmt: skip

    def make_records(self, table: str) -> None:
        """A table of all that is not searched by likeness; nothing happens when it is there."""
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", DataType.INT64, is_primary=True)
        whole = ("kind", "owner", "version", "number", "name", "content", "language", "at", "seal")
        for name in whole:
            schema.add_field(name, DataType.INT64)
        schema.add_field("body", DataType.VARCHAR, max_length=LONGEST)
        schema.add_field("none", DataType.FLOAT_VECTOR, dim=2)  # Milvus knows no table without a vector
        indexes = {
            name: {"index_type": "INVERTED"} for name in ("kind", "owner", "name", "content", "language")
        }
        self._make(table, schema, {"none": {"index_type": "FLAT", "metric_type": "L2"}, **indexes})

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def write(self, table: str, rows: Sequence[Row]) -> None:
        """Write rows, over those of the same keys."""
        self._written.add(table)
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            self._ask("upsert", table, list(rows[first : first + _ROWS_AT_ONCE]))

    def delete(self, table: str, condition: str) -> None:
        """Delete the rows that meet a condition."""
        self._ask("delete", table, filter=condition)

    def rows(self, table: str, condition: str, fields: Sequence[str], strong: bool = False) -> list[Row]:
        """At most MOST rows that meet a condition. `strong`: with all that anybody wrote before."""
        return self._query(table, condition, fields, strong, limit=MOST)

    def by_key(
        self, table: str, keys: Sequence[int], fields: Sequence[str], strong: bool = False
    ) -> list[Row]:
        """The rows of these keys that are there."""
        found: list[Row] = []
        for first in range(0, len(keys), _KEYS_AT_ONCE):
            condition = f"key in {list(keys[first : first + _KEYS_AT_ONCE])}"
            found += self._query(table, condition, fields, strong)
        return found

    def count(self, table: str, condition: str = "", strong: bool = False) -> int:
        """How many rows meet a condition."""
        (row,) = self._query(table, condition, ["count(*)"], strong)
        return int(row["count(*)"])

    def scan(self, table: str, condition: str, fields: Sequence[str]) -> Iterator[Row]:
        """All rows that meet a condition, however many."""
        self.by_key(table, [0], ["key"])  # loads the table where it is not
        with self._explained():
            rows = self._usable().query_iterator(
                table, batch_size=1_000, filter=condition, output_fields=list(fields),
                consistency_level="Strong", timeout=self._patience,
            )  # fmt: skip
            try:
                while batch := rows.next():
                    yield from batch
            finally:
                rows.close()

    def search(
        self, table: str, query: Vectors | str, k: int, condition: str, fields: Sequence[str]
    ) -> list[tuple[Row, float]]:
        """The `k` rows likest to a vector or to words, of those that meet a condition, best first, with scores."""
        field, metric = ("bm25", "BM25") if isinstance(query, str) else ("vector", "IP")
        (hits,) = self._ask(
            "search", table, data=[query if isinstance(query, str) else query.tolist()], anns_field=field,
            limit=k, filter=condition, output_fields=list(fields), consistency_level="Session",
            search_params={"metric_type": metric},
        )  # fmt: skip
        return [({"key": hit["key"], **hit["entity"]}, float(hit["distance"])) for hit in hits]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _query(
        self, table: str, condition: str, fields: Sequence[str], strong: bool, **more: int
    ) -> list[Row]:
        level = "Strong" if strong else "Session"
        found = self._ask(
            "query", table, filter=condition, output_fields=list(fields), consistency_level=level, **more
        )
        return [dict(row) for row in found]

    def _make(self, table: str, schema: Any, indexes: Mapping[str, Row]) -> None:
        """Every step may have been done by another process, or be under way there: then again."""
        for left in reversed(range(_TRIES)):
            try:
                if not self.has(table):
                    self._ask(
                        "create_collection",
                        table,
                        schema=schema,
                        num_shards=self.address.shards,
                        consistency_level="Session",
                        timeout=_MAKING,
                    )
                there = self._ask("list_indexes", table)
                missing = MilvusClient.prepare_index_params()
                for field, index in indexes.items():
                    if field not in there:
                        missing.add_index(field, index_name=field, **index)
                if set(indexes) - set(there):
                    self._ask("create_index", table, index_params=missing, sync=False, timeout=_MAKING)
                self._load(table)
            except CollectionError:
                if not left:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _load(self, table: str) -> None:
        replicas = self.address.replicas
        self._ask("load_collection", table, replica_number=replicas, timeout=_MAKING)

    def _ask(self, method: str, table: str, *arguments: Any, **options: Any) -> Any:
        options.setdefault("timeout", self._patience)
        call: Callable[..., Any] = getattr(self._usable(), method)
        with self._explained():
            try:
                return call(table, *arguments, **options)
            except MilvusException as error:
                if error.code != _NOT_LOADED or method == "load_collection":
                    raise
        self._load(table)  # milvus-lite forgets what was loaded when it stops, an owner may release it
        with self._explained():
            return call(table, *arguments, **options)

    def _usable(self) -> Any:
        if self._client is None:
            raise CollectionError(f"{self.address.where}: closed; open it again")
        return self._client

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
            raise _explanation(error, self.address) from error


def _explanation(error: Exception, address: Address) -> CollectionError:
    """What went wrong, and what can be done about it."""
    words = " ".join(str(error).split())[:300]
    low = words.lower()
    where = address.where
    if any(sign in low for sign in ("unauthenticated", "auth check", "permission", "privilege")):
        return CollectionError(
            f"{where}: Milvus refuses the token ({words}); set {TOKEN} to USER:PASSWORD or an API key"
        )
    if address.is_local and "local milvus failed" in low:
        return CollectionError(
            f"{where}: can't be opened: another process has it, or its folder can't be written; for several processes "
            f"serve it with: milvus-lite server --data-dir {Path(address.uri)}, and name milvus://HOST:PORT/NAME"
        )
    if any(sign in low for sign in ("unavailable", "connect", "timeout", "deadline", "closed channel")):
        return UnreachableError(
            f"{where}: Milvus can't be reached at {address.uri} ({words}); start it, or check the address"
        )
    return CollectionError(f"{where}: Milvus refuses ({words}); see its log")


def either(field: str, values: Sequence[int]) -> str:
    """The condition that a field is one of some numbers."""
    return f"{field} in {list(values)}"


def both(*conditions: str) -> str:
    """The condition that all of these are met; an empty one always is."""
    return " and ".join(condition for condition in conditions if condition)


def equal(**values: int) -> str:
    """The condition that fields have these values."""
    return both(*(f"{field} == {value}" for field, value in values.items()))
