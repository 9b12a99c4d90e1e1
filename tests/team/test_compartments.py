"""What is recorded in a compartment: read by its readers, carried by everybody, missed when it is taken away."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from fieldkit.bundle.export import export_bundle
from fieldkit.bundle.verify import verify_bundle
from fieldkit.capture.intake import ingest
from fieldkit.errors import AlteredError, RefusedError
from fieldkit.journal.leaf import read_fields
from fieldkit.journal.verification import LogVerifier
from fieldkit.team.compartments import add_reader, compartment, create, remove_reader
from fieldkit.team.keyring import Keyring
from fieldkit.team.segment import open_segment
from fieldkit.team.striking import revoke
from fieldkit.team.syncing import Sync
from fieldkit.vault.compartments import is_enclosed, record_in, seal
from fieldkit.vault.doctor import examine
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.locks import Locks
from fieldkit.vault.packing import unpack
from fieldkit.vault.quarantine import quarantined
from fieldkit.vault.recording import Add, Amend, uuid7
from fieldkit.vault.vault import Vault
from tests.capture.cards import take_in
from tests.team.teams import forge, joined, meet, new_depot, sync, tables
from tests.vault.missions import PASSPHRASE, new_mission

SECRET = "Zarathustra told us where the gyroscopes went"


def talk(vault: Vault, text: str, box: str = "") -> str:
    (recorded,) = vault.record([Add("observation", {"basis": "seen", "text": text}, compartment=box)])
    return recorded.id


def texts(vault: Vault) -> set[str]:
    return {str(view.doc["text"]) for view in vault.list("observation")}


def everything(vault: Vault) -> bytes:
    """All bytes of a laptop's store, as its owner who knows its passphrase can read them."""
    held = []
    for (name,) in vault.database.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
    ):
        held += [repr(row).encode() for row in vault.database.rows(f'SELECT * FROM "{name}"')]
    for log in vault.logs():
        held += [repr(read_fields(entry.disclosures)).encode() for entry in vault.entries(log.log)]
    for (opened,) in vault.database.rows("SELECT opened FROM sealed WHERE opened IS NOT NULL"):
        held.append(repr(read_fields(unpack(opened))).encode())
    return b"".join(held)


def test_a_member_who_holds_every_byte_reads_only_what_is_for_him(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as reader,
        joined(tmp_path / "c", lead, "Chen Li") as other,
    ):
        meet(depot, lead, reader, other)
        box = create(lead, "interviews", ["B"]).record.id
        told = talk(lead, SECRET, box)
        media, _ = lead.attach(io.BytesIO(SECRET.encode() * 40), "tape.txt", told)
        lead.record([Amend(told, "name checked", set={"text": SECRET + ", twice"})])
        talk(lead, "for all")
        meet(depot, lead, reader, other)
        assert texts(lead) == texts(reader) == {SECRET + ", twice", "for all"}
        assert b"".join(map(bytes, reader.media.open(reader.get(media.id).doc))) == SECRET.encode() * 40
        assert texts(other) == {"for all"}
        held = everything(other)
        for word in (b"Zarathustra", b"tape.txt", told.encode(), b"name checked"):
            assert word in everything(reader)
            assert word not in held
        keys = {key for keys in Locks(lead.database, lead).secrets().values() for key in keys}
        assert keys
        assert not any(repr(key).encode() in held for key in keys)
        assert all(other.media.holds(part) for part, _ in _parts(other))
        assert list(_parts(other))
        for vault in (lead, reader, other):
            assert all(finding.good for finding in examine(vault, refold=True))
            assert not quarantined(vault)
        assert tables(lead) == tables(reader)
        assert (compartment(other, "interviews").entries, compartment(other, "interviews").read) == (4, 0)


def _parts(vault: Vault) -> list[tuple[str, int]]:
    return [
        (str(part["cipher"]), int(part["length"]))
        for fields in Exchange(vault).unopened()
        for part in fields.get("parts", [])  # type: ignore[union-attr]
    ]


def test_a_removed_reader_cannot_read_what_follows_and_a_new_one_reads_what_he_is_given(
    tmp_path: Path,
) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as removed,
        joined(tmp_path / "c", lead, "Chen Li") as late,
        joined(tmp_path / "d", lead, "Dora") as newest,
    ):
        meet(depot, lead, removed, late, newest)
        box = create(lead, "sources", ["B"]).record.id
        talk(lead, "before", box)
        meet(depot, lead, removed, late, newest)
        remove_reader(lead, "sources", "B", "left the interviews")
        talk(lead, "after", box)
        add_reader(lead, "sources", "C")
        add_reader(lead, "sources", "D", history=False)
        talk(lead, "last", box)
        meet(depot, lead, removed, late, newest)
        assert texts(removed) == {"before"}
        assert b"after" not in everything(removed)
        assert texts(late) == texts(lead) == {"before", "after", "last"}
        assert texts(newest) == {"last"}
        with pytest.raises(RefusedError, match="does not read"):
            talk(removed, "still there", box)
        talk(late, "from the late one", box)
        meet(depot, lead, removed, late, newest)
        assert texts(lead) == texts(late) == {"before", "after", "last", "from the late one"}
        assert "from the late one" in texts(newest)
        assert "from the late one" not in texts(removed)


