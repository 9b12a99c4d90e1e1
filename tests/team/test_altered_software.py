"""A laptop of the team whose software was altered: what it writes into records of others, of compartments and the mission."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import UsageError
from fieldkit.journal.keys import DeviceKey
from fieldkit.team.admission import open_grant, request_again
from fieldkit.team.compartments import add_reader, compartment, compartments, create, remove_reader
from fieldkit.team.depot import Depot
from fieldkit.team.keyring import Keyring
from fieldkit.team.members import admit, give_history, member, members, new_key
from fieldkit.vault.belonging import encryption_text, member_record
from fieldkit.vault.doctor import examine
from fieldkit.vault.envelopes import EnvelopeKey
from fieldkit.vault.recording import Add, uuid7
from fieldkit.vault.vault import Vault
from tests.team.teams import forge, joined, meet, new_depot, sync, tables
from tests.vault.missions import PASSPHRASE, new_mission

TOLD = "what the source told"


@dataclass
class Team:
    """A lead, an inspector who reads the compartment "sources", and one whose software was altered, who does not."""

    depot: Depot
    lead: Vault
    reader: Vault
    altered: Vault
    box: str
    folder: Path

    def meet(self) -> None:
        meet(self.depot, self.lead, self.reader, self.altered)

    def record(self, vault: Vault) -> str:
        """The record of a laptop."""
        return member(self.lead, vault.own_log.log).record.id

    def read_by_altered(self) -> set[str]:
        """What the altered laptop reads after the lead records in the compartment."""
        self.lead.renew_compartment(self.box)
        self.lead.record([Add("observation", {"basis": "seen", "text": TOLD}, compartment=self.box)])
        self.meet()
        return {str(view.doc.get("text")) for view in self.altered.list("observation")}

    def refused(self, entry: str) -> bool:
        """Whether an entry does not count, on every honest laptop."""
        out = [
            {bytes(row[0]).hex() for row in vault.database.rows("SELECT hash FROM quarantine")}
            for vault in (self.lead, self.reader)
        ]
        return all(entry in each for each in out)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    yield from _team(tmp_path, "inspector")


@pytest.fixture
def observed(tmp_path: Path) -> Iterator[Team]:
    """The altered laptop is an observer's, who records little."""
    yield from _team(tmp_path, "observer")


@pytest.fixture
def deputies(tmp_path: Path) -> Iterator[Team]:
    """The altered laptop is a deputy's."""
    yield from _team(tmp_path, "deputy")


def _team(folder: Path, role: str) -> Iterator[Team]:
    depot = new_depot(folder / "stick")
    with (
        new_mission(folder / "a") as lead,
        joined(folder / "b", lead) as reader,
        joined(folder / "c", lead, "Chen Li", role) as altered,
    ):
        meet(depot, lead, reader, altered)
        box = create(lead, "sources", ["B"]).record.id
        found = Team(depot, lead, reader, altered, box, folder)
        found.meet()
        yield found


def letters(vault: Vault) -> list[object]:
    """Who reads the compartment."""
    return [one.record.doc["letter"] for one in compartment(vault, "sources").readers]


def whose(vault: Vault) -> Doc:
    """What the record of a laptop says of whose it is."""
    doc = member(vault, vault.own_log.log).record.doc
    names = (
        "person", "device", "log", "letter", "role", "public_key", "encryption_key", "encryption_signature",
    )  # fmt: skip
    return {**{name: doc[name] for name in names}, "status": "admitted"}


KINDS = ("member", "incident", "log", "compartment", "mission", "gadget")


@pytest.mark.parametrize("act", ["amend", "add"])
def test_another_is_not_made_oneself(team: Team, act: str) -> None:
    """It writes into the record of one who reads the compartment that this is its own laptop."""
    theirs = team.record(team.reader)
    before = team.lead.get(theirs).doc
    mine = whose(team.altered)
    entries = [forge(team.altered, kind, act, theirs, mine, reason="mine") for kind in KINDS]
    assert TOLD not in team.read_by_altered()
    assert all(team.refused(one) for one in entries)
    assert team.lead.get(theirs).doc == before
    assert tables(team.lead) == tables(team.reader)
    assert TOLD in {view.doc["text"] for view in team.reader.list("observation")}


@pytest.mark.parametrize("act", ["amend", "add"])
def test_nobody_makes_himself_a_reader(team: Team, act: str) -> None:
    mine: Doc = {"readers+": [team.record(team.altered)]}
    entries = [forge(team.altered, kind, act, team.box, mine, reason="mine") for kind in KINDS]
    assert TOLD not in team.read_by_altered()
    assert all(team.refused(one) for one in entries)
    assert letters(team.lead) == ["A", "B"]
    assert TOLD in {view.doc["text"] for view in team.reader.list("observation")}


