"""The one door: what is recorded is there, complete, with its history; what breaks a rule is refused as a whole."""

from __future__ import annotations

import io
import shutil
import threading
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError, RefusedError, UsageError
from fieldkit.journal.leaf import open_entry
from fieldkit.vault.doctor import examine
from fieldkit.vault.recording import Add, Amend, Retract
from fieldkit.vault.vault import Vault
from tests.vault.missions import PASSPHRASE, new_mission


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mission"


def test_what_was_recorded_is_there_after_opening_again(folder: Path) -> None:
    with new_mission(folder) as vault:
        (hall,) = vault.record([Add("location", {"name": "Assembly hall", "level": "building"})])
        (seen,) = vault.record(
            [Add("observation", {"text": "Two gyroscopes.", "basis": "seen", "location": hall.number})]
        )
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.notices == []
        record = vault.get(seen.number)
        assert record.id == seen.id
        assert record.doc["text"] == "Two gyroscopes."
        assert record.doc["location"] == hall.id
        assert [r.number for r in vault.referring(hall.id)] == [seen.number]
        assert vault.peek(vault.author).doc["name"] == "Amira Nasser"


def test_numbers_count_on_per_series_and_never_twice(folder: Path) -> None:
    with new_mission(folder) as vault:
        first = vault.record([Add("item", {"nomenclature": f"Valve {n}"}) for n in range(3)])
        with pytest.raises(UsageError):
            vault.record([Add("item", {"nomenclature": "Pump"}), Add("item", {"colour": "red"})])
        second = vault.record([Add("item", {"nomenclature": "Pump"})])
        numbers = [r.number for r in (*first, *second)]
    assert numbers == ["A-I-0001", "A-I-0002", "A-I-0003", "A-I-0004"]


def test_nobody_finds_what_stands_in_a_key_by_chance(folder: Path) -> None:
    """Keys, signatures and signed heads are not searched: of what people search for, some letters stand in every few of them."""
    with new_mission(folder) as vault:
        (laptop,) = vault.list("member")
        (begun,) = vault.list("log")
        encoded = [laptop.doc[name] for name in ("public_key", "encryption_key", "encryption_signature")]
        for text in map(str, (*encoded, begun.doc["key"])):
            words = [text[at : at + 6] for at in range(40) if text[at : at + 6].isalnum()]
            assert words
            assert {view.kind for word in words for view in vault.search(word)} <= {"mission", "person"}
        assert laptop.id in {view.id for view in vault.search("laptop A")}


def test_one_bad_change_and_nothing_of_the_batch_is_recorded(folder: Path) -> None:
    with new_mission(folder) as vault:
        before = vault.own_log.size
        with pytest.raises(RefusedError):
            vault.record([Add("item", {"nomenclature": "Pump"}), Add("access", {"outcome": "refused"})])
        assert vault.own_log.size == before
        assert vault.count("item") == 0
        assert vault.search("Pump") == []


def test_an_amendment_keeps_what_was_there_before(folder: Path) -> None:
    with new_mission(folder) as vault:
        (item,) = vault.record([Add("item", {"nomenclature": "Gyro", "serials": ["447101", "447102"]})])
        vault.record(
            [
                Amend(
                    item.number,
                    "plate read again",
                    set={"nomenclature": "Rate gyroscope"},
                    add={"serials": ["447103"]},
                    remove={"serials": ["447102"]},
                )
            ]
        )
        record = vault.get(item.id)
        assert record.doc["nomenclature"] == "Rate gyroscope"
        assert record.doc["serials"] == ["447101", "447103"]
        history = vault.history(item.id)
        assert [entry.act for entry in history] == ["add", "amend"]
        assert history[0].values["nomenclature"] == "Gyro"
        assert history[1].reason == "plate read again"
        assert history[1].supersedes["nomenclature"] == (history[0].hash,)
        assert [found.id for found in vault.serial_matches("4471O3")] == [item.id]
        assert vault.serial_matches("447102") == []
        assert vault.search("rate gyro")[0].id == item.id


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_correction_without_a_reason_is_refused(folder: Path, reason: str) -> None:
    with new_mission(folder) as vault:
        (item,) = vault.record([Add("item", {"nomenclature": "Gyro"})])
        with pytest.raises(RefusedError):
            vault.record([Retract(item.id, reason)])
        assert not vault.get(item.id).retracted


def test_a_retracted_record_leaves_the_lists_and_stays_in_the_journal(folder: Path) -> None:
    with new_mission(folder) as vault:
        (item,) = vault.record([Add("item", {"nomenclature": "Gyro"})])
        vault.record([Retract(item.id, "counted twice")])
        assert [r.id for r in vault.list("item")] == []
        assert [r.id for r in vault.list("item", retracted=True)] == [item.id]
        assert vault.history(item.id)[-1].reason == "counted twice"


