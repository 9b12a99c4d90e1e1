"""Publishing one mission: what is new since the last time, in one transaction, or nothing.

What is there is compared with what is here by hashes, not by counters: a log whose root there is the one here is there as
far as that, and only what follows is sent. What can change in an entry that is there (whether it counts, whether it can
be read) is compared for those few entries that are not plain. A laptop that has less than was published is refused:
it would put the record back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fieldkit.errors import RefusedError
from fieldkit.publish import layout
from fieldkit.publish.address import connected, read_address, sending, translated
from fieldkit.publish.snapshot import PLAIN, Log, Row, Snapshot, State, snapshot
from fieldkit.publish.sql import name
from fieldkit.publish.tables import columns
from fieldkit.vault.vault import Vault

if TYPE_CHECKING:
    from psycopg import Connection

Progress = Callable[[int], object]
"""Told how many more rows were sent."""
_TOLD_EVERY: Final = 1000
_FOLDED: Final = (("records", "id"), ("links", "source"), ("differences", "record"))


@dataclass(slots=True)
class Published:
    """What a publishing did: entries and records sent, and what is there now."""

    where: str
    schema: str
    mission: str
    sent_entries: int = 0
    sent_records: int = 0
    entries: int = 0
    records: int = 0
    differences: int = 0
    uncounted: int = 0
    opened: int = 0
    sealed: int = 0


class _There(NamedTuple):
    """What the database has of the mission: logs with size and root, and of each entry that is not plain its state and its
    record."""

    logs: dict[str, tuple[int, bytes]]
    states: dict[bytes, tuple[State, str]]


class _Plan(NamedTuple):
    """What is to be sent: stretches of logs, and single entries, some of which replace what is there."""

    stretches: list[tuple[str, int, int]]
    single: set[bytes]
    closed: set[str]


def publish(
    vault: Vault,
    address: str,
    *,
    schema: str = layout.DEFAULT,
    compartments: bool = True,
    renew: bool = False,
    progress: Progress = lambda _: None,
) -> Published:
    """Publish the vault's mission. Raises `UsageError`, `UnavailableError`, `RefusedError`, `NewerFormatError`.

    Without `compartments`, what is recorded in compartments goes there sealed even where this laptop reads it. With `renew`,
    what is there is taken down in the same transaction.
    """
    to = read_address(address)
    layout.check_name(schema)
    with connected(to) as connection, translated(to.where), contextlib.ExitStack() as whole:
        if renew:
            whole.enter_context(connection.transaction())
        layout.prepare(connection, schema, to.where, renew=renew)
        with snapshot(vault, closed=not compartments) as here, connection.transaction():
            connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"fieldkit/{schema}"]
            )
            done = Published(to.where, schema, here.mission)
            _Publishing(connection, here, done, progress).run(vault.own_log.log)
    return done


class _Publishing:
    """One transaction."""

    def __init__(self, connection: Connection, here: Snapshot, done: Published, progress: Progress) -> None:
        self._connection = connection
        self._here = here
        self._done = done
        self._progress = progress
        self._schema = name(done.schema)

    def run(self, own: str) -> None:
        """Send everything that is new."""
        logs = self._here.logs()
        there = self._there()
        plan = self._plan(logs, there)
        touched = self._send_entries(plan, there)
        self._send_records(None if not there.logs else touched - plan.closed)
        self._replace_logs(logs)
        self._sum_up(own)

    def _there(self) -> _There:
        logs = {
            log: (size, bytes(root))
            for log, size, root in self._rows("SELECT log, size, root FROM {s}.logs WHERE mission = %s")
        }
        states = {
            bytes(leaf): (State(objection, enclosed, sealed, beyond), str(record or ""))
            for leaf, objection, enclosed, sealed, beyond, record in self._rows(
                "SELECT hash, objection, compartment IS NOT NULL, sealed, beyond, record FROM {s}.entries"
                " WHERE mission = %s AND (objection IS NOT NULL OR compartment IS NOT NULL OR beyond)"
            )
        }
        return _There(logs, states)

    def _plan(self, logs: list[Log], there: _There) -> _Plan:
        here = self._here
        gone = {leaf for leaf in there.states if leaf not in here.states}
        missing = gone - here.known(gone)
        if missing or there.logs.keys() - {one.log for one in logs}:
            raise self._behind()
        kept, closed = set(), set()
        for leaf, (state, record) in there.states.items():
            if state.enclosed and not state.sealed and here.states.get(leaf, PLAIN).sealed:
                kept.add(leaf)
                closed.add(record)
        single = gone | {
            leaf
            for leaf, state in here.states.items()
            if leaf not in kept and (leaf not in there.states or there.states[leaf][0] != state)
        }
        stretches = []
        for one in logs:
            size, root = there.logs.get(one.log, (0, b""))
            if size == 0 or (size <= one.size and root == here.root_at(one.log, size)):
                stretches.append((one.log, size, one.size))
            else:
                single |= self._compared(one.log) - kept
        return _Plan(stretches, single, closed)

    def _compared(self, log: str) -> set[bytes]:
        """Entry by entry, what of a log is not there."""
        published, held = self._hashes(log), self._here.hashes(log)
        if not published <= held:
            raise self._behind()
        return held - published

    def _hashes(self, log: str) -> set[bytes]:
        rows = self._rows("SELECT hash FROM {s}.entries WHERE mission = %s AND log = %s", log)
        return {bytes(leaf) for (leaf,) in rows}

    def _behind(self) -> RefusedError:
        return RefusedError(
            "more of this mission was published than this laptop has",
            where=self._done.where,
            remedy="Sync first; or publish from the laptop that did.",
        )

    def _send_entries(self, plan: _Plan, there: _There) -> set[str]:
        """Send entries; the records they are about, unless the mission is new there."""
        touched = {there.states[leaf][1] for leaf in plan.single & there.states.keys()}
        if there.logs and plan.single:
            self._execute("DELETE FROM {s}.entries WHERE mission = %s AND hash = ANY(%s)", list(plan.single))

        def rows() -> Iterator[Row]:
            stretches = (self._here.stretch(*one, plan.single) for one in plan.stretches)
            for record, row in chain(*stretches, self._here.entries(plan.single)):
                if there.logs:
                    touched.add(record)
                yield row

        self._done.sent_entries = self._copy("entries", rows())
        return {record for record in touched if record}

    def _send_records(self, ids: Collection[str] | None) -> None:
        """Send records (of a mission that is new there: all) in place of what is there of them."""
        if ids is not None:
            self._connection.execute("CREATE TEMP TABLE touched (id uuid PRIMARY KEY) ON COMMIT DROP")
            with self._connection.cursor() as cursor, cursor.copy("COPY pg_temp.touched FROM STDIN") as copy:
                for one in ids:
                    copy.write_row((one,))
            for table, column in _FOLDED:
                self._execute(
                    f"DELETE FROM {{s}}.{table} t USING pg_temp.touched WHERE mission = %s AND t.{column} = touched.id"
                )
        differing: list[str] = []

        def rows() -> Iterator[Row]:
            for record, row, differs in self._here.records(ids):
                if differs:
                    differing.append(record)
                yield row

        self._done.sent_records = self._copy("records", rows())
        self._copy("links", self._here.links(ids))
        self._copy("differences", (row for one in differing for row in self._here.differences(one)))

    def _replace_logs(self, logs: Iterable[Log]) -> None:
        mission = self._here.mission
        self._execute("DELETE FROM {s}.logs WHERE mission = %s")
        self._copy("logs", ((mission, *one) for one in logs))

    def _sum_up(self, own: str) -> None:
        ((entries, opened, sealed, uncounted),) = self._rows(
            "SELECT count(*), count(*) FILTER (WHERE compartment IS NOT NULL AND NOT sealed),"
            " count(*) FILTER (WHERE sealed), count(objection) FROM {s}.entries WHERE mission = %s"
        )
        ((records,),) = self._rows("SELECT count(*) FROM {s}.records WHERE mission = %s")
        ((differences,),) = self._rows(
            "SELECT count(DISTINCT (record, field)) FROM {s}.differences WHERE mission = %s"
        )
        done = self._done
        done.entries, done.records, done.differences = entries, records, differences
        done.opened, done.sealed, done.uncounted = opened, sealed, uncounted
        self._execute("DELETE FROM {s}.missions WHERE mission = %s")
        self._execute(
            "INSERT INTO {s}.missions VALUES (%s, %s, now(), %s, %s, %s, %s)",
            self._here.title(),
            own,
            entries,
            records,
            sealed,
        )

    def _copy(self, table: str, rows: Iterable[Row]) -> int:
        """Send rows; how many there were."""
        count = 0
        named = ", ".join(name(column) for column in columns(table))
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {self._schema}.{table} ({named}) FROM STDIN", writer=sending(cursor)) as copy,
        ):
            for count, row in enumerate(rows, 1):
                copy.write_row(row)
                if count % _TOLD_EVERY == 0:
                    self._progress(_TOLD_EVERY)
        return count

    def _execute(self, sql: str, *values: object) -> Any:
        """A statement whose first parameter is the mission; `{s}` stands for the schema."""
        return self._connection.execute(sql.format(s=self._schema), (self._here.mission, *values))

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._execute(sql, *values).fetchall()
        return rows
