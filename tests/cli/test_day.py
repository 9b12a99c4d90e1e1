"""What is still open before a day is closed, from the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Fieldkit


def test_what_is_open_is_listed_with_the_records_it_counts(fieldkit: Fieldkit, mission: Path) -> None:
    assert fieldkit.done("day", "check", "--fail").out == "Nothing is open.\n"
    access = fieldkit.done("add", "access", "requested=09:00").numbers[0]
    seal = fieldkit.done("add", "seal", "number=UN-7", "occurred=2020-01-01 10:00").numbers[0]
    found = fieldkit("day", "check", "--fail")
    assert found.code == 1
    assert f"1 access not answered: {access}" in found.out
    assert f"1 seal to be looked at: {seal}" in found.out
    listed = {each["open"]: each["records"] for each in fieldkit.done("day", "check", "--json").document}
    assert listed == {"access": [access], "seals": [seal]}


def test_a_count_that_disagrees_with_the_declaration_is_open(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    declared = tmp_path / "list.csv"
    declared.write_text("Line,Item,Serial,Quantity\n1,Gyroscope,447108,1\n2,Gyroscope,447101,1\n", "utf-8")
    fieldkit.done("inventory", "load", declared)
    fieldkit.done("inventory", "count", "447108", "status=not_found")
    listed = {each["open"]: each["count"] for each in fieldkit.done("day", "check", "--json").document}
    assert listed == {"uncounted": 1, "unmatched": 1}
