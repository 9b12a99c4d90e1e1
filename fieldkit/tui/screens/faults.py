"""Faults of the program that this vault keeps reports of, to be passed on to whoever maintains it."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault import faults

_ABOUT: Final = (
    "Types, places in the program and versions: nothing that was recorded, typed or named. 'fieldkit faults 1 > FILE' writes the"
    " first of them to a file."
)


class FaultsScreen(MissionScreen):
    """Every report in full, the last first."""

    AUTO_FOCUS = "#reports"
    DEFAULT_CSS = """
    FaultsScreen #about { padding: 0 1 1 1; color: $text-muted; }
    FaultsScreen #told { padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("delete", "forget", "Forget them", "Drop every report, when they were passed on", HERE),
    ]

    def body(self) -> ComposeResult:
        yield Plain("FAULTS OF THE PROGRAM", classes="title")
        yield Plain(_ABOUT, id="about")
        with VerticalScroll(id="reports"):
            yield Plain(id="told")

    @task
    async def load(self) -> None:
        found = await self.store.read(faults.kept)
        told = [
            line
            for number, fault in enumerate(found, start=1)
            for line in (f"{number}  {fault.at}  {fault.line}", *(f"   {each}" for each in fault.report), "")
        ]
        self.query_one("#told", Plain).put("\n".join(told) or "none")

    @task
    async def action_forget(self) -> None:
        """Drop them."""
        await self.store.write(faults.forget)
        self.load()
