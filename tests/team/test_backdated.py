"""What somebody with the key of a laptop that was struck off writes later, under numbers that were taken before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fieldkit.errors import RefusedError
from fieldkit.team.keyring import Keyring
from fieldkit.team.members import member
from fieldkit.team.striking import readmit, revoke
from fieldkit.team.telling import outcome
from fieldkit.vault.belonging import WHOSE, member_record
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.quarantine import quarantined
from fieldkit.vault.vault import Vault
from tests.team.earlier import Earlier, exchange, see, seen
from tests.team.teams import forge, joined, meet, new_depot, sync, tables
from tests.vault.missions import PASSPHRASE, new_mission


@pytest.mark.parametrize(
    "forged_first", [False, True], ids=["the strike comes first", "the forgery comes first"]
)
def test_what_a_thief_writes_below_the_cut_does_not_count_anywhere(
    tmp_path: Path, forged_first: bool
) -> None:
    team, thieves = new_depot(tmp_path / "team"), new_depot(tmp_path / "thieves")
    with (
        new_mission(tmp_path / "lead") as lead,
        joined(tmp_path / "third", lead, "Cora Vance") as third,
        joined(tmp_path / "fourth", lead, "Dan Okoro", history=False) as fourth,
    ):
        with joined(tmp_path / "gone", lead, "Boris Khan") as gone:
            meet(team, lead, third, fourth, gone)
        earlier = Earlier(tmp_path / "gone")
        with Vault.open(tmp_path / "gone", PASSPHRASE) as gone:
            see(gone, *(f"honest {number}" for number in range(5)))
            exchange(team, gone, lead)
            log = gone.own_log.log
        revoke(lead, log, "stolen from the hotel")
        with earlier.again() as thief:
            see(thief, "forged by the thief", "forged again")
            sync(thieves, thief)
        for vault in (third, fourth):
            exchange(*((thieves, vault) if forged_first else (team, vault)))
        exchange(team, lead, third, fourth)
        exchange(thieves, lead, third, fourth)
        meet(team, lead, third, fourth)
        for vault in (lead, third, fourth):
            assert seen(vault) == {f"honest {number}" for number in range(5)}
            reasons = {reason for _, _, _, reason in Exchange(vault).quarantine()}
            assert "not in the history of its laptop that was known when it was struck off" in reasons
        assert tables(lead) == tables(third)


def test_a_thief_admits_nobody_in_the_name_of_a_lead_who_was_struck_off(tmp_path: Path) -> None:
    team, thieves = new_depot(tmp_path / "team"), new_depot(tmp_path / "thieves")
    lead = new_mission(tmp_path / "lead")
    earlier_admission = lead.own_log.size
    with (
        joined(tmp_path / "home", lead, "Hana Weiss", "headquarters") as home,
        joined(tmp_path / "third", lead, "Cora Vance") as third,
    ):
        lead.close()
        earlier = Earlier(tmp_path / "lead")
        with Vault.open(tmp_path / "lead", PASSPHRASE) as lead:
            log = lead.own_log.log
            see(lead, "honest 0", "honest 1", "honest 2", "honest 3", "honest 4", "honest 5")
            meet(team, lead, home, third)
        revoke(home, log, "taken at the border")
        assert member(home, log).standing.cut is not None
        with earlier.again() as thief:
            with joined(tmp_path / "spy", thief, "Sly Crane") as spy:
                third_log = third.own_log.log
                revoke(thief, third_log, "to be rid of him")
                assert thief.own_log.size < member(home, log).size
                assert thief.own_log.size > earlier_admission
                sync(thieves, thief, spy)
                see(spy, "what the spy says")
                sync(thieves, spy)
            for vault in (home, third):
                exchange(thieves, vault)
        meet(team, home, third)
        for vault in (home, third):
            assert seen(vault) == {f"honest {number}" for number in range(6)}
            assert vault.standing(third_log).belongs
            assert not [
                one for one in Keyring(vault).recipients() if one not in {home.own_log.log, third_log}
            ]
        # It may be that an honest lead said it: no keys, until somebody who leads has looked.
        readmit(home, third_log, "asked him: he never left the team")
        meet(team, home, third)
        assert tables(home) == tables(third)


def test_a_forged_admission_of_the_one_who_strikes_lets_nothing_else_in(tmp_path: Path) -> None:
    """Whoever strikes off his own admitter keeps his admission: the one that is known, and no other."""
    team, thieves = new_depot(tmp_path / "team"), new_depot(tmp_path / "thieves")
    new_mission(tmp_path / "lead").close()
    earlier = Earlier(tmp_path / "lead")
    with Vault.open(tmp_path / "lead", PASSPHRASE) as lead:
        see(lead, "honest 0", "honest 1", "honest 2")
        home = joined(tmp_path / "home", lead, "Hana Weiss", "headquarters")
        meet(team, lead, home)
        log = lead.own_log.log
    with home:
        revoke(home, log, "in somebody else's hands")
        doc = member(home, home.own_log.log).record.doc
        with earlier.again() as thief:
            same = {name: doc[name] for name in WHOSE & doc.keys()}
            again = member_record(thief.mission_id, str(doc["log"]), log)
            forge(thief, "member", "add", again, {**same, "status": "admitted"})
            see(thief, "forged")
            sync(thieves, thief)
        exchange(thieves, home)
        assert home.standing(home.own_log.log).belongs
        assert seen(home) == {"honest 0", "honest 1", "honest 2"}
        assert log in {each for each, *_ in Exchange(home).quarantine()}


def test_who_never_met_the_log_before_keeps_what_came_while_he_was_there(tmp_path: Path) -> None:
    """A laptop that came late, without what was recorded before, still counts what a struck-off one said meanwhile."""
    team = new_depot(tmp_path / "team")
    with (
        new_mission(tmp_path / "lead") as lead,
        joined(tmp_path / "gone", lead, "Gero Falk") as gone,
    ):
        see(gone, "before he came")
        meet(team, lead, gone)
        with joined(tmp_path / "late", lead, "Lena Ott", history=False) as late:
            meet(team, lead, gone, late)
            see(gone, "while he was there")
            meet(team, lead, gone, late)
            revoke(lead, gone.own_log.log, "lost at the airport")
            meet(team, lead, late)
            assert "while he was there" in seen(late)
            assert "before he came" in seen(lead)


def test_a_latecomer_who_strikes_off_what_he_half_knows_takes_nothing_from_the_others(tmp_path: Path) -> None:
    team = new_depot(tmp_path / "team")
    with (
        new_mission(tmp_path / "lead") as lead,
        joined(tmp_path / "gone", lead, "Gero Falk") as gone,
    ):
        see(gone, "before he came")
        meet(team, lead, gone)
        with joined(tmp_path / "late", lead, "Lena Ott", "deputy", history=False) as late:
            meet(team, lead, gone, late)
            see(gone, "while he was there")
            meet(team, lead, gone, late)
            revoke(late, gone.own_log.log, "lost at the airport")
            see(gone, "after it")
            meet(team, lead, gone, late)
            assert seen(lead) == {"before he came", "while he was there"}
            assert seen(late) == {"while he was there"}


def test_what_was_kept_back_counts_when_it_arrives(tmp_path: Path) -> None:
    """A stretch of a struck-off laptop's log that somebody kept back proves itself by where it leads."""
    team = tmp_path / "team"
    depot = new_depot(team)
    with (
        new_mission(tmp_path / "lead") as lead,
        joined(tmp_path / "third", lead, "Cora Vance") as third,
        joined(tmp_path / "gone", lead, "Gero Falk") as gone,
    ):
        meet(depot, lead, third, gone)
        before = set(team.rglob("*.seg"))
        for text in ("one", "two", "three"):
            see(gone, text)
            sync(depot, gone)
        meet(depot, lead)
        revoke(lead, gone.own_log.log, "lost at the airport")
        sync(depot, lead)
        kept = sorted(
            path for path in team.rglob("*.seg") if gone.own_log.log in str(path) and path not in before
        )
        held_back = kept[1]
        data = held_back.read_bytes()
        held_back.unlink()
        sync(depot, third)
        assert "two" not in seen(third)
        held_back.write_bytes(data)
        meet(depot, lead, third)
        assert seen(third) == {"one", "two", "three"}
        assert tables(lead) == tables(third)


