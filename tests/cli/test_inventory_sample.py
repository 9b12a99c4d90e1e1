"""Sampling plans from the command line: alone, in strata, for the mission's own list, and what a sample reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bad import sheets
from tests.cli.conftest import Fieldkit

ROWS = [[n, "Gyroscope", "GX", f"SN-{n:03}", 1, "Hall 4"] for n in range(1, 41)]
ROWS += [[41, "Pump", "P", "", 60, "Hall 5"]]
P95 = ["--probability", "95%"]


def test_strata_are_planned_one_by_one(fieldkit: Fieldkit) -> None:
    arguments = ["--part", "gyroscopes=100", "--part", "pumps=500", "--defects", "5%", *P95]
    document = fieldkit.done("inventory", "sample", *arguments, "--json").document
    assert [(each["stratum"], each["exact"], each["approximation"]) for each in document["strata"]] == [
        ("gyroscopes", 45, 46), ("pumps", 56, 57),
    ]  # fmt: skip
    assert document["size"] == 101
    assert fieldkit.done("inventory", "sample", *arguments).out.endswith("In all: 101 items.\n")


def test_what_a_sample_reaches(fieldkit: Fieldkit) -> None:
    arguments = ["--population", "100", "--defects", "1", "--size", "90"]
    assert fieldkit.done("inventory", "sample", *arguments, "--json").document["detection"] == "0.900000"
    assert fieldkit("inventory", "sample", *arguments, "--accept", "1").code == 2


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (["--defects", "1"], "If 1 is defective, at least one is found"),
        (["--defects", "5"], "If 5 are defective, at least one is found"),
        (["--defects", "5", "--accept", "1"], "If 5 are defective, more than 1 are found"),
    ],
)
def test_a_plan_is_told_in_words_that_hold(fieldkit: Fieldkit, numbers: list[str], said: str) -> None:
    assert said in fieldkit.done("inventory", "sample", "--population", "100", *P95, *numbers).out


def test_a_plan_for_the_missions_own_list_is_recorded(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(sheets.sound_xlsx(ROWS))
    declaration = fieldkit.done("inventory", "load", path, "--json").document["number"]
    arguments = ["--declaration", declaration, "--by", "type", "--defects", "2", *P95, "--record"]
    document = fieldkit.done("inventory", "sample", *arguments, "--json").document
    assert [(each["stratum"], each["population"]) for each in document["strata"]] == [
        ("type=GX", 40),
        ("type=P", 60),
    ]
    plans = fieldkit.done("list", "plan", "--json").document
    assert [plan["number"] for plan in plans] == [each["number"] for each in document["strata"]]
    assert plans[0]["fields"]["size"] == document["strata"][0]["size"]
    assert plans[0]["fields"]["detection"] >= "0.95"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--defects", "1", *P95],
        ["--population", "10", "--part", "a=5", "--defects", "1", *P95],
        ["--population", "10", "--defects", "1"],
        ["--population", "10", "--defects", "1", "--by", "type", *P95],
        ["--part", "a", "--defects", "1", *P95],
        ["--population", "10", "--defects", "1", "--size", "3", *P95],
    ],
)
def test_what_leaves_nothing_to_plan_is_said(fieldkit: Fieldkit, arguments: list[str]) -> None:
    answer = fieldkit("inventory", "sample", *arguments)
    assert answer.code == 2
    assert "Traceback" not in answer.err
