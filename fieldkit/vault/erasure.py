"""Making a vault unreadable without its passphrase: the key slots are destroyed, and the traces outside the folder.

What stays in the folder is ciphertext whose key no longer exists on this laptop. An older copy of vault.json
(a backup, a synchronised folder, a worn cell of a flash disk) together with the passphrase still opens it: that
is said, not hidden.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldkit import paths
from fieldkit.errors import UsageError
from fieldkit.vault import head, missions, slots
from fieldkit.vault.durable import TEMPORARY_SUFFIX, reaching, sync_directory, write_all

CAUTION: Final = (
    "Any older copy of vault.json (in a backup, a synchronised folder, or left over inside a flash disk) together with "
    "the passphrase or the recovery words still opens the vault."
)
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class EraseReport:
    """The files destroyed, and what an honest program says with them."""

    removed: tuple[Path, ...]
    caution: str = CAUTION


def erase(folder: Path) -> EraseReport:
    """Destroy the key slots of the vault in `folder`, then its traces in the user's state directory.

    Needs no passphrase; a damaged vault.json is destroyed as well; running it again finishes an interrupted
    erasure. Raises `UsageError` when `folder` is no vault, `UnavailableError` when the disk does not allow it.
    """
    with reaching(folder):
        slot_files = [folder / slots.FILE_NAME, *folder.glob(f".{slots.FILE_NAME}.*{TEMPORARY_SUFFIX}")]
        head_file = folder / head.FILE_NAME
        store_ids = {found for path in (*slot_files, head_file) for found in _store_ids(path)}
        targets = [*slot_files, *(paths.head_copy(store_id) for store_id in sorted(store_ids))]
        others = [other for other in missions.known() if other.resolve() != folder.resolve()]
        if len(others) < len(missions.known()):
            targets.append(paths.last_mission())
        targets.append(head_file)
        present = [path for path in targets if path.is_file()]
    if not any(path.parent == folder for path in present):
        raise UsageError(
            "no vault is here, or it was erased already",
            where=str(folder),
            remedy="Name the folder of a mission.",
        )
    for path in present:
        _destroy(path)
    if others and not paths.last_mission().is_file():
        missions.keep(others)
    return EraseReport(tuple(present))


def _destroy(path: Path) -> None:
    """Overwrite, sync, remove, sync."""
    with reaching(path):
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
        try:
            write_all(descriptor, secrets.token_bytes(os.fstat(descriptor).st_size))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        path.unlink()
        sync_directory(path.parent)


def _store_ids(path: Path) -> set[str]:
    """Ids that the file may name, read without trusting its form."""
    if not path.is_file():
        return set()
    with path.open("rb") as file:
        return {found.decode("ascii") for found in _UUID.findall(file.read(slots.MOST_BYTES))}