def test_who_is_admitted_no_more_is_told_so(tmp_path: Path) -> None:
    """His admitter was struck off by somebody who had not heard of him: what he knows stays readable, and he is not misled."""
    team = new_depot(tmp_path / "team")
    with (
        new_mission(tmp_path / "lead") as lead,
        joined(tmp_path / "home", lead, "Hana Weiss", "headquarters") as home,
    ):
        meet(team, lead, home)
        with joined(tmp_path / "late", lead, "Lena Ott") as late:
            sync(team, late)
            see(late, "what she saw")
            revoke(home, lead.own_log.log, "lost at the airport")
            sync(team, home)
            (report,) = sync(team, late)
            assert any(
                told.text.startswith("THIS LAPTOP IS ADMITTED NO MORE") for told in outcome(late, report)
            )
            with pytest.raises(RefusedError, match="admitted no more"):
                see(late, "what she sees after that")
            assert {one.entry.values.get("text") for one in quarantined(late)} >= {"what she saw"}
            sync(team, late)


def test_what_was_known_counts_in_other_segments_of_a_laptop_that_was_put_back(tmp_path: Path) -> None:
    """Of what the striker knows, another has only what the laptop's disk, put back in between, cut again."""
    team, after, third_place = (new_depot(tmp_path / name) for name in ("team", "after", "stick"))
    with (
        new_mission(tmp_path / "lead") as lead,
        joined(tmp_path / "third", lead, "Cora Vance") as third,
    ):
        with joined(tmp_path / "gone", lead, "Boris Khan") as gone:
            meet(team, lead, third, gone)
            see(gone, "in the hall")
            log = gone.own_log.log
        earlier = Earlier(tmp_path / "gone")
        with Vault.open(tmp_path / "gone", PASSPHRASE) as gone:
            see(gone, "in the yard", "at the gate")
            exchange(team, gone, lead)
        revoke(lead, log, "stolen from the hotel")
        with earlier.again() as gone:
            sync(after, gone)
        sync(third_place, lead)
        for path in (tmp_path / "stick").glob("*/*/log"):
            shutil.rmtree(path / log)
        exchange(after, third)
        assert seen(third) == {"in the hall"}
        sync(third_place, third)
        assert third.standing(log).cut is not None
        assert seen(third) == {"in the hall"}


