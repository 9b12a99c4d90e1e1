"""A field that points at other records, or at the control list: a few letters bring what they may mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from fieldkit.domain.commalists import split_list
from fieldkit.tui.forms.lookup import (
    CONTROL_FIELDS,
    Match,
    beginnings,
    described,
    entries_like,
    first_texts,
    last_member,
    put_member,
    records_like,
)
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.recording import Recorded

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp


_SEEN_SECONDS: Final = 0.4
"""How long a near serial has been offered before Enter takes it: the Enter of a scanner never does."""


class LinkRow(FieldRow):
    """Type a number, a name or a word; Down and Enter take what is offered. What stands there is told below."""

    DEFAULT_CSS = """
    LinkRow Choices { display: none; margin-left: 16; background: $panel; height: auto; max-height: 8; }
    LinkRow.-offering Choices { display: block; }
    LinkRow Choices .choices--cursor { background: $primary; color: $background; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("escape", "dismiss", "Dismiss", "Take the list of suggestions away", WRITE, show=False),
    ]
    _offered: tuple[Match, ...] = ()
    _offered_at = 0.0
    _taken = ""
    _looking = False
    _entered = False
    """Whether Enter was pressed before it was known what the letters may mean."""

    def below(self) -> ComposeResult:
        offers = Choices()
        offers.can_focus = False
        yield offers
        yield Plain(classes="known")

    def on_mount(self) -> None:
        self._describe()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Esc belongs to the screen unless something is offered."""
        return bool(self._offered) if action == "dismiss" else True

    @on(Input.Changed)
    def _typed(self) -> None:
        self._entered = False
        if self.editor.has_focus and self.text != self._taken:
            self._looking = True
            self._look_up()
            return
        self._looking = False
        self._offer(())
        self._describe()

    @on(events.DescendantBlur)
    def _left(self) -> None:
        self._looking = self._entered = False
        self._offer(())
        self._describe()

    def entered(self) -> None:
        if self._looking:
            self._entered = True
        elif self._offered:
            match = self._offered[self.query_one(Choices).cursor]
            if not match.near or monotonic() - self._offered_at > _SEEN_SECONDS:
                self._take(match)
        else:
            super().entered()

    def action_next(self) -> None:
        if self._offered:
            self.query_one(Choices).action_move(1)
        elif not self.text.strip():
            self._look_up()
        else:
            super().action_next()

    def action_previous(self) -> None:
        if self._offered:
            self.query_one(Choices).action_move(-1)
        else:
            super().action_previous()

    def action_dismiss(self) -> None:
        self._offer(())

    @task
    async def _look_up(self) -> None:
        """Offer what the letters so far may mean."""
        term = last_member(self.field, self.text)
        if self.field.name in CONTROL_FIELDS:
            controls = await self._fieldkit.control_list()
            self._found(entries_like(controls, term), ())
            return
        matches = await self._fieldkit.store.read(lambda reader: records_like(reader, self.field, term))
        self._found(matches, beginnings(self.field, term))

    def _found(self, matches: Sequence[Match], further: Sequence[Match]) -> None:
        """Offer what was found. An Enter that came before takes it where it is one thing and no near one: what nobody has
        seen is not chosen for anybody."""
        entered, self._entered, self._looking = self._entered, False, False
        self._offer((*matches, *further))
        if entered and len(matches) == 1 and not matches[0].near:
            self._take(matches[0])

    @task
    async def _describe(self) -> None:
        """Tell what the numbers that stand here are."""
        text = self.text
        if self.field.name in CONTROL_FIELDS:
            controls = await self._fieldkit.control_list() if text.strip() else None
            told = next((hit.told for hit in entries_like(controls, text.strip())), "") if controls else ""
        else:
            members = split_list(text) if self.field.many else [text.strip()]
            told = await self._fieldkit.store.read(partial(described, texts=members)) if text.strip() else ""
        self.set_class(bool(told), "-known")
        self.query_one(".known", Plain).put(told)

    def _offer(self, matches: tuple[Match, ...]) -> None:
        if not self.editor.has_focus:
            matches = ()
        self._offered, self._offered_at = matches, monotonic()
        offers = self.query_one(Choices)
        offers.cursor = 0
        offers.put([Line(str(place), match.told) for place, match in enumerate(matches)])
        self.set_class(bool(matches), "-offering")
        self.refresh_bindings()
        if matches:
            self.call_after_refresh(self.scroll_visible, animate=False)

    def _take(self, match: Match) -> None:
        self._offer(())
        if match.kind:
            self._fieldkit.capture(match.kind, first_texts(match.kind, match.text), self._recorded)
        else:
            self._put(match.text)

    def _recorded(self, recorded: Recorded) -> None:
        self._put(recorded.number)
        self.take_focus()

    def _put(self, member: str) -> None:
        self._taken = put_member(self.field, self.text, member)
        self.text = self._taken

    @property
    def _fieldkit(self) -> FieldkitApp:
        return cast("FieldkitApp", self.app)
