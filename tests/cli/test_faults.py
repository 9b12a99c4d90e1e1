"""Faults of fieldkit itself leave reports that can be passed on, and tell nothing of the mission."""

from __future__ import annotations

from pathlib import Path

from fieldkit.vault import faults
from fieldkit.vault.vault import Vault
from tests.cli.conftest import PASSPHRASE, Fieldkit

SECRET = "orchid-77"


def failed(folder: Path, at: str) -> None:
    """The program fails with a secret in a name, in a message, among the locals, and in what it came from."""
    try:
        try:
            _look_up(SECRET)
        except KeyError as error:
            raise ValueError(f"{SECRET} of {PASSPHRASE}") from error
    except ValueError as error:
        with Vault.open(folder, PASSPHRASE) as vault:
            faults.keep(vault, at, "ValueError at fieldkit.somewhere:1", faults.report_of(error))


def _look_up(name: str) -> object:
    return {}[name]


def test_a_report_is_listed_printed_noted_by_the_doctor_and_dropped(
    fieldkit: Fieldkit, mission: Path
) -> None:
    assert fieldkit.done("faults").out == "No fault is on record here.\n"
    failed(mission, "2026-02-12T10:41:07Z")
    failed(mission, "2026-02-12T10:52:00Z")
    first, second = fieldkit.done("faults").out.splitlines()
    assert first == "  1  2026-02-12T10:52:00Z  ValueError at fieldkit.somewhere:1"
    assert second.startswith("  2  2026-02-12T10:41:07Z")
    told = fieldkit.done("faults", "1").out
    for each in ("fieldkit ", "Python ", "ValueError", "from KeyError", "  tests.cli.test_faults:"):
        assert each in told
    for secret in (SECRET, PASSPHRASE, str(mission), "Nasser"):
        assert secret not in told
    assert fieldkit.done("faults", "2", "--json").document["at"] == "2026-02-12T10:41:07Z"
    examined = fieldkit.done("doctor").out
    assert "note fault      of the program: ValueError at fieldkit.somewhere:1" in examined
    assert "and 1 more; 'fieldkit faults 1'" in examined
    assert fieldkit("faults", "3").code == 2
    fieldkit.done("faults", "--forget")
    assert fieldkit.done("faults", "--json").document == []


def test_of_many_reports_the_last_ones_are_kept(mission: Path) -> None:
    with Vault.open(mission, PASSPHRASE) as vault:
        for minute in range(30):
            faults.keep(vault, f"2026-02-12T10:{minute:02d}:00Z", "KeyError at fieldkit.somewhere:1", [])
        kept = faults.kept(vault)
    assert len(kept) == 20
    assert kept[0].at == "2026-02-12T10:29:00Z"
