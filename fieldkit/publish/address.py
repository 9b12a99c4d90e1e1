"""Where to publish to: the address of a database, how it is opened, and its errors in plain words.

Neither an address nor an error shown ever holds a secret, nor anything of the mission: passwords come from where libpq
looks for them (a password file, a service file), and of the server's messages only those are passed on that speak of
the connection.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Final

from fieldkit.errors import FieldkitError, RefusedError, UnavailableError, UsageError

if TYPE_CHECKING:
    from psycopg import Connection, Cursor, Error
    from psycopg.copy import LibpqWriter

_SCHEMES: Final = ("postgresql://", "postgres://")
_SECRET: Final = ("password", "sslpassword")
_UNCERTAIN: Final = frozenset({"disable", "allow", "prefer"})
_OLDEST: Final = 140000
_CONNECT_SECONDS: Final = 15
_LOCK_SECONDS: Final = 30
_FORM: Final = (
    "Write it as postgresql://USER@HOST/DATABASE, or postgresql:///?service=NAME with a service file."
)
_SECRETS_GO: Final = (
    "Leave it out, and put it into the file that PGPASSFILE names (~/.pgpass) or into a service file:"
    " a command line is seen by everybody on this machine."
)
_SETTINGS: Final = (
    "SET search_path TO pg_catalog",
    "SET TimeZone TO 'UTC'",
    "SET DateStyle TO 'ISO'",
    "SET standard_conforming_strings TO on",
    f"SET lock_timeout TO '{_LOCK_SECONDS}s'",
    "SET idle_in_transaction_session_timeout TO 0",
)


@dataclass(frozen=True, slots=True)
class Address:
    """A database. `text` is for libpq, `where` for people, `open_line` whether its owner said that TLS is not needed."""

    text: str
    where: str
    open_line: bool


def read_address(text: str) -> Address:
    """The address that a person typed. Raises `UsageError`; the text is never repeated, it might hold a password."""
    if not text.startswith(_SCHEMES):
        raise UsageError("this is not the address of a PostgreSQL database", remedy=_FORM)
    psycopg = _psycopg()
    try:
        said = psycopg.conninfo.conninfo_to_dict(text)
    except psycopg.Error:
        raise UsageError("the address cannot be understood", remedy=_FORM) from None
    if not all(port.isdecimal() for port in str(said.get("port") or "0").split(",")):
        raise UsageError("the port in the address is no number", remedy=_FORM)
    if any(said.get(name) for name in _SECRET):
        raise UsageError("a password does not belong in the address", remedy=_SECRETS_GO)
    host = str(said.get("host") or said.get("hostaddr") or os.environ.get("PGHOST") or "this machine")
    if said.get("service"):
        host = f"service {said['service']}"
    port = f":{said['port']}" if said.get("port") else ""
    database = said.get("dbname") or os.environ.get("PGDATABASE") or ""
    asked = str(said.get("sslmode") or os.environ.get("PGSSLMODE") or "")
    return Address(text, f"{host}{port}{f'/{database}' if database else ''}", asked in _UNCERTAIN)


@contextlib.contextmanager
def connected(address: Address) -> Iterator[Connection]:
    """A connection in autocommit, whose errors are put into words. Nothing has been sent yet.

    Refused where the line leads to another machine without TLS and nobody said that this is wanted.
    """
    psycopg = _psycopg()
    with translated(address.where, opening=True):
        connection = psycopg.connect(
            address.text,
            autocommit=True,
            client_encoding="utf8",
            application_name="fieldkit",
            connect_timeout=_CONNECT_SECONDS,
        )
    with translated(address.where), connection:
        if not (_is_here(connection) or connection.pgconn.ssl_in_use or address.open_line):
            raise RefusedError(
                "the line to the database is not encrypted",
                where=address.where,
                remedy="Let the server speak TLS; or, where the line is safe otherwise, say so: ?sslmode=disable.",
            )
        _check_server(connection, address.where)
        for setting in _SETTINGS:
            connection.execute(setting)
        yield connection


def sending(cursor: Cursor) -> LibpqWriter:
    """What sends the rows of a COPY by a thread of its own, while the next are made ready."""
    writer: LibpqWriter = _psycopg().copy.QueuedLibpqWriter(cursor)
    return writer


@contextlib.contextmanager
def translated(where: str, *, opening: bool = False) -> Iterator[None]:
    """Turn errors of the database inside into `FieldkitError`s."""
    psycopg = _psycopg()
    try:
        yield
    except psycopg.Error as error:
        raise _in_words(error, where, opening) from None


def _in_words(error: Error, where: str, opening: bool) -> FieldkitError:
    psycopg = _psycopg()
    match error:
        case psycopg.errors.InsufficientPrivilege():
            return UnavailableError(
                "the database does not allow this user to publish there",
                where=where,
                remedy="Its owner may: GRANT CREATE ON DATABASE … TO the user, or CREATE SCHEMA fieldkit AUTHORIZATION it.",
            )
        case psycopg.errors.ReadOnlySqlTransaction():
            return UnavailableError(
                "the database is read only", where=where, remedy="Name the primary server, not a copy of it."
            )
        case psycopg.errors.LockNotAvailable():
            return UnavailableError(
                "somebody else is publishing there, or is using what is to be changed",
                where=where,
                remedy="Wait until it is done, and try again.",
            )
        case psycopg.errors.DiskFull():
            return UnavailableError(
                "the server's disk is full",
                where=where,
                remedy="Nothing was published. Free some space there.",
            )
        case psycopg.errors.DependentObjectsStillExist():
            return RefusedError(
                "views that others made stand on those that are to be made anew",
                where=where,
                remedy="Drop them, publish, and make them again.",
            )
        case psycopg.OperationalError() if opening:
            said = [*str(error).strip().splitlines(), "no answer"][0]
            return UnavailableError(
                f"the database cannot be reached: {said}",
                where=where,
                remedy="Check the address. A password is looked for in the file that PGPASSFILE names (~/.pgpass).",
            )
        case psycopg.OperationalError():
            return UnavailableError(
                "the connection to the database broke",
                where=where,
                remedy="Nothing of this was published; the same command begins again.",
            )
        case _:
            return FieldkitError(
                f"the database refused what was sent (SQLSTATE {error.sqlstate or 'unknown'})",
                where=where,
                remedy="Nothing was published. If somebody changed tables there: fieldkit publish --renew.",
            )


def _is_here(connection: Connection) -> bool:
    """Whether the server runs on this machine."""
    host, there = connection.info.host, connection.info.hostaddr
    return not host or host.startswith("/") or there == "::1" or there.startswith("127.")


def _check_server(connection: Connection, where: str) -> None:
    if connection.info.server_version < _OLDEST:
        raise UsageError(
            f"PostgreSQL {connection.info.server_version // 10000} is too old",
            where=where,
            remedy=f"fieldkit publishes to PostgreSQL {_OLDEST // 10000} and newer.",
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise UsageError(
            f"the database keeps its texts as {encoding}, which lacks characters that people write",
            where=where,
            remedy="Make another one: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
        )


def _psycopg() -> ModuleType:
    """The driver, which is loaded here and only when somebody publishes."""
    try:
        import psycopg
    except ImportError:
        raise UnavailableError(
            "publishing needs psycopg, which is not installed here",
            remedy="Install fieldkit with what it needs for that: pip install 'fieldkit[postgresql]'.",
        ) from None
    return psycopg
