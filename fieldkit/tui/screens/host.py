"""What a host who inspects the laptop may see: what program this is, how large the vault is, digests. Never content."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault import missions

_CHUNK = 1 << 20


class HostScreen(FieldkitScreen):
    """Files of the vault with sizes and SHA-256, and the program's version; `folder` is the mission's."""

    AUTO_FOCUS = "#files"

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder or next(iter(missions.known()), None)

    def body(self) -> ComposeResult:
        yield Plain("WHAT THIS LAPTOP HOLDS", classes="title")
        with VerticalScroll(id="files"):
            yield Plain("counting…", id="list")

    def on_mount(self) -> None:
        self.load()

    @task
    async def load(self) -> None:
        folder = self._folder
        text = "No vault." if folder is None else await self.store.apart(lambda: _manifest(folder))
        self.query_one("#list", Plain).put(f"fieldkit {version('fieldkit')}\n{text}")


def _manifest(folder: Path) -> str:
    """Encrypted files by name, size and digest."""
    lines, total = [], 0
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
        total += size
        lines.append(f"{size:>13,}  {digest.hexdigest()[:32]}  {path.relative_to(folder)}")
    told = f"An encrypted vault: {len(files)} files, {total:,} bytes. All of it is ciphertext, but for key slots.\n"
    return told + "\n".join(lines)
