"""Everything by name: places to go, things to record, records, people, places. A few letters and Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.numbers import looks_like_number
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.tui.areas import AREAS
from fieldkit.tui.recordable import LETTERS
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.themes import NAMES
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.entry import OneLine
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.wording import summary_of, title_of

_MOST: Final = 14
IN_AREAS: Final = (
    ("inventory", "draw", "d", "sampling plans and witnessed draws"),
    ("photos", "card", "i", "take in a camera card"),
    ("photos", "clocks", "t", "camera clocks, and the code for cameras to photograph"),
    ("photos", "part", "f", "part of the photo log: held, without caption, damaged"),
    ("photos", "placeholder", "n", "number frames of the host's camera"),
    ("browse", "days", "g", "days on which something was recorded"),
    ("browse", "narrow", "f", "timeline of a kind, a person, a place, some words"),
    ("team", "sync", "s", "sync with the other laptops: a stick, a share, a store"),
    ("team", "admit", "a", "admit a laptop to the team"),
    ("team", "copies", "c", "copies: which original is where"),
    ("close", "aloud", "r", "read the journal's head aloud"),
    ("close", "export", "e", "export a bundle"),
    ("close", "sign", "s", "sign the last bundle: team, host"),
    ("close", "verify", "v", "verify a copy of a bundle"),
    ("close", "deadlines", "d", "deadlines of the procedure"),
    ("close", "handover", "h", "hand over: what goes to whom"),
)
"""What stands behind a letter of an area's first screen: the area, the act, the letter, what it is called."""
_KEYS: Final = {area.name: area.key.upper() for area in AREAS}


@dataclass(frozen=True, slots=True)
class Command:
    """What it is called, and what it does."""

    text: str
    act: Callable[[], object]


class PaletteScreen(MissionScreen):
    """Type, choose with the arrows, Enter."""

    AUTO_FOCUS = "#wanted"
    DEFAULT_CSS = """
    PaletteScreen #wanted { margin: 0 1; }
    PaletteScreen Choices { height: 1fr; }
    PaletteScreen Choices .choices--cursor { background: $primary; color: $background; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._found: list[Command] = []
        self._found_for: str | None = None
        """What was typed when these were found."""
        self._runs = False
        self._ahead = 0
        """How many lines down was gone while what was typed last is still being looked for."""

    def body(self) -> ComposeResult:
        yield OneLine(placeholder="a command, a record's number or words, a person, a place", id="wanted")
        choices = Choices(empty="nothing like that")
        choices.can_focus = False
        yield choices

    def load(self) -> None:
        self._look()

    def key_down(self) -> None:
        self._move(1)

    def key_up(self) -> None:
        self._move(-1)

    def _move(self, by: int) -> None:
        if self.query_one(OneLine).value.strip() == self._found_for:
            self.query_one(Choices).action_move(by)
        else:
            self._ahead += by

    @on(Input.Changed)
    def _typed(self) -> None:
        self._runs = False
        self._ahead = 0
        self._look()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Do what is chosen; where what was typed last is still being looked for, once it is found."""
        choices = self.query_one(Choices)
        self._runs = event.value.strip() != self._found_for
        if not self._runs and choices.lines_shown:
            self._run(self._found[choices.cursor])

    @on(Choices.Taken)
    def _taken(self, event: Choices.Taken) -> None:
        self._run(self._found[int(event.key)])

    def _run(self, command: Command) -> None:
        self.app.pop_screen()
        self.app.call_later(command.act)

    @task
    async def _look(self) -> None:
        term = self.query_one(OneLine).value.strip()
        words = term.lower().split()
        found = [each for each in self._commands() if all(word in each.text.lower() for word in words)]
        found.sort(key=lambda each: _far(each.text.lower(), term.lower()))
        if term:
            views = await self.store.read(lambda reader: _records(reader, term))
            found = (
                [*self._of_records(views), *found]
                if looks_like_number(term)
                else [*found, *self._of_records(views)]
            )
        self._found, self._found_for = found, term
        choices = self.query_one(Choices)
        choices.cursor = 0
        choices.put([Line(str(place), each.text) for place, each in enumerate(found)])
        choices.action_move(self._ahead)
        self._ahead = 0
        if self._runs and found:
            self._runs = False
            self._run(found[choices.cursor])

    def _commands(self) -> list[Command]:
        app = self.fieldkit
        return [
            *(Command(f"go to {each.title.lower()}  {each.key.upper()}", partial(app.action_area, each.name)) for each in AREAS),
            *(Command(f"{told}  {_KEYS[area]} {key}", partial(app.act_in, area, act)) for area, act, key, told in IN_AREAS),
            Command("change where we are, who is with us, the mark  Ctrl+L", app.show_surroundings),
            *(Command(f"record: {kind_named(name).title.lower()}", partial(app.capture, name)) for name in LETTERS),
            Command("search everything recorded  /", app.find),
            Command("lines pasted from a spreadsheet: paste them there  F4", partial(app.action_area, "inventory")),
            Command("places: the tree, with what is recorded there", app.show_places),
            Command("differences between laptops", app.show_differences),
            Command("entries that are kept apart and do not count", app.show_kept_apart),
            Command("help: what every key does  F1", app.action_help),
            Command("faults of the program: reports to pass on", app.show_faults),
            Command("host's view of this laptop  F10", app.action_host_view),
            Command("lock  F9", app.action_lock),
            Command("tour of the screens  Ctrl+T", app.action_tour),
            *(Command(f"colours: {each}", partial(app.choose_theme, name)) for each, name in NAMES.items()),
            Command("quit  Ctrl+Q", app.action_quit),
        ]  # fmt: skip

    def _of_records(self, views: Sequence[RecordView]) -> list[Command]:
        found = []
        for view in views:
            told = f"{view.number} {title_of(view.kind).lower()}: {summary_of(view)}"
            found.append(Command(told, partial(self.fieldkit.show_record, view.id)))
            if view.kind == "location":
                place = f"we are here: {view.doc.get('name', view.number)}"
                found.append(Command(place, partial(self.fieldkit.be_at, view.id)))
        return found


def _far(text: str, term: str) -> int:
    """How far a name is from what was typed: it begins so, a word of it does, or it is only in it."""
    return 0 if text.startswith(term) else 1 if f" {term}" in text else 2


def _records(reader: VaultReader, term: str) -> list[RecordView]:
    found = list(reader.search(term, limit=_MOST))
    if looks_like_number(term):
        try:
            found = [reader.get(term), *found]
        except UsageError:
            return found
    return list({view.id: view for view in found}.values())
