"""store.db: encrypted, durable, in plain words when it is in use, full, damaged or another's."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3

from fieldkit.errors import AlteredError, FieldkitError, UnavailableError
from fieldkit.vault import database
from fieldkit.vault.database import BUSY_SECONDS, PAGE_BYTES, Database

KEY = bytes(range(32))
PLANTED = "a planted sentence about gyroscopes"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Database]:
    database = Database.create(path, KEY)
    with database.write() as tables:
        tables.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        tables.execute("CREATE VIRTUAL TABLE found USING fts5(text)")
    yield database
    database.close()


def add(store: Database, *texts: str) -> None:
    with store.write():
        for text in texts:
            store.execute("INSERT INTO notes (text) VALUES (?)", (text,))
            store.execute("INSERT INTO found VALUES (?)", (text,))


def notes(store: Database) -> list[str]:
    return [text for (text,) in store.rows("SELECT text FROM notes ORDER BY id")]


def test_sqlite_utils_runs_on_the_encrypting_engine() -> None:
    assert database.sqlite_utils.db.sqlite3 is sqlcipher3


def test_another_module_that_takes_sqlite_utils_first_is_told_at_once() -> None:
    order = "import sqlite_utils, fieldkit.vault.database"
    finished = subprocess.run([sys.executable, "-c", order], capture_output=True, text=True)
    assert finished.returncode == 1
    assert "was imported before" in finished.stderr


def test_sqlite_utils_joins_the_transaction_of_the_caller(store: Database) -> None:
    def change_and_fail() -> None:
        with store.write() as tables:
            tables["notes"].insert({"id": 1, "text": "one"})
            tables["notes"].insert_all({"id": n, "text": "many"} for n in range(2, 500))
            tables["notes"].upsert({"id": 1, "text": "changed", "new": "column"}, pk="id", alter=True)
            assert len(notes(store)) == 499
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert notes(store) == []
    assert store.rows("SELECT * FROM pragma_table_info('notes') WHERE name = 'new'") == []


def test_what_the_house_asks_of_a_connection_holds_for_writer_and_reader(store: Database) -> None:
    with store.reader() as reader:
        for connection in (store, reader):
            values = {
                name: connection.value(f"PRAGMA {name}")
                for name in ("journal_mode", "synchronous", "foreign_keys", "temp_store", "cache_size")
            }
            assert values == {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "temp_store": 2,
                "cache_size": -65536,
            }
            assert connection.value("PRAGMA cipher_status") == "1"
            assert (connection.value("PRAGMA trusted_schema"), connection.value("PRAGMA secure_delete")) == (
                0,
                1,
            )
            assert connection.value("PRAGMA busy_timeout") == BUSY_SECONDS * 1000 == 5000


def test_nothing_readable_lies_in_any_file_while_open_or_closed(store: Database, path: Path) -> None:
    add(store, *[PLANTED] * 2000)
    store.rows("SELECT text FROM notes ORDER BY text || id DESC")
    assert {file.name for file in path.parent.iterdir()} == {"store.db", "store.db-wal", "store.db-shm"}
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert b"gyroscopes" not in content
        assert b"CREATE TABLE" not in content
        assert b"SQLite format" not in content
    assert path.stat().st_mode & 0o077 == 0


def test_closing_leaves_one_file_and_may_be_done_twice(store: Database, path: Path) -> None:
    add(store, "one")
    store.close()
    store.close()
    assert [file.name for file in path.parent.iterdir()] == ["store.db"]


def test_a_block_that_ends_is_durable_and_one_that_raises_leaves_nothing(store: Database, path: Path) -> None:
    add(store, "kept")
    with pytest.raises(FieldkitError), store.write():
        add_lost_then_fail(store)
    shutil.copytree(path.parent, path.parent / "as-after-a-crash")
    crashed = Database.open(path.parent / "as-after-a-crash" / "store.db", KEY)
    assert notes(crashed) == notes(store) == ["kept"]
    crashed.close()


def add_lost_then_fail(store: Database) -> None:
    store.execute("INSERT INTO notes (text) VALUES ('lost')")
    store.execute("INSERT INTO notes (text) VALUES (NULL)")


def test_readers_in_other_threads_see_what_was_committed(store: Database) -> None:
    add(store, "one")
    seen: list[object] = []

    def read() -> None:
        with store.reader() as reader:
            seen.extend(reader.rows("SELECT text FROM notes"))

    with store.write():
        store.execute("INSERT INTO notes (text) VALUES ('not yet')")
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert seen == [("one",)]


def test_a_reader_cannot_write(store: Database) -> None:
    add(store, "one")
    with store.reader() as reader, pytest.raises(UnavailableError, match="readonly"):
        reader.execute("DELETE FROM notes")
    assert notes(store) == ["one"]


def test_rows_come_one_after_the_other(store: Database) -> None:
    add(store, *map(str, range(1000)))
    stream = store.stream("SELECT text FROM notes ORDER BY id", batch=10)
    assert next(stream) == ("0",)
    assert len(list(stream)) == 999


def test_a_second_writer_waits_then_says_in_use(store: Database, path: Path) -> None:
    other = Database.open(path, KEY, busy_seconds=0.4)
    start = time.monotonic()
    with store.write(), pytest.raises(UnavailableError, match="in use") as caught, other.write():
        pytest.fail("two writers at once")
    assert 0.3 < time.monotonic() - start < 2
    assert caught.value.exit_code == 8
    add(other, "now it is free")
    assert notes(store) == ["now it is free"]
    other.close()


def test_closing_waits_for_nobody(store: Database, path: Path) -> None:
    other = Database.open(path, KEY, busy_seconds=30)
    start = time.monotonic()
    with store.write():
        other.close()
        store.execute("INSERT INTO notes (text) VALUES ('meanwhile')")
    assert time.monotonic() - start < 20, "a close waited for the writer as long as a second writer would"
    assert notes(store) == ["meanwhile"]


def test_a_second_writer_gets_its_turn_within_the_wait(store: Database, path: Path) -> None:
    entered = threading.Event()

    def write() -> None:
        other = Database.open(path, KEY)
        with other.write():
            entered.set()
            other.execute("INSERT INTO notes (text) VALUES ('first')")
            time.sleep(0.3)
        other.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert entered.wait(10)
    add(store, "second")
    thread.join()
    assert notes(store) == ["first", "second"]


def test_a_wrong_key_is_told_and_the_engine_prints_nothing(
    store: Database, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store.close()
    before = path.read_bytes()
    with pytest.raises(AlteredError, match="belongs to another"):
        Database.open(path, bytes(32))
    damaged = bytearray(before)
    damaged[PAGE_BYTES + 100] ^= 1
    path.write_bytes(damaged)
    opened = Database.open(path, KEY)
    assert opened.check()
    opened.close()
    assert capfd.readouterr() == ("", "")
    path.write_bytes(before)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"short", b"SQLite format 3\0" + bytes(PAGE_BYTES), bytes(PAGE_BYTES)]
)
def test_what_is_no_encrypted_store_is_told_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(AlteredError) as caught:
        Database.open(path, KEY)
    assert caught.value.where == str(path)
    assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == ["store.db"]


def test_a_missing_store_is_told_and_not_made(path: Path) -> None:
    with pytest.raises(AlteredError, match="missing"):
        Database.open(path, KEY)
    assert not path.exists()


def test_a_store_is_never_made_over_another_file(store: Database, path: Path) -> None:
    with pytest.raises(UnavailableError):
        Database.create(path, KEY)


def test_flipped_bytes_and_cut_pages_are_told(store: Database, path: Path) -> None:
    add(store, *(f"{PLANTED} {n}" for n in range(500)))
    store.close()
    good = path.read_bytes()
    pages = len(good) // PAGE_BYTES
    positions = random.Random(0).sample(range(len(good)), 40)
    flips = [good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :] for i in positions]
    cuts = [good[: page * PAGE_BYTES] for page in range(1, pages)]
    for bad in [*flips, *cuts, good[:-1]]:
        path.write_bytes(bad)
        assert faults_of(path), "a damaged store passed every check"
    path.write_bytes(good)
    assert faults_of(path) == []


def test_damage_of_many_pages_is_told_in_a_few_lines(store: Database, path: Path) -> None:
    add(store, *(f"{PLANTED} {n} " + "x" * 3000 for n in range(200)))
    store.close()
    data = bytearray(path.read_bytes())
    for page in range(3, len(data) // PAGE_BYTES):
        data[page * PAGE_BYTES + 99] ^= 1
    path.write_bytes(data)
    told = faults_of(path)
    assert told
    assert len(told) < 20
    assert all(len(line) < 200 and "\n" not in line for line in told)
    assert any("more like it at least" in line for line in told)


def test_damage_that_only_one_of_the_checks_sees_is_told(store: Database, path: Path) -> None:
    add(store, *(f"{PLANTED} {n}" for n in range(500)))
    with store.write():
        store.execute("DELETE FROM notes")
        store.execute("CREATE TABLE loose (a TEXT)")
        store.execute("INSERT INTO loose VALUES (NULL)")
    store.close()
    assert faults_of(path) == []
    good = path.read_bytes()
    free_pages_only = [
        page
        for page in range(1, len(good) // PAGE_BYTES)
        if quick_check_is_content(path, flipped(good, page * PAGE_BYTES + 99))
    ]
    assert free_pages_only
    path.write_bytes(flipped(good, free_pages_only[0] * PAGE_BYTES + 99))
    assert faults_of(path)
    path.write_bytes(good)
    opened = Database.open(path, KEY)
    with opened.write():
        opened.execute("PRAGMA writable_schema = ON")
        opened.execute(
            "UPDATE sqlite_master SET sql = 'CREATE TABLE loose (a TEXT NOT NULL)' WHERE name = 'loose'"
        )
    opened.close()
    assert faults_of(path) == ["NULL value in loose.a"]


def flipped(data: bytes, i: int) -> bytes:
    return data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :]


def quick_check_is_content(path: Path, data: bytes) -> bool:
    path.write_bytes(data)
    try:
        opened = Database.open(path, KEY)
        try:
            return opened.rows("PRAGMA quick_check") == [("ok",)]
        finally:
            opened.close()
    except AlteredError:
        return False


def faults_of(path: Path) -> list[str]:
    try:
        opened = Database.open(path, KEY)
    except AlteredError as error:
        return [error.problem]
    try:
        return opened.check()
    finally:
        opened.close()


def test_a_damaged_page_met_while_reading_is_told_as_altered(store: Database, path: Path) -> None:
    add(store, *(f"{PLANTED} {n}" for n in range(500)))
    store.close()
    data = bytearray(path.read_bytes())
    for start in range(PAGE_BYTES, len(data), PAGE_BYTES):
        data[start + 50] ^= 1
    path.write_bytes(data)
    opened = Database.open(path, KEY)
    with pytest.raises(AlteredError) as caught:
        opened.rows("SELECT * FROM notes")
    assert caught.value.where == str(path)
    opened.close()
    opened = Database.open(path, KEY)
    with pytest.raises(AlteredError), opened.write():
        opened.execute("INSERT INTO notes (text) VALUES ('x')")
    opened.close()


def test_a_full_store_is_told_and_keeps_what_it_had(store: Database) -> None:
    add(store, "kept")
    store.execute(f"PRAGMA max_page_count = {store.value('PRAGMA page_count') + 2}")
    with pytest.raises(UnavailableError, match="disk is full"):
        add(store, *["long " * 1000] * 20)
    assert notes(store) == ["kept"]
    assert store.check() == []


def test_a_full_disk_is_told_and_keeps_what_it_had(small_disk: Path) -> None:
    store = Database.create(small_disk / "store.db", KEY)
    with store.write():
        store.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
        store.execute("INSERT INTO notes (text) VALUES ('kept')")
    with pytest.raises(UnavailableError) as caught, store.write() as tables:
        tables["notes"].insert_all({"text": "long " * 2000} for _ in range(1000))
    assert caught.value.exit_code == 8
    assert notes(store) == ["kept"]
    store.close()
    again = Database.open(small_disk / "store.db", KEY)
    assert notes(again) == ["kept"]
    assert again.check() == []
    again.close()


def test_a_mistake_in_a_statement_is_a_fault_of_the_program(store: Database) -> None:
    with pytest.raises(FieldkitError) as caught:
        store.rows("SELECT nothing FROM nowhere")
    assert caught.value.exit_code == 70


def test_a_snapshot_is_consistent_encrypted_and_opens_with_the_same_key(
    store: Database, tmp_path: Path
) -> None:
    add(store, PLANTED)
    copy = tmp_path / "copy.db"
    store.snapshot(copy)
    add(store, "later")
    assert b"gyroscopes" not in copy.read_bytes()
    opened = Database.open(copy, KEY)
    assert notes(opened) == [PLANTED]
    assert opened.check() == []
    opened.close()


_WRITER = """
import sys
from pathlib import Path
from fieldkit.vault.database import Database
store = Database.open(Path(sys.argv[1]), bytes(range(32)))
n = 0
while True:
    with store.write():
        store.execute("INSERT INTO notes (text) VALUES (?)", (f"{n} " * 50,))
        store.execute("INSERT INTO notes (text) VALUES (?)", (f"{n} " * 50,))
    print(n, flush=True)
    n += 1
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_kill_loses_nothing_acknowledged_and_leaves_no_half_transaction(store: Database, path: Path) -> None:
    store.close()
    total = 0
    for acknowledged_at_least in (3, 20, 50):
        child = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        acknowledged = [child.stdout.readline() for _ in range(acknowledged_at_least)]
        child.send_signal(signal.SIGKILL)
        acknowledged += child.stdout.readlines()
        child.stdout.close()
        child.wait()
        opened = Database.open(path, KEY)
        rows = int(opened.value("SELECT count(*) FROM notes"))
        assert opened.check() == []
        opened.close()
        whole = [line for line in acknowledged if line.endswith("\n")]
        assert rows % 2 == 0
        assert rows // 2 - total in (len(whole), len(whole) + 1)
        total = rows // 2
