"""Nobody who types waits for the store: a card, a sync or another program may be writing to it for seconds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fieldkit.tui.drafts import read_drafts
from fieldkit.vault.vault import Vault
from tests.tui.screens import a_mission
from tests.vault.missions import PASSPHRASE

if sys.platform == "win32":
    pytest.skip("needs a POSIX terminal", allow_module_level=True)

from tests.tui.live import live

_TYPED = "crate seven"
_IN_USE = "the vault is in use"
"""What is told once the writing of a draft was given up."""


def test_letters_are_painted_and_screens_change_while_somebody_else_writes(tmp_path: Path) -> None:
    folder = a_mission(tmp_path / "visit")
    with live(folder) as seen, Vault.open(folder, PASSPHRASE) as other:
        seen.send("o")
        seen.sees("NEW OBSERVATION")
        with other._database.write():
            for place, letter in enumerate(_TYPED, start=1):
                seen.send(letter)
                seen.sees(_TYPED[:place].strip())
            seen.send("\x1bOQ")
            seen.sees("OPEN", "TODAY")
            assert _IN_USE not in seen.painted
            assert "draft kept" not in seen.painted
        seen.sees(f"draft {_TYPED}")
        assert [draft.texts["text"] for draft in read_drafts(other)] == [_TYPED]