def test_a_reader_who_goes_on_in_a_new_log_is_removed_as_the_laptop_that_it_is(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead:
        with joined(tmp_path / "b", lead) as reader:
            meet(depot, lead, reader)
            letter = reader.letter
        shutil.copytree(tmp_path / "b", tmp_path / "backup")
        box = create(lead, "sources", [letter]).record.id
        with Vault.open(tmp_path / "b", PASSPHRASE) as reader:
            talk(reader, "said before the disk was put back")
            meet(depot, lead, reader)
        shutil.rmtree(tmp_path / "b")
        (tmp_path / "backup").rename(tmp_path / "b")
        with Vault.open(tmp_path / "b", PASSPHRASE) as reader:
            meet(depot, reader, lead)
            talk(lead, "for the reader, too", box)
            meet(depot, lead, reader)
            assert "for the reader, too" in texts(reader)
            remove_reader(lead, "sources", letter, "went to another team")
            talk(lead, "not for him any more", box)
            meet(depot, lead, reader)
            assert "not for him any more" not in texts(reader)
        assert [one.log for one in compartment(lead, "sources").readers] == [lead.own_log.log]


def test_readers_go_on_under_a_new_key_once_one_of_them_is_struck_off(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as inspector,
        joined(tmp_path / "c", lead, "Chen Li") as stolen,
    ):
        meet(depot, lead, inspector, stolen)
        box = create(lead, "sources", ["B", "C"]).record.id
        meet(depot, lead, inspector, stolen)
        revoke(lead, "C", "stolen")
        sync(depot, lead, inspector)
        talk(inspector, "after the theft", box)
        meet(depot, lead, inspector)
        assert "after the theft" in texts(lead)
        (sealed,) = lead.database.rows("SELECT epoch FROM sealed ORDER BY epoch DESC LIMIT 1")
        assert (box, sealed[0]) not in Locks(stolen.database, stolen).secrets()
        Sync(stolen, depot).run()
        assert (box, sealed[0]) not in Locks(stolen.database, stolen).secrets()


def test_a_sealed_entry_cannot_be_dropped_or_changed_unnoticed(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        box = create(lead, "sources").record.id
        talk(lead, SECRET, box)
        talk(lead, "for all")
        meet(depot, lead, other)
        entries = list(other.entries(lead.own_log.log))
        note = other.checkpoint(lead.own_log.log)
        place = next(n for n, entry in enumerate(entries) if entry.hash == _sealed(other))

        def verify(kept: list[tuple[bytes, bytes]]) -> None:
            verifier = LogVerifier(
                lead.own_log.log, public_key=lead.own_log.public_key, mission=lead.mission_id
            )
            for leaf, disclosures in kept:
                verifier.feed(leaf, disclosures)
            verifier.finish(note)

        whole = [(entry.leaf, entry.disclosures) for entry in entries]
        verify(whole)
        with pytest.raises(AlteredError):
            verify(whole[:place] + whole[place + 1 :])
        sealed = whole[place]
        with pytest.raises(AlteredError):
            verify([*whole[:place], (sealed[0], whole[0][1]), *whole[place + 1 :]])
        names = [name for name in depot.contents().of("log") if name.log == lead.own_log.log]
        found = [open_segment(name, depot.read(name), Keyring(other).keys()) for name in names]
        assert sum(len(stretch.entries) for stretch in found) == len(entries)


def _sealed(vault: Vault) -> bytes:
    ((found,),) = vault.database.rows("SELECT hash FROM sealed")
    return bytes(found)


def test_an_export_carries_what_is_sealed_and_shows_none_of_it(tmp_path: Path) -> None:
    with new_mission(tmp_path / "a") as lead:
        box = create(lead, "sources").record.id
        told = talk(lead, SECRET, box)
        lead.attach(io.BytesIO(b"Zarathustra's voice"), "tape.txt", told)
        talk(lead, "for all")
        made = export_bundle(lead, tmp_path / "out")
        data = b"".join(path.read_bytes() for path in sorted(made.path.rglob("*")) if path.is_file())
        assert b"for all" in data
        assert b"Zarathustra" not in data
        assert told.encode() not in data
        assert b"tape.txt" not in data
        leaves = (made.path / "data" / "log" / lead.own_log.log / "leaves.jsonl").read_bytes()
        assert leaves.count(b"\n") == lead.own_log.size
        assert SECRET in texts(lead)
        (log,) = verify_bundle(made.path).logs
        assert log.intact
        assert log.notes == []


def test_only_sealed_entries_count_about_a_sealed_record_and_the_other_way_round(tmp_path: Path) -> None:
    """A reader who turns against the team can neither change what all see for readers alone, nor uncover a record."""
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as reader:
        meet(depot, lead, reader)
        box = create(lead, "sources", ["B"]).record.id
        told, open_record = talk(lead, SECRET, box), talk(lead, "for all")
        meet(depot, lead, reader)
        for record, within in ((told, ""), (open_record, box)):
            forge(reader, "observation", "amend", record, {"text": "forged"}, box=within, reason="forged")
        meet(depot, lead, reader)
        assert texts(lead) == {SECRET, "for all"}
        reasons = sorted(one.reason for one in quarantined(lead))
        assert len(reasons) == 2
        assert "outside it" in reasons[1]
        assert "not sealed" in reasons[0]


def test_what_is_sealed_is_bound_to_its_place(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        meet(depot, lead, other)
        box = create(lead, "sources").record.id
        talk(lead, SECRET, box)
        meet(depot, lead, other)
        (copied,) = Exchange(other).unopened()
        with other.database.write():
            from fieldkit.vault import recording

            batch = recording._Batch(other._own.recorder(), other.author, 1)
            batch._append("", "", copied, "")
            batch.finish()
            batch.close()
        meet(depot, lead, other)
        assert compartment(lead, "sources").entries == 2
        assert compartment(lead, "sources").read == 1
        assert len(lead.history(next(iter(lead.list("observation"))).id)) == 1


def test_what_refers_to_a_sealed_record_and_what_its_kind_sends_there_is_sealed_too(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with new_mission(tmp_path / "a") as lead, joined(tmp_path / "b", lead) as other:
        meet(depot, lead, other)
        create(lead, "talks", kinds=["observation"])
        chosen = uuid7()
        first, second = lead.record(
            [
                Add("observation", {"basis": "seen", "text": SECRET}, id=chosen),
                Add("finding", {"statement": "Moved abroad", "evidence": [chosen]}),
            ]
        )
        assert first.id == record_in(lead.compartment_of(first.id), chosen)
        assert lead.compartment_of(second.id) == lead.compartment_of(first.id) != ""
        meet(depot, lead, other)
        assert b"Moved abroad" not in everything(other)
        assert SECRET.encode() not in everything(other)
        with pytest.raises(RefusedError, match="does not read"):
            talk(other, "overheard")


def test_only_those_who_lead_and_read_say_who_reads(tmp_path: Path) -> None:
    depot = new_depot(tmp_path / "stick")
    with (
        new_mission(tmp_path / "a") as lead,
        joined(tmp_path / "b", lead) as inspector,
        joined(tmp_path / "d", lead, "Dora", "deputy") as deputy,
    ):
        meet(depot, lead, inspector, deputy)
        create(lead, "sources", ["B"])
        meet(depot, lead, inspector, deputy)
        with pytest.raises(RefusedError, match="inspector"):
            add_reader(inspector, "sources", "C")
        with pytest.raises(RefusedError, match="no key"):
            add_reader(deputy, "sources", "C")
        record = compartment(inspector, "sources").record.id
        with pytest.raises(RefusedError):
            inspector.record([Amend(record, "me", add={"readers": [inspector.get(record).id]})])


def test_equal_texts_are_sealed_to_unequal_bytes() -> None:
    fields = {"recorded": {"at": "2026-01-01T00:00:00Z"}, "id": uuid7(), "act": "add", ".text": "yes"}
    first, second = (seal("m", "0" * 32, 1, "c", (1, bytes(32)), fields)[0] for _ in range(2))
    assert first["sealed"] != second["sealed"]
    assert first["plain"] != second["plain"]
    longer = seal("m", "0" * 32, 1, "c", (1, bytes(32)), {**fields, ".text": "yes, and more"})[0]
    assert len(str(longer["sealed"])) == len(str(first["sealed"]))


def test_photos_are_taken_in_for_the_whole_team_whatever_a_compartment_says(tmp_path: Path) -> None:
    """Their originals would lie open beside sealed records; newer software, or another's, may have named the kind all the same."""
    with new_mission(tmp_path / "a") as lead:
        with pytest.raises(RefusedError, match="taken in with its file"):
            create(lead, "pictures", kinds=["photo"])
        box = create(lead, "sources").record
        lead.record([Amend(box.id, "by other software", add={"kinds": ["photo", "observation"]})])
        (hidden,) = lead.record(
            [Add("location", {"name": "Safe house", "level": "building"}, compartment=box.id)]
        )
        (number,) = take_in(lead, tmp_path, 1)
        assert not is_enclosed(lead.get(number).id)
        (card,) = tmp_path.glob("card-*")
        with pytest.raises(RefusedError, match="in a compartment"):
            ingest(lead, [card], location=hidden.id)
