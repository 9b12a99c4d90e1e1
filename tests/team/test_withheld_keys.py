"""A host that keeps back the key that follows a striking-off does not get what is recorded after it under the old one."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from fieldkit.errors import AlteredError, RefusedError
from fieldkit.journal.merkle import Frontier
from fieldkit.team import names
from fieldkit.team.depot import Depot
from fieldkit.team.keyring import Closed, Keyring
from fieldkit.team.members import member, new_key
from fieldkit.team.names import Name, named
from fieldkit.team.segment import LockedError, Packed, is_signed, open_segment, seal_segment
from fieldkit.team.striking import revoke
from fieldkit.team.syncing import Sync
from fieldkit.team.telling import alarms, outcome
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.sealed_keys import LAST_EPOCH
from fieldkit.vault.vault import Vault
from tests.team.teams import joined, meet, new_depot, sync, tables
from tests.vault.missions import PASSPHRASE, new_mission


class Team(NamedTuple):
    """A lead, a deputy, an inspector and a laptop that is about to be stolen, who have met at a depot."""

    depot: Depot
    lead: Vault
    deputy: Vault
    other: Vault
    lost: Vault


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead, "Dora Lind", "deputy") as deputy,
        joined(tmp_path / "c", lead, "Chen Li") as other,
        joined(tmp_path / "d", lead, "Gero Falk") as lost,
    ):
        meet(depot, lead, deputy, other, lost)
        yield Team(depot, lead, deputy, other, lost)


def seen(vault: Vault, text: str) -> None:
    vault.record([Add("observation", {"basis": "seen", "text": text})])


def read_by(lost: Vault, depot: Depot) -> str:
    """Everything in the depot that a stolen laptop opens with the keys that it has."""
    keys = Keyring(lost).keys()
    found = []
    for name in depot.contents().of(names.LOG):
        with contextlib.suppress(LockedError):
            found += [str(one.opened.fields) for one in open_segment(name, depot.read(name), keys).entries]
    return "\n".join(found)


def opens(vault: Vault, depot: Depot, name: Name) -> bool:
    """Whether a laptop has the key of a segment."""
    try:
        open_segment(name, depot.read(name), Keyring(vault).keys())
    except LockedError:
        return False
    return True


def strike(team: Team, *, hidden: bool) -> dict[Name, bytes]:
    """The lead strikes off the stolen laptop and syncs. What the host keeps back: the new key, and with `hidden` the
    striking-off as well, as far as it can be read with the old one."""
    before = team.depot.contents().objects.keys()
    revoke(team.lead, "D", "stolen at the gate")
    seen(team.lead, "from the lead, afterwards")
    sync(team.depot, team.lead)
    kept = {
        name: team.depot.read(name)
        for name in team.depot.contents().objects.keys() - before
        if name.kind == names.KEYRING
        or (hidden and name.kind == names.LOG and opens(team.lost, team.depot, name))
    }
    assert {name.kind for name in kept} == {names.KEYRING} | ({names.LOG} if hidden else set())
    for name in kept:
        team.depot.remove(name)
    return kept


def give_back(team: Team, kept: dict[Name, bytes]) -> None:
    for name, data in kept.items():
        team.depot.write(name, data)


def test_who_knows_of_a_striking_off_and_has_no_newer_key_keeps_what_is_new(team: Team) -> None:
    kept = strike(team, hidden=False)
    seen(team.other, "in confidence")
    for _ in range(2):
        (report,) = sync(team.depot, team.other)
        assert report.closed is Closed.STRUCK_OFF_HAS_IT
        assert report.wants_a_person
        assert any("IS NOT SENT" in told.text and told.alarm for told in outcome(team.other, report))
    assert any("IS NOT SENT" in told.text for told in alarms(team.other))
    assert Sync(team.other, team.depot).plan().sent[names.LOG] == 0
    seen(team.other, "recorded meanwhile")
    assert "in confidence" not in read_by(team.lost, team.depot)
    give_back(team, kept)
    (report,) = sync(team.depot, team.other)
    assert report.closed is None
    assert not any("IS NOT SENT" in told.text for told in alarms(team.other))
    meet(team.depot, team.lead, team.deputy, team.other)
    for text in ("in confidence", "recorded meanwhile"):
        assert text in str(tables(team.lead)["records"])
        assert text not in read_by(team.lost, team.depot)


def test_a_key_for_which_nobody_knows_of_the_striking_off_is_betrayed_by_whoever_seals_under_it(
    team: Team,
) -> None:
    kept = strike(team, hidden=True)
    seen(team.other, "in confidence")
    (report,) = sync(team.depot, team.other)
    assert team.other.standing(team.lost.own_log.log).cut is None
    assert report.closed is Closed.NEWER_ONE
    assert "in confidence" not in read_by(team.lost, team.depot)
    give_back(team, kept)
    meet(team.depot, team.lead, team.deputy, team.other)
    assert "in confidence" in str(tables(team.lead)["records"])
    assert "in confidence" not in read_by(team.lost, team.depot)


def test_the_key_may_come_through_another_depot(team: Team, tmp_path: Path) -> None:
    strike(team, hidden=False)
    seen(team.other, "in confidence")
    sync(team.depot, team.other)
    share = new_depot(tmp_path / "share")
    meet(share, team.lead, team.other)
    assert "in confidence" in str(tables(team.lead)["records"])
    meet(team.depot, team.lead, team.deputy, team.other)
    assert "in confidence" in str(tables(team.deputy)["records"])
    assert "in confidence" not in read_by(team.lost, team.depot)


def test_another_who_leads_makes_a_key_where_he_knows_of_the_striking_off(team: Team) -> None:
    """The lead's laptop is destroyed, and the host has destroyed the key that it made."""
    strike(team, hidden=False)
    seen(team.other, "in confidence")
    sync(team.depot, team.other, team.deputy, team.other, team.deputy)
    assert team.deputy.epoch == team.other.epoch
    assert "in confidence" in str(tables(team.deputy)["records"])
    assert "in confidence" not in read_by(team.lost, team.depot)


