"""Control lists and sample sizes from the command line: no mission, no passphrase, answers that scripts can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.domain.controls import shipped_text
from tests.cli.conftest import Fieldkit


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (["--point", "300km,500kg"], "1.A"),
        (["--point", "300km,499kg"], "needs_tradeoff"),
        (["--point", "300km,499kg", "--point", "280km,700kg"], "19.A.1/2"),
        (["--point", "300km,499kg", "280km,700kg"], "19.A.1/2"),
        (["--point", "100km,200kg", "--aerosol", "20L"], "none"),
        (["--point", "100km,200kg", "--aerosol", "20.5L"], "19.A.3"),
        (["--point", "100km,200kg", "--aerosol", "20.5L", "--vehicle", "rocket"], "none"),
    ],
)
def test_a_system_is_classified_without_a_mission(
    fieldkit: Fieldkit, arguments: list[str], result: str
) -> None:
    answer = fieldkit.done("controls", "classify", *arguments, "--json")
    assert answer.document["result"] == result
    assert answer.document["list"]["source"] == "MTCR/TEM/2022"
    assert fieldkit.done("controls", "classify", *arguments).out.splitlines()[0] == result


@pytest.mark.parametrize(
    "arguments",
    [
        ["classify"],
        ["classify", "--point", "1,000km,500kg"],
        ["classify", "--point", "300nm,500kg"],
        ["classify", "--point", "300km,500kg", "--aerosol", "20gal"],
        ["show", "41"],
        ["show", "9.A.66"],
        ["search"],
    ],
)
def test_what_is_not_understood_says_what_to_write(fieldkit: Fieldkit, arguments: list[str]) -> None:
    answer = fieldkit("controls", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) > 1


def test_a_mission_classifies_by_its_own_list(fieldkit: Fieldkit, tmp_path: Path) -> None:
    own = tmp_path / "iraq.toml"
    own.write_text(shipped_text().replace("at_least = 300", "at_least = 150"), "utf-8")
    answer = fieldkit.done("controls", "classify", "--point", "150km,500kg", "--list", own, "--json")
    assert (answer.document["result"], answer.document["limits"]["range_km"]) == ("1.A", "150")
    own.write_text("edition = 7\n", "utf-8")
    broken = fieldkit("controls", "show", "--list", own)
    assert (broken.code, broken.out) == (5, "")
    assert "edition" in broken.err
    own.write_bytes(b"\xff\xfe")
    assert fieldkit("controls", "show", "--list", own).code == 5
    assert fieldkit("controls", "show", "--list", tmp_path / "nowhere.toml").code == 2


def test_a_mission_carries_its_own_list(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    bare = fieldkit("controls", "classify", "--point", "150km,500kg", "--list", "mission")
    assert (bare.code, bare.out) == (2, "")
    own = tmp_path / "limits-of-this-mission.toml"
    own.write_text("edition = 7\n", "utf-8")
    assert fieldkit("controls", "adopt", own).code == 5
    own.write_text(shipped_text().replace("at_least = 300", "at_least = 150"), "utf-8")
    fieldkit.done("controls", "adopt", own)
    answer = fieldkit.done("controls", "classify", "--point", "150km,500kg", "--list", "mission", "--json")
    assert answer.document["result"] == "1.A"
    assert (
        fieldkit.done("controls", "classify", "--point", "150km,500kg", "--json").document["result"]
        == "needs_tradeoff"
    )
    assert "limits-of-this-mission" in fieldkit.done("list", "media").out


def test_entries_are_shown_with_what_was_not_verified(fieldkit: Fieldkit) -> None:
    shown = fieldkit.done("controls", "show", "19.A.3")
    assert "above 20 L [unverified]" in shown.out
    whole = fieldkit.done("controls", "show", "--json").document
    assert len(whole["items"]) == 20
    assert fieldkit.done("controls", "show", "2", "--json").document["entries"][0]["id"] == "2.A.1"
    code = fieldkit.done("controls", "show", "9A101", "--json").document
    assert ([entry["id"] for entry in code["entries"]], code["origin"]) == (
        ["3.A.1"],
        "Missile Technology Control Regime",
    )
    group = fieldkit.done("controls", "show", "2a", "--json").document
    assert [entry["id"] for entry in group["entries"]] == [
        "2.A.1",
        *(f"2.A.1.{letter}" for letter in "abcdef"),
    ]
    assert fieldkit.done("controls", "show", "9a", "--json").document["title"].startswith("Instruments")
    assert "greatest ground distance" in fieldkit.done("controls", "show", "range").out
    assert "greatest ground distance" in fieldkit.done("controls", "show", "1.A.1").out
    found = fieldkit.done("controls", "search", "flow", "forming", "--json").document
    assert found[0]["id"] == "3.B.3"
    assert fieldkit.done("controls", "search", "nothing of the kind", "--json").document == []


def test_a_sample_size_says_which_formula_it_is(fieldkit: Fieldkit) -> None:
    request = ["inventory", "sample", "--population", "1000", "--defects", "50", "--probability", "0.95"]
    document = fieldkit.done(*request, "--json").document
    assert (document["size"], document["approximation"], document["method"]) == (57, 59, "exact")
    said = fieldkit.done(*request)
    assert "57" in said.out
    assert "not used, gives 59" in said.out
    lenient = fieldkit.done(*request, "--accept", "1", "--json").document
    assert (lenient["size"] > 57, lenient["approximation"]) == (True, None)
    assert (
        fieldkit("inventory", "sample", "--population", "9", "--defects", "10", "--probability", "0.9").code
        == 2
    )
    assert (
        fieldkit("inventory", "sample", "--population", "9", "--defects", "1", "--probability", "95").code
        == 2
    )


def test_every_item_is_shown_with_its_edition_and_reserved_ones_say_so(fieldkit: Fieldkit) -> None:
    for number in range(1, 21):
        shown = fieldkit.done("controls", "show", str(number)).out
        assert "edition 2022 (MTCR/TEM/2022)" in shown
        document = fieldkit.done("controls", "show", str(number), "--json").document
        reserved = number in (5, 7, 8)
        assert document["reserved"] is reserved
        assert bool(document["entries"]) is not reserved
        assert bool(document["note"]) is reserved
        assert document["category"] == ("I" if number < 3 else "II")
    refused = fieldkit("controls", "show", "7.A.1")
    assert refused.code == 2
    assert "item 7 is reserved" in refused.err
