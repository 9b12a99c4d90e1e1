"""`FieldkitApp`: which screens there are, opening and locking a mission, and what happens when the program fails.

Nothing that was typed depends on an orderly end: drafts are in the store within a second. A fault of the program is
told by its type and place alone; no value, no local and no line of a record reaches the terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import constants, events, on
from textual._compositor import CompositorUpdate
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen

from fieldkit.capture.control_list import carried
from fieldkit.domain.controls import ControlList, shipped
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui import themes
from fieldkit.tui.areas import AREAS, CAPTURE, VISIT
from fieldkit.tui.around import DRAFT, Around, described, kept
from fieldkit.tui.ending import watch_terminal
from fieldkit.tui.faults import keep_report, redacted
from fieldkit.tui.graphics import Graphics, Told
from fieldkit.tui.keys import ALWAYS, GO, LIST, bound, key_text
from fieldkit.tui.pauses import PAUSE_SECONDS, Memory, load_ahead
from fieldkit.tui.screens.base import FieldkitScreen, MissionScreen
from fieldkit.tui.screens.capture import CaptureScreen, Done
from fieldkit.tui.screens.help import HelpScreen, keys_of
from fieldkit.tui.screens.host import HostScreen
from fieldkit.tui.screens.kept import KeptScreen
from fieldkit.tui.screens.listing import ListingScreen
from fieldkit.tui.screens.new import DROPPED, NewMissionScreen
from fieldkit.tui.screens.palette import PaletteScreen
from fieldkit.tui.screens.record import RecordScreen
from fieldkit.tui.screens.start import LOCKED, LOCKED_AT_WORK, StartScreen
from fieldkit.tui.screens.surroundings import SurroundingsScreen
from fieldkit.tui.screens.tour import Tour
from fieldkit.tui.store import Store
from fieldkit.tui.tasks import task
from fieldkit.tui.typeahead import TypeAhead
from fieldkit.tui.ways import Ways
from fieldkit.tui.widgets.over import LyingOver
from fieldkit.vault.making import drop

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fieldkit.domain.jsontypes import Doc
    from fieldkit.tui.opened import Opened
    from fieldkit.vault.slots import KdfParameters
    from fieldkit.vault.vault import Vault

_Screen = TypeVar("_Screen", bound=FieldkitScreen)

START = "start"
IDLE_MINUTES = 10.0
_IDLE_CHECK_SECONDS = 2.0
_MEMORY_CHECK_SECONDS = 0.5
_MADE_SECONDS = 2.0
_LOOK_SECONDS = 0.01
_LOAD_SECONDS = 0.3
"""After the first screen is there: whoever types a passphrase gives time to load what comes next."""


class FieldkitApp(Ways):
    """The terminal UI over one store."""

    TITLE = "fieldkit"
    CSS = f"""
    Screen {{ background: $background; }}
    .title {{ height: 1; text-style: bold; padding: 0 1; }}
    .dim {{ color: $text-muted; }}
    {themes.BARE_CSS}
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("f1", "help", "Help", "What every key does here", ALWAYS, priority=True),
        bound("question_mark", "help", "Help", "As F1, where nothing is typed", LIST, show=False),
        *(
            bound(area.key, f"area('{area.name}')", area.title, area.tooltip, GO, show=False, priority=True)
            for area in AREAS
        ),
        bound(
            "f9",
            "lock",
            "Lock",
            "Close the vault and clear the screen; drafts are kept",
            ALWAYS,
            show=False,
            priority=True,
        ),
        bound(
            "f10",
            "host_view",
            "Host's view",
            "Lock, and show what a host may see of this laptop: version, files, digests",
            ALWAYS,
            show=False,
            priority=True,
        ),
        bound(
            "ctrl+t",
            "tour",
            "Tour",
            "Begin the tour of the screens, or end it",
            ALWAYS,
            show=False,
            priority=True,
        ),
        bound("ctrl+q", "quit", "Quit", "Leave fieldkit; drafts are kept", ALWAYS, show=False, priority=True),
    ]

    def __init__(
        self,
        mission: Path | None = None,
        passphrase: str | None = None,
        person: str | None = None,
        *,
        kdf: KdfParameters | None = None,
        idle_minutes: float = IDLE_MINUTES,
        guides: bool = False,
    ) -> None:
        self.graphics = Graphics()
        self.over = LyingOver(self)
        self._colourless = themes.without_colours()
        super().__init__(ansi_color=True if self._colourless else None)
        self.animation_level = "none"
        for each in (*themes.THEMES, themes.BARE):
            self.register_theme(each)
        self._show_theme(themes.first())
        self.store = Store()
        self.kdf = kdf
        self.memory = Memory()
        self.around = Around()
        self.changes = 0
        """Grows with everything recorded here; screens compare it to know when to load again."""
        self.last: dict[str, dict[str, str]] = {}
        """What was typed into the last form of each kind that was saved."""
        self.asked: dict[str, Doc] = {}
        """What was typed where no mission is open and not done yet, by the name of what asked for it."""
        self.fault_line = ""
        self.tour = Tour()
        self._typed = TypeAhead(self, super().on_event)
        self._guides = guides
        self._given = (mission, passphrase, person)
        self._opened: Opened | None = None
        self._controls: ControlList | None = None
        self._idle_seconds = idle_minutes * 60
        self._last_act = monotonic()

    def get_driver_class(self) -> type[Driver]:
        if sys.platform == "win32" or constants.DRIVER is not None:
            return super().get_driver_class()
        from fieldkit.tui.graphics_driver import AskingDriver

        return AskingDriver

    @property
    def opened(self) -> Opened:
        """The mission that is open."""
        if self._opened is None:
            raise asyncio.CancelledError
        return self._opened

    def on_mount(self) -> None:
        asyncio.get_running_loop().set_exception_handler(self._loop_fault)
        if not self.is_headless:
            self.set_timer(_LOAD_SECONDS, self._load_areas)
            if sys.platform != "win32":
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._asked_to_end)
                watch_terminal(self)
        mission, passphrase, person = self._given
        self._given = (None, None, None)
        self.add_mode(START, lambda: StartScreen(mission, passphrase, person))
        self.switch_mode(START)
        self.set_interval(_IDLE_CHECK_SECONDS, self._check_idle)
        self.set_interval(_MEMORY_CHECK_SECONDS, lambda: self.memory.clear(monotonic() - self._last_act))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Areas are there while a mission is open, the lock while a vault is."""
        if action == "lock":
            return self.store.is_open
        return self._opened is not None if action in ("area", "tour") else True

    def get_key_display(self, binding: Binding) -> str:
        return key_text(binding.key)

    async def enter(self, opened: Opened | None) -> None:
        """Show what the store has just opened: a mission, or what is asked for one that is yet to begin."""
        if opened is None:
            self.push_screen(NewMissionScreen())
            return
        self._opened = opened
        self.around = await self.store.read(kept)
        self._show_theme(await self.store.read(lambda reader: themes.of_person(reader, opened.person)))
        self.changes += 1
        for area in AREAS:
            self.add_mode(area.name, area.factory())
        if self._guides:
            self.tour.begin_once()
        await self.switch_mode(VISIT)
        for notice in opened.notices:
            self.tell(f"{notice.problem}. {notice.remedy}", "error")

    @task
    async def choose_theme(self, name: str) -> None:
        """Other colours, kept for whoever is at the keyboard."""
        if self._colourless:
            self.tell("This terminal shows no colours, or NO_COLOR is set.")
            return
        self._show_theme(name)
        themes.keep_last(name)
        if self._opened is not None:
            person = self._opened.person
            await self.store.write(lambda vault: themes.keep_of_person(vault, person, name))

    def _show_theme(self, name: str) -> None:
        self.theme = themes.BARE.name if self._colourless else name

    async def surround(self, doc: Doc) -> None:
        """Change where we are, who is with us and which mark holds, for all that is recorded from now on."""
        self.around = await self.store.read(lambda reader: described(reader, doc))
        kept_doc = self.around.as_draft()
        await self.store.write(lambda vault: vault.save_draft(DRAFT, kept_doc))
        if (shown := self._of_mission) is not None:
            shown.on_screen_resume()

    def recorded(self) -> None:
        """Something was recorded: the screen that is shown loads again, the others when they are shown."""
        self.changes += 1
        if (shown := self._of_mission) is not None:
            shown.reload_if_changed()

    def tell(self, text: str, sort: str = "") -> None:
        """Say something on the screen that is shown."""
        if isinstance(self.screen, FieldkitScreen):
            self.screen.tell(text, sort)

    def tell_error(self, error: FieldkitError) -> None:
        """Say what was refused or failed, and the next step."""
        lead = f"{error.where}: {error.problem}" if error.where else error.problem
        self.tell(f"{error.title}: {lead}. {error.remedy}".strip(), "error")

    def capture(self, kind: str, texts: Mapping[str, str] | None = None, done: Done | None = None) -> None:
        """Begin a record of a kind, over whatever is shown; leaving the form leads back there."""
        self.push_screen(CaptureScreen(kind, texts, done=done))

    def show_record(self, record: str) -> None:
        """Open one record, by id."""
        self.push_screen(RecordScreen(record))

    def show_records(self, title: str, ids: Sequence[str]) -> None:
        """Open the records that a number counted."""
        self.push_screen(ListingScreen(title, ids))

    def show_surroundings(self) -> None:
        """Change where we are, who is with us and which mark holds."""
        if not isinstance(self.screen, SurroundingsScreen):
            self.push_screen(SurroundingsScreen())

    def search(self) -> None:
        """Find records, people, places and commands by name."""
        if not isinstance(self.screen, PaletteScreen):
            self.push_screen(PaletteScreen())

    async def move_to(self, location: str) -> None:
        """We are at another place."""
        await self.surround({**self.around.as_draft(), "location": location})
        self.tell(f"New records are at {self.around.place}.", "done")

    @task
    async def be_at(self, location: str) -> None:
        """As `move_to`, for whoever cannot wait."""
        await self.move_to(location)

    async def action_host_view(self) -> None:
        """Close the mission, and show what a host may see."""
        folder = self._opened.folder if self._opened else None
        await self.action_lock()
        if not isinstance(self.screen, HostScreen):
            self.push_screen(HostScreen(folder))

    async def control_list(self) -> ControlList:
        """The mission's own control list, else the one that ships with fieldkit."""
        if self._controls is None:
            self._controls = await self.store.write(_control_list)
        return self._controls

    def leave_capture(self, screen: CaptureScreen) -> None:
        """Take a form away, with its draft kept or dropped."""
        if self.screen is screen:
            self.pop_screen()

    def step_back(self) -> None:
        """From a screen to the one below it; from an area's first screen to the visit."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self._opened is not None and self.current_mode != VISIT:
            self.switch_mode(VISIT)

    async def action_area(self, name: str) -> None:
        """Go to an area; where we are in it already, to its first screen."""
        if self._opened is None:
            return
        if self.current_mode != name:
            await self.switch_mode(name)
        elif name != CAPTURE:
            while len(self.screen_stack) > 1 and (
                not isinstance(self.screen, FieldkitScreen) or self.screen.may_be_left()
            ):
                await self.pop_screen()

    def action_help(self) -> None:
        """Show what the keys do here."""
        shown = self.screen
        if isinstance(shown, FieldkitScreen) and not isinstance(shown, HelpScreen):
            self.push_screen(HelpScreen(shown.HELP, keys_of(self, shown.active_bindings.values())))

    async def action_tour(self) -> None:
        """Begin the tour at the visit, or end it."""
        if self.tour.runs:
            self.tour.end()
        else:
            self.tour.begin()
            await self.action_area(VISIT)
            await self.action_area(VISIT)
        if (shown := self._of_mission) is not None:
            self.tour.show_on(shown)

    async def action_lock(self) -> None:
        """Close the vault and clear every screen."""
        await self.lock(LOCKED_AT_WORK if self.store.is_busy else LOCKED)

    async def lock(self, told: str) -> None:
        """Close the vault that is open, and go to the first screen, which tells why."""
        folder, person = self.store.folder, self.store.author
        if folder is None:
            return
        await self.flush_drafts()
        self._opened = None
        if self.current_mode == START:
            while len(self.screen_stack) > 1:
                await self.pop_screen()
        else:
            self.remove_mode(START)
            self.add_mode(START, lambda: StartScreen(None, None, None))
            await self.switch_mode(START)
            for area in AREAS:
                await self.remove_mode(area.name)
        if isinstance(self.screen, StartScreen):
            self.screen.come_back(folder, person, told)
        self.around = Around()
        self.last.clear()
        self._controls = None
        await self.store.close()
        self.set_timer(PAUSE_SECONDS, self.memory.clear_now)

    async def drop_unbegun(self) -> None:
        """Take away the vault that is open, whose mission was never begun, with all that was typed for it."""
        folder = self.store.folder
        if folder is None:
            return
        await self.lock("Dropping it…")
        try:
            await asyncio.to_thread(drop, folder)
        except FieldkitError as error:
            self.tell_error(error)
            return
        if isinstance(self.screen, StartScreen):
            self.screen.come_back(None, None, DROPPED)

    async def action_quit(self) -> None:
        """Leave, with every draft kept."""
        await self.flush_drafts()
        self.exit(0)

    async def flush_drafts(self) -> None:
        """Keep what is being typed on any screen, now. Screens that were asked for are there afterwards: none is taken away
        half made."""
        began = monotonic()
        while monotonic() - began < _MADE_SECONDS and not all(
            screen.is_mounted for screen in self._shown(FieldkitScreen)
        ):
            await asyncio.sleep(_LOOK_SECONDS)
        for screen in self._shown(CaptureScreen):
            await screen.keep_draft()
        for asking in self._shown(KeptScreen):
            await asking.keep_typed()

    def unsaved_drafts(self) -> list[tuple[str, Doc]]:
        """Name and content of every draft that the store does not hold as it stands."""
        return [found for screen in self._shown(CaptureScreen) if (found := screen.unsaved()) is not None]

    def _ask_again(self, size: Size) -> None:
        """On a screen of another size letters may have another size, too."""
        ask = getattr(self._driver, "ask", None)
        if ask is not None and self.graphics.cells not in ((0, 0), tuple(size)):
            ask()

    @on(Told)
    def _told(self) -> None:
        self.over.terminal_told()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if self.graphics.way == "sixel" and isinstance(renderable, CompositorUpdate):
            renderable = self.over.with_pictures(screen, renderable)
        super()._display(screen, renderable)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste | events.MouseDown):
            self._last_act = monotonic()
        if isinstance(event, events.Resize):
            self._ask_again(event.size)
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.put(event)
        else:
            await super().on_event(event)

    @property
    def types_ahead(self) -> bool:
        """Whether keys have come that no screen has seen yet."""
        return self._typed.waits

    def holds(self, node: DOMNode) -> bool:
        """Whether the screen that a node is, or is on, has not been taken away, and is not just being taken away."""
        screen = node if isinstance(node, Screen) else node.screen
        return screen.display and any(screen in stack for stack in self._screen_stacks.values())

    def fault(self, error: Exception) -> None:
        """End the program for a fault of its own, without a word of what was recorded."""
        self._handle_exception(error)

    def _handle_exception(self, error: Exception) -> None:
        self._return_code = 70
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        if not self.fault_line:
            self.fault_line = redacted(error)
            shown = self._screen_stacks[self._current_mode][-1:]
            keep_report(self.store, error, type(shown[0]).__name__ if shown else "no screen")
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *_renderables: Any) -> None:
        self._close_messages_no_wait()

    def _loop_fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, asyncio.CancelledError):
            return  # a question that locking or leaving broke off, and for whose answer nobody waits any more
        self.fault(error if isinstance(error, Exception) else RuntimeError("a task of the event loop failed"))

    def _load_areas(self) -> None:
        loop = asyncio.get_running_loop()

        def loaded() -> None:
            with contextlib.suppress(RuntimeError):  # the program has ended meanwhile
                loop.call_soon_threadsafe(self.memory.leave_out)

        load_ahead((area.module for area in AREAS), loaded)

    def _asked_to_end(self) -> None:
        self.run_worker(self.action_quit(), exit_on_error=False)

    async def _check_idle(self) -> None:
        quiet = monotonic() - self._last_act
        if self.store.is_open and quiet > self._idle_seconds and not self.store.is_busy:
            await self.action_lock()

    @property
    def _of_mission(self) -> MissionScreen | None:
        """The screen that is shown, where it is one of a mission. One that is still being made looks at everything by itself when
        it is there."""
        return self.screen if isinstance(self.screen, MissionScreen) and self.screen.is_mounted else None

    def _shown(self, kind: type[_Screen]) -> list[_Screen]:
        stacks = self._screen_stacks.values()
        return [screen for stack in stacks for screen in stack if isinstance(screen, kind)]


def _control_list(vault: Vault) -> ControlList:
    try:
        return carried(vault)
    except UsageError:
        return shipped()
