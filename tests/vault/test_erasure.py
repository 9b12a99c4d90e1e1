"""Erasing: without a passphrase, for good as far as this laptop goes, and honest about the rest."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.errors import UnreadableError, UsageError
from fieldkit.vault.erasure import erase
from fieldkit.vault.head import Head, HeadFiles, Place
from fieldkit.vault.slots import KdfParameters, KeySlots

CHEAP = KdfParameters(memory_kib=8, iterations=1, lanes=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mission"
    folder.mkdir()
    slots, _, _ = KeySlots.create("correct horse", CHEAP)
    slots.write(folder / "vault.json")
    (folder / "store.db").write_bytes(b"ciphertext")
    heads = HeadFiles(folder, slots.store_id)
    heads.write(Head(slots.store_id, "ab" * 16, 1, bytes(32), "note", Place.of(folder)))
    heads.close()
    paths.last_mission().write_text(str(folder), encoding="utf-8")
    return folder


def traces() -> list[str]:
    return sorted(path.name for path in paths.state_dir().rglob("*") if path.is_file())


def test_slots_and_traces_are_gone_and_the_caution_is_given(folder: Path) -> None:
    report = erase(folder)
    assert [entry.name for entry in folder.iterdir()] == ["store.db"]
    assert traces() == ["salt"]
    assert len(report.removed) == 4
    assert "older copy" in report.caution
    with pytest.raises(UnreadableError):
        KeySlots.read(folder / "vault.json")


@pytest.mark.skipif(os.name == "nt", reason="needs hard links to see the bytes that a removed file had")
def test_the_bytes_are_overwritten_before_the_file_goes(folder: Path, tmp_path: Path) -> None:
    before = (folder / "vault.json").read_bytes()
    os.link(folder / "vault.json", tmp_path / "still linked")
    erase(folder)
    after = (tmp_path / "still linked").read_bytes()
    assert len(after) == len(before)
    assert b"wrapped" not in after


def test_slots_left_over_by_an_interrupted_change_go_too(folder: Path) -> None:
    leftover = folder / ".vault.json.00112233aabb.fieldkit-tmp"
    shutil.copy(folder / "vault.json", leftover)
    erase(folder)
    assert not leftover.exists()


def test_a_damaged_vault_json_is_erased_and_its_traces_found_by_the_head(folder: Path) -> None:
    (folder / "vault.json").write_bytes(b"\xff damaged")
    erase(folder)
    assert traces() == ["salt"]


def test_an_interrupted_erasure_is_finished_by_the_next(folder: Path) -> None:
    (folder / "vault.json").unlink()
    erase(folder)
    assert traces() == ["salt"]
    with pytest.raises(UsageError):
        erase(folder)


def test_traces_of_other_missions_stay(folder: Path, tmp_path: Path) -> None:
    other = paths.head_copy("00000000-0000-4000-8000-000000000000")
    other.write_bytes(b"another mission's head")
    paths.last_mission().write_text(str(tmp_path / "another"), encoding="utf-8")
    erase(folder)
    assert other.read_bytes() == b"another mission's head"
    assert paths.last_mission().is_file()


def test_a_folder_that_is_no_vault_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"mine")
    with pytest.raises(UsageError):
        erase(tmp_path)
    assert (tmp_path / "photo.jpg").read_bytes() == b"mine"
