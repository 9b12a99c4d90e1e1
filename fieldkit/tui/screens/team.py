"""The team: what is alarming first, then the laptops, then the compartments. From here one syncs, admits, strikes off."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.team.compartments import Compartment, compartments
from fieldkit.team.members import Member, members
from fieldkit.team.telling import Told, alarms
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.members import AdmitScreen, MemberScreen, NewKeyScreen
from fieldkit.tui.screens.syncing import SyncScreen
from fieldkit.tui.screens.team_copies import CopiesScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.vault import Vault

_ALONE: Final = (
    "No other laptop yet. One joins in three steps: there 'fieldkit members request FILE', here a admits it by that file,"
    " there 'fieldkit members join FILE' with the file that comes of it. Then s syncs."
)


class TeamScreen(MissionScreen):
    """The team area's first screen."""

    HELP = (
        "Alarms stand first, each with its next step; then the laptops, then who can read what. Enter opens "
        "one."
    )
    AUTO_FOCUS = "#team"
    DEFAULT_CSS = """
    TeamScreen #alone { padding: 0 1; color: $text-muted; height: auto; }
    TeamScreen.-tiny #alone { max-height: 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("s", "sync", "sync", "Meet the other laptops in a depot: a stick, a share, a store", HERE),
        bound("a", "admit", "admit", "Admit a laptop by its request file", HERE),
        bound("d", "differences", "differences", "Where laptops recorded different values", HERE),
        bound(
            "c",
            "copies",
            "copies",
            "Which original is where: only here, on other laptops, at headquarters",
            HERE,
        ),
        bound("n", "new_key", "new key", "Make a new key for the whole team", HERE),
    ]

    def body(self) -> ComposeResult:
        self._alarms: list[Told] = []
        yield Plain("TEAM", classes="title")
        yield Choices(empty="looking…", id="team")
        yield Plain(id="alone")

    @task
    async def load(self) -> None:
        def look(vault: Vault) -> tuple[list[Told], list[Member], list[Compartment], str]:
            return alarms(vault), members(vault), compartments(vault), vault.own_log.log

        self._alarms, laptops, boxes, own = await self.store.write(look)
        lines = [
            Line(f"alarm/{place}", f"! ALARM  {one.text}", "", "choices--alert")
            for place, one in enumerate(self._alarms)
        ]
        lines += [_laptop(one, own=one.log == own) for one in laptops]
        lines += [_box(one) for one in boxes]
        self.query_one("#team", Choices).put(lines)
        self.query_one("#alone", Plain).put(_ALONE if len(laptops) == 1 else "")

    def action_sync(self) -> None:
        """Sync with a depot."""
        self.app.push_screen(SyncScreen())

    def action_admit(self) -> None:
        """Admit a laptop."""
        self.app.push_screen(AdmitScreen())

    def action_new_key(self) -> None:
        """Make a new key for the team."""
        self.app.push_screen(NewKeyScreen())

    def action_differences(self) -> None:
        """Show what differs."""
        self.fieldkit.show_differences()

    def action_copies(self) -> None:
        """Show who holds which original."""
        self.app.push_screen(CopiesScreen())

    @on(Choices.Taken)
    def _taken(self, event: Choices.Taken) -> None:
        sort, _, key = event.key.partition("/")
        if sort == "alarm":
            self.app.push_screen(AlarmScreen(self._alarms[int(key)]))
        elif sort == "laptop":
            self.app.push_screen(MemberScreen(key))
        else:
            self.fieldkit.show_record(key)


class AlarmScreen(MissionScreen):
    """One alarm, in full, with the next step; Enter opens what it is about."""

    DEFAULT_CSS = """
    AlarmScreen #what { padding: 1 2; color: $error; text-style: bold; }
    AlarmScreen #step { padding: 0 2 1 2; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("enter", "open", "Open", "The records that this is about", HERE),
    ]

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    def body(self) -> ComposeResult:
        yield Plain("ALARM", classes="title")
        yield Plain(self._told.text, id="what")
        yield Plain(f"Next: {self._told.step}", id="step")

    def action_open(self) -> None:
        """Show the records."""
        if self._told.records:
            self.fieldkit.show_records(self._told.text, self._told.records)
        else:
            self.tell("There is no record of it on this laptop yet.")


def _laptop(one: Member, *, own: bool) -> Line:
    doc = one.record.doc
    name = one.person.doc.get("name") if one.person else "?"
    state = one.standing.role or "not admitted"
    here = "this laptop" if own else str(doc.get("device") or "")
    style = ""
    if one.left:
        here, style = "left for a later log", "choices--dim"
    if one.standing.cut is not None:
        state, style, here = "STRUCK OFF", "choices--dim", f"{here}, of which {one.standing.cut} count"
    elif one.standing.belongs and not one.standing.trusted:
        state = "NO KEYS"
    text = f"{doc.get('letter')!s:<4}{state:<14}{name!s:<22}{_entries(one.size)}  {here}"
    return Line(f"laptop/{one.record.id}", text, "", style)


def _box(one: Compartment) -> Line:
    readers = " ".join(dict.fromkeys(str(reader.record.doc.get("letter")) for reader in one.readers))
    text = f"    compartment   {one.name:<22}{_entries(one.entries)}  read by {readers}"
    return Line(f"box/{one.record.id}", text, "", "" if one.read else "choices--dim")


def _entries(count: int) -> str:
    return f"{count:>7,} {'entry' if count == 1 else 'entries':<7}"
