"""Words planted in every text of a mission are nowhere to be read on the machine, however the work was ended."""

from __future__ import annotations

import base64
import io
import os
import shutil
import signal
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.vault.vault import Vault
from tests.bad import photos, sheets
from tests.trials.planting import STEM, Garden, planted_in, readable
from tests.trials.writers import CHEAP

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = f"{STEM} passphrase of five words"


@dataclass(frozen=True)
class Machine:
    """All that a person's machine would hold below `root`; `outside` is a stick that is read and written openly."""

    root: Path
    outside: Path

    @property
    def mission(self) -> Path:
        return self.root / "mission"

    def start(self, *arguments: str | Path, module: str = "fieldkit.cli.main") -> subprocess.Popen[bytes]:
        """Run `run` of a module in a process that works inside the machine."""
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from {module} import run; run()"
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_allow_core if os.name == "posix" else None,
        )

    def run(self, *arguments: str | Path, code: int = 0) -> tuple[bytes, bytes]:
        """A command of fieldkit; what it wrote to the two streams."""
        with self.start(*arguments) as running:
            out, err = running.communicate(timeout=60)
        assert running.returncode == code, (out + err).decode()
        return out, err

    def crash(self, command: str) -> tuple[int, bytes]:
        """A command that ends badly: its code and everything it wrote."""
        with self.start(command, module="tests.trials.crashing") as running:
            if command == "hang":
                assert running.stdout is not None
                running.stdout.readline()
                running.send_signal(signal.SIGTERM)
            out, err = running.communicate(timeout=60)
        return running.returncode, out + err


def _allow_core() -> None:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "machine", tmp_path / "outside")
    made.outside.mkdir()
    folders = (
        "HOME",
        "TMPDIR",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
    )
    for name in folders:
        (made.root / name.lower()).mkdir(parents=True)
        monkeypatch.setenv(name, str(made.root / name.lower()))
    monkeypatch.delenv(paths.STATE_VARIABLE)
    monkeypatch.setenv("FIELDKIT_MISSION", str(made.mission))
    monkeypatch.setenv("FIELDKIT_PASSPHRASE_FILE", str(made.outside / "passphrase.txt"))
    monkeypatch.setenv("PYTHONFAULTHANDLER", "1")
    (made.outside / "passphrase.txt").write_text(f"{PASSPHRASE}\n", "utf-8")
    return made


@pytest.fixture
def planted(machine: Machine) -> Machine:
    """Its mission holds a word in every text field of every kind, in drafts, and in files."""
    garden = Garden()
    vault, _ = Vault.create(
        machine.mission, title=garden.word(), author=garden.word(), passphrase=PASSPHRASE, kdf=CHEAP
    )
    with vault:
        assert garden.plant(vault) == {}, "some texts were not planted"
        assert len(garden.words) > 150
        vault.save_draft(garden.word(), {"text": garden.word(), "remark": [garden.word()]})
        item = next(vault.list("item"))
        content = (garden.word() + " ").encode() * 200_000
        vault.attach(io.BytesIO(content), f"{garden.word()}.txt", item.id)
        vault.store_secret("person/somebody", garden.word().encode())
        assert (machine.mission / "store.db-wal").stat().st_size > 0
        assert readable(machine.root) == []
    return machine


@pytest.mark.parametrize(
    "form",
    [
        f"x{STEM}y".encode(),
        f"x{STEM.lower()}y".encode("utf-16-le"),
        base64.b64encode(b"a" + STEM.encode()),
        base64.b64encode(b"ab" + STEM.encode() + b"cd"),
        STEM.encode().hex().encode(),
        b"\0\x78\x9c" + zlib.compress(f"long {STEM}".encode()),
    ],
)
def test_the_search_itself_finds_what_is_readable(tmp_path: Path, form: bytes) -> None:
    (tmp_path / "file").write_bytes(b"before" + form + b"after")
    assert readable(tmp_path) == [str(tmp_path / "file")]
    assert not planted_in(os.urandom(1 << 20))


def test_nothing_of_a_whole_visit_is_readable(planted: Machine) -> None:
    outside = planted.outside
    exif = photos.camera_exif(make=f"{STEM}maker", model=f"{STEM}model", serial=f"{STEM}serial")
    exif[0x013B], exif[0x8298], exif[0x010E] = f"{STEM}artist", f"{STEM}rights", f"{STEM}caption"
    card = outside / f"{STEM}card" / "DCIM" / "100MEDIA"
    card.mkdir(parents=True)
    (card / f"{STEM}1.JPG").write_bytes(photos.sound_jpeg(exif=exif))
    (card / f"{STEM}2.JPG").write_bytes(photos.broken_off())
    (outside / f"{STEM}.xlsx").write_bytes(sheets.sound_xlsx([[1, f"{STEM}gyro", "GX", f"{STEM}-1", 1, ""]]))
    (outside / f"{STEM}.txt").write_text(f"{STEM} " * 1000, "utf-8")
    planted.run("add", "observation", "basis=seen", f"text={STEM} typed")
    planted.run("add", "observation", "basis=told", f"text={STEM} refused", code=7)
    planted.run("attach", outside / f"{STEM}.txt", "--to", "A-I-0001")
    planted.run("photos", "ingest", outside / f"{STEM}card", code=1)
    planted.run("inventory", "load", outside / f"{STEM}.xlsx")
    planted.run("search", STEM)
    planted.run("doctor", "--refold")
    planted.run("vault", "backup", planted.root / "visit.backup")
    planted.run("export", outside / "sealed", "--encrypt-passphrase-file", outside / "passphrase.txt")
    planted.run("export", outside / "plain")
    (sealed,) = (outside / "sealed").iterdir()
    assert not planted_in(sealed.read_bytes())
    assert readable(outside / "plain") != []
    assert readable(planted.root) == []
    assert list((planted.root / "tmpdir").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
@pytest.mark.parametrize(("command", "code"), [("fault", 70), ("die", -signal.SIGABRT), ("hang", 130)])
def test_nothing_is_readable_after_a_crash(planted: Machine, command: str, code: int) -> None:
    ended, written = planted.crash(command)
    assert ended == code, written.decode()
    assert written
    assert not planted_in(written), written.decode()
    assert readable(planted.root) == []
    left = [path.name for path in planted.root.iterdir() if "core" in path.name]
    assert left == []
    planted.run("doctor", "--refold")


def test_a_wrong_passphrase_says_one_thing_and_leaves_nothing(planted: Machine) -> None:
    wrong = planted.outside / "wrong.txt"
    wrong.write_text(f"{STEM} guessed\n", "utf-8")
    before = {path: path.read_bytes() for path in planted.root.rglob("*") if path.is_file()}
    out, err = planted.run("list", "--passphrase-file", wrong, code=6)
    assert out == b""
    assert [line.split(b":")[0] for line in err.splitlines()] == [b"Wrong passphrase", b"  Try again"]
    assert {path: path.read_bytes() for path in planted.root.rglob("*") if path.is_file()} == before
    assert list((planted.root / "tmpdir").iterdir()) == []


def test_a_store_of_another_vault_says_one_thing(planted: Machine) -> None:
    other, _ = Vault.create(planted.root / "other", title="t", author="a", passphrase=PASSPHRASE, kdf=CHEAP)
    other.close()
    shutil.copy(planted.root / "other" / "store.db", planted.mission / "store.db")
    out, err = planted.run("list", code=3)
    assert out == b""
    assert err.count(b"\n") == 2, err.decode()
    assert b"damaged, altered, or belongs to another vault.json" in err