def test_not_even_a_deputy_changes_whose_a_laptop_is(deputies: Team) -> None:
    theirs = deputies.record(deputies.reader)
    before = deputies.lead.get(theirs).doc
    changes: list[Doc] = [
        {"encryption_key": None},
        {"log": "0" * 32},
        {"letter": "A"},
        {"encryption_key+": ["x"]},
        {"role": "lead"},
    ]
    entries = [forge(deputies.altered, "member", "amend", theirs, one, reason="mine") for one in changes]
    deputies.meet()
    assert all(deputies.refused(one) for one in entries)
    assert deputies.lead.get(theirs).doc == before


def test_a_value_is_not_taken_away_without_another(deputies: Team) -> None:
    """An entry that only names what it takes the place of, and puts nothing there."""
    theirs = deputies.record(deputies.reader)
    (begun,) = deputies.lead.entries_of(theirs)
    gone = {name: [begun.hash] for name in ("log", "encryption_key")}
    entry = forge(deputies.altered, "member", "amend", theirs, {}, reason="mine", supersedes=gone)
    deputies.meet()
    assert deputies.refused(entry)
    assert deputies.reader.own_log.log in Keyring(deputies.lead).recipients()


def test_a_deputy_admits_nobody_with_a_key_of_his_own(deputies: Team) -> None:
    """Another admission of the reader's laptop, with the deputy's encryption key, signed by whom it may."""
    log = deputies.reader.own_log.log
    mine = whose(deputies.altered)
    record = member_record(deputies.lead.mission_id, log, deputies.altered.own_log.log)
    entries = [
        forge(deputies.altered, "member", "add", record, {**whose(deputies.reader), **more})
        for more in (
            {"encryption_key": mine["encryption_key"]},
            {name: mine[name] for name in ("encryption_key", "encryption_signature")},
            {name: mine[name] for name in ("encryption_key", "encryption_signature", "public_key")},
        )
    ]
    assert TOLD not in deputies.read_by_altered()
    assert all(deputies.refused(one) for one in entries)
    assert TOLD in {view.doc["text"] for view in deputies.reader.list("observation")}


def test_who_does_not_read_a_compartment_says_of_nobody_that_he_does(deputies: Team) -> None:
    """A deputy may say who reads, but only where he reads himself; a reader may let him in, and then he may."""
    mine = deputies.record(deputies.altered)
    forge(deputies.altered, "compartment", "amend", deputies.box, {"readers+": [mine]}, reason="mine")
    assert TOLD not in deputies.read_by_altered()
    assert letters(deputies.lead) == ["A", "B"]
    add_reader(deputies.lead, "sources", "C")
    deputies.meet()
    assert TOLD in {view.doc["text"] for view in deputies.altered.list("observation")}
    with joined(deputies.folder / "d", deputies.lead, "Dana Roth") as fourth:
        meet(deputies.depot, deputies.lead, deputies.altered, fourth)
        add_reader(deputies.altered, "sources", "D")
        remove_reader(deputies.lead, "sources", "C", "went home")
        meet(deputies.depot, deputies.lead, deputies.altered, fourth)
        assert letters(deputies.lead) == ["A", "B", "D"]
        forge(deputies.altered, "compartment", "amend", deputies.box, {"readers+": [mine]}, reason="mine")
        meet(deputies.depot, deputies.lead, deputies.altered, fourth)
        assert letters(deputies.lead) == ["A", "B", "D"]


def test_the_records_of_compartments_and_the_mission_begin_once(deputies: Team) -> None:
    """Whoever leads makes compartments, yet not the one that another made."""
    mine = deputies.record(deputies.altered)
    box, mission = deputies.box, deputies.lead.mission_id
    title = deputies.lead.get(mission).doc["title"]
    entries = [
        forge(deputies.altered, "compartment", "add", box, {"name": "sources", "readers": [mine]}),
        forge(deputies.altered, "compartment", "add", uuid7(), {"name": "sources", "readers": [mine]}),
        forge(deputies.altered, "mission", "add", mission, {"title": "Another"}),
        forge(deputies.altered, "observation", "amend", mission, {"title": "Another"}, reason="mine"),
    ]
    assert TOLD not in deputies.read_by_altered()
    assert all(deputies.refused(one) for one in entries)
    assert len(compartments(deputies.lead)) == 1
    assert deputies.lead.get(mission).doc["title"] == title


def test_what_a_laptop_says_of_keys_in_its_own_record_stops_nobody(team: Team) -> None:
    """It names an epoch that nobody has: the others would seal nothing until they were given its key."""
    log, unknown = team.altered.own_log.log, {"epochs+": [1 << 45]}
    own = member_record(team.lead.mission_id, log, log)
    entries = [
        forge(team.altered, "member", "amend", team.record(team.altered), unknown, reason="mine"),
        forge(team.altered, "member", "add", own, {**whose(team.altered), **unknown}),
    ]
    team.meet()
    assert all(team.refused(one) for one in entries)
    assert Keyring(team.lead).closed() is None


