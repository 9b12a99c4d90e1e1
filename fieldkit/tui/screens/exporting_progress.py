"""How far a long act has come, told by its thread and read by the screen once a second; asking it to stop."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.vault import Vault

_Result = TypeVar("_Result")
_LOOK_SECONDS: Final = 1.0
_BAR: Final = 24
_MEGABYTE: Final = 1_000_000


class StoppedError(Exception):
    """Somebody asked the act to stop, and it did where it told of its progress."""


class Course:
    """What is being done, how much of it is done and how much there is. `in_bytes` says that it is counted in bytes."""

    def __init__(self) -> None:
        self.what = ""
        self.done = 0
        self.total = 0
        self.in_bytes = False
        self.stop = False
        self._since = monotonic()

    def begin(self, what: str, *, total: int = 0, in_bytes: bool = False) -> None:
        """From now on something else is done. Raises `StoppedError` where somebody asked to stop."""
        self.what, self.done, self.total, self.in_bytes = what, 0, total, in_bytes
        self._since = monotonic()
        self.reach(0)

    def reach(self, done: int, total: int | None = None) -> None:
        """So much is done. Raises `StoppedError` where somebody asked to stop."""
        self.done = done
        self.total = self.total if total is None else total
        if self.stop:
            raise StoppedError

    def line(self) -> str:
        """`writing  ██████░░░░ 412.3 of 1,912.0 MB  88 MB/s, 17 s left`."""
        if not self.what:
            return ""
        if not self.total:
            return f"{self.what}…"
        full = min(_BAR, self.done * _BAR // self.total)
        bar = f"{self.what}  {'█' * full}{'░' * (_BAR - full)}"
        if not self.in_bytes:
            return f"{bar} {self.done:,} of {self.total:,}"
        return f"{bar} {_megabytes(self.done)} of {_megabytes(self.total)} MB{self._pace()}"

    def _pace(self) -> str:
        seconds = monotonic() - self._since
        if seconds < _LOOK_SECONDS or not self.done:
            return ""
        speed = self.done / seconds
        return f"  {speed / _MEGABYTE:,.0f} MB/s, {(self.total - self.done) / speed:,.0f} s left"


class CourseScreen(MissionScreen):
    """A screen on which something long goes on: it is stopped by a key, by locking and by leaving the program."""

    DEFAULT_CSS = "CourseScreen #course { height: 1; padding: 0 1; text-style: bold; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("x", "stop", "stop", "Stop what is going on; nothing half done is left", HERE),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.course = Course()
        self.busy = False

    def course_line(self) -> ComposeResult:
        """Where the progress stands."""
        yield Plain(id="course")

    def on_mount(self) -> None:
        self.set_interval(_LOOK_SECONDS, self.look)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to stop while nothing goes on."""
        return self.busy if action == "stop" else True

    def begin(self) -> None:
        """Something goes on here from now on."""
        self.busy = True
        self.course.stop = False
        self.refresh_bindings()

    def rest(self) -> None:
        """It is over, in whichever way."""
        self.busy = False
        if self.is_attached:
            self.refresh_bindings()
            self.look()

    def on_unmount(self) -> None:
        self.course.stop = True

    def look(self) -> None:
        """Show how far it is."""
        if self.is_attached:
            self.query_one("#course", Plain).put(self.course.line() if self.busy else "")

    async def long(self, act: Callable[[Vault], _Result]) -> _Result:
        """As the store's; how it ends is told here or, where the screen is gone, to nobody."""
        return _told(await self.store.long(lambda vault: _caught(lambda: act(vault))))

    async def apart(self, act: Callable[[], _Result]) -> _Result:
        """The same for what needs no mission."""
        return _told(await self.store.apart(lambda: _caught(act)))

    def action_stop(self) -> None:
        """Ask it to stop."""
        if self.busy:
            self.course.stop = True
            self.tell("Stopping…")

    def may_be_left(self) -> bool:
        """Not while something goes on here."""
        if self.busy:
            self.tell("This goes on: x stops it, F2 leads elsewhere meanwhile.")
        return not self.busy


def _caught(act: Callable[[], _Result]) -> _Result | StoppedError | FieldkitError:
    try:
        return act()
    except (StoppedError, FieldkitError) as end:
        return end


def _told(outcome: _Result | StoppedError | FieldkitError) -> _Result:
    if isinstance(outcome, StoppedError | FieldkitError):
        raise outcome
    return outcome


def _megabytes(count: int) -> str:
    return f"{count / _MEGABYTE:,.1f}"
