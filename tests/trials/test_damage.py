"""One flipped bit, one missing byte, one missing file: opening or the doctor tells it, and tells it again."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.errors import AlteredError
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.trials.damaging import FRAME_BYTES, PAGE_BYTES, WAL_HEADER_BYTES, Patient, cut, flipped
from tests.trials.writers import PASSPHRASES


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    made = Patient(tmp_path / "mission")
    assert made.told() == ""
    made.put_back()
    return made


@pytest.fixture
def bereaved(tmp_path: Path) -> Patient:
    """Its last transactions are in the write-ahead log alone."""
    made = Patient(tmp_path / "mission", wal=True)
    assert made.told() == ""
    made.put_back()
    return made


def test_every_byte_of_the_key_slots(patient: Patient) -> None:
    path = patient.folder / "vault.json"
    data = path.read_bytes()
    assert patient.untold(path, flipped(data, range(len(data)))) == []
    assert patient.untold(path, cut(data, range(0, len(data), 5))) == []
    assert patient.untold(path, [("gone", None), ("longer", data + b" ")]) == []


def test_every_page_of_the_store(patient: Patient) -> None:
    path = patient.folder / "store.db"
    data = path.read_bytes()
    rng = random.Random(3)
    pages = len(data) // PAGE_BYTES
    places = [PAGE_BYTES * page + rng.randrange(PAGE_BYTES) for page in range(pages)]
    places += [*range(0, 100, 8), *(len(data) - 1 - 37 * n for n in range(20))]
    assert len(places) > 90
    assert patient.untold(path, flipped(data, places)) == []


def test_a_store_cut_short_or_gone(patient: Patient) -> None:
    path = patient.folder / "store.db"
    data = path.read_bytes()
    sizes = [0, 1, 4095, 4096, 4097, len(data) // 2, len(data) - 4097, len(data) - 4096, len(data) - 1]
    assert patient.untold(path, cut(data, sizes)) == []
    assert (
        patient.untold(path, [("gone", None), ("longer", data + bytes(PAGE_BYTES)), ("more", data + b"x")])
        == []
    )


def test_two_pages_of_the_store_exchanged(patient: Patient) -> None:
    path = patient.folder / "store.db"
    data = path.read_bytes()
    pages = [data[start : start + PAGE_BYTES] for start in range(0, len(data), PAGE_BYTES)]
    pages[3], pages[7] = pages[7], pages[3]
    assert patient.untold(path, [("exchanged", b"".join(pages))]) == []


def test_every_frame_of_a_live_log(bereaved: Patient) -> None:
    path = bereaved.folder / "store.db-wal"
    data = path.read_bytes()
    rng = random.Random(5)
    frames = [
        WAL_HEADER_BYTES + FRAME_BYTES * n for n in range((len(data) - WAL_HEADER_BYTES) // FRAME_BYTES)
    ]
    assert len(frames) > 20
    inside = [start + rng.randrange(24, FRAME_BYTES) for start in frames]
    heads = [start + rng.randrange(24) for start in frames[::3]]
    assert bereaved.untold(path, flipped(data, [*range(WAL_HEADER_BYTES), *inside, *heads])) == []
    assert (
        bereaved.untold(path, cut(data, [0, 31, *frames[::5], *(start + 99 for start in frames[1::5])])) == []
    )
    assert bereaved.untold(path, [("gone", None)]) == []


def test_what_a_lost_log_held_is_counted(bereaved: Patient) -> None:
    lost = bereaved.damaged(bereaved.folder / "store.db-wal", None)
    with lost, Vault.open(bereaved.folder, PASSPHRASES[0]) as vault:
        (notice,) = vault.notices
        assert notice.verdict == "behind"
        assert "8 are missing" in notice.problem
        before = vault.own_log.log
        vault.record([Add("observation", {"text": "going on", "basis": "seen"})])
        assert vault.own_log.log != before
        assert [view.doc["text"] for view in vault.list("incident")] == [notice.problem]


def test_a_damaged_index_of_the_log_loses_nothing(bereaved: Patient) -> None:
    index = bereaved.folder / "store.db-shm"
    for content in (os.urandom(32768), b"", bytes(32768), os.urandom(100)):
        with bereaved.damaged(index, content), Vault.open(bereaved.folder, PASSPHRASES[0]) as vault:
            assert vault.notices == []
            assert vault.own_log.size == bereaved.size


@pytest.mark.parametrize("copy", ["folder", "state"])
def test_every_byte_of_a_copy_of_the_head(patient: Patient, copy: str) -> None:
    folder_copy = patient.folder / "head"
    path = folder_copy if copy == "folder" else next((paths.state_dir() / "heads").iterdir())
    data = path.read_bytes()
    written = len(data.rstrip())
    assert patient.untold(path, flipped(data, [*range(0, written, 7), *range(written, len(data), 97)])) == []
    assert patient.untold(path, cut(data, [0, 1, written, len(data) - 1])) == []
    assert patient.untold(path, [("gone", None), ("longer", data + b"\n")]) == []


def test_every_part_of_every_original(patient: Patient) -> None:
    assert len(patient.parts) == 3
    for path in patient.parts:
        data = path.read_bytes()
        changed = [*flipped(data, [0, len(data) // 2, len(data) - 1]), *cut(data, [0, len(data) - 1])]
        assert patient.untold(path, [*changed, ("gone", None), ("longer", data + b"x")]) == []


def test_a_damaged_original_is_never_handed_out(patient: Patient) -> None:
    for path in patient.parts:
        data = path.read_bytes()
        places = [*range(0, len(data), len(data) // 12), len(data) - 17, len(data) - 1]
        for _, content in flipped(data, places):
            with patient.damaged(path, content), Vault.open(patient.folder, PASSPHRASES[0]) as vault:
                pieces = (piece for view in vault.list("media") for piece in vault.media.open(view.doc))
                with pytest.raises(AlteredError, match=path.name[:16]):
                    list(pieces)


def test_parts_under_each_others_names(patient: Patient) -> None:
    one, other, _ = patient.parts
    first, second = one.read_bytes(), other.read_bytes()
    other.write_bytes(first)
    assert patient.untold(one, [("exchanged", second)]) == []


def test_an_old_page_put_back_is_told_or_changes_no_answer(patient: Patient) -> None:
    path = patient.folder / "store.db"
    old = path.read_bytes()
    with Vault.open(patient.folder, PASSPHRASES[0]) as vault:
        vault.record([Add("observation", {"text": f"heard {n}", "basis": "seen"}) for n in range(4)])
        vault.record([Add("item", {"nomenclature": "Pump", "serials": ["P-1"]})])
        expected = _answers(vault)
    patient.keep()
    new = path.read_bytes()
    starts = range(0, min(len(old), len(new)), PAGE_BYTES)
    changed = [at for at in starts if old[at : at + PAGE_BYTES] != new[at : at + PAGE_BYTES]]
    assert len(changed) > 10
    silent = 0
    for at in changed:
        replayed = new[:at] + old[at : at + PAGE_BYTES] + new[at + PAGE_BYTES :]
        with patient.damaged(path, replayed):
            if patient.told():
                continue
            silent += 1
            with Vault.open(patient.folder, PASSPHRASES[0]) as vault:
                assert _answers(vault) == expected
                (next_one,) = vault.record([Add("item", {"nomenclature": "Pump"})])
                assert next_one.number == "A-I-0082"
    assert silent < len(changed) / 3


def _answers(vault: Vault) -> list[list[str]]:
    """What lists, searches and counters give."""
    asked = [vault.search(text, limit=500) for text in ("heard", "ear", "valve 7", "pump", "P-1", "alv")]
    lists = [vault.list(kind) for kind in ("item", "observation", "media")]
    return [[view.number for view in views] for views in (*asked, *lists)]