def test_a_deputy_who_promises_himself_what_was_before_is_not_given_it(tmp_path: Path) -> None:
    """Admitted without it, he writes into his record that he was given it, and asks for his grant again."""
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        lead.record([Add("observation", {"basis": "seen", "text": "from before"})])
        first = lead.epoch
        with joined(tmp_path / "b", lead, role="deputy", history=False) as late:
            meet(depot, lead, late)
            mine = member(late, late.own_log.log).record.id
            (begun,) = late.entries_of(mine)
            gone: JSON = {"history": [begun.hash]}
            forge(late, "member", "amend", mine, {"history": True}, reason="mine", supersedes=gone)
            meet(depot, lead, late)
            assert member(lead, mine).record.doc["history"] is True
            data, _ = admit(lead, request_again(late), "deputy")
            assert first not in open_grant(late, data).terms.epochs
            meet(depot, lead, late)
            assert first not in late.epoch_keys()
            give_history(lead, mine)
            meet(depot, lead, late)
            assert first in late.epoch_keys()
            data, _ = admit(lead, request_again(late), "deputy")
            assert first in open_grant(late, data).terms.epochs


def test_an_unusable_key_keeps_nobody_from_making_new_ones(tmp_path: Path) -> None:
    """A deputy admits a laptop whose owner signed what is no encryption key."""
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as other,
        joined(tmp_path / "c", lead, "Chen Li", "deputy") as altered,
    ):
        meet(depot, lead, other, altered)
        key = DeviceKey.generate()
        for public in (
            "no key at all",
            base64.b64encode(bytes(1216)).decode(),
            EnvelopeKey.generate().public[:-8],
        ):
            forge(
                altered,
                "member",
                "add",
                member_record(lead.mission_id, key.log_id, altered.own_log.log),
                {
                    **whose(altered),
                    "log": key.log_id,
                    "letter": "CA",
                    "public_key": base64.b64encode(key.public).decode(),
                    "encryption_key": public,
                    "encryption_signature": base64.b64encode(key.sign(encryption_text(public))).decode(),
                },
            )
        meet(depot, lead, other, altered)
        assert len(members(lead)) == 3
        epoch = new_key(lead, "to be sure")
        sync(depot, lead, other)
        assert other.epoch == epoch


def test_a_kind_that_one_may_record_does_not_open_records_of_others(observed: Team) -> None:
    """What an observer may not amend it does not amend under the name of what it may record."""
    (made,) = observed.lead.record([Add("item", {"nomenclature": "Gyroscope"})])
    observed.meet()
    changed: Doc = {"nomenclature": "Nothing"}
    gone: JSON = {"nomenclature": [made.hash]}
    forge(observed.altered, "incident", "amend", made.id, changed, reason="forged", supersedes=gone)
    observed.meet()
    assert observed.lead.get(made.id).doc["nomenclature"] == "Gyroscope"
    assert observed.lead.get(made.id).differs == ()
    assert any("incident instead of item" in finding.text for finding in examine(observed.lead, refold=True))
    assert tables(observed.lead) == tables(observed.reader)


def test_a_laptop_that_takes_the_letter_of_another_is_not_taken_for_it(team: Team) -> None:
    """It goes on in a new log, as after a restore, and says that it is laptop B."""
    log = team.altered.own_log.log
    team.altered._set_meta("letter", "B")
    team.altered._own.leave("to be somebody else")
    team.altered.begin_due_log()
    team.meet()
    assert len([one for one in members(team.lead) if one.record.doc["letter"] == "B"]) == 2
    with pytest.raises(UsageError, match="several laptops are called 'B'"):
        member(team.lead, "B")
    assert member(team.lead, team.reader.own_log.log).log == team.reader.own_log.log
    assert member(team.lead, log).record.doc["letter"] == "C"


def test_a_laptop_that_goes_on_in_a_new_log_is_itself(team: Team) -> None:
    """The honest way, beside all of these: it keeps its role, its letter, and what it reads."""
    first = team.reader.own_log.log
    team.reader._own.leave("put back from a backup")
    team.reader.begin_due_log()
    team.meet()
    log = team.reader.own_log.log
    assert log != first
    assert member(team.lead, "B").log == log
    assert TOLD not in team.read_by_altered()
    assert TOLD in {view.doc["text"] for view in team.reader.list("observation")}
    assert team.lead.standing(log).trusted
    with Vault.open(team.folder / "b", PASSPHRASE) as again:
        assert again.own_log.log == log
