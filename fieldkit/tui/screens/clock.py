"""The cameras' clocks: what is known of each, by which method, and correcting the times of all its photos by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from threading import Event
from time import monotonic
from typing import ClassVar, Final, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from fieldkit.capture.clocks import Known, cameras, confirm_zone, forget, known_of, state, use
from fieldkit.capture.code_search import read_codes
from fieldkit.domain.clocks import FINEST_S, CameraClock, Method, nearest_day, parse_span, span_of, zone_at
from fieldkit.domain.moments import Moment, local, parse_moment
from fieldkit.domain.photo_times import IN_WORDS, clock_text, zone_in_words
from fieldkit.errors import UsageError
from fieldkit.tui.forms.typed import now
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.clock_code import ClockCodeScreen
from fieldkit.tui.screens.photos_acts import counted
from fieldkit.tui.screens.photos_shown import camera_name
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.choices import MOST, Choices, Line
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.plain import Plain

_EVERY: Final = 0.5
_SURE: Final = "2s"
_Read = TypeVar("_Read")


class ClockScreen(MissionScreen):
    """One line a camera, one for each method that says something of its clock. Enter on such a line uses it."""

    HELP = (
        "How far each camera's clock is off, and how that is known; Enter on one of its lines uses it for all times of "
        "the camera. Photograph the code at the beginning and at the end of the day."
    )
    AUTO_FOCUS = "#clocks"
    DEFAULT_CSS = "ClockScreen #about { padding: 0 1; color: $text-muted; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound(
            "q",
            "code",
            "code on the screen",
            "This laptop's time, large, for every camera to photograph",
            HERE,
        ),
        bound("r", "read", "read codes", "Look for photographed clock codes in this camera's photos", HERE),
        bound("s", "state", "state", "State what the camera's clock shows, or its zone", HERE),
        bound("x", "forget", "use none", "Use no clock: the times are as the camera wrote them", HERE),
    ]

    class Looked(Message):
        """More photos were looked through for codes."""

        def __init__(self, done: int, total: int) -> None:
            super().__init__()
            self.done, self.total = done, total

    def body(self) -> ComposeResult:
        self._names: dict[str, str] = {}
        self._stop: Event | None = None
        yield Plain("CAMERAS' CLOCKS", classes="title", id="head")
        yield Choices(empty="no camera yet: take in a card first", id="clocks")
        yield Plain("The files never change; times are derived anew, with history.", id="about")

    def on_unmount(self) -> None:
        if self._stop is not None:
            self._stop.set()

    @task
    async def load(self) -> None:
        found = await self.store.read(cameras)
        lines: list[Line] = []
        for camera in found[: MOST // 4]:
            known = await self.store.read(partial(known_of, camera=camera))
            self._names[camera.id] = camera_name(camera)
            lines += _lines(known)
            self.query_one("#clocks", Choices).put(lines)
        self.query_one("#clocks", Choices).put(lines)

    @on(Choices.Taken)
    def _taken(self, event: Choices.Taken) -> None:
        camera, _, method = event.key.partition("/")
        if method in IN_WORDS:
            self._use(camera, method)
        else:
            self.action_state()

    @task
    async def _use(self, camera: str, method: Method) -> None:
        author = self.store.author
        clock, changed = await self.store.write(
            lambda vault: use(vault, vault.get(camera), method, author=author)
        )
        self.fieldkit.recorded()
        self.fieldkit.tell(f"{self._names[camera]}: {clock_text(clock)}. {retimed(changed)}.", "done")

    @task
    async def action_forget(self) -> None:
        camera, author = self._camera, self.store.author
        if camera:
            changed = await self.store.write(lambda vault: forget(vault, vault.get(camera), author=author))
            self.fieldkit.recorded()
            self.fieldkit.tell(f"No clock is in use. {retimed(changed)}.", "done")

    def action_read(self) -> None:
        """Read codes, unless it is being done."""
        if self._camera and self._stop is None:
            self._stop = Event()
            self._read(self._camera, self._stop)

    @task
    async def _read(self, camera: str, stop: Event) -> None:
        author = self.store.author
        last = 0.0

        def looked(done: int, total: int) -> None:
            nonlocal last
            if not stop.is_set() and monotonic() - last >= _EVERY:
                last = monotonic()
                self.post_message(self.Looked(done, total))

        self.tell("Looking for clock codes, at full resolution…")
        try:
            met = await self.store.long(
                lambda vault: read_codes(vault, camera, author=author, progress=looked, cancel=stop.is_set)
            )
        finally:
            self._stop = None
        self.fieldkit.recorded()
        named = f": {', '.join(met[:3])}{'…' if len(met) > 3 else ''}" if met else ""
        self.fieldkit.tell(f"Clock codes were read in {counted(len(met))}{named}.", "done")

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        self.tell(f"Looking for clock codes: {event.done:,} of {event.total:,} photos")

    def action_code(self) -> None:
        """Show the code."""
        self.app.push_screen(ClockCodeScreen())

    def action_state(self) -> None:
        """State what its clock shows."""
        camera = self._camera
        if camera:
            self.app.push_screen(StateClockScreen(camera, self._names[camera]))
        else:
            self.tell("There is no camera yet.", "error")

    @property
    def _camera(self) -> str:
        return self.query_one("#clocks", Choices).key.partition("/")[0]


class StateClockScreen(AskScreen):
    """What a person reads off a camera against this laptop's clock."""

    title_text = "STATE A CAMERA'S CLOCK"
    about = "Type the time that its clock is about to show, and press Ctrl+S when it does. Or how far it is ahead (behind: -3m12s)."

    def __init__(self, camera: str, name: str) -> None:
        super().__init__()
        self._camera = camera
        self._name = name

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("shows", "It shows", "As 10:38:20, or with its day.", required=False)),
            FieldRow(asked("ahead", "It is ahead by", "+1h, -3m12s.", required=False)),
            FieldRow(asked("at", "At", "The right time; now unless given.", required=False)),
            FieldRow(asked("uncertainty", "Uncertainty"), _SURE),
            FieldRow(asked("zone", "Its zone", "+02:00 or Africa/Tripoli.", required=False)),
        ]

    def on_mount(self) -> None:
        self.query_one("#about", Plain).put(f"{self._name}. {self.about}")

    async def answer(self, texts: Mapping[str, str]) -> None:
        right = now()
        typed = {name: text.strip() for name, text in texts.items()}
        camera, author, zone = self._camera, self.store.author, typed["zone"] or None
        if bool(typed["shows"]) == bool(typed["ahead"]) and (typed["shows"] or not zone):
            raise UsageError(
                "Say what it shows, or how far it is ahead", where="shows", remedy="One of the two."
            )
        at = _read("at", lambda: parse_moment(typed["at"], right)) if typed["at"] else right
        if zone:
            _read("zone", lambda: zone_at(zone, local(at).replace(tzinfo=None)))
        if not typed["shows"] and not typed["ahead"]:
            changed = await self.store.write(
                lambda vault: confirm_zone(vault, vault.get(camera), zone or "", author=author)
            )
        else:
            ahead = (
                _read("shows", lambda: _ahead(typed["shows"], at, zone))
                if typed["shows"]
                else _read("ahead", lambda: parse_span(typed["ahead"]))
            )
            unsure = _read("uncertainty", lambda: parse_span(typed["uncertainty"]))
            if unsure < 0:
                raise UsageError("An uncertainty is not negative", where="uncertainty", remedy="Write 2s.")
            _, changed = await self.store.write(
                lambda vault: state(
                    vault, vault.get(camera), at, ahead, max(FINEST_S, unsure), zone=zone, author=author
                )
            )
        self.app.pop_screen()
        self.fieldkit.recorded()
        self.fieldkit.tell(f"{retimed(changed)}.", "done")


