"""Every path fieldkit uses outside a mission folder.

`FIELDKIT_STATE_DIR` moves all of it, for tests and for people who carry their state on a stick.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

STATE_VARIABLE = "FIELDKIT_STATE_DIR"


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
