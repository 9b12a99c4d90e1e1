"""One record: its fields in words, where it leads, what refers to it, where it comes from; from here it is corrected."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.record_facts import DIFFERENCE, MANY, Shown, shown
from fieldkit.tui.record_facts import HERE as AT
from fieldkit.tui.screens.records import RecordKeys
from fieldkit.tui.tasks import act, task
from fieldkit.tui.widgets.facts import Facts
from fieldkit.tui.widgets.picture import Picture
from fieldkit.tui.widgets.plain import Plain


class RecordScreen(RecordKeys):
    """What stands in a record; Enter follows a link, a difference or what refers to it."""

    HELP = (
        "What stands in a record now. Enter follows a link or what refers to it; nothing is overwritten: h "
        "shows every value that ever stood."
    )
    AUTO_FOCUS = "#facts"
    DEFAULT_CSS = """
    RecordScreen #facts { width: 3fr; }
    RecordScreen #picture { width: 2fr; display: none; }
    RecordScreen.-photo #picture { display: block; }
    RecordScreen #provenance { padding: 0 1; color: $text-muted; border-top: solid $panel; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("h", "history", "history", "Every value that ever stood, who wrote it and why", HERE),
        bound("e", "amend", "amend", "Correct it: what stood stays in its history", HERE),
        bound("R", "retract", "retract", "It no longer stands; it stays, marked, with the reason", HERE),
        bound("ctrl+e", "attach", "evidence", "Attach evidence: records by number, or a file", HERE),
        bound(
            "O", "outside", "Open outside", "A decrypted copy of the photo leaves the vault", HERE, show=False
        ),
        bound("w", "here", "We are here", "New records are at this place from now on", HERE, show=False),
    ]

    def __init__(self, record: str) -> None:
        super().__init__()
        self.record = record
        self._shown: Shown | None = None

    def body(self) -> ComposeResult:
        yield Plain(classes="title", id="title")
        with Horizontal():
            yield Facts(id="facts")
            picture = Picture(id="picture")
            picture.can_focus = False
            yield picture
        yield Plain(id="provenance")

    @property
    def under(self) -> str:
        return self.record

    @task
    async def load(self) -> None:
        record = self.record
        found = await self.store.read(lambda reader: shown(reader, record))
        self._shown = found
        self.query_one("#title", Plain).put(found.title)
        self.query_one(Facts).put(found.facts)
        self.query_one("#provenance", Plain).put(found.provenance)
        self.set_class(found.view.kind == "photo", "-photo")
        self.query_one(Picture).put(found.jpeg, found.instead)

    def action_amend(self) -> None:
        """Correct it."""
        self.fieldkit.amend(self.record)

    def action_retract(self) -> None:
        """Retract it."""
        from fieldkit.tui.screens.corrections import RetractScreen

        self.app.push_screen(RetractScreen(self.record))

    def action_attach(self) -> None:
        """Attach evidence."""
        from fieldkit.tui.screens.corrections import AttachScreen

        self.app.push_screen(AttachScreen(self.record))

    def action_outside(self) -> None:
        """Let a decrypted copy leave."""
        from fieldkit.tui.screens.photos_outside import OutsideScreen

        if self._shown is None or self._shown.view.kind != "photo" or not self._shown.view.doc.get("media"):
            self.tell("Only photos whose file is here are opened outside.", "error")
            return
        self.app.push_screen(OutsideScreen([self._shown.view.id]))

    @act
    async def action_here(self) -> None:
        """New records are at this place."""
        if self._shown is not None and self._shown.view.kind == "location":
            await self.fieldkit.move_to(self._shown.view.id)
        else:
            self.tell("This is no place.", "error")

    @on(Facts.Taken)
    def _taken(self, event: Facts.Taken) -> None:
        if event.key.startswith(DIFFERENCE):
            self.fieldkit.show_difference(self.record, event.key.removeprefix(DIFFERENCE))
        elif event.key.startswith(MANY) and self._shown is not None:
            self.fieldkit.show_records("refers to this", self._shown.many[event.key])
        elif event.key.startswith(AT):
            self.fieldkit.find(f"at:{event.key.removeprefix(AT)} ")
        elif event.key != self.record:
            self.fieldkit.show_record(event.key)