def retimed(count: int) -> str:
    """What became of the photos of a camera."""
    return f"Times of {counted(count)} derived anew"


def _ahead(shows: str, right: Moment, zone: str | None) -> float:
    """How far a clock is ahead that shows this at the right time; without a day, of the day nearest to it."""
    there = local(right).replace(tzinfo=None)
    if zone:
        utc = there - timedelta(seconds=zone_at(right.offset, there))
        there = utc + timedelta(seconds=zone_at(zone, utc))
    shown = local(parse_moment(shows, right)).replace(tzinfo=None)
    if "-" not in shows:
        shown = nearest_day(there, shown.hour, shown.minute, shown.second)
    return (shown - there).total_seconds()


def _read(field: str, read: Callable[[], _Read]) -> _Read:
    """What was typed into a field; its error named after it."""
    try:
        return read()
    except UsageError as error:
        raise UsageError(error.problem, where=field, remedy=error.remedy) from None


def _lines(known: Known) -> list[Line]:
    camera = known.camera
    told = counted(known.photos)
    if known.timed < known.photos:
        told += f", {known.timed:,} with a time"
    if not known.used:
        told += ", choose a clock by Enter" if known.methods else ", NOT CHECKED"
    found = [
        Line(f"{camera.id}/", f"{camera_name(camera)}: {told}", "", "" if known.used else "choices--alert")
    ]
    found += [
        _method(camera.id, clock, in_use=known.used is not None and known.used.method == clock.method)
        for clock in known.methods
    ]
    for by, count in known.zones.items():
        found.append(
            Line(f"{camera.id}/zone", f"    zone {zone_in_words(by)}: {counted(count)}", "", "choices--dim")
        )
    if known.proposed:
        text = f"    its positions lie in {known.proposed}: s confirms that zone, or another"
        found.append(Line(f"{camera.id}/zone", text, "", "choices--alert"))
    return found


def _method(camera: str, clock: CameraClock, *, in_use: bool) -> Line:
    parts = [f"{clock.n} reading{'s' * (clock.n != 1)}, spread {span_of(clock.spread_s)[1:]}"]
    parts += [f"{clock.stale} stale left out"] * bool(clock.stale)
    parts += [f"{clock.outliers} outliers left out"] * bool(clock.outliers)
    text = f"  {'IN USE' if in_use else '      '} {clock_text(clock)} by {IN_WORDS[clock.method]}; {', '.join(parts)}"
    return Line(f"{camera}/{clock.method}", text, "", "choices--good" if in_use else "")
