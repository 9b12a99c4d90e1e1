"""What a newer fieldkit recorded travels unchanged through the hands of an older one, and can be looked at there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.bundle.export import export_bundle
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.team import names
from fieldkit.vault.doctor import examine, refold
from fieldkit.vault.recording import Add, uuid7
from fieldkit.vault.vault import Vault
from tests.cli.conftest import Fieldkit, fieldkit
from tests.team.teams import forge, joined, meet, new_depot, sync, tables
from tests.vault.missions import PASSPHRASE, new_mission

__all__ = ["fieldkit"]


def record_as_newer(vault: Vault, kind: str, act: str, record: str, values: Doc, **more: JSON) -> None:
    """An entry that this version would not make, recorded and folded."""
    forge(vault, kind, act, record, values, **more)
    with vault.database.write():
        refold(vault)


@pytest.fixture
def newer(tmp_path: Path) -> Vault:
    """A laptop with an unknown kind, an unknown field of a known kind, and an unknown act."""
    vault = new_mission(tmp_path / "a")
    (seen,) = vault.record([Add("observation", {"basis": "seen", "text": "Crates"})])
    gadget: Doc = {"colour": "blue", "parts": ["x", {"y": 1}]}
    record_as_newer(vault, "gadget", "add", uuid7(), gadget, number="A-0900")
    record_as_newer(vault, "observation", "amend", seen.id, {"smell": "acrid"}, reason="r")
    record_as_newer(vault, "observation", "annotate", seen.id, {"note": "n"}, reason="r")
    return vault


def bodies(vault: Vault, log: str) -> list[tuple[bytes, bytes]]:
    return [(entry.leaf, entry.disclosures) for entry in vault.entries(log)]


def test_an_older_laptop_passes_on_what_it_does_not_know(tmp_path: Path, newer: Vault) -> None:
    first, second = new_depot(tmp_path / "first"), new_depot(tmp_path / "second")
    with newer, joined(tmp_path / "b", newer) as older, joined(tmp_path / "c", newer, "Chen Li") as third:
        sync(first, newer)
        (report,) = sync(first, older)
        assert report.unknown == 1
        sync(second, older)
        sync(second, third)
        log = newer.own_log.log
        assert bodies(third, log) == bodies(older, log) == bodies(newer, log)
        wrote = {name for name in first.contents().of(names.LOG) if name.log == log}
        assert wrote == {name for name in second.contents().of(names.LOG) if name.log == log}
        meet(first, newer, older, third)
        assert tables(third) == tables(older) == tables(newer)
        (gadget,) = third.list("gadget")
        assert gadget.doc["parts"] == ["x", {"y": 1}]
        (seen,) = third.list("observation")
        assert (seen.doc["smell"], seen.doc["note"], seen.doc["text"]) == ("acrid", "n", "Crates")
        assert [one.text for one in examine(third, refold=True) if not one.good] == []
        exported = export_bundle(third, tmp_path / "bundles")
        lines = (exported.path / "data" / "log" / log / "leaves.jsonl").read_bytes().splitlines()
        assert lines[: newer.own_log.size] == [leaf for leaf, _ in bodies(newer, log)]


def test_kinds_of_a_newer_version_are_counted_and_listed(
    tmp_path: Path, newer: Vault, fieldkit: Fieldkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer.close()
    mission = tmp_path / "a"
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n", "utf-8")
    monkeypatch.setenv("FIELDKIT_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    assert "1  gadget (a kind of a newer version)" in fieldkit.done("list", "-m", mission).out
    assert "A-0900" in (said := fieldkit.done("list", "gadget", "-m", mission).out)
    assert 'colour=blue, parts=["x", {"y": 1}]' in said
    (one,) = fieldkit.done("list", "gadget", "-m", mission, "--json").document
    assert one["fields"]["colour"] == "blue"
    assert fieldkit("list", "gizmo", "-m", mission).code == 2
