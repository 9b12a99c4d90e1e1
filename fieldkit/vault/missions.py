"""Which missions lie on this laptop: their folders, the one opened last first. Paths only, nothing of their content."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from fieldkit import paths

MOST: Final = 50


def known() -> list[Path]:
    """The folders of the missions that were opened here, the last one first."""
    with contextlib.suppress(OSError, ValueError):
        lines = paths.last_mission().read_text(encoding="utf-8").splitlines()
        return [Path(line) for line in lines if line.strip()][:MOST]
    return []


def remember(folder: Path) -> None:
    """Put `folder` first; where the state directory cannot be written, a mission only has to be named."""
    here = folder.resolve()
    keep([here, *(other for other in known() if other != here)])


def keep(folders: list[Path]) -> None:
    """Write the list anew."""
    target = paths.last_mission()
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        fresh.write_text("".join(f"{folder}\n" for folder in folders[:MOST]), encoding="utf-8")
        fresh.replace(target)
