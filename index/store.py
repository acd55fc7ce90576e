"""The SQLite file that is a collection's truth: how it is opened, read and written, and what can go wrong with it.

Many readers and one writer, in any number of processes (WAL): whoever reads sees the last complete
state. Every error of SQLite leaves as a CollectionError that names a way out.
"""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from index.errors import CollectionBusyError, CollectionError
from index.migrations import MIGRATIONS

SCHEMA_VERSION = 2
FILE_NAME = "collection.sqlite"
_SCHEMA = Path(__file__).with_name("schema.sql")
_PATIENCE = 30.0  # seconds a second writer waits for the first
_QUICKLY_CHECKED = 1_000_000_000  # bytes: SQLite checks the structure of a gigabyte in a second
_PAGE = 8192  # bytes: five vectors of 384 numbers to a page, where the default holds two
ANEW = "restore it from a backup, or delete the folder and add the documents anew"


class Store:
    """One database, shared by the threads of a process through a lock."""

    def __init__(self, connection: sqlite3.Connection, where: str, file: Path | None, writable: bool) -> None:
        """Use `in_memory` or `open`."""
        self.where = where
        self.writable = writable
        self._connection = connection
        self._file = file
        self._lock = threading.RLock()
        self._seen = None if writable or file is None else _state(file)

    @classmethod
    def in_memory(cls) -> Store:
        """An empty database that is gone when it is closed."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        store = cls(_configured(connection), "memory", None, writable=True)
        _create(connection)
        return store

    @classmethod
    def open(cls, folder: str | Path, create: bool = False, patience: float = _PATIENCE) -> Store:
        """The database in `folder`; a new one with `create`. `patience`: seconds to wait for another writer.

        On a read-only medium it can be read, not written. Raises CollectionError when there is none,
        when it is damaged, or when a newer version made it.
        """
        file = Path(folder) / FILE_NAME
        where = str(folder)
        if not file.exists():
            if not create:
                raise CollectionError(
                    f"{where}: no collection there; make one with: "
                    f"python -m index add --collection {shlex.quote(where)} FILE…"
                )
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CollectionError(f"{where}: can't be made ({error.strerror}); name another") from error
        writable = os.access(file if file.exists() else file.parent, os.W_OK) and os.access(
            file.parent, os.W_OK
        )
        with _explained(where):
            connection = _connect(file, patience) if writable else _connect_read_only(file)
            store = cls(connection, where, file, writable)
            try:
                store._prepare(file, create)
            except BaseException:
                connection.close()
                raise
        return store

    def beside(self) -> Store:
        """The same database over a connection of its own, which waits for none that is busy; in memory, this very one."""
        if self._file is None:
            return self
        with _explained(self.where):
            connection = _connect(self._file, _PATIENCE) if self.writable else _connect_read_only(self._file)
        return Store(connection, self.where, self._file, self.writable)

    def close(self) -> None:
        """Release the file. The store can't be used any more."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Cursor]:
        """One transaction, on disk when it ends; the generation goes up by one with it.

        CollectionError, and nothing written, when another process goes on writing or the disk is full.
        """
        if not self.writable:
            raise CollectionError(f"{self.where}: can't be written there; copy the folder to where it can")
        with self._lock, _explained(self.where, self._file):
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                _sign(self._file)
                yield cursor
                cursor.execute(
                    "UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'"
                )
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Cursor]:
        """One snapshot: nothing that is written meanwhile is seen."""
        with self._lock, _explained(self.where):
            nested = self._connection.in_transaction
            if not nested:
                self._reopen_if_changed()
            cursor = self._connection.cursor()
            if not nested:
                cursor.execute("BEGIN")
            try:
                yield cursor
            finally:
                if not nested and self._connection.in_transaction:
                    cursor.execute("COMMIT")

    def fact(self, cursor: sqlite3.Cursor, name: str) -> str:
        """What the collection says of itself; CollectionError when it doesn't."""
        row = cursor.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise CollectionError(f"{self.where}: it lacks the fact {name!r}; {ANEW}")
        return str(row[0])

    def number(self, cursor: sqlite3.Cursor, name: str) -> int:
        """A fact that is a whole number; CollectionError when it is none."""
        value = self.fact(cursor, name)
        if not value.isdecimal():
            raise CollectionError(f"{self.where}: the fact {name!r} is {value!r}, no number; {ANEW}")
        return int(value)

    @staticmethod
    def set_fact(cursor: sqlite3.Cursor, name: str, value: str) -> None:
        """Write a fact over the one of that name."""
        cursor.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def damage(self) -> list[str]:
        """What SQLite itself finds wrong: pages, indexes, references, the full-text index."""
        with self.reading() as cursor:
            pages = [str(row[0]).strip() for row in cursor.execute("PRAGMA integrity_check(20)")]
            strays = cursor.execute("PRAGMA foreign_key_check").fetchall()
        found = [] if pages == ["ok"] else pages
        found += [f"a row of {table} belongs to no row of {parent}" for table, _, parent, _ in strays]
        if not self.writable:
            return found
        with self._lock, _explained(self.where, self._file):
            try:  # a question in the form of a statement that writes
                self._connection.execute("INSERT INTO terms (terms) VALUES ('integrity-check')")
            except sqlite3.DatabaseError as error:
                if _code(error) != sqlite3.SQLITE_CORRUPT:
                    raise
                found.append(
                    f"the full-text index differs from its texts ({error}); run python -m index rebuild"
                )
        return found

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _prepare(self, file: Path, create: bool) -> None:
        """Bring a file just opened to the present schema, or refuse it."""
        if not self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            if not create or not self.writable:  # a file that was cut to nothing is no new collection
                raise CollectionError(f"{self.where}: its file is empty; {ANEW}")
            _create(self._connection)
        if file.stat().st_size < _QUICKLY_CHECKED:
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise CollectionError(f"{self.where}: damaged ({found.strip()}); {ANEW}")
        with self.reading() as cursor:
            version = self.number(cursor, "schema")
        if version > SCHEMA_VERSION:
            raise CollectionError(
                f"{self.where}: its schema is {version}, this version knows {SCHEMA_VERSION}; "
                "open it with the newer version that made it"
            )
        if version < SCHEMA_VERSION:
            with self.writing() as cursor:
                for step in range(self.number(cursor, "schema"), SCHEMA_VERSION):
                    MIGRATIONS[step](cursor)
                self.set_fact(cursor, "schema", str(SCHEMA_VERSION))

    def _reopen_if_changed(self) -> None:
        """A reader that can't take SQLite's locks must notice by itself that somebody else wrote."""
        if self._file is None or self._seen is None or self._seen == _state(self._file):
            return
        self._connection.close()
        self._seen = _state(self._file)
        self._connection = _connect_read_only(self._file)


