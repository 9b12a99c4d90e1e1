"""Files that cross the vault's border: a decrypted copy to be looked at elsewhere, and what the host now hands over."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from fieldkit.capture.handover import hand_over
from fieldkit.capture.release import export_photos
from fieldkit.errors import RefusedError, UnavailableError, UsageError
from fieldkit.tui.screens.ask import asked
from fieldkit.tui.screens.photos_acts import REASON, PhotoAct, counted
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.vault.pages import views
from fieldkit.vault.vault import Vault

_YES: Final = "yes"
_VIEWERS: Final = {"win32": "explorer", "darwin": "open"}
_MOST_BYTES: Final = 1 << 30


class OutsideScreen(PhotoAct):
    """The one way in which pictures leave in the clear from here: a warning, a folder, an explicit yes."""

    act = "outside"
    asked_anew = frozenset({"sure"})
    title_text = "OPEN OUTSIDE: COPIES LEAVE THE VAULT"
    about = (
        "! NOT ENCRYPTED: whoever gets hold of the folder can look at them, with the position and camera number that"
        " stand in the files. fieldkit does not delete them again, and deleted files can be recovered."
    )
    DEFAULT_CSS = "OutsideScreen #about { color: $warning; text-style: bold; }"

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("folder", "New folder", "Where the copies go; it is made.")),
            FieldRow(asked("viewer", "Show them", "In this laptop's viewer.", choices=(_YES, "no")), "no"),
            FieldRow(asked("sure", "Let them leave", "yes to go on.", choices=(_YES, "no")), "no"),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        if texts["sure"] != _YES:
            raise RefusedError(
                "Nothing was written",
                where="sure",
                remedy="Choose yes to let decrypted copies leave the vault.",
            )
        folder = Path(texts["folder"].strip()).expanduser()

        def act(vault: Vault) -> list[Path]:
            return [folder / one.name for one in export_photos(vault, views(vault, self.photos), folder)]

        try:
            written = await self.store.long(act)
        except UsageError as error:
            raise UsageError(error.problem, where="folder", remedy=error.remedy) from None
        shown = ""
        if texts["viewer"] == _YES:
            await asyncio.to_thread(show, written[0] if len(written) == 1 else folder)
            shown = " and shown"
        await self.finish(
            f"{counted(len(written))} written to {folder}{shown}. NOT ENCRYPTED: remove it after use."
        )


class FillScreen(PhotoAct):
    """A frame that the host held, and the file that it now hands over."""

    act = "fill"
    title_text = "THE HOST HANDS A FRAME OVER"
    about = "The file is taken in, byte for byte, and the frame is released."

    def rows(self) -> list[FieldRow]:
        return [FieldRow(asked("file", "File", "As the host gave it.")), FieldRow(REASON)]

    async def answer(self, texts: Mapping[str, str]) -> None:
        path, reason = Path(texts["file"].strip()).expanduser(), texts["reason"].strip()
        author, (photo,) = self.store.author, self.photos
        data = await asyncio.to_thread(_bytes, path)
        recorded = await self.store.long(partial(_hand_over, photo, data, path.name, reason, author))
        await self.finish(f"{recorded} is released, with its file.")


def show(path: Path) -> None:
    """Show a file or folder in what this laptop shows such with. `UnavailableError` where there is nothing."""
    viewer = shutil.which(_VIEWERS.get(sys.platform, "xdg-open"))
    if viewer is None:
        raise UnavailableError(
            "there is no viewer here", where=str(path), remedy="The copies are written: open them by hand."
        )
    subprocess.Popen(
        [viewer, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _hand_over(photo: str, data: bytes, name: str, reason: str, author: str | None, vault: Vault) -> str:
    return hand_over(vault, photo, data, name, reason, author=author)[-1].number


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise UsageError("There is no such file", where="file", remedy="Check its name and folder.")
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError("It is larger than 1 GiB", where="file", remedy="Take it in as a card (i).")
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(
            f"The file cannot be read ({error.strerror})", where="file", remedy="Is the stick plugged in?"
        ) from None
