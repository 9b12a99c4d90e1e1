"""The team's commands, as two people with two laptops and a stick type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Fieldkit, fieldkit, mission, passphrase_file

__all__ = ["fieldkit", "mission", "passphrase_file"]


@pytest.fixture
def other(tmp_path: Path, mission: Path, fieldkit: Fieldkit) -> Path:
    """The folder of a second laptop that has joined; the stick is at `stick`."""
    folder, asked = tmp_path / "other", tmp_path / "boris.request"
    said = fieldkit.done("members", "request", asked, "-m", folder, "--as", "Boris Khan", "--json").document
    granted = fieldkit.done(
        "members", "admit", asked, "--words", " ".join(said["words"]), "-m", mission, "--json"
    ).document
    assert granted["letter"] == "B"
    words = " ".join(granted["words"])
    fieldkit.done("members", "join", granted["grant"], "--words", words, "-m", folder)
    fieldkit.done("depot", "init", tmp_path / "stick")
    return folder


def test_two_people_meet_over_a_stick(tmp_path: Path, mission: Path, other: Path, fieldkit: Fieldkit) -> None:
    stick = tmp_path / "stick"
    (number,) = fieldkit.done("add", "observation", "basis=seen", "text=Crates", "-m", mission).numbers
    plan = fieldkit.done("sync", stick, "--dry-run", "-m", mission, "--json").document
    assert plan["sent"]["log"] == 2
    assert not list(stick.rglob("*.seg"))
    for folder in (mission, other, mission):
        fieldkit.done("sync", stick, "-m", folder)
    for folder, text in ((mission, "Three"), (other, "Four")):
        fieldkit.done("amend", number, f"text={text} crates", "--reason", "counted", "-m", folder)
    fieldkit.done("sync", stick, "-m", mission)
    found = fieldkit("sync", stick, "-m", other, "--json")
    assert found.code == 1
    assert found.document["differences"] == 1
    (one,) = fieldkit.done("differences", "-m", other, "--json").document
    assert one["number"] == number
    assert {side["name"] for side in one["values"]} == {"A. Nasser", "Boris Khan"}
    assert {seen["value"] for side in one["values"] for seen in side["had_seen"]} == {"Crates"}
    fieldkit.done("differences", number, "--both", "--reason", "two counts", "-m", other)
    assert fieldkit.done("differences", "-m", other, "--json").document == []
    (left,) = fieldkit.done("differences", "--all", "-m", other, "--json").document
    assert left["left"] == "two counts"
    fieldkit.done("differences", number, "--value", "Five crates", "--reason", "recounted", "-m", other)
    assert fieldkit.done("differences", "--all", "-m", other, "--json").document == []
    shown = fieldkit.done("members", "list", "-m", other, "--json").document
    assert [(one["letter"], one["role"], one["name"]) for one in shown] == [
        ("A", "lead", "A. Nasser"),
        ("B", "inspector", "Boris Khan"),
    ]


def test_what_is_new_waits_for_a_key_that_the_stick_does_not_bring(
    tmp_path: Path, mission: Path, other: Path, fieldkit: Fieldkit
) -> None:
    stick = tmp_path / "stick"
    asked = fieldkit.done(
        "members", "request", tmp_path / "c.request", "-m", tmp_path / "c", "--as", "Chen Li", "--json"
    ).document
    fieldkit.done(
        "members", "admit", tmp_path / "c.request", "--words", " ".join(asked["words"]), "-m", mission
    )
    for folder in (mission, other):
        fieldkit.done("sync", stick, "-m", folder)
    keys = set(stick.rglob("keyring/*"))
    fieldkit.done("members", "revoke", "C", "--reason", "lost", "-m", mission)
    fieldkit.done("sync", stick, "-m", mission)
    (newest,) = set(stick.rglob("keyring/*")) - keys
    newest.rename(tmp_path / "kept back")
    fieldkit.done("add", "observation", "basis=seen", "text=Crates", "-m", other)
    plan = fieldkit.done("sync", stick, "--dry-run", "-m", other, "--json").document
    assert (plan["closed"], plan["sent"]["log"]) == (None, 1)
    found = fieldkit("sync", stick, "-m", other)
    assert found.code == 1
    assert "WHAT IS NEW HERE IS NOT SENT" in found.out
    assert "Sync with another depot" in found.out
    plan = fieldkit.done("sync", stick, "--dry-run", "-m", other, "--json").document
    assert (plan["closed"], plan["sent"]["log"]) == ("struck_off_has_it", 0)
    assert fieldkit("members", "new-key", "--reason", "none came", "-m", other).code == 7
    fieldkit.done("members", "new-key", "--reason", "the newest one was kept back", "-m", mission)
    assert "1 OBJECT IS GONE" in fieldkit("sync", stick, "-m", mission).out
    assert fieldkit.done("sync", stick, "-m", other, "--json").document["sent"]["log"] == 1
    fieldkit.done("sync", stick, "-m", mission)
    assert [
        one["fields"]["text"]
        for one in fieldkit.done("list", "observation", "-m", mission, "--json").document
    ] == ["Crates"]


def test_whose_admission_fell_hands_over_the_same_request_again(
    tmp_path: Path, mission: Path, other: Path, fieldkit: Fieldkit
) -> None:
    first = (tmp_path / "boris.request").read_bytes()
    fieldkit.done("members", "request", tmp_path / "again.request", "-m", other)
    assert (tmp_path / "again.request").read_bytes() == first
    refused = fieldkit("members", "request", tmp_path / "none.request", "-m", mission)
    assert refused.code == 2
    assert "never asked to join" in refused.err
    assert not (tmp_path / "none.request").exists()


def test_other_words_admit_nobody(tmp_path: Path, mission: Path, fieldkit: Fieldkit) -> None:
    asked, folder = tmp_path / "boris.request", tmp_path / "other"
    fieldkit.done("members", "request", asked, "-m", folder, "--as", "Boris Khan")
    refused = fieldkit("members", "admit", asked, "--words", "able acid also army atom aunt", "-m", mission)
    assert refused.code == 7
    assert not asked.with_suffix(".grant").exists()
    assert len(fieldkit.done("members", "list", "-m", mission, "--json").document) == 1
    waiting = fieldkit("list", "observation", "-m", folder)
    assert waiting.code == 2
    assert "members join" in waiting.err


def test_a_place_that_is_no_depot_is_not_taken_for_the_stick(
    tmp_path: Path, mission: Path, fieldkit: Fieldkit
) -> None:
    (tmp_path / "mountpoint").mkdir()
    answer = fieldkit("sync", tmp_path / "mountpoint", "-m", mission)
    assert answer.code == 8
    assert "depot init" in answer.err
    assert not list((tmp_path / "mountpoint").iterdir())


def test_a_depot_is_copied_and_checked_without_keys(
    tmp_path: Path, mission: Path, other: Path, fieldkit: Fieldkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, second = tmp_path / "stick", tmp_path / "second"
    fieldkit.done("sync", stick, "-m", mission)
    fieldkit.done("depot", "init", second)
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    monkeypatch.delenv("FIELDKIT_MISSION")
    fieldkit.done("sync", stick, "--into", second)
    names = {path.relative_to(second) for path in second.rglob("*") if path.is_file()}
    assert names == {path.relative_to(stick) for path in stick.rglob("*") if path.is_file()}
    fieldkit.done("depot", "check", second)
    torn = next(second.rglob("*.seg"))
    torn.write_bytes(torn.read_bytes()[:-1])
    damaged = fieldkit("depot", "check", second, "--json")
    assert damaged.code == 3
    assert len(damaged.document["faults"]) == 1
    fieldkit.done("sync", stick, "--into", second)
    fieldkit.done("depot", "check", second)


def test_a_renamed_object_is_found_with_the_keys_and_a_hole_without(
    tmp_path: Path, mission: Path, other: Path, fieldkit: Fieldkit
) -> None:
    stick = tmp_path / "stick"
    fieldkit.done("sync", stick, "-m", mission)
    fieldkit.done("add", "observation", "basis=seen", "text=Crates", "-m", mission)
    fieldkit.done("sync", stick, "-m", mission)
    last = max(stick.rglob("*.seg"), key=lambda path: int(path.name.partition("-")[0]))
    wrong = last.with_name(f"900-999-{last.name.rpartition('-')[2]}")
    last.rename(wrong)
    assert "entries " in fieldkit.done("depot", "check", stick).out
    assert fieldkit("sync", stick, "-m", other).code == 1
    found = fieldkit("depot", "check", stick, "--open", "--remove", "-m", other, "--json")
    assert found.code == 3
    assert [Path(one["name"]).name for one in found.document["faults"]] == [wrong.name]
    assert fieldkit("sync", stick, "-m", mission).code == 1
    assert last.exists()
    fieldkit.done("sync", stick, "-m", other)
    assert "Crates" in fieldkit.done("list", "observation", "-m", other).out
    assert "keeps everything" in fieldkit.done("depot", "prune-nothing").out


def test_what_a_struck_off_laptop_recorded_later_is_read_apart_with_the_reason(
    tmp_path: Path, mission: Path, other: Path, fieldkit: Fieldkit
) -> None:
    stick = tmp_path / "stick"
    for folder in (mission, other, mission):
        fieldkit.done("sync", stick, "-m", folder)
    (counts,) = fieldkit.done("add", "observation", "basis=seen", "text=Gate open", "-m", other).numbers
    for folder in (other, mission):
        fieldkit.done("sync", stick, "-m", folder)
    fieldkit.done("members", "revoke", "B", "--reason", "stolen", "-m", mission)
    (number,) = fieldkit.done("add", "observation", "basis=seen", "text=Nothing there", "-m", other).numbers
    fieldkit.done("amend", counts, "text=Gate shut", "--reason", "mistaken", "-m", other)
    fieldkit.done("sync", stick, "-m", mission)
    assert "STRUCK OFF by laptop A" in fieldkit("sync", stick, "-m", other).out
    assert "2 more entries are kept apart" in fieldkit.done("sync", stick, "-m", mission).out
    listed = fieldkit.done("members", "quarantine", "-m", mission).out
    assert f"{number}  observation, laptop B entry " in listed
    assert "struck off" in listed
    assert "Nothing there" in listed
    assert "Boris Khan" in listed
    found = fieldkit.done("members", "quarantine", "-m", mission, "--json").document
    assert [(one["number"], one["act"], one["values"]["text"]) for one in found] == [
        (number, "add", "Nothing there"),
        (counts, "amend", "Gate shut"),
    ]
    assert "KEPT APART, nothing of it counts" in fieldkit.done("show", number, "-m", mission).out
    shown = fieldkit.done("show", counts, "-m", mission, "--json").document
    assert shown["fields"]["text"] == "Gate open"
    assert [one["values"]["text"] for one in shown["kept_apart"]] == ["Gate shut"]
    assert "Nothing there" not in fieldkit.done("list", "observation", "-m", mission).out


def test_a_correction_of_a_value_that_differs_says_that_it_ends_the_difference(
    tmp_path: Path, mission: Path, other: Path, fieldkit: Fieldkit
) -> None:
    stick = tmp_path / "stick"
    (number,) = fieldkit.done("add", "observation", "basis=seen", "text=Crates", "-m", mission).numbers
    for folder in (mission, other, mission):
        fieldkit.done("sync", stick, "-m", folder)
    for folder, text in ((mission, "Three"), (other, "Four")):
        said = fieldkit.done("amend", number, f"text={text}", "--reason", "counted", "-m", folder).err
        assert "difference" not in said
    fieldkit("sync", stick, "-m", mission)
    fieldkit("sync", stick, "-m", other)
    said = fieldkit.done("amend", number, "text=Five", "--reason", "recounted", "-m", other).err
    assert "text had 2 values, and this ends the difference" in said
    assert "Four (Boris Khan)" in said
    assert "Three (A. Nasser)" in said


def test_a_grant_cut_short_says_what_to_do(tmp_path: Path, mission: Path, fieldkit: Fieldkit) -> None:
    folder, asked = tmp_path / "other", tmp_path / "boris.request"
    said = fieldkit.done("members", "request", asked, "-m", folder, "--as", "Boris Khan", "--json").document
    words = " ".join(said["words"])
    granted = fieldkit.done("members", "admit", asked, "--words", words, "-m", mission, "--json").document
    grant = Path(granted["grant"])
    grant.write_bytes(grant.read_bytes()[:300])
    refused = fieldkit("members", "join", grant, "--words", "x", "-m", folder)
    assert refused.code == 5
    assert "cut short" in refused.err
    assert "at at" not in refused.err


def test_watching_goes_on_saying_what_was_found_though_nothing_moves(
    tmp_path: Path, mission: Path, other: Path, fieldkit: Fieldkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    for folder in (mission, other, mission, other):
        fieldkit.done("sync", stick, "-m", folder)
    turns = 0

    def harm(_: float) -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            (next(stick.glob("v1/*")) / "keyring" / ("0" * 64)).write_bytes(b"no key")
        if turns == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("fieldkit.cli.sync.time.sleep", harm)
    watched = fieldkit("sync", stick, "--watch", "-m", other)
    assert watched.out.count("NOT WHAT THE NAME SAYS") == 1