def _connect(file: Path, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=patience, isolation_level=None, check_same_thread=False)
    return _configured(connection)


def _configured(connection: sqlite3.Connection) -> sqlite3.Connection:
    for setting in (
        "page_size = " + str(_PAGE),
        "foreign_keys = ON",
        "journal_mode = WAL",
        "synchronous = FULL",
    ):
        connection.execute(f"PRAGMA {setting}")
    return _with_instances(connection)


def _with_instances(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Where each term of the full-text index stands, as a table of this connection: it takes no room in the file."""
    connection.execute("CREATE VIRTUAL TABLE temp.instances USING fts5vocab(main, terms, instance)")
    return connection


def _connect_read_only(file: Path) -> sqlite3.Connection:
    """With SQLite's locks where its files beside the database allow it, else as a file that doesn't change."""
    uri = file.absolute().as_uri()
    journal = file.with_name(file.name + "-wal")
    has_journal = journal.exists() and journal.stat().st_size > 0
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{uri}?{mode}", uri=True, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError as error:
            connection.close()
            if has_journal:  # without it the newest documents would be missing
                raise CollectionError(
                    f"{file.parent}: its last changes are still in {journal.name}, which can't be read on a "
                    "read-only medium; open it once where it can be written, then copy the folder again"
                ) from error
            if mode != "mode=ro":
                raise
        else:
            return _with_instances(connection)
    raise CollectionError(f"{file.parent}: can't be read")


def _state(file: Path) -> tuple[int, int, int, bool]:
    told = file.stat()
    return told.st_ino, told.st_size, told.st_mtime_ns, file.with_name(file.name + "-wal").exists()


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables; nothing happens where another process was faster."""
    connection.executescript(
        f"BEGIN IMMEDIATE; {_SCHEMA.read_text(encoding='utf-8')} INSERT OR IGNORE INTO facts "
        f"VALUES ('schema', '{SCHEMA_VERSION}'), ('generation', '0'), ('passages', '0'); COMMIT;"
    )


def _sign(file: Path | None) -> None:
    """Leave word of who is writing, for whoever has to wait."""
    if file is None:
        return
    word = {"process": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
    with suppress(OSError):  # on a full disk the transaction itself will say so
        file.with_name("writer.json").write_text(json.dumps(word), encoding="utf-8")


def _writer(file: Path | None) -> str:
    """Who began to write last, as it left word."""
    try:
        word = json.loads(file.with_name("writer.json").read_text(encoding="utf-8")) if file else {}
        return f"process {word['process']}, since {word['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        return "it left no word"


@contextmanager
def _explained(where: str, file: Path | None = None) -> Iterator[None]:
    """SQLite's errors as CollectionErrors with a way out. `file`: whose writer to name when it is in the way."""
    try:
        yield
    except sqlite3.Error as error:
        code = _code(error)
        if isinstance(error, sqlite3.ProgrammingError):
            told = f"not to be used like that ({error}); open it again"
        elif code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            told = f"another process is writing ({_writer(file)}); try again when it is done"
            raise CollectionBusyError(f"{where}: {told}") from error
        elif code == sqlite3.SQLITE_FULL:
            told = "no room on the disk; free some and do it again, what was acknowledged is safe"
        elif code in {
            sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
            sqlite3.SQLITE_PERM,
        }:
            told = (
                f"the disk refuses ({error}); check its space and the folder's permissions, then do it again"
            )
        else:
            told = f"damaged or no collection ({error}); {ANEW}"
        raise CollectionError(f"{where}: {told}") from error


def _code(error: sqlite3.Error) -> int:
    """SQLite's number of an error, without the extension that tells details."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
