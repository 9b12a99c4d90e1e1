"""The folder of a vault that is being made: what may be in it, what is left where it cannot be made, and taking away one whose
mission was never begun."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from fieldkit import paths
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.vault import database, head, letterbox, slots
from fieldkit.vault.durable import TEMPORARY_SUFFIX, reaching, sync_directory
from fieldkit.vault.erasure import erase
from fieldkit.vault.slots import KeySlots
from fieldkit.vault.stages import Stage, other_stage

_MADE = (database.FILE_NAME, slots.FILE_NAME, head.FILE_NAME)
_BESIDE = ("-wal", "-shm", "-journal")
"""What the engine puts behind the name of the store for files of its own."""


def is_unbegun(folder: Path) -> bool:
    """Whether the vault in `folder` was made for a mission that is not begun yet: its recovery words are made at its beginning.

    Needs no passphrase. Where the program was killed while the mission began, only opening the vault tells.
    """
    with contextlib.suppress(FieldkitError):
        return not KeySlots.read(folder / slots.FILE_NAME).has_recovery
    return False


def check_empty(folder: Path) -> None:
    """Refuse to make a vault where something is; one that was never finished is told as such. Raises `UsageError`."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if is_unbegun(folder):
        raise other_stage(Stage.UNBEGUN, folder)
    if database.FILE_NAME in names and slots.FILE_NAME not in names:
        raise UsageError(
            f"a vault without its {slots.FILE_NAME} is here: its making was broken off, or the file was taken away",
            where=str(folder),
            remedy=f"Nothing opens it without that file. If you have no copy of {slots.FILE_NAME}, remove the folder; or name a new one.",
        )
    raise UsageError(
        "there is something here already", where=str(folder), remedy="Name a new or an empty folder."
    )


@contextlib.contextmanager
def unmade_on_error(folder: Path, store_id: str) -> Iterator[None]:
    """A vault that cannot be made whole, on a full disk perhaps, leaves nothing of itself behind."""
    try:
        yield
    except BaseException:
        made = [path for path in folder.iterdir() if _is_ours(path.name)]
        for path in (*made, paths.head_copy(store_id)):
            with contextlib.suppress(OSError):
                path.unlink()
        raise


def drop(folder: Path) -> None:
    """Take away a vault whose mission was never begun, with all that was typed: its keys are destroyed first.

    A file of somebody else's stays, and the folder with it. Raises `UsageError` where a mission is here, `UnavailableError`.
    """
    if not is_unbegun(folder):
        raise UsageError(
            "only a mission that was never begun can be dropped",
            where=str(folder),
            remedy="'fieldkit vault erase' destroys the keys of one that was.",
        )
    erase(folder)
    with reaching(folder):
        for path in folder.iterdir():
            if path.is_file() and _is_ours(path.name):
                path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
            sync_directory(folder.absolute().parent)


def _is_ours(name: str) -> bool:
    """Whether a vault whose mission was never begun has files of this name."""
    store = {f"{database.FILE_NAME}{ending}" for ending in _BESIDE}
    unfinished = name.startswith(".") and name.endswith(TEMPORARY_SUFFIX)
    return unfinished or name in store or name in (*_MADE, letterbox.FILE_NAME)
