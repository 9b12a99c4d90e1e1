"""Seals looked at and taken off, custody told with its gaps: what an inspector sees who comes back the next morning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.cli.conftest import PASSPHRASE, Fieldkit


@pytest.fixture
def sealed(fieldkit: Fieldkit, mission: Path) -> Fieldkit:
    """Three seals: one checked daily, one every hour, one found broken last month."""
    fieldkit.done("add", "item", "nomenclature=Motor case", "serials=MC-1")
    fieldkit.done("add", "seal", "number=UN-240117", "applied_to=A-I-0001")
    fieldkit.done("add", "seal", "number=UN-240118", "interval_hours=1000", "occurred=2026-01-01 10:00")
    fieldkit.done("add", "seal", "number=UN-240119", "interval_hours=10000", "occurred=2026-01-01 10:00")
    fieldkit.done("seals", "record", "UN-240119", "broken", "--remark", "wire cut")
    return fieldkit


def due(fieldkit: Fieldkit, *options: str) -> list[str]:
    return [one["seal"] for one in fieldkit.done("seals", "check", *options, "--json").document]


def test_what_is_broken_comes_first_and_what_is_fresh_waits(sealed: Fieldkit) -> None:
    assert due(sealed) == ["UN-240119", "UN-240118"]
    assert due(sealed, "--all") == ["UN-240119", "UN-240118", "UN-240117"]
    lines = sealed.done("seals", "check").out.splitlines()
    assert lines[0].startswith("UN-240119  BROKEN  due in ")
    assert lines[1].startswith("UN-240118  never looked at  due for ")
    sealed.done("seals", "record", "UN-240118", "intact")
    assert due(sealed) == ["UN-240119"]


def test_a_broken_seal_stays_until_it_is_taken_off(sealed: Fieldkit) -> None:
    sealed.done("seals", "remove", "UN-240119", "--reason", "replaced by UN-240120")
    assert due(sealed, "--all") == ["UN-240118", "UN-240117"]
    again = sealed("seals", "record", "UN-240119", "intact")
    assert again.code == 7
    assert "taken off already" in again.err


def test_every_look_stays_in_the_record(sealed: Fieldkit) -> None:
    sealed.done("seals", "record", "UN-240117", "intact", "--at", "2026-11-01 10:00")
    sealed.done("seals", "record", "UN-240117", "mismatch", "--by", "A. Nasser")
    (seal,) = [
        one
        for one in sealed.done("list", "seal", "--json").document
        if one["fields"]["number"] == "UN-240117"
    ]
    assert [check["result"] for check in seal["fields"]["checks"]] == ["intact", "mismatch"]
    assert due(sealed)[0] in ("UN-240117", "UN-240119")


def test_a_near_number_is_offered_and_never_taken(sealed: Fieldkit) -> None:
    answer = sealed("seals", "record", "UN-24O117", "intact")
    assert answer.code == 2
    assert "Near: UN-240117 (O→0)" in answer.err
    assert sealed("seals", "record", "A-I-0001", "intact").code == 2


def test_a_number_is_not_used_again_however_it_is_written(sealed: Fieldkit) -> None:
    for number in ("un-240117", "UN 240117", "UN-24O117"):
        answer = sealed("add", "seal", f"number={number}")
        assert answer.code == 7
        assert "applied already" in answer.err


def test_what_is_not_yet_due_is_due_in_so_much(sealed: Fieldkit) -> None:
    (line,) = [one for one in sealed.done("seals", "check", "--all").out.splitlines() if "UN-240117" in one]
    assert "  due in 23 h 5" in line


def test_a_look_after_the_removal_is_refused(sealed: Fieldkit) -> None:
    removed = {"at": "2026-01-02 10:00", "by": "A-0001", "reason": "opened"}
    checks = [{"at": "2026-01-03 10:00", "result": "intact"}]
    answer = sealed(
        "add", "seal", "number=Z-1", f"removed={json.dumps(removed)}", f"checks={json.dumps(checks)}"
    )
    assert answer.code == 7
    assert "not looked at after" in answer.err


@pytest.fixture
def people(fieldkit: Fieldkit, mission: Path) -> Fieldkit:
    for name, party in (("Ben", "team"), ("Cem", "team"), ("Maj. Salem", "host")):
        fieldkit.done("add", "person", f"name={name}", f"party={party}")
    fieldkit.done("add", "item", "nomenclature=Motor case")
    return fieldkit


def hand(fieldkit: Fieldkit, giver: str, taker: str, hour: int, *further: str) -> None:
    numbers = {one["fields"]["name"]: one["id"] for one in fieldkit.done("list", "person", "--json").document}
    fieldkit.done(
        "add", "custody", "thing=A-I-0001", f"from_whom={numbers[giver]}", f"to_whom={numbers[taker]}",
        f"occurred=2026-02-12 {hour:02}:00", *further,
    )  # fmt: skip


def test_a_whole_chain_has_no_findings(people: Fieldkit) -> None:
    assert people("custody", "A-I-0001", "--fail").code == 1
    hand(people, "Maj. Salem", "Ben", 8)
    hand(people, "Ben", "Cem", 9)
    answer = people.done("custody", "A-I-0001", "--fail")
    assert "Maj. Salem → Ben" in answer.out
    assert "FINDING" not in answer.out


def test_gaps_overlaps_and_broken_seals_are_findings(people: Fieldkit, mission: Path) -> None:
    """Such a chain comes about when laptops that knew nothing of each other are merged; corrections of times do it here."""
    with Vault.open(mission, PASSPHRASE) as vault:
        ids = {str(view.doc["name"]): view.id for view in vault.list("person")}
        other = vault.record([Add("item", {"nomenclature": "Other"})])[0].id
        thing = vault.resolve("A-I-0001")

        def handed(giver: str, taker: str, hour: int, of: str = thing) -> str:
            at = {"at": f"2026-02-12T{hour:02}:00:00Z", "offset": "+00:00"}
            values = {"thing": of, "from_whom": ids[giver], "to_whom": ids[taker], "occurred": at}
            return vault.record(
                [Add("custody", {**values, "seal_state": "broken" if hour == 12 else "intact"})]
            )[0].id

        handed("Ben", "Cem", 8)
        assert handed("Ben", "Maj. Salem", 12, other)
    answer = people("custody", "A-I-0001", "--json")
    assert [each["sort"] for each in answer.document["findings"]] == ["gap"]
    assert "how Ben came by the thing" in answer.document["findings"][0]["text"]
    assert [each["sort"] for each in people("custody", "A-I-0002", "--json").document["findings"]] == [
        "gap",
        "seal",
    ]