def test_what_was_known_counts_though_only_a_thief_handed_it_on(tmp_path: Path) -> None:
    """A segment of the thief's begins with what the striker knows, and goes on from there in another way."""
    team, thieves, stick = (new_depot(tmp_path / name) for name in ("team", "thieves", "stick"))
    with (
        new_mission(tmp_path / "lead") as lead,
        joined(tmp_path / "third", lead, "Cora Vance") as third,
    ):
        with joined(tmp_path / "gone", lead, "Boris Khan") as gone:
            meet(team, lead, third, gone)
            see(gone, "in the hall")
            log = gone.own_log.log
        earlier = Earlier(tmp_path / "gone")
        with Vault.open(tmp_path / "gone", PASSPHRASE) as gone:
            see(gone, "in the yard")
            exchange(team, gone, lead)
        revoke(lead, log, "stolen from the hotel")
        with earlier.again() as gone:
            see(gone, "forged by the thief")
            sync(thieves, gone)
        sync(stick, lead)
        for path in (tmp_path / "stick").glob("*/*/log"):
            shutil.rmtree(path / log)
        exchange(thieves, third)
        exchange(stick, third)
        assert third.standing(log).cut is not None
        assert seen(third) == {"in the hall"}
        meet(team, lead, third)
        assert seen(third) == seen(lead) == {"in the hall", "in the yard"}
        assert tables(lead) == tables(third)
