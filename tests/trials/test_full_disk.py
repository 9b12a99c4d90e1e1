"""A full disk stops the work in plain words; nothing acknowledged is lost, and with room again it goes on."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.verify import verify_bundle
from fieldkit.capture.intake import Progress, ingest
from fieldkit.errors import UnavailableError
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.cli.conftest import PASSPHRASE, Fieldkit
from tests.trials.filling import Disk
from tests.trials.killing import make_card
from tests.trials.writers import PASSPHRASES, new_mission


def sound(vault: Vault) -> None:
    assert vault.notices == []
    assert [one.text for one in examine(vault, refold=True) if not one.good] == []


def record_until_full(vault: Vault) -> list[str]:
    """Ids of everything that was acknowledged before the disk was full."""
    kept: list[str] = []

    def record_more() -> None:
        for number in range(5000):
            (one,) = vault.record([Add("observation", {"text": f"seen {number}", "basis": "seen"})])
            kept.append(one.id)

    with pytest.raises(UnavailableError) as caught:
        record_more()
    assert "disk is full" in caught.value.problem
    assert "Free some space" in caught.value.remedy
    return kept


@pytest.mark.parametrize("leaving", [0, 50_000, 500_000])
def test_captures_on_a_disk_that_runs_full(disk: Disk, leaving: int) -> None:
    vault, _ = new_mission(disk.root / "mission")
    with vault:
        disk.fill(leaving)
        kept = record_until_full(vault)
        assert [view.id for view in vault.list("observation")] == kept
        disk.free()
        kept += [one.id for one in vault.record([Add("observation", {"text": "on", "basis": "seen"})])]
        sound(vault)
    with Vault.open(disk.root / "mission", PASSPHRASES[0]) as vault:
        sound(vault)
        assert [view.id for view in vault.list("observation")] == kept


@pytest.mark.parametrize("leaving", [0, 8_192, 60_000, 150_000, 300_000])
def test_a_mission_that_cannot_be_made_leaves_nothing_in_its_folder(disk: Disk, leaving: int) -> None:
    folder = disk.root / "mission"
    disk.fill(leaving)
    with pytest.raises(UnavailableError, match="disk is full"):
        new_mission(folder)
    assert not folder.exists() or not list(folder.iterdir())
    assert not list(paths.state_dir().glob("**/*head*"))
    disk.free()
    vault, _ = new_mission(folder)
    with vault:
        sound(vault)


def test_a_vault_closed_and_opened_on_a_full_disk(disk: Disk) -> None:
    vault, _ = new_mission(disk.root / "mission")
    with vault:
        disk.fill(200_000)
        kept = record_until_full(vault)
        disk.fill()
    try:
        with Vault.open(disk.root / "mission", PASSPHRASES[0]) as vault:
            assert [view.id for view in vault.list("observation")] == kept
    except UnavailableError as error:
        told = error.remedy
    else:
        told = "opened"
    assert told
    disk.free()
    with Vault.open(disk.root / "mission", PASSPHRASES[0]) as vault:
        sound(vault)
        assert [view.id for view in vault.list("observation")] == kept


@pytest.mark.parametrize("leaving", [100_000, 1_000_000, 3_000_000])
def test_an_intake_on_a_disk_that_runs_full(disk: Disk, tmp_path: Path, leaving: int) -> None:
    card = make_card(tmp_path / "card", random.Random(leaving))
    files = sorted(path for path in card.rglob("*") if path.is_file())
    done: list[Progress] = []
    vault, _ = new_mission(disk.root / "mission")
    with vault:
        disk.fill(leaving)
        with pytest.raises(UnavailableError, match="disk is full") as caught:
            ingest(vault, [card], progress=done.append)
        kept = vault.count("photo")
        assert f"{kept} of {len(files)} files are kept" in caught.value.problem
        assert "The same command goes on where it stopped" in caught.value.remedy
        acknowledged = done[-1].done if done else 0
        for file in files[:acknowledged]:
            assert len(list(vault.find("photo", "sha256", digest(file)))) == 1
        disk.free()
        receipt = ingest(vault, [card])
        assert (receipt.kept, receipt.duplicates, receipt.finished) == (len(files), [], True)
        sound(vault)
    with Vault.open(disk.root / "mission", PASSPHRASES[0]) as vault:
        sound(vault)
        assert vault.count("photo") == len(files)
    assert list((disk.root / "mission").rglob("*tmp*")) == []


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("leaving", [0, 40_000, 4_450_000])
def test_an_export_to_a_full_disk(disk: Disk, tmp_path: Path, zipped: bool, leaving: int) -> None:
    vault, _ = new_mission(tmp_path / "mission")
    with vault:
        ingest(vault, [make_card(tmp_path / "card", random.Random(1))])
        disk.fill(leaving)
        with pytest.raises(UnavailableError) as caught:
            export_bundle(vault, disk.root / "bundles", zipped=zipped)
        assert caught.value.remedy
        assert not (disk.root / "bundles").is_dir() or list((disk.root / "bundles").iterdir()) == []
        disk.free()
        exported = export_bundle(vault, disk.root / "bundles", zipped=zipped)
        assert [fault.where for fault in verify_bundle(exported.path).faults] == ["signatures"]
        sound(vault)


def test_a_state_directory_without_room(disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.STATE_VARIABLE, str(disk.root / "state"))
    disk.fill()
    with pytest.raises(UnavailableError, match="disk is full"):
        new_mission(tmp_path / "mission")
    disk.free()
    with new_mission(tmp_path / "other")[0] as vault:
        disk.fill()
        (one,) = vault.record([Add("observation", {"text": "seen", "basis": "seen"})])
        assert vault.get(one.id).doc["text"] == "seen"
    with Vault.open(tmp_path / "other", PASSPHRASES[0]) as vault:
        sound(vault)


COMMANDS: list[tuple[str, Callable[[Path], list[str | Path]]]] = [
    ("add", lambda place: ["add", "observation", "basis=seen", "text=seen"]),
    ("ingest", lambda place: ["photos", "ingest", place / "card"]),
    ("export", lambda place: ["export", place / "bundles"]),
    (
        "attach",
        lambda place: ["attach", place / "card" / "DCIM" / "100MEDIA" / "DSC00004.JPG", "--to", "A-0001"],
    ),
]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_a_command_that_may_not_write_more(
    name: str, command: Callable[[Path], list[str | Path]], fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    make_card(tmp_path / "card", random.Random(1))
    fieldkit.done("add", "item", "nomenclature=Gyroscope")
    if name == "export":
        fieldkit.done("photos", "ingest", tmp_path / "card")
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40960, 40960)); "
    done = subprocess.run(
        [sys.executable, "-c", limit + "from fieldkit.cli.main import run; run()", *command(tmp_path)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 8, done.stderr
    assert "space" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert fieldkit("doctor", "--refold").code == 0
    assert fieldkit.done(*command(tmp_path)).out
    with Vault.open(mission, PASSPHRASE) as vault:
        sound(vault)