def test_another_who_leads_makes_a_key_on_purpose_where_he_knows_of_none(team: Team) -> None:
    strike(team, hidden=True)
    seen(team.deputy, "in confidence")
    (report,) = sync(team.depot, team.deputy)
    assert report.closed is Closed.NEWER_ONE
    with pytest.raises(RefusedError):
        new_key(team.other, "I am not the one to do it")
    epoch = new_key(team.deputy, "the newest one does not come")
    assert member(team.deputy, "B").record.doc["epochs"] == [epoch]
    (report,) = sync(team.depot, team.deputy)
    assert report.closed is None
    sync(team.depot, team.other)
    assert team.other.epoch == epoch
    assert "in confidence" in str(tables(team.other)["records"])


def test_a_striking_off_names_the_key_that_follows_it(team: Team, tmp_path: Path) -> None:
    """A host that keeps back every key, the old ones too, hides from a newcomer who has which; the entry tells."""
    with joined(tmp_path / "e", team.lead, "Emil Ott") as late:
        revoke(team.lead, "D", "stolen at the gate")
        (named_there,) = member(team.lead, "D").record.doc["epochs"]
        assert named_there == team.lead.epoch
        sync(team.depot, team.lead)
        for name in list(team.depot.contents().of(names.KEYRING)):
            team.depot.remove(name)
        with late.database.write():
            late.database.execute("DELETE FROM keyring")
        seen(late, "in confidence")
        (report,) = sync(team.depot, late)
        assert report.closed is Closed.STRUCK_OFF_HAS_IT
        assert "in confidence" not in read_by(team.lost, team.depot)


def test_an_epoch_that_nobody_of_the_team_signed_for_stops_nobody(team: Team) -> None:
    """A host writes numbers of epochs into objects of its own, and into those of others."""
    mission = team.lead.mission_id
    seen(team.lead, "something")
    sync(team.depot, team.lead)
    real = max(
        team.depot.contents().of(names.LOG), key=lambda name: (name.log == team.lead.own_log.log, name.first)
    )
    data = bytearray(team.depot.read(real))
    data[19:27] = (9 << 32).to_bytes(8, "big")
    moved = named(mission, names.LOG, bytes(data), real.log, real.first, real.last)
    made = b"fieldkit-segment/1\n" + (7 << 32).to_bytes(8, "big") + bytes(32 + 64 + 100)
    for name, planted in (
        (moved, bytes(data)),
        (named(mission, names.LOG, made, team.lead.own_log.log, 0, 9), made),
    ):
        team.depot.write(name, planted)
        assert not is_signed(name, planted, team.lead.own_log.public_key)
    assert is_signed(real, team.depot.read(real), team.lead.own_log.public_key)
    seen(team.other, "goes on")
    (report,) = sync(team.depot, team.other)
    assert report.closed is None
    assert report.locked == 2
    meet(team.depot, team.lead, team.other)
    assert "goes on" in str(tables(team.lead)["records"])