def test_only_the_team_authors_records(folder: Path) -> None:
    with new_mission(folder) as vault:
        (host,) = vault.record([Add("person", {"name": "Maj. Salem", "party": "host", "role": "escort"})])
        with pytest.raises(RefusedError, match="not of the team"):
            vault.record([Add("observation", {"text": "x", "basis": "seen"})], author=host.number)
        (bauer,) = vault.record([Add("person", {"name": "Bauer", "party": "team", "role": "interpreter"})])
        (noted,) = vault.record([Add("observation", {"text": "x", "basis": "seen"})], author="Bauer")
        assert vault.get(noted.id).author == bauer.id


def test_every_entry_opens_completely_and_the_doctor_is_content(folder: Path) -> None:
    with new_mission(folder) as vault:
        vault.record([Add("item", {"nomenclature": f"Valve {n}", "declared": n}) for n in range(450)])
        (one,) = vault.record([Add("observation", {"text": "ok", "basis": "seen"})])
        vault.record([Amend(one.id, "typing", set={"text": "okay"})])
        log = vault.own_log
        for entry in vault.entries(log.log):
            opened = open_entry(entry.leaf, entry.disclosures)
            assert (opened.seq, opened.opened) == (entry.seq, opened.of)
        findings = examine(vault, refold=True)
        assert [f.text for f in findings if not f.good] == []
        notes = vault.database.rows("SELECT size FROM checkpoints ORDER BY size")
        assert (200,) in notes
        assert (400,) in notes


def test_the_doctor_sees_a_table_that_does_not_follow_from_the_journal(folder: Path) -> None:
    with new_mission(folder) as vault:
        (item,) = vault.record([Add("item", {"nomenclature": "Gyro", "declared": 2})])
        with vault.database.write():
            vault.database.execute("UPDATE records SET doc = replace(doc, '2', '3') WHERE id = ?", (item.id,))
        assert any(f.area == "fold" and not f.good for f in examine(vault, refold=True))
        with vault.database.write():
            vault.database.execute("DELETE FROM entries WHERE record = ?", (item.id,))
        assert any(f.area == "journal" and not f.good for f in examine(vault))


def test_readers_of_other_threads_see_what_was_committed(folder: Path) -> None:
    with new_mission(folder) as vault:
        vault.record([Add("item", {"nomenclature": "Gyro"})])
        seen: list[int] = []

        def look() -> None:
            with vault.reader() as reader:
                seen.append(reader.count("item"))

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [1]


def test_a_copied_vault_goes_on_in_a_log_of_its_own(folder: Path, tmp_path: Path) -> None:
    with new_mission(folder) as vault:
        vault.record([Add("item", {"nomenclature": "Gyro"})])
        old = vault.own_log
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with Vault.open(copy, PASSPHRASE) as vault:
        assert [notice.verdict for notice in vault.notices] == ["copied or restored"]
        (mine,) = vault.record([Add("item", {"nomenclature": "Pump"})])
        assert vault.own_log.log != old.log
        assert vault.get(mine.id).number == "A-I-0002"
        started = next(r for r in vault.list("log") if r.doc.get("previous"))
        assert started.doc["previous"] == old.log
        assert [f.text for f in examine(vault, refold=True) if not f.good and f.area != "head"] == []


def test_a_refused_record_does_not_lead_back_into_the_log_that_was_left(folder: Path, tmp_path: Path) -> None:
    with new_mission(folder) as vault:
        old = vault.own_log
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with Vault.open(copy, PASSPHRASE) as vault:
        with pytest.raises(RefusedError):
            vault.record([Add("access", {"outcome": "refused"})])
        vault.record([Add("item", {"nomenclature": "Pump"})])
        assert vault.own_log.log != old.log
        assert next(log for log in vault.logs() if log.log == old.log).size == old.size


def test_two_processes_on_one_copy_begin_one_new_log(folder: Path, tmp_path: Path) -> None:
    new_mission(folder).close()
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with Vault.open(copy, PASSPHRASE) as one, Vault.open(copy, PASSPHRASE) as other:
        one.record([Add("item", {"nomenclature": "Pump"})])
        other.record([Add("item", {"nomenclature": "Valve"})])
        assert len(one.logs()) == 2
        assert [r.number for r in one.list("item")] == ["A-I-0001", "A-I-0002"]


def test_a_vault_put_back_from_before_is_told_and_never_forks_its_log(folder: Path, tmp_path: Path) -> None:
    with new_mission(folder) as vault:
        vault.record([Add("item", {"nomenclature": "Gyro"})])
        log = vault.own_log.log
    earlier = tmp_path / "earlier.db"
    shutil.copy(folder / "store.db", earlier)
    with Vault.open(folder, PASSPHRASE) as vault:
        vault.record([Add("item", {"nomenclature": "Pump"})])
    shutil.copy(earlier, folder / "store.db")
    with Vault.open(folder, PASSPHRASE) as vault:
        assert [notice.verdict for notice in vault.notices] == ["behind"]
        assert "1 are missing" in vault.notices[0].problem
        vault.record([Add("item", {"nomenclature": "Valve"})])
        assert vault.own_log.log != log
        assert vault.count("incident") == 1


