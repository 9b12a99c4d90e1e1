"""The lines that frame every screen: mission, surroundings, notice, keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.binding import ActiveBinding
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from fieldkit.tui.keys import GROUPS
from fieldkit.tui.text import fitted, one_line, safe_line

if TYPE_CHECKING:
    from fieldkit.tui.around import Around
    from fieldkit.tui.opened import Opened

_BETWEEN = "  "
_WAYS_OUT = ("back", "help")
_CLOCK_SECONDS = 5.0


class MissionLine(Widget):
    """Mission, regime and mark on the left; person, laptop and clock on the right."""

    DEFAULT_CSS = "MissionLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }"

    def __init__(self, opened: Opened) -> None:
        super().__init__()
        self._opened = opened
        self._clock = ""

    def on_mount(self) -> None:
        self.set_interval(_CLOCK_SECONDS, self._tick)

    def _tick(self) -> None:
        """Paint again where the minute has changed: slow terminals have better things to show."""
        if self.screen.is_current and clock_text() != self._clock:
            self.refresh()

    def render(self) -> Content:
        opened = self._opened
        self._clock = clock_text()
        left = " · ".join(filter(None, (opened.title, opened.regime.upper(), opened.mark.upper())))
        right = f"{one_line(opened.name)} · laptop {opened.letter} · {self._clock}"
        room = self.size.width - cell_len(right) - 1
        return Content.assemble((fitted(left, room), "bold"), " ", right)


class AroundLine(Widget):
    """Where we are and who is with us."""

    DEFAULT_CSS = "AroundLine { height: 1; padding: 0 1; color: $accent; }"

    around: reactive[Around | None] = reactive(None)

    def render(self) -> Content:
        if self.around is None:
            return Content("")
        hint = "Ctrl+L change"
        company = f"  with {one_line(self.around.company)}" if self.around.company else ""
        mark = f"  {one_line(self.around.mark)}" if self.around.mark else ""
        room = self.size.width - len(hint) - 1
        place = f"▸ {one_line(self.around.place)}"
        return Content.assemble(fitted(place + company + mark, room), " ", (hint, "$text-muted"))


class NoticeLine(Widget):
    """What just happened or went wrong. Never takes a key away; stays until the next notice."""

    DEFAULT_CSS = """
    NoticeLine { height: auto; max-height: 3; padding: 0 1; }
    NoticeLine.-error { color: $error; text-style: bold; }
    NoticeLine.-done { color: $success; }
    """

    text: reactive[str] = reactive("", layout=True)

    def __init__(self, text: str = "", sort: str = "") -> None:
        super().__init__()
        self.tell(text, sort)

    def tell(self, text: str, sort: str = "") -> None:
        """Show `text`; `sort` is "error", "done" or nothing."""
        self.set_class(not text, "-empty")
        self.set_class(sort == "error", "-error")
        self.set_class(sort == "done", "-done")
        self.text = text

    def render(self) -> Content:
        return safe_line(self.text)


class KeyLine(Widget):
    """The keys that act here, as many as fit, and behind them always the one that leads back and the one that shows all."""

    DEFAULT_CSS = "KeyLine { height: 1; background: $panel; padding: 0 1; }"

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        found = self.screen.active_bindings.values()
        shown = sorted((each for each in found if each.binding.show and each.enabled), key=self._order)
        ways = [action for action in _WAYS_OUT if action != "back" or _leads_back(self.screen)]
        last = [self._part(each) for action in ways for each in shown if each.binding.action == action]
        left = self.size.width + len(_BETWEEN) - sum(part.cell_length for part in last)
        parts: list[Content] = []
        for part in (self._part(each) for each in shown if each.binding.action not in _WAYS_OUT):
            if part.cell_length > left:
                break
            left -= part.cell_length
            parts.append(part)
        return Content("").join([*parts, *last])

    def _part(self, active: ActiveBinding) -> Content:
        key = self.app.get_key_display(active.binding)
        return Content.assemble((f"{key} ", "$accent bold"), f"{active.binding.description}{_BETWEEN}")

    def _order(self, active: ActiveBinding) -> tuple[int, int, int]:
        """What the screen is for, then by group, then as the screen names them."""
        leading: Sequence[str] = getattr(self.screen, "leading_keys", ())
        first = leading.index(active.binding.action) if active.binding.action in leading else len(leading)
        group, own = active.binding.group, list(self.screen._bindings.key_to_bindings)
        place = own.index(active.binding.key) if active.binding.key in own else len(own)
        return first, GROUPS.index(group) if group in GROUPS else len(GROUPS), place


def _leads_back(screen: Screen[object]) -> bool:
    """Whether one step back leads to another screen."""
    return getattr(screen, "leads_back", True)


def clock_text() -> str:
    """`12 Feb 10:42 +02`, by this laptop's clock."""
    now = datetime.now().astimezone()
    offset = now.strftime("%z")
    minutes = f":{offset[3:5]}" if offset[3:5] != "00" else ""
    return f"{now.day} {now:%b %H:%M} {offset[:3]}{minutes}"
