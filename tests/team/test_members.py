"""Who may do what: roles, striking off with a cut, new epochs, late joiners, exchanged files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fieldkit import paths
from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import AlteredError, FieldkitError, RefusedError
from fieldkit.team.admission import make_request, open_grant, read_request
from fieldkit.team.members import admit, give_history, member, members
from fieldkit.team.striking import falls, readmit, revoke
from fieldkit.team.syncing import Sync
from fieldkit.team.telling import alarms
from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from fieldkit.vault.wording import Wording
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import CHEAP, PASSPHRASE, new_mission


def seen(vault: Vault, text: str) -> None:
    vault.record([Add("observation", {"basis": "seen", "text": text})])


def texts(vault: Vault) -> set[str]:
    return {str(view.doc["text"]) for view in vault.list("observation")}


def test_what_a_struck_off_laptop_records_later_does_not_count(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as lost,
        joined(tmp_path / "c", lead, "Chen Li") as third,
    ):
        seen(lost, "before")
        meet(depot, lead, lost, third)
        revoke(lead, "B", "stolen at the gate")
        seen(lost, "after")
        sync(depot, lost, lead, lost, third)
        assert texts(lead) == texts(third) == {"before"}
        assert tables(lead)["quarantine"]
        meet(depot, lead, third)
        assert tables(lead) == tables(third)
        assert lead.epoch == third.epoch != lost.epoch
        assert lead.epoch not in lost.epoch_keys()
        with pytest.raises(RefusedError, match="struck off"):
            seen(lost, "still there")
        seen(third, "under the new key")
        sync(depot, third, lead)
        assert "under the new key" in texts(lead)
        report = Sync(lost, depot).run()
        assert report.locked
        assert "under the new key" not in texts(lost)


def test_a_laptop_that_was_put_back_is_struck_off_with_every_log_that_it_left(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        joined(tmp_path / "b", lead).close()
        shutil.copytree(tmp_path / "b", tmp_path / "backup")
        with Vault.open(tmp_path / "b", PASSPHRASE) as lost:
            seen(lost, "before")
            meet(depot, lead, lost)
        shutil.rmtree(tmp_path / "b")
        (tmp_path / "backup").rename(tmp_path / "b")
        for head in (paths.state_dir() / "heads").iterdir():
            head.unlink()
        with Vault.open(tmp_path / "b", PASSPHRASE) as lost:
            left = lost.own_log.log
            meet(depot, lead, lost)
            seen(lost, "in the new log")
            meet(depot, lead, lost)
            assert lost.own_log.log != left
            gone = revoke(lead, "B", "stolen at the gate")
            assert lead.standing(left).cut is not None
            assert lead.standing(gone.log).cut == gone.size
            seen(lead, "not for him")
            meet(depot, lead, lost)
            assert lead.epoch not in lost.epoch_keys()
            assert texts(lost) == {"before", "in the new log"} == texts(lead) - {"not for him"}


def test_only_those_who_lead_admit_and_nobody_above_themselves(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as inspector,
        joined(tmp_path / "c", lead, "Chen Li", "deputy") as deputy,
    ):
        meet(depot, lead, inspector, deputy)
        with pytest.raises(RefusedError):
            joined(tmp_path / "d", inspector, "Dora")
        with pytest.raises(RefusedError):
            joined(tmp_path / "e", deputy, "Dora", "headquarters")
        with joined(tmp_path / "f", deputy, "Dora") as fourth:
            seen(fourth, "from the fourth")
            meet(depot, lead, inspector, deputy, fourth)
            assert member(lead, "CA").standing.by == deputy.own_log.log
            assert "from the fourth" in texts(inspector)
            assert tables(lead) == tables(inspector) == tables(deputy) == tables(fourth)


def test_an_observer_reads_and_records_nothing(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead, "Olga", "observer") as observer:
        seen(lead, "Gate locked")
        meet(depot, lead, observer)
        assert texts(observer) == {"Gate locked"}
        with pytest.raises(RefusedError, match="observer"):
            seen(observer, "me too")


def test_a_late_laptop_reads_nothing_from_before_until_it_is_given_that(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        seen(lead, "before")
        sync(depot, lead)
        with joined(tmp_path / "b", lead, history=False) as late:
            seen(late, "from the late one")
            seen(lead, "afterwards")
            meet(depot, lead, late)
            assert texts(late) == {"from the late one", "afterwards"}
            assert texts(lead) == {"before", "from the late one", "afterwards"}
            give_history(lead, "B")
            meet(depot, lead, late)
            assert texts(late) == texts(lead)
            assert tables(late) == tables(lead)


def test_a_deputy_strikes_off_a_lost_lead_and_headquarters_wins(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead, "Dora", "deputy") as deputy,
        joined(tmp_path / "h", lead, "Home", "headquarters") as home,
    ):
        meet(depot, lead, deputy, home)
        revoke(lead, "C", "no longer trusted")
        revoke(home, "A", "lost")
        meet(depot, deputy, home)
        sync(depot, lead)
        meet(depot, deputy, home)
        for vault in (deputy, home):
            assert member(vault, "A").standing.cut is not None
            assert member(vault, "C").standing.cut is None
        assert tables(deputy) == tables(home)


@pytest.mark.parametrize("known", [True, False])
def test_no_key_goes_to_a_laptop_whose_striking_off_fell(tmp_path: Path, known: bool) -> None:
    """The lead struck off a stolen laptop, then the lead was struck off: the thief gets no key until he is readmitted."""
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "d", lead, "Dora") as stolen,
        joined(tmp_path / "c", lead, "Chen Li") as third,
        joined(tmp_path / "h", lead, "Home", "headquarters") as home,
    ):
        meet(depot, lead, stolen, third, home)
        keep = member(home, "A").size
        revoke(lead, "B", "stolen")
        if known:
            meet(depot, lead, home)
            with pytest.raises(RefusedError, match=r"laptop B .* belongs to the team again"):
                revoke(home, "A", "no longer trusted", keep=keep)
            assert member(home, "A").standing.cut is None
            revoke(home, "A", "no longer trusted", keep=keep, falling="let fall")
        else:
            revoke(home, "A", "no longer trusted")
            sync(depot, lead)
        for _ in range(3):
            sync(depot, home, third, stolen)
        seen(home, "after the theft")
        seen(third, "after it, too")
        for _ in range(3):
            sync(depot, home, third, stolen)
        assert texts(home) == texts(third) == {"after the theft", "after it, too"}
        assert texts(stolen) == set()
        assert home.epoch == third.epoch
        assert not set(stolen.epoch_keys()) & {home.epoch}
        assert any("LAPTOP B WAS STRUCK OFF" in told.text for told in alarms(home))
        with pytest.raises(RefusedError, match="given no key"):
            give_history(home, "B")
        assert member(home, "B").standing == member(third, "B").standing
        with pytest.raises(RefusedError, match="does not readmit"):
            readmit(third, "B", "a friend")
        readmit(home, "B", "found again")
        for _ in range(3):
            sync(depot, home, third, stolen)
        seen(home, "after it was found")
        for _ in range(3):
            sync(depot, home, third, stolen)
        assert "after it was found" in texts(stolen)
        assert not any("LAPTOP B" in told.text for told in alarms(third))


def test_whoever_strikes_off_strikes_off_again_whom_that_laptop_did(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "d", lead, "Dora") as stolen,
        joined(tmp_path / "h", lead, "Home", "headquarters") as home,
    ):
        meet(depot, lead, stolen, home)
        keep = member(home, "A").size
        revoke(lead, "B", "stolen")
        with joined(tmp_path / "e", lead, "Emil"):
            seen(stolen, "from the thief")
            meet(depot, lead, stolen, home)
            assert {
                one.one.record.doc["letter"]: one.struck_off_before for one in falls(home, "A", keep=keep)
            } == {
                "B": True,
                "D": False,
            }
            revoke(home, "A", "no longer trusted", keep=keep, falling="renew")
            assert member(home, "B").standing.cut is not None
            assert member(home, "B").record.doc["reason"] == "stolen"
            assert {str(one.record.doc["letter"]) for one in members(home) if one.standing.belongs} == {"C"}
            assert texts(home) == set()
            assert not [told for told in alarms(home) if "KEYS" in told.text]


def test_a_rank_that_wins_is_not_disputed_by_whom_it_struck_off(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead, "Dora", "deputy") as deputy,
        joined(tmp_path / "h", lead, "Home", "headquarters") as home,
    ):
        meet(depot, lead, deputy, home)
        revoke(lead, "C", "no longer trusted")
        revoke(home, "A", "lost")
        sync(depot, lead)
        meet(depot, deputy, home)
        assert member(deputy, "C").standing.trusted
        seen(deputy, "under the new key")
        meet(depot, deputy, home)
        assert texts(home) == {"under the new key"}
        sync(depot, lead)
        assert texts(lead) == set()


def test_an_exchanged_request_or_grant_is_told_by_its_words(tmp_path: Path) -> None:
    with new_mission(tmp_path / "a") as lead, new_mission(tmp_path / "m") as impostor:
        vault, _ = Vault.prepare(tmp_path / "b", PASSPHRASE, kdf=CHEAP)
        with vault:
            request = make_request(vault, "Boris Khan", "laptop")
            _, words = admit(lead, request, "inspector")
            forged, other = admit(impostor, request, "inspector")
            assert open_grant(vault, forged).words == other != words
            for position in range(0, len(request.data), 97):
                data = bytearray(request.data)
                data[position] ^= 1
                with pytest.raises(FieldkitError):
                    read_request(bytes(data))


def test_a_grant_answers_one_request_and_is_whole(tmp_path: Path) -> None:
    with new_mission(tmp_path / "a") as lead:
        one, _ = Vault.prepare(tmp_path / "b", PASSPHRASE, kdf=CHEAP)
        two, _ = Vault.prepare(tmp_path / "c", PASSPHRASE, kdf=CHEAP)
        with one, two:
            data, _ = admit(lead, make_request(one, "Boris Khan", "x"), "inspector")
            make_request(two, "Chen Li", "y")
            with pytest.raises(AlteredError, match="another request"):
                open_grant(two, data)
            doc = json.loads(data)
            assert "inspector" not in data.decode()
            for name in doc:
                broken = dict(doc, **{name: ("B" if str(doc[name])[0] == "A" else "A") + str(doc[name])[1:]})
                with pytest.raises(FieldkitError):
                    open_grant(
                        one, json.dumps(broken, separators=(",", ":"), sort_keys=True).encode() + b"\n"
                    )


def test_nobody_has_to_read_whole_keys_and_hashes(tmp_path: Path) -> None:
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead):
        wording, doc = Wording(lead), member(lead, "B").record.doc
        key = str(doc["encryption_key"])
        text = wording.text("member", "encryption_key", key)
        assert text.startswith(key[:24])
        assert len(text) < 60
        assert f"{len(key):,} characters" in text
        roots: list[JSON] = [f"{number:064x}" for number in range(9)]
        assert wording.text("member", "cut_heads", roots).endswith(" and 6 more")
        assert (
            wording.text("member", "reason", "在机库里看到两台陀螺仪" * 20) == "在机库里看到两台陀螺仪" * 20
        )
