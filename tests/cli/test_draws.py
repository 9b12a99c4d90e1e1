"""Witnessed draws from the command line: each step in its order, and a record that anybody can repeat."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.bad import sheets
from tests.cli.conftest import Fieldkit

ROWS = [[n, "Gyroscope", "GX", f"SN-{n:03}", 1, "Hall 4"] for n in range(1, 21)]
ROWS += [[21, "Pump", "P", "", 5, "Hall 5"]]
LIST = "A-T-0003"
DICE = "2 0 2 3 7 3 3 1 1 2 8 1 5 9 2 1 1 1 2 3"
SEED = DICE.replace(" ", "")


@pytest.fixture
def listed(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> Fieldkit:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sheets.sound_xlsx(ROWS))
    fieldkit.done("inventory", "load", path)
    fieldkit.done("add", "person", "name=Maj. Salem", "party=host", "role=escort")
    return fieldkit


def frozen(fieldkit: Fieldkit, *further: str) -> Any:
    both = ["--team", "A. Nasser", "--host", "Maj. Salem"]
    return fieldkit.done(
        "inventory",
        "draw",
        "freeze",
        "--declaration",
        LIST,
        "--size",
        "5",
        *(further or both),
        "--json",
    ).document


def draw(fieldkit: Fieldkit, *arguments: str) -> Any:
    return fieldkit("inventory", "draw", *arguments, "--json")


def test_a_draw_by_dice_is_repeated_by_anybody_from_the_record_alone(
    listed: Fieldkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = frozen(listed)
    assert (made["population"], made["size"], made["agreed"]) == (25, 5, ["host", "team"])
    done = draw(listed, "run", made["number"], "--dice", DICE)
    assert done.code == 0, done.err
    record = done.document
    assert (record["seed"], len(record["drawn"])) == (SEED, 5)
    assert record["chosen"] == [sorted(record["lines"])[number - 1] for number in record["drawn"]]
    first = int.from_bytes(hashlib.sha256(f"{SEED},1".encode()).digest(), "big") % 25 + 1
    assert record["drawn"][0] == first
    told = listed.done("inventory", "draw", "replay", made["number"]).out
    assert "holds  The team (A. Nasser) agreed to that digest" in told
    assert "20 rolls of dice with 10 sides, in turn, the team first" in told
    handed_over = tmp_path / "draw.json"
    handed_over.write_text(
        json.dumps(listed.done("inventory", "draw", "show", made["number"], "--json").document)
    )
    monkeypatch.delenv("FIELDKIT_MISSION")
    monkeypatch.delenv("FIELDKIT_PASSPHRASE_FILE")
    assert "The draw is as recorded." in listed.done("inventory", "draw", "replay", handed_over).out
    record["lines"][0] = "A-I-0001 SN-999"
    handed_over.write_text(json.dumps(record))
    changed = listed("inventory", "draw", "replay", handed_over)
    assert changed.code == 3
    assert "FAILS  The list was changed" in changed.out


def test_the_list_is_kept_and_its_digest_is_that_of_the_file(listed: Fieldkit) -> None:
    made = frozen(listed)
    (file,) = [
        one
        for one in listed.done("list", "media", "--json").document
        if one["fields"]["name"].startswith("list ")
    ]
    assert file["fields"]["sha256"] == made["digest"]
    lines = listed.done("inventory", "draw", "show", made["number"], "--json").document["lines"]
    assert hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest() == made["digest"]
    assert "A-I-0007 SN-007" in lines
    assert "A-I-0021 piece 3 of 5" in lines


def test_what_is_drawn_can_be_walked_to(listed: Fieldkit) -> None:
    made = frozen(listed)
    record = draw(listed, "run", made["number"], "--dice", DICE).document
    walked = listed.done("inventory", "list", "--drawn", made["number"], "--json").document
    assert sorted(stop["item"] for stop in walked) == sorted({line.split()[0] for line in record["chosen"]})


def test_there_is_no_seed_before_both_sides_agreed(listed: Fieldkit) -> None:
    made = frozen(listed, "--team", "A. Nasser")
    early = draw(listed, "run", made["number"], "--dice", DICE)
    assert early.code == 7
    assert "a seed before the host agreed" in early.err
    wrong = draw(listed, "agree", made["number"], "--host", "A. Nasser")
    assert wrong.code == 7
    assert "A. Nasser is not of the host" in wrong.err
    assert draw(listed, "agree", made["number"], "--host", "Maj. Salem").code == 0
    before = draw(listed, "run", made["number"], "--dice", DICE, "--at", "2020-01-01 10:00")
    assert before.code == 7
    assert "before the list was frozen" in before.err
    assert draw(listed, "run", made["number"], "--dice", DICE).code == 0
    again = draw(listed, "run", made["number"], "--dice", DICE[::-1])
    assert again.code == 7


@pytest.mark.parametrize(
    ("dice", "said"),
    [("3 5 1", "3 rolls"), (" ".join("7" * 20), "reads the same"), (DICE[:-1] + "x", "as numbers"), (DICE + " 1", "21 rolls")],
)  # fmt: skip
def test_weak_dice_are_refused(listed: Fieldkit, dice: str, said: str) -> None:
    made = frozen(listed)
    answer = draw(listed, "run", made["number"], "--dice", dice)
    assert answer.code == 2
    assert said in answer.err


def test_both_sides_commit_then_reveal(listed: Fieldkit) -> None:
    number = frozen(listed)["number"]
    assert "committed" in draw(listed, "reveal", number, "--party", "team", "--secret", "ab" * 16).err
    team = draw(listed, "commit", number, "--party", "team").document
    assert draw(listed, "commit", number, "--party", "team").code == 7
    early = draw(listed, "reveal", number, "--party", "team", "--secret", team["secret"])
    assert early.code == 7
    assert "before both sides have committed" in early.err
    host = draw(listed, "commit", number, "--party", "host", "--by", "Maj. Salem").document
    false = draw(listed, "reveal", number, "--party", "host", "--secret", "ab" * 16)
    assert false.code == 3
    assert "not the one it committed to" in false.err
    assert draw(listed, "run", number).code == 2
    for party, made in (("team", team), ("host", host)):
        assert draw(listed, "reveal", number, "--party", party, "--secret", made["secret"]).code == 0
    record = draw(listed, "run", number).document
    assert [step["step"] for step in record["steps"]] == [
        "frozen", "agreed", "agreed", "committed", "committed", "revealed", "revealed", "drawn",
    ]  # fmt: skip
    assert listed.done("inventory", "draw", "replay", number, "--json").document["holds"]


def test_a_late_commitment_and_a_forged_seed_are_refused_whatever_the_way_in(listed: Fieldkit) -> None:
    made = frozen(listed)
    number, digest = made["number"], made["digest"]

    def promise(party: str, secret: str) -> dict[str, str]:
        return {"party": party, "digest": hashlib.sha256(f"{digest},{party},{secret}".encode()).hexdigest()}

    one = promise("team", "ab" * 16)
    draw(listed, "commit", number, "--party", "team", "--commitment", one["digest"])
    (held,) = listed.done("show", number, "--json").document["fields"]["contributions"]
    late = [held | {"value": "ab" * 16}, promise("host", "cd" * 16)]
    answer = listed("amend", number, f"contributions={json.dumps(late)}", "--reason", "x")
    assert answer.code == 7
    assert "a late commitment: the team has told its secret" in answer.err
    forged = listed("amend", number, f"seed={SEED}", "drawn=1,2,3,4,5", "--reason", "x")
    assert forged.code in (2, 7)
    assert listed("add", "draw", "population=5", "size=1", f"seed={SEED}", "variant=v").code == 7


def test_a_part_of_the_list_is_drawn_from_as_planned(listed: Fieldkit) -> None:
    plan = listed.done(
        "inventory", "sample", "--declaration", LIST, "--stratum", "type=gx", "--defects", "4",
        "--probability", "0.9", "--record", "--json",
    ).document  # fmt: skip
    assert (plan["population"], plan["stratum"]) == (20, "type=gx")
    made = draw(listed, "freeze", plan["number"], "--team", "A. Nasser", "--host", "Maj. Salem").document
    assert (made["population"], made["size"]) == (20, plan["size"])
    listed.done("retract", "A-I-0001", "--reason", "entered twice")
    answer = draw(listed, "freeze", plan["number"])
    assert answer.code == 7
    assert "the plan is for 20 pieces, but the list has 19" in answer.err
    assert draw(listed, "freeze", "--declaration", LIST, "--stratum", "shape=x", "--size", "1").code == 2
    assert draw(listed, "freeze", "--declaration", LIST, "--size", "99").code == 2
    assert draw(listed, "freeze").code == 2
