"""What is due when by the procedures of the mission: overdue first. One key notes that what a clock waits for is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.domain.deadlines import Deadline, Regime, State, outlook
from fieldkit.domain.moments import as_json, moment, moment_text, span_text
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.procedures import events, procedures
from fieldkit.vault.vault import Vault

_LOOK_SECONDS: Final = 60.0
_ORDER: Final = (
    State.OVERDUE, State.RUNNING, State.WAITING, State.OPEN, State.LATE, State.EARLY, State.MET, State.NOT_STARTED,
)  # fmt: skip
_WORDS: Final = {State.NOT_STARTED: "not started", State.WAITING: "not before"}
_STYLES: Final = {
    State.OVERDUE: "choices--alert",
    State.LATE: "choices--alert",
    State.EARLY: "choices--alert",
    State.MET: "choices--good",
    State.NOT_STARTED: "choices--dim",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as it is shown: its line, the event that would stop it, what it is about, the record that started it."""

    line: Line
    event: str
    title: str
    subject: str
    started: str


class DeadlinesScreen(MissionScreen):
    """Every clock; Enter shows what started it."""

    AUTO_FOCUS = "#clocks"
    DEFAULT_CSS = "DeadlinesScreen #by { padding: 0 1; color: $text-muted; height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("n", "note", "note as done", "Record that what this clock waits for has happened", HERE),
        bound("o", "other", "other event", "Record another step of the procedures", HERE),
    ]

    def body(self) -> ComposeResult:
        self._clocks: dict[str, Clock] = {}
        yield Plain("DEADLINES", classes="title")
        yield Choices(empty="looking…", id="clocks")
        yield Plain(id="by")

    def on_mount(self) -> None:
        self.set_interval(_LOOK_SECONDS, self.load)

    @task
    async def load(self) -> None:
        clocks, by = await self.store.write(_clocks)
        self._clocks = {each.line.key: each for each in clocks}
        self.query_one(Choices).put([each.line for each in clocks])
        self.query_one("#by", Plain).put(by)

    @property
    def _here(self) -> Clock | None:
        choices = self.query_one(Choices)
        return self._clocks.get(choices.lines_shown[choices.cursor].key) if choices.lines_shown else None

    def action_note(self) -> None:
        """It happened."""
        clock = self._here
        if clock is None or not clock.event:
            self.tell("This clock waits for nothing.")
            return
        texts = {"event": clock.event, "occurred": "now"}
        self.fieldkit.capture("event", texts | ({"subject": clock.subject} if clock.subject else {}))
        self.fieldkit.tell(f"{clock.title}: when? Ctrl+S records it.")

    def action_other(self) -> None:
        """Another step."""
        self.fieldkit.capture("event")

    @on(Choices.Taken)
    def _taken(self, event: Choices.Taken) -> None:
        clock = self._clocks[event.key]
        if clock.started:
            self.fieldkit.show_record(clock.started)
        else:
            self.tell(f"Nothing has started this clock. It waits for: {clock.title or 'nothing'}.")


def _clocks(vault: Vault) -> tuple[list[Clock], str]:
    bound = procedures(vault)
    now = datetime.now(UTC)
    found = sorted(outlook(bound, events(vault, bound)), key=lambda each: _ORDER.index(each.state(now)))
    clocks = [_clock(vault, bound, each, now, place) for place, each in enumerate(found)]
    told = (
        f"By {bound.title}."
        if clocks
        else f"{bound.title} sets no clocks; 'fieldkit deadlines adopt FILE' gives a mission its own."
    )
    return clocks, told


def _clock(vault: Vault, bound: Regime, each: Deadline, now: datetime, place: int) -> Clock:
    state, waits = each.state(now), each.waits_for
    title = bound.kind(waits).title if waits else ""
    unverified = "" if each.rule.verified else "*"
    parts = [f"{_WORDS.get(state, str(state)):<12}{each.rule.title}{unverified}"]
    if each.subject:
        parts.append(f"({each.subject})")
    if each.due is not None and each.done is None:
        left = span_text(abs(each.due - now))
        parts.append(f"· {left} {'left' if now <= each.due else 'ago'}, {_shown(each.due)}")
    started = vault.resolve(each.started.record) if each.started and each.started.record else ""
    return Clock(
        Line(str(place), " ".join(parts), "", _STYLES.get(state, "")), waits, title, each.subject, started
    )


def _shown(when: datetime) -> str:
    return moment_text(as_json(moment(when.astimezone().replace(microsecond=0), "typed")))
