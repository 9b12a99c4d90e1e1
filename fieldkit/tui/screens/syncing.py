"""Syncing with a depot: where, how far it is, and what came of it in plain words, alarms first."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from fieldkit.team.depot import open_depot
from fieldkit.team.last import last_sync
from fieldkit.team.syncing import Progress, Sync
from fieldkit.team.telling import Told, growth, outcome
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.entry import OneLine
from fieldkit.tui.widgets.pages import Pages
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

_EVERY: Final = 0.25
_BAR: Final = 20


class SyncScreen(MissionScreen):
    """The place is remembered, so that the next sync is one key."""

    HELP = (
        "All laptops meet in one place that need not be trusted: what is put there is encrypted. Nothing is "
        "lost by breaking off; the next sync goes on."
    )
    AUTO_FOCUS = "#place"
    DEFAULT_CSS = """
    SyncScreen .about { padding: 0 1; color: $text-muted; }
    SyncScreen #place { margin: 0 1; }
    SyncScreen #progress { padding: 0 1; height: 1; text-style: bold; }
    SyncScreen #told { padding: 0 1; height: 1fr; }
    SyncScreen .alarm { color: $error; text-style: bold; }
    SyncScreen .step { padding: 0 0 0 2; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+s", "go", "Sync", "Sync with this depot, both ways", WRITE, priority=True),
        bound(
            "ctrl+n",
            "begin",
            "Make it a depot",
            "Make this folder or store a depot first",
            WRITE,
            priority=True,
        ),
    ]

    def body(self) -> ComposeResult:
        self._busy = False
        yield Plain("SYNC", classes="title")
        yield Plain(
            "A folder, a stick, a share, or s3://bucket/prefix.",
            classes="about",
        )
        yield OneLine(id="place")
        yield Plain(id="progress")
        yield Pages(id="told")

    @task
    async def load(self) -> None:
        place = self.query_one("#place", OneLine)
        known = await self.store.read(_known)
        if not place.value:
            place.value = known
            place.action_select_all()

    @on(Input.Submitted, "#place")
    def _submitted(self) -> None:
        self.action_go()

    @task
    async def action_begin(self) -> None:
        place = self._place()
        if not place:
            return
        await self.store.apart(lambda: open_depot(place).begin())
        self.tell("It is a depot now. Enter syncs with it.", "done")

    @task
    async def action_go(self) -> None:
        place = self._place()
        if self._busy or not place:
            return
        self._busy = True
        await self._show([])
        self.tell("")
        self._step("looking at the depot", 0, 0)

        def run(vault: Vault) -> list[Told]:
            before = {log.log: log.size for log in vault.logs()}
            report = Sync(vault, open_depot(place), progress=self._progress()).run()
            return [*outcome(vault, report), *growth(before, vault)]

        try:
            told = await self.store.long(run)
        finally:
            self._busy = False
            if self.is_attached:
                self.query_one("#progress", Plain).put("")
        await self._show(told)
        self.fieldkit.recorded()
        if any(one.alarm for one in told):
            self.fieldkit.tell(
                "Synced, and something needs a person at once: read the lines marked ALARM.", "error"
            )
        else:
            self.fieldkit.tell("Synced.", "done")

    def _place(self) -> str:
        place = self.query_one("#place", OneLine).value.strip()
        if not place:
            self.tell("Name the depot: where is the stick?", "error")
        return place if "://" in place else str(Path(place).expanduser()) if place else ""

    def _progress(self) -> Progress:
        """Progress from the sync's thread, a few times a second."""
        last = 0.0

        def told(label: str, done: int, total: int) -> None:
            nonlocal last
            if monotonic() - last >= _EVERY:
                last = monotonic()
                self.app.call_from_thread(self._step, label, done, total)

        return told

    def _step(self, label: str, done: int, total: int) -> None:
        if self.is_attached:
            full = done * _BAR // total if total else 0
            counted = f"  {'█' * full}{'░' * (_BAR - full)} {done:,} of {total:,}" if total else ""
            self.query_one("#progress", Plain).put(f"{label}{counted}")

    async def _show(self, told: list[Told]) -> None:
        lines = []
        for one in told:
            lines.append(
                Plain(f"! ALARM  {one.text}" if one.alarm else one.text, classes="alarm" * one.alarm)
            )
            if one.step:
                lines.append(Plain(f"Next: {one.step}", classes="step"))
        if self.is_attached:
            shown = self.query_one("#told", Pages)
            await shown.remove_children()
            await shown.mount_all(lines)


def _known(reader: VaultReader) -> str:
    """The depot that this laptop synced with last."""
    last = last_sync(reader)
    return last.place if last else ""
