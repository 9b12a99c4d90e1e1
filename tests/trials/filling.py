"""A small disk, to be filled to the last byte and freed again."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

_BLOCK = bytes(4096)


@dataclass(frozen=True)
class Disk:
    """A file system of its own at `root`."""

    root: Path

    def fill(self, leaving: int = 0) -> None:
        """Write until only `leaving` bytes are free."""
        with contextlib.suppress(OSError), (self.root / "filler").open("ab", buffering=0) as filler:
            while shutil.disk_usage(self.root).free > leaving:
                filler.write(_BLOCK)

    def free(self) -> None:
        """Take away what filled it."""
        (self.root / "filler").unlink()
