"""Syncing with a depot: where, how far it is, and what came of it in plain words, alarms first."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from fieldkit.errors import FieldkitError
from fieldkit.team.depot import open_depot
from fieldkit.team.last import last_sync
from fieldkit.team.syncing import Sync
from fieldkit.team.telling import Told, growth, outcome
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.screens.exporting_progress import CourseScreen, StoppedError
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.entry import OneLine
from fieldkit.tui.widgets.pages import Pages
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

_STOPPED: Final = "Stopped. What had arrived is safe here; the next sync goes on from there."


class SyncScreen(CourseScreen):
    """The place is remembered, so that the next sync is one key."""

    HELP = (
        "All laptops meet in one place that need not be trusted: what is put there is encrypted. One can work "
        "elsewhere meanwhile (F2). Nothing is lost by breaking off; the next sync goes on."
    )
    AUTO_FOCUS = "#place"
    DEFAULT_CSS = """
    SyncScreen .about { padding: 0 1; color: $text-muted; }
    SyncScreen #place { margin: 0 1; }
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
        yield Plain("SYNC", classes="title")
        yield Plain(
            "A folder, a stick, a share, or s3://bucket/prefix.",
            classes="about",
        )
        yield OneLine(id="place")
        yield from self.course_line()
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
        await self.apart(lambda: open_depot(place).begin())
        self.tell("It is a depot now. Enter syncs with it.", "done")

    def action_go(self) -> None:
        """Sync, unless it is being done."""
        if not self.busy and (place := self._place()):
            waits = self.store.is_busy
            self.begin()
            self.course.begin("waiting for what else goes on" if waits else "looking at the depot")
            self.look()
            self._sync(place)

    @task
    async def _sync(self, place: str) -> None:
        def run(vault: Vault) -> list[Told]:
            self.course.begin("looking at the depot")
            before = {log.log: log.size for log in vault.logs()}
            report = Sync(vault, open_depot(place), progress=self._reach).run()
            return [*outcome(vault, report), *growth(before, vault)]

        self.tell("")
        await self._show([])
        self.query_one("#told", Pages).focus()
        failure: FieldkitError | None = None
        try:
            told = await self.long(run)
        except StoppedError:
            told = [Told(_STOPPED)]
        except FieldkitError as error:
            failure = error
            told = [Told(f"Broken off: {error.problem}.", error.remedy)]
        finally:
            self.rest()
        self.fieldkit.recorded()
        await self._show(told)
        self.query_one("#place", OneLine).focus()
        if failure is not None:
            self.fieldkit.tell_error(failure)
        elif any(one.alarm for one in told):
            where = "" if self.is_current else " on the team's screen (F7)"
            self.fieldkit.tell(
                f"Synced, and something needs a person at once: read the lines marked ALARM{where}.", "error"
            )
        else:
            self.fieldkit.tell(_STOPPED if told[0].text == _STOPPED else "Synced.", "done")

    def _place(self) -> str:
        place = self.query_one("#place", OneLine).value.strip()
        if not place:
            self.tell("Name the depot: where is the stick?", "error")
        return place if "://" in place else str(Path(place).expanduser()) if place else ""

    def _reach(self, what: str, done: int, total: int) -> None:
        """Progress, in the sync's thread. Raises `StoppedError` where somebody asked to stop."""
        if what != self.course.what:
            self.course.begin(what, total=total)
        self.course.reach(done, total)

    async def _show(self, told: list[Told]) -> None:
        lines = []
        for one in told:
            lines.append(
                Plain(f"! ALARM  {one.text}" if one.alarm else one.text, classes="alarm" * one.alarm)
            )
            if one.step:
                lines.append(Plain(f"Next: {one.step}", classes="step"))
        shown = self.query_one("#told", Pages)
        await shown.remove_children()
        await shown.mount_all(lines)


def _known(reader: VaultReader) -> str:
    """The depot that this laptop synced with last."""
    last = last_sync(reader)
    return last.place if last else ""
