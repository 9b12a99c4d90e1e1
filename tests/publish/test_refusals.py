"""What goes wrong is told in words, with the next step and no secret, and leaves nothing half done."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from fieldkit.errors import FieldkitError, NewerFormatError, RefusedError, UnavailableError, UsageError
from fieldkit.publish.publishing import publish
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.cli.conftest import Fieldkit
from tests.publish.servers import OWNER, Server
from tests.publish.test_publish import published, rows, seen, texts
from tests.vault.missions import PASSPHRASE, new_mission


def change(address: str, *statements: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "hq.example/missions",
        "mysql://hq.example/missions",
        "postgresql://hq.example:port/missions",
        "postgresql://hq.example/missions?nonsense=1",
        "postgresql://fieldkit:hunter2@hq.example/missions",
        "postgresql://hq.example/missions?password=hunter2",
        "postgresql://fieldkit:hunter2@@hq.example:x/missions",
    ],
)
def test_a_wrong_address_or_one_with_a_password_is_refused_and_not_repeated(
    fieldkit: Fieldkit, mission: Path, address: str
) -> None:
    answer = fieldkit("publish", address)
    assert answer.code == 2
    assert "hunter2" not in answer.out + answer.err
    assert "postgresql://" in answer.err or "PGPASSFILE" in answer.err


def test_no_server_and_no_database_are_told_with_the_next_step(
    fieldkit: Fieldkit, mission: Path, postgres: Server
) -> None:
    for address in ("postgresql://127.0.0.1:9/missions", postgres.address("absent")):
        answer = fieldkit("publish", address)
        assert answer.code == 8
        assert "cannot be reached" in answer.err
        assert "PGPASSFILE" in answer.err


def test_a_password_comes_from_its_file_and_is_never_shown(
    fieldkit: Fieldkit,
    mission: Path,
    postgres: Server,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    change(
        database,
        "CREATE ROLE kept LOGIN PASSWORD 'hunter2'",
        f"GRANT CREATE ON DATABASE {database.split('/')[3].partition('?')[0]} TO kept",
    )
    name = database.split("/")[3].partition("?")[0]
    address = f"postgresql://kept@127.0.0.1:{postgres.port}/{name}"
    assert fieldkit("publish", address).code == 8
    secrets = tmp_path / "pgpass"
    secrets.write_text(f"127.0.0.1:{postgres.port}:*:kept:hunter2\n")
    secrets.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(secrets))
    answer = fieldkit.done("--json", "publish", address)
    assert answer.document["database"] == f"127.0.0.1:{postgres.port}/{name}"
    assert "hunter2" not in answer.out + answer.err


def test_a_line_without_tls_to_elsewhere_is_refused_unless_it_is_wanted(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldkit.publish.address._is_here", lambda *_: False)
    with new_mission(tmp_path / "a") as vault:
        with pytest.raises(RefusedError, match="not encrypted"):
            publish(vault, database)
        assert publish(vault, f"{database}&sslmode=disable").sent_entries


def test_without_rights_nothing_is_published_and_who_may_give_them_is_told(
    tmp_path: Path, postgres: Server, database: str
) -> None:
    name = database.split("/")[3].partition("?")[0]
    change(database, f"CREATE ROLE {name}_poor LOGIN", f"CREATE SCHEMA readonly AUTHORIZATION {OWNER}")
    poor = postgres.address(name, f"{name}_poor")
    with new_mission(tmp_path / "a") as vault:
        for schema in ("fieldkit", "readonly"):
            with pytest.raises(UnavailableError, match="does not allow") as caught:
                publish(vault, poor, schema=schema)
            assert "GRANT" in caught.value.remedy
        publish(vault, database)
        seen(vault, "more")
        with pytest.raises(UnavailableError, match="does not allow"):
            publish(vault, poor)
        assert texts(database) == set()
        change(database, f"CREATE SCHEMA own AUTHORIZATION {name}_poor")
        assert publish(vault, poor, schema="own").sent_entries == 5


def test_a_reader_as_the_readme_makes_it_reads_and_does_nothing_else(
    tmp_path: Path, postgres: Server, database: str
) -> None:
    name = database.split("/")[3].partition("?")[0]
    readme = Path(__file__).resolve().parents[2] / "README.md"
    advice = readme.read_text("utf-8").split("```sql\n")[1].split("```")[0]
    advice = advice.replace("inspection_reader", f"{name}_reader").replace(
        "FOR ROLE fieldkit", f"FOR ROLE {OWNER}"
    )
    change(database, *advice.replace("AUTHORIZATION fieldkit", f"AUTHORIZATION {OWNER}").split(";\n")[:4])
    change(database, f"CREATE ROLE {name}_guest LOGIN IN ROLE {name}_reader")
    with new_mission(tmp_path / "a") as vault:
        seen(vault, "Gate locked")
        publish(vault, database)
    guest = postgres.address(name, f"{name}_guest")
    assert texts(guest) == {"Gate locked"}
    for statement in (
        "DELETE FROM fieldkit.records",
        "CREATE TABLE fieldkit.mine (n int)",
        "DROP VIEW fieldkit.item",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            change(guest, statement)


def test_what_others_made_is_never_touched(tmp_path: Path, database: str) -> None:
    change(
        database,
        "CREATE SCHEMA fieldkit",
        "CREATE TABLE fieldkit.entries (mine int)",
        "INSERT INTO fieldkit.entries VALUES (7)",
    )
    with new_mission(tmp_path / "a") as vault:
        for renew in (False, True):
            with pytest.raises(UsageError, match="did not make: entries") as caught:
                publish(vault, database, renew=renew)
            assert "--into" in caught.value.remedy
        change(database, "CREATE TABLE fieldkit.about (format text)")
        with pytest.raises(UsageError, match="did not make"):
            publish(vault, database, renew=True)
        assert rows(database, "SELECT mine FROM fieldkit.entries") == [(7,)]
        publish(vault, database, schema="inspections")
        change(
            database,
            "CREATE TABLE inspections.notes (n int)",
            "CREATE VIEW inspections.busy AS SELECT number FROM inspections.records",
        )
        assert publish(vault, database, schema="inspections").sent_entries == 0
        with pytest.raises(RefusedError, match="views that others made"):
            publish(vault, database, schema="inspections", renew=True)
        change(database, "DROP VIEW inspections.busy")
        assert publish(vault, database, schema="inspections", renew=True).sent_entries == 4
        assert rows(database, "SELECT count(*) FROM inspections.notes") == [(0,)]


@pytest.mark.parametrize("schema", ["pg_mine", "Two words", 'a"b', "", "1st", "x" * 64])
def test_a_schema_has_a_plain_name(tmp_path: Path, database: str, schema: str) -> None:
    with new_mission(tmp_path / "a") as vault, pytest.raises(UsageError, match="no name for a schema"):
        publish(vault, database, schema=schema)


def test_tables_of_another_version_are_left_alone_until_one_says_so(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_mission(tmp_path / "a") as vault:
        publish(vault, database)
        before = published(database)
        change(database, "UPDATE fieldkit.about SET format = 0")
        with pytest.raises(RefusedError, match="older") as caught:
            publish(vault, database)
        assert "--renew" in caught.value.remedy
        change(database, "UPDATE fieldkit.about SET format = 99")
        with pytest.raises(NewerFormatError):
            publish(vault, database, renew=True)
        assert published(database) == before
        change(database, "UPDATE fieldkit.about SET format = 0")
        with monkeypatch.context() as broken:
            broken.setattr("fieldkit.publish.snapshot.Snapshot.title", lambda _: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                publish(vault, database, renew=True)
        assert published(database) == before
        publish(vault, database, renew=True)
        assert published(database) == before
        change(database, "DROP TABLE fieldkit.links CASCADE")
        with pytest.raises(RefusedError, match="gone there: links"):
            publish(vault, database)
        publish(vault, database, renew=True)
        assert published(database) == before


def test_views_of_an_older_version_are_made_again_and_those_of_a_newer_one_stay(
    tmp_path: Path, database: str
) -> None:
    old = "CREATE OR REPLACE VIEW fieldkit.item AS SELECT 1 AS one"
    with new_mission(tmp_path / "a") as vault:
        publish(vault, database)
        change(
            database,
            "DROP VIEW fieldkit.item",
            old,
            "UPDATE fieldkit.about SET views = 'x', version = '99.0'",
        )
        publish(vault, database)
        assert rows(database, "SELECT one FROM fieldkit.item") == [(1,)]
        change(database, "UPDATE fieldkit.about SET version = '0.0.1'")
        publish(vault, database)
        assert rows(database, "SELECT mass FROM fieldkit.item") == []


def test_the_printed_statements_make_what_is_published_to(
    fieldkit: Fieldkit, mission: Path, database: str
) -> None:
    made = fieldkit.done("publish", "--schema", "--into", "by_hand").out
    assert "in kg." in made
    change(database, made)
    assert fieldkit.done("--json", "publish", database, "--into", "by_hand").document["sent"]["entries"] == 4
    assert fieldkit.done("publish", database, "--into", "by_hand").out.startswith("Nothing new")
    assert fieldkit("publish").code == 2


def test_a_database_that_lacks_characters_is_refused(tmp_path: Path, postgres: Server) -> None:
    address = postgres.database("latin", "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with new_mission(tmp_path / "a") as vault, pytest.raises(UsageError, match="LATIN1"):
        publish(vault, address)


def test_without_the_driver_the_way_to_it_is_told(
    fieldkit: Fieldkit, mission: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    answer = fieldkit("publish", "postgresql://hq.example/missions")
    assert answer.code == 8
    assert "fieldkit[postgresql]" in answer.err


def test_an_error_in_the_middle_undoes_everything_and_tells_nothing_of_the_mission(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_mission(tmp_path / "a") as vault:
        publish(vault, database)
        before = published(database)
        seen(vault, "Zarathustra")
        change(
            database,
            "ALTER TABLE fieldkit.records ADD CONSTRAINT none CHECK (doc ->> 'text' IS DISTINCT FROM 'Zarathustra')",
        )
        with pytest.raises(FieldkitError, match="SQLSTATE 23514") as caught:
            publish(vault, database)
        assert "Zarathustra" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert published(database) == before
        change(database, "ALTER TABLE fieldkit.records DROP CONSTRAINT none")
        publish(vault, database)
        assert texts(database) == {"Zarathustra"}


def test_two_who_publish_at_once_take_turns(tmp_path: Path, database: str) -> None:
    with new_mission(tmp_path / "a") as vault:
        vault.record([Add("observation", {"basis": "seen", "text": f"crate {n}"}) for n in range(400)])
        folder = vault.folder
    running = [_publishing(folder, database) for _ in range(3)]
    assert [one.wait(timeout=60) for one in running] == [0, 0, 0]
    assert rows(database, "SELECT count(*), count(DISTINCT hash) FROM fieldkit.entries") == [(404, 404)]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_anywhere_it_leaves_the_old_or_the_new_and_goes_on(tmp_path: Path, database: str) -> None:
    with new_mission(tmp_path / "a") as vault:
        vault.record([Add("observation", {"basis": "seen", "text": f"crate {n}"}) for n in range(1500)])
        folder, size = vault.folder, 1504
    counts = set()
    for step in range(5):
        child = _publishing(folder, database, ready=True)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.05 * step)
        child.kill()
        child.wait()
        child.stdout.close()
        if rows(database, "SELECT to_regclass('fieldkit.entries')") != [(None,)]:
            told = rows(database, "SELECT count(*) FROM fieldkit.entries")[0][0]
            assert told == rows(database, "SELECT coalesce(max(entries), 0) FROM fieldkit.missions")[0][0]
            counts.add(told)
    assert counts <= {0, size}
    with Vault.open(folder, PASSPHRASE) as vault:
        assert publish(vault, database).entries == size
        assert len(texts(database)) == 1500


def _publishing(folder: Path, address: str, *, ready: bool = False) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__, folder, address],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE if ready else subprocess.DEVNULL,
        text=True,
    )


if __name__ == "__main__":
    with Vault.open(Path(sys.argv[1]), PASSPHRASE) as opened:
        print("ready", flush=True)
        publish(opened, sys.argv[2])
