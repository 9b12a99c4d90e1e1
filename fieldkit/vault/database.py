"""store.db: SQLCipher opened the one right way, reached through sqlite-utils, its errors put into plain words.

sqlite-utils must find `sqlcipher3` under its alternative name before it is first imported; that happens here
and nowhere else, so every module of the vault that wants sqlite-utils imports it from here. Connections are
bound to the thread that opened them: one `Database` writes, any thread may ask it for a `reader`.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import sqlcipher3

sys.modules.setdefault("pysqlite3", sqlcipher3)
sys.modules.setdefault("pysqlite3.dbapi2", sqlcipher3.dbapi2)

import sqlite_utils  # noqa: E402

from fieldkit.errors import (  # noqa: E402
    AlteredError,
    FieldkitError,
    InterruptedByUserError,
    UnavailableError,
)
from fieldkit.vault.durable import reaching  # noqa: E402

if vars(sqlite_utils.db)["sqlite3"] is not sqlcipher3:
    raise ImportError("sqlite_utils was imported before fieldkit.vault.database and runs on another engine")

FILE_NAME: Final = "store.db"
BUSY_SECONDS: Final = 5.0
PAGE_BYTES: Final = 4096
_KEY_BYTES = 32
_SHARED_BYTES = 64 * 1024
_FAULTS_TOLD = 5

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-65536",
    "trusted_schema=OFF",
    "secure_delete=ON",
    "mmap_size=0",
)

Parameters = Sequence[object] | Mapping[str, object]


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn any error of the engine inside into a `FieldkitError` naming the file at `path`."""
    try:
        yield
    except sqlcipher3.Error as error:
        raise _in_words(error, path) from error


def _in_words(error: Exception, path: Path) -> FieldkitError:
    where = str(path)
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary == sqlcipher3.dbapi2.SQLITE_IOERR and _no_room(path):
        primary = sqlcipher3.dbapi2.SQLITE_FULL
    match primary:
        case sqlcipher3.dbapi2.SQLITE_BUSY | sqlcipher3.dbapi2.SQLITE_LOCKED:
            return UnavailableError(
                "the vault is in use: another fieldkit is writing to it",
                where=where,
                remedy="Wait until it has finished, or close it, and try again.",
            )
        case sqlcipher3.dbapi2.SQLITE_FULL:
            return UnavailableError(
                "the disk is full",
                where=where,
                remedy="Free some space and try again; what was acknowledged is kept.",
            )
        case (
            sqlcipher3.dbapi2.SQLITE_CANTOPEN
            | sqlcipher3.dbapi2.SQLITE_READONLY
            | sqlcipher3.dbapi2.SQLITE_PERM
            | sqlcipher3.dbapi2.SQLITE_IOERR
            | sqlcipher3.dbapi2.SQLITE_NOMEM
        ):
            return UnavailableError(
                f"the store cannot be read or written here ({error})",
                where=where,
                remedy="Check the disk, its free space and the permissions of the folder.",
            )
        case sqlcipher3.dbapi2.SQLITE_CORRUPT | sqlcipher3.dbapi2.SQLITE_NOTADB:
            return damaged(path)
        case sqlcipher3.dbapi2.SQLITE_INTERRUPT:
            return _stopped(path)
        case _:
            return FieldkitError(f"the store refused a statement ({error})", where=where)


