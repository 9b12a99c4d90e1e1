"""Every path fieldkit uses outside a mission folder.

`FIELDKIT_STATE_DIR` moves all of it, for tests and for people who carry their state on a stick.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import platformdirs

STATE_VARIABLE = "FIELDKIT_STATE_DIR"
_LONGEST = 200


def state_dir() -> Path:
    """The user's state directory for fieldkit. Holds no content of any mission: ids, sizes and hashes only."""
    override = os.environ.get(STATE_VARIABLE)
    if override:
        return Path(override)
    return Path(platformdirs.user_state_dir("fieldkit", appauthor=False))


def head_copy(store_id: str) -> Path:
    """Where the second copy of a store's journal head lies."""
    return state_dir() / "heads" / f"{store_id}.head"


def last_mission() -> Path:
    """The file that names the mission folder opened last."""
    return state_dir() / "last-mission"


def last_theme() -> Path:
    """The file that names the colours chosen last."""
    return state_dir() / "theme"


def tour_seen() -> Path:
    """The file that says that somebody has taken, or skipped, the tour on this laptop."""
    return state_dir() / "tour"


def setting(file: Path) -> str:
    """The line in a small file of the state directory; empty where there is none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        return file.read_text(encoding="utf-8")[:_LONGEST].strip()
    return ""


def keep_setting(file: Path, line: str) -> None:
    """Write a line into a small file of the state directory; what cannot be written is not kept."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(f"{line}\n", encoding="utf-8")
