"""A mission of one test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkit.vault.vault import Vault
from tests.vault.missions import new_mission


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with new_mission(tmp_path / "mission") as opened:
        yield opened
