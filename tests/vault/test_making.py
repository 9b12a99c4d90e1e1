"""A vault that is being made: whole or not at all, never over something else, and kept or dropped where its mission was not begun."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError, PassphraseError, UnavailableError, UsageError
from fieldkit.vault.doctor import examine
from fieldkit.vault.making import drop, is_unbegun
from fieldkit.vault.slots import KdfParameters
from fieldkit.vault.stages import JoinedError, Stage, UnbegunError
from fieldkit.vault.vault import Vault
from tests.vault.missions import CHEAP, PASSPHRASE, new_mission

ROOT = Path(__file__).resolve().parents[2]
TYPED = "asked/NewMissionScreen"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mission"


def unbegun(folder: Path) -> Path:
    """A vault whose mission was not begun, with something typed for it."""
    with Vault.prepare_mission(folder, PASSPHRASE, kdf=CHEAP) as vault:
        vault.save_draft(TYPED, {"title": "Orchid"})
    return folder


def test_a_vault_is_no_mission_before_it_begins_and_the_same_as_any_other_afterwards(folder: Path) -> None:
    unbegun(folder)
    assert is_unbegun(folder)
    for opening in (Vault.open, Vault.open_prepared):
        with pytest.raises(UnbegunError, match="was never begun"):
            opening(folder, PASSPHRASE)
    with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
        assert (vault.stage, vault.drafts()[TYPED]) == (Stage.UNBEGUN, {"title": "Orchid"})
        assert (vault.count(), vault.logs()) == (0, [])
        words = vault.begin(title="Orchid", author="A. Nasser", team=["B. Khan"], kdf=CHEAP)
        assert vault.stage is Stage.MISSION
        assert {view.doc["name"] for view in vault.list("person")} == {"A. Nasser", "B. Khan"}
    assert not is_unbegun(folder)
    with Vault.recover(folder, " ".join(words)) as vault:
        assert (vault.letter, vault.role, vault.notices) == ("A", "lead", [])
        assert all(finding.good for finding in examine(vault, refold=True))


def test_a_mission_begins_once(folder: Path) -> None:
    unbegun(folder)
    with (
        Vault.open(folder, PASSPHRASE, unbegun=True) as one,
        Vault.open(folder, PASSPHRASE, unbegun=True) as other,
    ):
        words = one.begin(title="Orchid", author="A. Nasser", kdf=CHEAP)
        before = (folder / "vault.json").read_bytes()
        with pytest.raises(JoinedError, match="begun this mission meanwhile"):
            other.begin(title="Lily", author="B. Khan", kdf=CHEAP)
        assert (folder / "vault.json").read_bytes() == before
    with Vault.recover(folder, " ".join(words)) as vault:
        assert vault.get(vault.mission_id).doc["title"] == "Orchid"


def test_a_mission_killed_while_it_began_begins_anew_with_words_that_open_it(folder: Path) -> None:
    unbegun(folder)
    with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
        slots, lost = vault.slots.with_recovery(vault.master, CHEAP)
        vault.change_slots(slots)
    with pytest.raises(UnbegunError):
        Vault.open(folder, PASSPHRASE)
    with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
        assert vault.drafts()[TYPED] == {"title": "Orchid"}
        words = vault.begin(title="Orchid", author="A. Nasser", kdf=CHEAP)
    with pytest.raises(PassphraseError):
        Vault.recover(folder, " ".join(lost))
    Vault.recover(folder, " ".join(words)).close()


def test_what_a_mission_may_not_be_called_leaves_the_vault_as_it_was(folder: Path) -> None:
    unbegun(folder)
    with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
        with pytest.raises(UsageError):
            vault.begin(title=" ", author="A. Nasser", kdf=CHEAP)
        with pytest.raises(UsageError):
            vault.begin(title="Orchid", author="A. Nasser", team=["B. Khan", " "], kdf=CHEAP)
        assert vault.stage is Stage.UNBEGUN
    assert is_unbegun(folder)


def test_of_two_that_make_a_vault_in_one_folder_one_does_and_the_other_takes_nothing_away(
    folder: Path,
) -> None:
    folder.mkdir()
    both = threading.Barrier(2)
    made: list[Path] = []
    refused: list[Exception] = []

    def make() -> None:
        both.wait()
        try:
            Vault.prepare_mission(folder, PASSPHRASE, kdf=KdfParameters(8 * 1024, 1, 1)).close()
            made.append(folder)
        except (UsageError, UnavailableError) as error:
            refused.append(error)

    makers = [threading.Thread(target=make) for _ in range(2)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert (len(made), len(refused)) == (1, 1)
    with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
        assert vault.stage is Stage.UNBEGUN


_MAKE = """
import sys
from pathlib import Path
from fieldkit.vault.vault import Vault
from tests.vault.missions import CHEAP, PASSPHRASE
print("ready", flush=True)
Vault.prepare_mission(Path(sys.argv[1]), PASSPHRASE, kdf=CHEAP)
print("made", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("milliseconds", [4, 40])
def test_a_vault_whose_maker_is_killed_opens_or_is_told_to_be_none(folder: Path, milliseconds: int) -> None:
    maker = subprocess.Popen(
        [sys.executable, "-c", _MAKE, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    with maker:
        assert maker.stdout is not None
        maker.stdout.readline()
        time.sleep(milliseconds / 1000)
        maker.kill()
        made = b"made" in maker.stdout.read()
    if not folder.exists() or not any(folder.iterdir()):
        assert not made
    elif is_unbegun(folder):
        with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
            assert vault.stage is Stage.UNBEGUN
            vault.save_draft(TYPED, {"title": "Orchid"})
    else:
        assert not made
        with pytest.raises(FieldkitError, match="there is no such file"):
            Vault.open(folder, PASSPHRASE, unbegun=True)
        with pytest.raises(UsageError, match="its making was broken off"):
            Vault.prepare_mission(folder, PASSPHRASE, kdf=CHEAP)


def test_a_vault_that_is_there_is_not_made_over(folder: Path) -> None:
    unbegun(folder)
    with pytest.raises(UnbegunError) as refused:
        Vault.create(folder, title="Lily", author="B. Khan", passphrase=PASSPHRASE, kdf=CHEAP)
    assert f"fieldkit -m {folder}" in refused.value.remedy
    with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
        assert vault.drafts()[TYPED] == {"title": "Orchid"}


def fill(filler: Path) -> None:
    """Write into a file until nothing more goes onto its disk."""
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_a_disk_that_fills_leaves_no_half_vault_and_loses_nothing_typed(small_disk: Path) -> None:
    filler, folder = small_disk / "filler", small_disk / "mission"
    fill(filler)
    with pytest.raises(UnavailableError, match="the disk is full"):
        Vault.prepare_mission(folder, PASSPHRASE, kdf=CHEAP)
    assert not folder.exists() or not any(folder.iterdir())
    filler.unlink()
    unbegun(folder)
    with Vault.open(folder, PASSPHRASE, unbegun=True) as vault:
        fill(filler)
        with pytest.raises(UnavailableError, match="the disk is full"):
            vault.begin(title="Orchid", author="A. Nasser", kdf=CHEAP)
        filler.unlink()
        assert vault.drafts()[TYPED] == {"title": "Orchid"}
        vault.begin(title="Orchid", author="A. Nasser", kdf=CHEAP)
        assert vault.get(vault.mission_id).doc["title"] == "Orchid"


def test_what_is_dropped_leaves_nothing_and_no_mission_can_be_dropped(folder: Path, tmp_path: Path) -> None:
    unbegun(folder)
    drop(folder)
    assert not folder.exists()
    unbegun(folder)
    for name in ("headquarters.txt", "typed notes"):
        (folder / name).write_text("mine")
    drop(folder)
    assert {path.name for path in folder.iterdir()} == {"headquarters.txt", "typed notes"}
    begun = tmp_path / "begun"
    new_mission(begun).close()
    with pytest.raises(UsageError, match="never begun"):
        drop(begun)
    Vault.open(begun, PASSPHRASE).close()