@pytest.mark.parametrize("remedy", ["struck off", "new key"])
def test_who_invents_an_epoch_holds_up_the_team_no_longer_than_until_somebody_who_leads_acts(
    team: Team, remedy: str
) -> None:
    """The stolen laptop, of which nobody knows yet, signs for an epoch beyond all others that no key belongs to."""
    log, key = team.lost.own_log, team.lost.device_key()
    ((body,),) = team.lost.database.rows("SELECT body FROM entries WHERE log = ? AND seq = 0", (log.log,))
    name, data = seal_segment(
        team.lead.mission_id, log.log, log.public_key, Frontier(), [Packed(bytes(body), None)],
        team.lost.checkpoint(log.log), LAST_EPOCH, os.urandom(32), key.sign,
    )  # fmt: skip
    team.depot.write(name, data)
    seen(team.other, "in confidence")
    for report in sync(team.depot, team.other, team.lead):
        assert report.closed is Closed.NEWER_ONE
    if remedy == "struck off":
        revoke(team.lead, "D", "it invents keys")
    else:
        new_key(team.lead, "nobody has that one")
    meet(team.depot, team.lead, team.deputy, team.other)
    assert "in confidence" in str(tables(team.lead)["records"])
    assert team.lead.epoch == team.other.epoch == team.deputy.epoch
    revoke(team.deputy, "C", "strikings-off go on from there")
    assert Keyring(team.deputy).closed() is None
    assert team.deputy.epoch != team.lead.epoch


def test_a_segment_whose_number_of_an_epoch_was_exchanged_is_refused_though_its_key_is_here(
    team: Team,
) -> None:
    name = next(iter(team.depot.contents().of(names.LOG)))
    data = bytearray(team.depot.read(name))
    data[60] ^= 1
    other = named(name.mission, names.LOG, bytes(data), name.log, name.first, name.last)
    with pytest.raises(AlteredError, match="not the one that its laptop signed"):
        open_segment(other, bytes(data), Keyring(team.lead).keys())


def test_whoever_joins_late_gets_nothing_from_before_by_a_lead_without_the_newest_key(
    team: Team, tmp_path: Path
) -> None:
    strike(team, hidden=True)
    seen(team.deputy, "from before")
    (report,) = sync(team.depot, team.deputy)
    assert report.closed is Closed.NEWER_ONE
    with pytest.raises(RefusedError, match="newer key"):
        joined(tmp_path / "e", team.deputy, "Emil Ott", history=False)


def test_a_key_that_comes_back_later_is_given_to_whom_everything_was_promised(tmp_path: Path) -> None:
    """A lead whose disk was put back admits two while a depot keeps an older key back; one of them may read what was recorded
    before."""
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "g", lead, "Gero Falk") as gone,
        joined(tmp_path / "h", lead, "Hilde Moor") as next_gone,
    ):
        meet(depot, lead, gone, next_gone)
        lead.close()
        shutil.copytree(tmp_path / "a", tmp_path / "backup")
        keys = (tmp_path / "stick").rglob
        with Vault.open(tmp_path / "a", PASSPHRASE) as before:
            known = set(keys("keyring/*"))
            revoke(before, gone.letter, "lost at the airport")
            second = before.epoch
            before.record([Add("observation", {"basis": "seen", "text": "under the second key"})])
            sync(depot, before)
            (second_key,) = set(keys("keyring/*")) - known
            revoke(before, next_gone.letter, "went home")
            sync(depot, before)
        kept_back = second_key.rename(tmp_path / "kept back")
        shutil.rmtree(tmp_path / "a")
        (tmp_path / "backup").rename(tmp_path / "a")
        with Vault.open(tmp_path / "a", PASSPHRASE) as lead:
            sync(depot, lead)
            assert second not in lead.epoch_keys()
            with (
                joined(tmp_path / "b", lead, "Boris Khan") as promised,
                joined(tmp_path / "c", lead, "Chen Li", history=False) as not_promised,
            ):
                kept_back.rename(second_key)
                for _ in range(2):
                    sync(depot, lead, promised, not_promised)
                assert "under the second key" in {view.doc["text"] for view in promised.list("observation")}
                assert second not in not_promised.epoch_keys()


def test_what_a_laptop_promises_itself_gives_it_no_older_key(tmp_path: Path) -> None:
    """Admitted without what was recorded before, it writes into the record of another who was given that, that this is it."""
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        lead.record([Add("observation", {"basis": "seen", "text": "from before"})])
        first = lead.epoch
        with (
            joined(tmp_path / "b", lead, history=False) as late,
            joined(tmp_path / "c", lead, "Chen Li") as other,
        ):
            meet(depot, lead, late, other)
            log = late.own_log.log
            others = member(late, other.own_log.log).record.id
            key = member(late, log).record.doc["encryption_key"]
            with late.database.write():
                claim = Amend(others, "mine", set={"log": log, "encryption_key": key})
                _, head = late._own.recorder().record([claim], late.author)
            late._own.write_head(head)
            for _ in range(3):
                sync(depot, late, lead)
            assert first not in late.epoch_keys()
            assert not list(late.list("observation"))
