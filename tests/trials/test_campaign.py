"""A small campaign in every run; `python -m tests.trials.campaign` plays the large one."""

from __future__ import annotations

from pathlib import Path

from tests.trials.campaign import Campaign, Plan


def test_a_campaign_ends_with_one_record(tmp_path: Path) -> None:
    told: list[str] = []
    Campaign(tmp_path, Plan(laptops=6, items=120, days=6, seed=3, meets=0.5), told.append).run(1)
    assert any("laptops agree" in line for line in told)
