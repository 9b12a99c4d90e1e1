"""The files of a mission's folder as a host may see them: names, sizes and digests, never content.

They are read in a process of its own. On POSIX, a process that closes a file of the store gives up every lock that it
holds on it; another fieldkit would then clear the log away under a mission that is open here.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from fieldkit.errors import UnavailableError
from fieldkit.vault import head, slots

_CHUNK: Final = 1 << 20
_CODE: Final = "from fieldkit.vault.files import main; main()"
IN_THE_CLEAR: Final = {
    slots.FILE_NAME: "how the vault's key is derived and wrapped",
    head.FILE_NAME: "how many entries the journal has, and the hash over them",
}
"""What is not encrypted in a vault, and what it says."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file below the folder: its path there, its bytes, the SHA-256 over them."""

    name: str
    size: int
    sha256: str


def held_files(folder: Path) -> Sequence[HeldFile]:
    """Every file, sorted by name. `UnavailableError` where one cannot be read."""
    done = subprocess.run([sys.executable, "-c", _CODE, str(folder)], capture_output=True, check=False)
    if done.returncode:
        raise UnavailableError(
            "its files cannot all be read", where=str(folder), remedy="Check the disk and its permissions."
        )
    return msgspec.json.decode(done.stdout, type=list[HeldFile])


def main() -> None:
    """What the other process does: the files of the folder that is its argument, as JSON."""
    sys.stdout.buffer.write(msgspec.json.encode(list(_read(Path(sys.argv[1])))))


def _read(folder: Path) -> Iterator[HeldFile]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
        except FileNotFoundError:
            continue
        yield HeldFile(str(path.relative_to(folder)), size, digest.hexdigest())
