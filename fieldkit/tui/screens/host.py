"""What a host who inspects the laptop may see: what program this is, how large the vault is, digests. Never content."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from pathlib import Path

from textual.app import ComposeResult

from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.pages import Pages
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault import missions
from fieldkit.vault.files import IN_THE_CLEAR, held_files


class HostScreen(FieldkitScreen):
    """Files of the vault with sizes and SHA-256, and the program's version; `folder` is the mission's.

    The mission is closed before this is shown: whoever holds the laptop then needs the passphrase to go anywhere else.
    """

    AUTO_FOCUS = "#files"

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder or next(iter(missions.known()), None)

    def body(self) -> ComposeResult:
        yield Plain("WHAT THIS LAPTOP HOLDS", classes="title")
        with Pages(id="files"):
            yield Plain("counting…", id="list")

    def on_mount(self) -> None:
        self.load()

    @task
    async def load(self) -> None:
        folder = self._folder
        text = "No vault." if folder is None else await asyncio.to_thread(_manifest, folder)
        self.query_one("#list", Plain).put(f"fieldkit {version('fieldkit')}\n{text}")


def _manifest(folder: Path) -> str:
    """Every file by name, size and digest, and which of them are not encrypted."""
    files = held_files(folder)
    lines = [f"An encrypted vault: {len(files)} files, {sum(each.size for each in files):,} bytes."]
    lines += [f"Not encrypted is {name}: {why}." for name, why in IN_THE_CLEAR.items()]
    lines += ["", "file, then its bytes and its SHA-256:"]
    lines += [f"{each.name}\n{each.size:>11,}  {each.sha256}" for each in files]
    return "\n".join(lines)
