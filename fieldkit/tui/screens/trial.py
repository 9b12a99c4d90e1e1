"""A whole invented visit to try everything on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.widgets.field import FieldRow


class TrialScreen(AskScreen):
    """Where to put it."""

    title_text = "DEMO"
    about = "Eight inspectors, three sites, 118 declared lines, 160 photos, a signed bundle: all invented."

    def rows(self) -> list[FieldRow]:
        return [FieldRow(asked("folder", "Folder", "A new or an empty one."), "~/fieldkit-demo")]

    async def answer(self, texts: Mapping[str, str]) -> None:
        from fieldkit.demo.run import play

        folder = Path(texts["folder"]).expanduser()
        self.tell("Playing the visit; this takes half a minute…")
        played = await self.store.apart(lambda: play(folder))
        passphrase = played.passphrase_file.read_text("utf-8").strip()
        opened = await self.store.open(played.mission, passphrase)
        await self.fieldkit.enter(opened)
        self.fieldkit.tell(f"Its passphrase is in {played.passphrase_file}.", "done")