def test_an_attached_file_comes_back_bit_for_bit(folder: Path, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(content)
    with new_mission(folder) as vault:
        (seen,) = vault.record([Add("observation", {"text": "x", "basis": "seen"})])
        with scan.open("rb") as source:
            media, _ = vault.attach(source, "scan.pdf", seen.number)
        assert vault.get(seen.id).doc["evidence"] == [media.id]
        assert b"".join(vault.media.open(vault.get(media.id).doc)) == content


def test_an_empty_file_is_evidence_too(folder: Path) -> None:
    with new_mission(folder) as vault:
        (seen,) = vault.record([Add("observation", {"text": "x", "basis": "seen"})])
        media, _ = vault.attach(io.BytesIO(b""), "empty.txt", seen.number)
        assert b"".join(vault.media.open(vault.get(media.id).doc)) == b""
        assert vault.media.check(vault.get(media.id).doc) == []
        assert [f.text for f in examine(vault, refold=True) if not f.good] == []


def test_an_empty_list_is_no_value_however_often_the_record_is_folded(folder: Path) -> None:
    with new_mission(folder) as vault:
        (talk,) = vault.record([Add("interview", {"interviewee": "Engineer 1", "exchanges": []})])
        assert "exchanges" not in vault.get(talk.id).doc
        vault.record([Amend(talk.id, "misread", set={"interviewee": "Engineer 2"})])
        assert "exchanges" not in vault.get(talk.id).doc
        assert [f.text for f in examine(vault, refold=True) if not f.good] == []


def test_search_finds_parts_of_words_in_many_scripts(folder: Path) -> None:
    texts = {
        "en": "Vertical gyroscope on the stand",
        "ru": "Вертикальный гироскоп на стенде",
        "ar": "جيروسكوب عمودي على المنصة",
        "zh": "垂直陀螺仪在支架上",
        "fr": "Éprouvette numérotée",
    }
    asked = {"en": "roscop", "ru": "ироско", "ar": "روسك", "zh": "陀螺", "fr": "eprouv"}
    with new_mission(folder) as vault:
        ids = {
            name: vault.record([Add("observation", {"text": text, "basis": "seen"})])[0].id
            for name, text in texts.items()
        }
        for name, words in asked.items():
            assert [found.id for found in vault.search(words)] == [ids[name]], name
        assert vault.search('"*) OR gyro') == []
        assert [found.id for found in vault.search("on st ver")] == [ids["en"]]


def test_drafts_are_kept_until_dropped(folder: Path) -> None:
    with new_mission(folder) as vault:
        vault.save_draft("observation", {"text": "half a sent"})
    with Vault.open(folder, PASSPHRASE) as vault:
        assert vault.drafts() == {"observation": {"text": "half a sent"}}
        vault.drop_draft("observation")
        assert vault.drafts() == {}


def test_a_new_passphrase_opens_and_the_old_one_does_not(folder: Path) -> None:
    with new_mission(folder) as vault:
        vault.change_slots(vault.slots.with_passphrase(vault.master, "another one entirely"))
    with Vault.open(folder, "another one entirely") as vault:
        assert vault.notices == []
    with pytest.raises(FieldkitError) as refused:
        Vault.open(folder, PASSPHRASE)
    assert refused.value.exit_code == 6


def test_the_recovery_words_open_the_vault(folder: Path) -> None:
    vault, words = Vault.create(folder, title="T", author="N", passphrase=PASSPHRASE)
    vault.close()
    with Vault.recover(folder, " ".join(words)) as vault:
        assert vault.get(vault.mission_id).doc["title"] == "T"


def test_a_folder_in_use_for_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="something here already"):
        new_mission(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_in_which_a_mission_was_begun_and_never_finished_says_so(tmp_path: Path) -> None:
    with new_mission(tmp_path / "m"):
        pass
    (tmp_path / "m" / "vault.json").unlink()
    with pytest.raises(UsageError, match="a vault without its") as caught:
        new_mission(tmp_path / "m")
    assert "remove the folder" in caught.value.remedy


def test_what_the_first_screen_asks_is_answered_without_sorting_or_reading_every_record(
    tmp_path: Path,
) -> None:
    with new_mission(tmp_path / "m") as vault:
        asked: list[str] = []
        vault.database.connection.set_trace_callback(asked.append)
        vault.latest(20)
        vault.counts()
        vault.marks()
        vault.database.connection.set_trace_callback(None)
        plans = [step for sql in asked for (*_, step) in vault.database.rows(f"EXPLAIN QUERY PLAN {sql}")]
        assert len(plans) >= len(asked) == 3
        assert not [step for step in plans if "TEMP B-TREE" in step]
        assert sum("COVERING INDEX" in step for step in plans) == 2
