"""An original that a disk has damaged: it is told, nothing else is held up, and it comes back from whoever has it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.views import RecordView
from fieldkit.team.names import BLOB
from fieldkit.team.telling import outcome
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add, uuid7
from fieldkit.vault.vault import Vault
from tests.team.teams import forge, joined, meet, new_depot, sync
from tests.vault.missions import new_mission

_UNREADABLE = Path("/proc/self/mem")


def _photographed(vault: Vault, count: int) -> None:
    for number in range(count):
        (seen,) = vault.record([Add("observation", {"basis": "seen", "text": f"Gate {number}"})])
        vault.attach(io.BytesIO(b"\xff\xd8picture %d" % number), "x.jpg", seen.id)


def _file(vault: Vault, media: RecordView) -> Path:
    (part,) = media.doc["parts"]  # type: ignore[misc, union-attr]
    return vault.media.part_path(part["cipher"])  # type: ignore[call-overload, index, arg-type]


def test_a_damaged_original_is_told_and_holds_up_no_other(tmp_path: Path) -> None:
    first, second = new_depot(tmp_path / "first"), new_depot(tmp_path / "second")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        _photographed(lead, 6)
        meet(first, lead, other)
        _, rotten, *_ = lead.list("media")
        damaged = bytearray(_file(lead, rotten).read_bytes())
        damaged[3] ^= 1
        _file(lead, rotten).write_bytes(damaged)

        (report,) = sync(second, lead)
        assert report.damaged == [(str(_file(lead, rotten)), "the part is not what was sealed")]
        assert report.wants_a_person
        (told,) = (one.text for one in outcome(lead, report) if one.alarm)
        assert told.startswith("1 PART OF ORIGINALS DAMAGED ON THIS LAPTOP and not sent: ")
        assert told.endswith(f"{_file(lead, rotten)}: the part is not what was sealed")
        assert len(second.contents().of(BLOB)) == 5
        assert list(second.check()) == []
        assert any(str(rotten.number) in one.text for one in examine(lead) if not one.good)

        (file,) = (one.file for one in examine(lead) if one.file is not None)
        aside = lead.media.set_aside(file)
        assert aside.read_bytes() == damaged
        meet(second, other, lead)
        assert len(second.contents().of(BLOB)) == 6
        assert b"".join(lead.media.open(rotten.doc)) == b"\xff\xd8picture 1"
        assert [one for one in examine(lead) if not one.good] == []


def test_a_record_that_lies_about_a_sound_original_does_not_have_it_set_aside(tmp_path: Path) -> None:
    """Altered software says of another's photo that it is something else."""
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as altered:
        _photographed(lead, 1)
        meet(depot, lead, altered)
        (sound,) = lead.list("media")
        (part,) = sound.doc["parts"]  # type: ignore[misc, union-attr]
        lie: Doc = {**sound.doc, "parts": [{**part, "plain": "0" * 64}]}  # type: ignore[dict-item]
        forge(altered, "media", "add", uuid7(), lie, number="B-F-0001")
        meet(depot, altered, lead)
        (told,) = (one for one in examine(lead) if not one.good)
        assert str(_file(lead, sound)) in told.text
        assert told.file is None


def test_an_original_whose_key_is_not_here_is_checked_by_its_name(tmp_path: Path) -> None:
    """Kept before a laptop came late, its entry cut afterwards: the late one carries it on, and cannot open it."""
    first, second = new_depot(tmp_path / "first"), new_depot(tmp_path / "second")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "c", lead, "Chen Li") as third:
        meet(first, lead, third)
        _photographed(third, 2)
        with joined(tmp_path / "b", lead, history=False) as late:
            sync(first, lead)
            meet(first, third, lead, late)
            rotten, sound = late.list("media")
            _file(late, rotten).write_bytes(b"x" * _file(late, rotten).stat().st_size)
            (report,) = sync(second, late)
            assert [where for where, _ in report.damaged] == [str(_file(late, rotten))]
            assert [name.hash for name in second.contents().of(BLOB)] == [_file(late, sound).name]
            assert list(second.check()) == []


@pytest.mark.skipif(not _UNREADABLE.exists(), reason="no file here that gives an error when it is read")
def test_an_original_on_a_sector_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        _photographed(lead, 3)
        bad, *_ = lead.list("media")
        _file(lead, bad).unlink()
        _file(lead, bad).symlink_to(_UNREADABLE)
        (report,) = sync(depot, lead)
        ((where, problem),) = report.damaged
        assert where == str(_file(lead, bad))
        assert "input/output error" in problem
        assert len(depot.contents().of(BLOB)) == 2
