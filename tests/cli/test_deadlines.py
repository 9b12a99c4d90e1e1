"""Deadlines run from what was recorded; a mission's own procedures go with it."""

from __future__ import annotations

from pathlib import Path

from fieldkit.domain.tomldata import shipped_text
from tests.cli.conftest import PASSPHRASE, Fieldkit

OWN = """\
name = "mandate"
title = "Mandate of 3 January"

[[event]]
name = "inspection_completed"
title = "Inspection completed"

[[event]]
name = "host_comments_received"
title = "Host's comments received"
told_by = [{ kind = "comment", where = { language = "ar" } }]

[[deadline]]
name = "comments"
title = "Receive the host's comments"
form = "within"
start = "inspection_completed"
event = "host_comments_received"
hours = 24
"""


def rows(fieldkit: Fieldkit, *arguments: str | Path) -> dict[str, dict[str, object]]:
    return {row["rule"]: row for row in fieldkit.done("deadlines", *arguments, "--json").document}


def test_a_regime_without_clocks_says_how_to_set_some(fieldkit: Fieldkit, mission: Path) -> None:
    shown = fieldkit.done("deadlines")
    assert "sets no clocks" in shown.out
    assert fieldkit.done("deadlines", "--json").document == []


def test_deadlines_run_from_what_was_recorded(
    fieldkit: Fieldkit, passphrase_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "visit"
    fieldkit.done("new", folder, "--title", "T", "--as", "N", "--regime", "opcw", "-m", folder)
    where = ("-m", folder)
    first = rows(fieldkit, *where)
    assert {row["state"] for row in first.values()} == {"not_started"}
    assert first["final_report"]["waits_for"] == {
        "event": "inspection_completed",
        "title": "Inspection completed",
    }
    fieldkit.done("deadlines", "note", "inspection_completed", "occurred=2026-03-28T20:00+01:00", *where)
    found = rows(fieldkit, "--now", "2026-03-29T20:30+02:00", *where)["preliminary_findings"]
    assert (found["state"], found["due"], found["left_seconds"]) == ("running", "2026-03-29T19:00:00Z", 1800)
    assert found["due_local"] == "2026-03-29 20:00 +01:00"
    assert found["verified"] is False
    late = rows(fieldkit, "--now", "2026-03-29T21:01+02:00", *where)["preliminary_findings"]
    assert late["state"] == "overdue"
    fieldkit.done(
        "deadlines", "note", "preliminary_findings_handed_over", "occurred=2026-03-29T21:00+02:00", *where
    )
    met = rows(fieldkit, *where)["preliminary_findings"]
    assert met["state"] == "met"
    assert met["due_local"] == "2026-03-29 21:00 +02:00", "in the offset in which the last event was told"
    shown = fieldkit.done("deadlines", "--now", "2026-03-30T10:00+02:00", *where).out
    assert "waits for: Host's comments received" in shown
    fieldkit.done(
        "add", "comment", "text=taken note", "language=en", "occurred=2026-04-20T10:00+02:00", *where
    )
    assert rows(fieldkit, *where)["host_comments"]["state"] == "met", "a comment of the host tells of itself"
    assert fieldkit("deadlines", "note", "lunch", *where).code == 2
    assert "inspection_completed" in fieldkit.done("deadlines", "note", *where).out


def test_what_was_retracted_starts_no_clock(fieldkit: Fieldkit, mission: Path, tmp_path: Path) -> None:
    own = tmp_path / "mandate.toml"
    own.write_text(OWN, "utf-8")
    fieldkit.done("deadlines", "adopt", own)
    (number,) = fieldkit.done("deadlines", "note", "inspection_completed").numbers
    assert rows(fieldkit)["comments"]["state"] == "running"
    fieldkit.done("add", "comment", "text=x", "language=fr")
    assert rows(fieldkit)["comments"]["state"] == "running", "not the comment that the procedures speak of"
    fieldkit.done("retract", number, "--reason", "it goes on")
    assert rows(fieldkit)["comments"]["state"] == "not_started"


def test_procedures_that_do_not_hold_together_are_not_adopted(
    fieldkit: Fieldkit, mission: Path, tmp_path: Path
) -> None:
    own = tmp_path / "mandate.toml"
    own.write_text(OWN.replace('start = "inspection_completed"', 'start = "lunch"'), "utf-8")
    refused = fieldkit("deadlines", "adopt", own)
    assert refused.code == 5
    assert "lunch" in refused.err
    assert fieldkit("deadlines", "--rules", own).code == 5
    own.write_text(shipped_text("regimes", "iaea"), "utf-8")
    assert set(rows(fieldkit, "--rules", own)) == {"notice", "short_notice"}
    assert PASSPHRASE not in refused.err
