"""What a verifier answers: to a genuine bundle, and to each defect that attackers and bad tools make."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldkit.bundle.verify import verify_bundle
from tests.bad.bundles import BUNDLES, Maker
from tests.bad.heads import HEADS
from tests.bad.journals import JOURNALS
from tests.bad.signatures import SIGNATURES
from tests.bad.witnesses import WITNESSES
from tests.bad.zips import ZIPS
from tests.bundle.builders import KEY_LIST

DEFECTS: dict[str, Maker] = BUNDLES | SIGNATURES | JOURNALS | HEADS | WITNESSES | ZIPS


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "my-keys"
    path.write_text(KEY_LIST)
    return path


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_told_with_its_exit_code_and_its_place(name: str, tmp_path: Path, keys: Path) -> None:
    made = DEFECTS[name](tmp_path)
    report = verify_bundle(made.path, keys=keys)
    found = [str(fault) for fault in report.faults]
    assert report.exit_code == made.exit_code, found
    assert any(made.at_fault in fault for fault in found), found
    text = report.to_text()
    assert made.at_fault in text
    assert "INTACT. " not in text
    assert json.loads(json.dumps(report.to_json()))["exit_code"] == made.exit_code
    assert text.replace("\n", "").isprintable()
