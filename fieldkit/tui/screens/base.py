"""What every screen of an open mission has: the framing lines, the store, notices, a reload when records changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import Reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from fieldkit.tui.keys import ALWAYS, bound
from fieldkit.tui.pauses import terminal_is_behind
from fieldkit.tui.tasks import act
from fieldkit.tui.widgets.lines import AroundLine, KeyLine, MissionLine, NoticeLine

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp
    from fieldkit.tui.opened import Opened
    from fieldkit.tui.store import Store

_CATCH_UP_SECONDS: Final = 0.05
_LOW: Final = 13
_HIGH: Final = 20
"""Lines of a terminal from which on a screen is no longer tiny, and no longer low: below, what matters less gives way to what is
worked on."""


class FieldkitScreen(Screen[None]):
    """A screen of fieldkit: typed access to the app, a notice line and a key line."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    DEFAULT_CSS = """
    FieldkitScreen.-tiny MissionLine { display: none; }
    FieldkitScreen.-tiny NoticeLine { max-height: 2; }
    FieldkitScreen.-tiny NoticeLine.-empty { display: none; }
    """
    HELP: ClassVar[str] = ""
    """What one does here, in a few sentences, before the keys."""
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("escape", "back", "Back", "One step back; nothing that was typed is lost", ALWAYS),
    ]

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Where keys go. Both widgets concerned paint themselves; the rest of the screen stays as it is."""
    leads_back: ClassVar[bool] = True
    """Whether one step back leads to another screen."""
    leading_keys: ClassVar[Sequence[str]] = ()
    """Actions whose keys stand first on the key line, whatever group they are of."""
    _notice: tuple[str, str] = ("", "")
    _begun = False
    _styled = False
    acts = 0
    """How many acts are being done that may lead to another screen: keys wait for them."""
    _painting: Timer | None = None

    def __init__(self) -> None:
        super().__init__()
        self.VERTICAL_BREAKPOINTS = [(0, "-tiny"), (_LOW, "-low"), (_HIGH, "-high")]

    def _compositor_refresh(self) -> None:
        """Paint what has changed; where the terminal is behind, all of it at once when it has caught up. A slow line holds up
        neither the keys nor what is kept of them."""
        if self.is_current and terminal_is_behind(self.app):
            if self._painting is None:
                self._painting = self.set_timer(_CATCH_UP_SECONDS, self._paint)
        else:
            super()._compositor_refresh()

    def _paint(self) -> None:
        self._painting = None
        if self.is_current:
            self._compositor_refresh()

    @property
    def has_begun(self) -> bool:
        """Whether keys may come: what is typed into first, where there is such a thing, is ready."""
        if not self._begun:
            self._begun = self.is_mounted and (self.focused is not None or not self.focus_chain)
        return self._begun

    @property
    def fieldkit(self) -> FieldkitApp:
        """The app."""
        return cast("FieldkitApp", self.app)

    @property
    def store(self) -> Store:
        """Where records are read and written."""
        return self.fieldkit.store

    def compose(self) -> ComposeResult:
        for name in self._get_breakpoint_classes(self.app.size.height, self.VERTICAL_BREAKPOINTS or []):
            self.add_class(name, update=False)
        yield from self.body()
        yield NoticeLine(*self._notice)
        yield KeyLine()

    def body(self) -> ComposeResult:
        """What stands between the framing lines."""
        yield from ()

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """What has just been made has its styles: the first time they are not worked out again, which takes long with many
        widgets."""
        event.refresh_styles = event.refresh_styles and self._styled
        self._styled = True

    def tell(self, text: str, sort: str = "") -> None:
        """Say something on the notice line; `sort` is "error", "done" or nothing."""
        self._notice = (text, sort)
        for line in self.query(NoticeLine):
            line.tell(text, sort)

    def may_be_left(self) -> bool:
        """Whether this may be taken away now; where not, it says why."""
        return True

    def action_back(self) -> None:
        """One step back."""
        if self.may_be_left():
            self.fieldkit.step_back()


class MissionScreen(FieldkitScreen):
    """A screen of an open mission. `load` is called when it is first shown and again when records have changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound(
            "ctrl+l",
            "surroundings",
            "Where we are",
            "Change where we are, who is with us, the mark",
            ALWAYS,
            show=False,
            priority=True,
        ),
        bound("slash", "search", "Search", "Find anything by its words or number", ALWAYS, show=False),
        bound(
            "ctrl+p",
            "palette",
            "Everything",
            "Commands, records, people, places by name",
            ALWAYS,
            priority=True,
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._seen = -1

    @property
    def opened(self) -> Opened:
        """The mission that is open."""
        return self.fieldkit.opened

    def compose(self) -> ComposeResult:
        yield MissionLine(self.opened)
        yield AroundLine()
        yield from super().compose()

    def load(self) -> None:
        """Ask the store for what is shown here (start a task; never wait)."""

    def on_screen_resume(self) -> None:
        self.query_one(AroundLine).around = self.fieldkit.around
        self.fieldkit.tour.show_on(self)
        self.reload_if_changed()

    def action_surroundings(self) -> None:
        """Change where we are."""
        self.fieldkit.show_surroundings()

    def action_search(self) -> None:
        """Find records."""
        self.fieldkit.find()

    def action_palette(self) -> None:
        """Everything by name."""
        self.fieldkit.search()

    @act
    async def amend(self, record: str) -> None:
        """Correct a record, or go on with a correction that was left."""
        from fieldkit.tui.screens.amend import AmendScreen, present

        found = await self.store.read(lambda reader: present(reader, record))
        self.app.push_screen(AmendScreen(found))

    def reload_if_changed(self) -> None:
        """Load again where something was recorded since the last time."""
        if self._seen != self.fieldkit.changes:
            self._seen = self.fieldkit.changes
            self.load()
