"""What headquarters finds in PostgreSQL: all of a mission, as it stands, and nothing half done."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import RefusedError
from fieldkit.publish.publishing import publish
from fieldkit.team.compartments import create
from fieldkit.team.differences import leave, standing
from fieldkit.team.striking import revoke
from fieldkit.vault.quarantine import quarantined
from fieldkit.vault.recording import Add, Amend, Retract
from fieldkit.vault.vault import Vault
from tests.publish.servers import installations, server
from tests.team.teams import joined, meet, new_depot, sync
from tests.vault.missions import new_mission


def rows(address: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(address) as connection:
        return connection.execute(sql, values).fetchall()  # type: ignore[arg-type]


def add(vault: Vault, kind: str, compartment: str = "", **values: JSON) -> str:
    (made,) = vault.record([Add(kind, values, compartment=compartment)])
    return made.id


def seen(vault: Vault, text: str, compartment: str = "") -> str:
    return add(vault, "observation", compartment, basis="seen", text=text)


def texts(address: str) -> set[str]:
    return {text for (text,) in rows(address, "SELECT text FROM fieldkit.observation")}


def published(address: str) -> dict[str, Any]:
    """Everything there, in an order of its own, without when it was published and by whom."""
    found = {
        table: sorted(rows(address, f"SELECT * FROM fieldkit.{table}"), key=repr)
        for table in ("entries", "records", "links", "differences", "logs")
    }
    found["missions"] = rows(
        address, "SELECT mission, title, entries, records, unread FROM fieldkit.missions ORDER BY mission"
    )
    return found


def test_a_mission_is_there_to_the_value_and_again_only_what_is_new_is_sent(
    tmp_path: Path, database: str
) -> None:
    with new_mission(tmp_path / "a") as vault:
        gate = seen(vault, "Gate locked")
        first = publish(vault, database)
        assert (first.sent_entries, first.sent_records) == (first.entries, first.records) == (5, 5)
        again = publish(vault, database)
        assert (again.sent_entries, again.sent_records, again.entries) == (0, 0, 5)
        vault.record([Amend(gate, "looked again", set={"text": "Gate ajar"})])
        seen(vault, "Two guards")
        wrong = seen(vault, "A dog")
        vault.record([Retract(wrong, "it was a fox")])
        third = publish(vault, database)
        assert (third.sent_entries, third.sent_records, third.entries) == (4, 3, 9)
        assert texts(database) == {"Gate ajar", "Two guards"}
        here = {view.id: view for view in vault.list(retracted=True)}
        there = rows(
            database,
            "SELECT id::text, kind, number, author::text, log, seq, recorded, retracted, doc FROM fieldkit.records",
        )
        assert len(there) == len(here)
        for record, kind, number, author, log, place, recorded, retracted, doc in there:
            view = here[record]
            assert (kind, number, author, log, place, retracted, doc) == (
                view.kind, view.number, view.author, view.log, view.seq, view.retracted, view.doc,
            )  # fmt: skip
            assert f"{recorded:%Y-%m-%dT%H:%M:%S.%fZ}" == view.recorded
        history = rows(
            database,
            "SELECT value #>> '{}', act, reason FROM fieldkit.history WHERE record = %s AND field = 'text' ORDER BY seq",
            gate,
        )
        assert history == [("Gate locked", "add", None), ("Gate ajar", "amend", "looked again")]
        for entry in vault.entries(vault.own_log.log):
            assert rows(database, "SELECT seq FROM fieldkit.entries WHERE hash = %s", entry.hash) == [
                (entry.seq,)
            ]


def test_in_pieces_or_at_once_the_same_is_there(tmp_path: Path, database: str, other_database: str) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as second:
        meet(depot, lead, second)
        publish(lead, database)
        record = seen(lead, "one")
        meet(depot, lead, second)
        publish(lead, database)
        lead.record([Amend(record, "a", set={"text": "two"})])
        second.record([Amend(record, "b", set={"text": "three"})])
        meet(depot, lead, second)
        publish(lead, database)
        revoke(lead, "B", "lost")
        publish(lead, database)
        publish(lead, other_database)
        assert published(database) == published(other_database)


def test_units_geometry_and_times_have_columns_of_their_own(tmp_path: Path, database: str) -> None:
    with new_mission(tmp_path / "a") as vault:
        add(vault, "location", name="Hall", position={"lat": "32.8872", "lon": "13.1913", "error_m": "10"})
        item = add(
            vault, "item", nomenclature="Gyroscope", mass={"value": "2.5", "unit": "lb"}, serials=["B2", "A1"]
        )
        add(
            vault, "measurement", quantity="diameter", item=item, calibration_due="2026-03-01",
            value={"value": "5.20", "unit": "mm", "uncertainty": "0.1", "k": "2"},
        )  # fmt: skip
        add(vault, "seal", number="UN-1", applied_to=item, interval_hours=12)
        publish(vault, database)
    assert rows(
        database, "SELECT name, position, position_error_m, position_source FROM fieldkit.location"
    ) == [("Hall", {"type": "Point", "coordinates": [13.1913, 32.8872]}, Decimal(10), "typed")]
    assert rows(database, "SELECT mass, mass_unit, mass_base, serials FROM fieldkit.item") == [
        (Decimal("2.5"), "lb", Decimal("1.133980925"), ["A1", "B2"])
    ]
    ((value, unit, base, uncertainty, k, due, measured),) = rows(
        database,
        "SELECT value, value_unit, value_base, value_uncertainty, value_k, calibration_due::text, item::text"
        " FROM fieldkit.measurement",
    )
    assert (value, unit, base, uncertainty, k, due, measured) == (
        Decimal("5.20"), "mm", Decimal("0.0052"), Decimal("0.1"), Decimal(2), "2026-03-01", item,
    )  # fmt: skip
    assert rows(database, "SELECT number, applied_to::text, interval_hours FROM fieldkit.seal") == [
        ("UN-1", item, 12)
    ]
    assert set(rows(database, "SELECT field FROM fieldkit.links WHERE target = %s", item)) == {
        ("item",),
        ("applied_to",),
    }


def test_every_column_says_what_it_holds_and_in_which_unit(tmp_path: Path, database: str) -> None:
    with new_mission(tmp_path / "a") as vault:
        publish(vault, database)
    silent = rows(
        database,
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relnamespace = 'fieldkit'::regnamespace AND c.relkind IN ('r', 'v')"
        " AND c.relname NOT IN ('history', 'standing') AND col_description(c.oid, a.attnum) IS NULL",
    )
    assert silent == []
    ((told,),) = rows(
        database,
        "SELECT col_description('fieldkit.item'::regclass, attnum) FROM pg_attribute"
        " WHERE attrelid = 'fieldkit.item'::regclass AND attname = 'mass_base'",
    )
    assert told.endswith("in kg.")


def test_differences_stand_with_both_sides_until_a_person_ends_them(tmp_path: Path, database: str) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as second:
        record = seen(lead, "one")
        meet(depot, lead, second)
        lead.record([Amend(record, "a", set={"text": "two"})])
        second.record([Amend(record, "b", set={"text": "three"})])
        meet(depot, lead, second)
        assert publish(lead, database).differences == 1
        ((first,),) = rows(
            database,
            "SELECT encode(hash, 'hex') FROM fieldkit.entries WHERE record = %s AND act = 'add'",
            record,
        )
        sides = rows(
            database, "SELECT value #>> '{}', replaced, left_standing FROM fieldkit.standing ORDER BY 1"
        )
        assert sides == [("three", [first], None), ("two", [first], None)]
        (open_one,) = standing(lead)
        leave(lead, open_one, "each saw another gate")
        publish(lead, database)
        assert {why for (why,) in rows(database, "SELECT left_standing FROM fieldkit.standing")} == {
            "each saw another gate"
        }
        lead.record([Amend(record, "went there together", set={"text": "four"})])
        assert publish(lead, database).differences == 0
        assert rows(database, "SELECT * FROM fieldkit.standing") == []


def test_missions_stand_side_by_side(tmp_path: Path, database: str) -> None:
    with new_mission(tmp_path / "a") as one, new_mission(tmp_path / "b", title="SITE 9") as two:
        seen(one, "here")
        seen(two, "there")
        publish(one, database)
        before = published(database)["records"]
        publish(two, database)
        found = rows(database, "SELECT mission_title, text FROM fieldkit.observation ORDER BY 2")
        assert found == [("TRIPOLI-04", "here"), ("SITE 9", "there")]
        assert set(map(repr, before)) <= set(map(repr, published(database)["records"]))
        assert publish(one, database).sent_entries == 0


def test_what_a_struck_off_laptop_recorded_later_is_there_and_does_not_count(
    tmp_path: Path, database: str
) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as lost:
        seen(lost, "before")
        meet(depot, lead, lost)
        publish(lead, database)
        seen(lost, "after")
        meet(depot, lead, lost)
        publish(lead, database)
        assert texts(database) == {"before", "after"}
        revoke(lead, "B", "stolen", keep=2)
        assert publish(lead, database).uncounted == len(quarantined(lead))
        assert texts(database) == {"before"}
        assert {
            why for (why,) in rows(database, "SELECT objection FROM fieldkit.entries WHERE objection <> ''")
        } == {"recorded after its laptop was struck off"}


def test_only_what_the_publishing_laptop_reads_of_compartments_lies_open(
    tmp_path: Path, database: str
) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as reader,
        joined(tmp_path / "c", lead, "Chen Li") as other,
    ):
        meet(depot, lead, reader, other)
        box = create(lead, "interviews", ["B"]).record.id
        told = seen(lead, "Zarathustra spoke", box)
        meet(depot, lead, reader, other)
        closed = publish(other, database)
        assert (closed.opened, closed.sealed) == (0, 1)
        assert "Zarathustra" not in repr(published(database))
        assert told not in repr(published(database))
        left = publish(lead, database, compartments=False)
        assert (left.opened, left.sealed, left.sent_entries) == (0, 1, 0)
        opened = publish(reader, database)
        assert (opened.opened, opened.sealed) == (1, 0)
        assert texts(database) == {"Zarathustra spoke"}
        seen(other, "for all")
        meet(depot, lead, reader, other)
        assert publish(other, database).opened == 1
        assert texts(database) == {"Zarathustra spoke", "for all"}


def test_a_laptop_that_has_less_than_was_published_puts_nothing_back(tmp_path: Path, database: str) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as second:
        meet(depot, lead, second)
        seen(lead, "newest")
        publish(lead, database)
        before = published(database)
        with pytest.raises(RefusedError, match="more of this mission was published"):
            publish(second, database)
        assert set(map(repr, before["entries"])) <= set(map(repr, published(database)["entries"]))
        assert texts(database) == {"newest"}
        meet(depot, lead, second)
        publish(second, database)
        assert set(map(repr, before["entries"])) <= set(map(repr, published(database)["entries"]))
        assert texts(database) == {"newest"}


def test_branches_and_gaps_are_published_and_settle(
    tmp_path: Path, database: str, other_database: str
) -> None:
    """A laptop put back from a backup without its own knowledge of that: two histories of one log."""
    import shutil

    from fieldkit import paths

    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        joined(tmp_path / "b", lead).close()
        _open(tmp_path / "b").close()
        shutil.copytree(tmp_path / "b", tmp_path / "copy")
        with _open(tmp_path / "b") as second:
            seen(second, "first branch")
            sync(depot, lead, second, lead)
        publish(lead, database)
        shutil.rmtree(paths.state_dir() / "heads")
        shutil.rmtree(tmp_path / "b")
        shutil.copytree(tmp_path / "copy", tmp_path / "b")
        with _open(tmp_path / "b") as second:
            seen(second, "second branch")
            seen(second, "and more")
            meet(depot, lead, second)
            meet(depot, lead, second)
            for vault, place in (
                (lead, database),
                (second, database),
                (lead, database),
                (second, other_database),
            ):
                publish(vault, place)
                assert texts(place) == {"first branch", "second branch", "and more"}
        known = {entry for (entry,) in rows(database, "SELECT hash FROM fieldkit.entries")}
        assert known == {entry for (entry,) in rows(other_database, "SELECT hash FROM fieldkit.entries")}
        assert rows(database, "SELECT * FROM fieldkit.records ORDER BY id") == rows(
            other_database, "SELECT * FROM fieldkit.records ORDER BY id"
        )


def _open(folder: Path) -> Vault:
    from tests.vault.missions import PASSPHRASE

    return Vault.open(folder, PASSPHRASE)


@pytest.mark.parametrize("binaries", installations()[1:], ids=lambda one: one.parent.name)
def test_other_versions_of_the_server_take_it_too(tmp_path: Path, binaries: Path) -> None:
    with contextlib.ExitStack() as stack, new_mission(tmp_path / "a") as vault:
        try:
            running = stack.enter_context(server(binaries))
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"this PostgreSQL does not start here: {error}")
        seen(vault, "Gate locked")
        address = running.database("missions")
        publish(vault, address)
        assert publish(vault, address).sent_entries == 0
        assert texts(address) == {"Gate locked"}


def test_what_no_database_takes_is_published_all_the_same(tmp_path: Path, database: str) -> None:
    """Texts with NUL characters, and values of forms that this version does not know, as a dishonest laptop may send."""
    with new_mission(tmp_path / "a") as vault:
        record = seen(vault, "before\x00after \\u0000 back\\slash\ttab\nline")
        item = add(vault, "item", nomenclature="x", mass={"value": "1", "unit": "kg"})
        strange: Mapping[str, Any] = {
            "nomenclature": {"deep": "\x00"}, "quantity": "many", "mass": {"value": "1e9", "unit": "parsec"},
            "serials": "none", "occurred": {"at": "2026-02-30T10:00:00Z"}, "location": "nowhere",
        }  # fmt: skip
        with vault.database.write():
            vault.database.execute(
                "UPDATE records SET doc = ?, mark = ?, occurred = ?, number = ? WHERE id = ?",
                (json.dumps(strange), "a\x00b", "2026-02-30T10:00:00Z", "N" * 9000, item),
            )
        publish(vault, database)
    assert rows(database, "SELECT text FROM fieldkit.observation WHERE record_id = %s", record) == [
        ("before␀after \\u0000 back\\slash\ttab\nline",)
    ]
    assert rows(
        database,
        "SELECT mass, mass_unit, mass_base, serials, location, occurred FROM fieldkit.item",
    ) == [(None, "parsec", None, None, None, None)]
    for (view,) in rows(database, "SELECT viewname FROM pg_views WHERE schemaname = 'fieldkit'"):
        rows(database, f'SELECT * FROM fieldkit."{view}"')