def _no_room(path: Path) -> bool:
    """Whether the disk has no room for the shared memory of the store, which the engine tells as any fault of a disk."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(path.parent).free < _SHARED_BYTES
    return False


def damaged(path: Path) -> AlteredError:
    """The error for a store.db that its key does not open, or a page of which fails its authentication."""
    return AlteredError(
        "the store is damaged, altered, or belongs to another vault.json",
        where=str(path),
        remedy="Run `fieldkit doctor`; restore from a backup or rebuild from a depot.",
    )


def _connect(path: Path, key: bytes, busy_seconds: float, *, create: bool) -> sqlcipher3.Connection:
    mode = "rwc" if create else "rw"
    connection = sqlcipher3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=busy_seconds
    )
    try:
        connection.execute("PRAGMA cipher_log_level=NONE").fetchall()
        connection.set_key(f"x'{key.hex()}'")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        if connection.execute("PRAGMA cipher_status").fetchone() != ("1",):
            raise AlteredError(
                "the store would not be encrypted",
                where=str(path),
                remedy="Install fieldkit again: its engine is wrong.",
            )
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


def _stopped(path: Path) -> InterruptedByUserError:
    return InterruptedByUserError("the search was stopped", where=str(path))


class Reader:
    """One connection for the thread that made it; it sees what was committed. Use as a context manager.

    `tables` is the sqlite-utils view of the connection. Errors raised through `tables` pass untranslated:
    wrap such use in `with translated(path)`, or stay within `write`.
    """

    def __init__(self, path: Path, connection: sqlcipher3.Connection) -> None:
        self.path = path
        self.connection = connection
        self.tables = sqlite_utils.Database(connection, execute_plugins=False)
        self._stopped = False

    def stop(self) -> None:
        """Break off what is being asked, and whatever is asked for from now on: `InterruptedByUserError`. From any thread."""
        self._stopped = True
        with contextlib.suppress(sqlcipher3.ProgrammingError):
            self.connection.interrupt()

    def execute(self, sql: str, parameters: Parameters = ()) -> sqlcipher3.Cursor:
        """Run one statement; a cursor, whose later rows may still raise untranslated errors."""
        try:
            return self.connection.execute(sql, parameters)
        except sqlcipher3.Error as error:
            raise _in_words(error, self.path) from error

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Every row of a query."""
        if self._stopped:
            raise _stopped(self.path)
        try:
            rows: list[tuple[Any, ...]] = self.connection.execute(sql, parameters).fetchall()
        except sqlcipher3.Error as error:
            raise _in_words(error, self.path) from error
        return rows

    def row(self, sql: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        try:
            row: tuple[Any, ...] | None = self.connection.execute(sql, parameters).fetchone()
        except sqlcipher3.Error as error:
            raise _in_words(error, self.path) from error
        return row

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    def stream(self, sql: str, parameters: Parameters = (), *, batch: int = 500) -> Iterator[tuple[Any, ...]]:
        """The rows of a query one after the other, `batch` held in memory at a time."""
        with translated(self.path):
            cursor = self.connection.execute(sql, parameters)
            cursor.arraysize = batch
            while rows := cursor.fetchmany():
                yield from rows

    def close(self) -> None:
        """Give the connection back. Safe to call twice."""
        with translated(self.path):
            self.connection.close()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Database(Reader):
    """The writing connection to store.db, and the door for readers of other threads."""

    def __init__(
        self, path: Path, connection: sqlcipher3.Connection, key: bytes, busy_seconds: float
    ) -> None:
        super().__init__(path, connection)
        self._key = key
        self._busy_seconds = busy_seconds
        self._closed = False

    @classmethod
    def create(cls, path: Path, key: bytes, *, busy_seconds: float = BUSY_SECONDS) -> Database:
        """Make an empty encrypted store at `path`, where nothing may be yet. `key` is 32 raw bytes. All or nothing."""
        with reaching(path):
            path.touch(mode=0o600, exist_ok=False)
        try:
            return cls._opened(path, key, busy_seconds, create=True)
        except BaseException:
            for made in path.parent.glob(f"{path.name}*"):
                with contextlib.suppress(OSError):
                    made.unlink()
            raise

    @classmethod
    def open(cls, path: Path, key: bytes, *, busy_seconds: float = BUSY_SECONDS) -> Database:
        """Open the store at `path`.

        Raises `AlteredError` (missing, cut to less than a page, in the clear, not opened by this key, damaged)
        and `UnavailableError`. Only the engine opens the file: on POSIX, closing it otherwise would take away the locks
        of every other connection in this process, and another process would clear the log away under them.
        """
        if not path.is_file():
            raise AlteredError(
                "the store is missing",
                where=str(path),
                remedy="Restore from a backup or rebuild from a depot.",
            )
        with reaching(path):
            if path.stat().st_size < PAGE_BYTES:
                raise damaged(path)
        return cls._opened(path, key, busy_seconds, create=False)

    @classmethod
    def _opened(cls, path: Path, key: bytes, busy_seconds: float, *, create: bool) -> Database:
        if len(key) != _KEY_BYTES:
            raise ValueError("the raw key of a store has 32 bytes")
        with translated(path):
            connection = _connect(path, key, busy_seconds, create=create)
            return cls(path, connection, key, busy_seconds)

    def reader(self) -> Reader:
        """A new read-only connection, for the calling thread; the caller closes it."""
        with translated(self.path):
            connection = _connect(self.path, self._key, self._busy_seconds, create=False)
            connection.execute("PRAGMA query_only=ON")
            return Reader(self.path, connection)

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite_utils.Database]:
        """One transaction: durable when the block ends, undone when it raises.

        Waits up to `busy_seconds` for another writer, then raises `UnavailableError`. The engine's errors are
        translated; errors of the caller pass as they are. Blocks do not nest.
        """
        with translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.tables
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    with contextlib.suppress(sqlcipher3.Error):
                        self.connection.execute("ROLLBACK")
                raise

    def check(self) -> list[str]:
        """The faults that the engine finds in the file, in its words: of each kind of check the first few and how many more;
        empty when whole. Reads all of it."""
        faults: list[str] = []
        with contextlib.suppress(sqlcipher3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        for pragma in ("quick_check", "cipher_integrity_check", "foreign_key_check"):
            try:
                with translated(self.path):
                    found = self.connection.execute(f"PRAGMA {pragma}").fetchall()
            except FieldkitError as error:
                faults.append(error.problem)
            else:
                rows = [" ".join(str(part) for part in row) for row in found if row != ("ok",)]
                told = [
                    line for row in rows for line in row.split("\n") if line and not line.startswith("***")
                ] or rows
                faults += told[:_FAULTS_TOLD]
                if len(told) > _FAULTS_TOLD:
                    faults.append(f"and {len(told) - _FAULTS_TOLD} more like it at least")
        return faults

    def snapshot(self, path: Path) -> None:
        """Copy a consistent state of the store to a new file at `path`, encrypted with the same key."""
        with reaching(path):
            path.touch(mode=0o600, exist_ok=False)
        with translated(path):
            copy = _connect(path, self._key, self._busy_seconds, create=True)
            try:
                self.connection.backup(copy)
                copy.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                copy.execute("PRAGMA journal_mode=WAL").fetchall()
            finally:
                copy.close()

    def close(self) -> None:
        """Fold the write-ahead log into the file and close. What is in the log stays durable if that fails.

        Nobody is waited for: whoever is writing meanwhile folds the log in when they close.
        """
        if self._closed:
            return
        self._closed = True
        try:
            with contextlib.suppress(sqlcipher3.OperationalError):
                self.connection.execute("PRAGMA busy_timeout = 0").fetchall()
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            super().close()
