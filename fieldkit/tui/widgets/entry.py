"""Where people type: one line, or several. What is pasted loses nothing and drives no terminal."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import Input, TextArea

from fieldkit.domain.hostile import visible
from fieldkit.tui.keys import WRITE, bound


class OneLine(Input):
    """One line without a frame. Lines that are pasted are put behind each other, with `joiner` in between."""

    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)
    """How long what stands here is. It scrolls within the line: nothing else on the screen has to move for it."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        password: bool = False,
        joiner: str = " ",
        max_length: int = 0,
        id: str | None = None,
    ) -> None:
        super().__init__(
            visible(value, lines=False),
            placeholder=placeholder,
            password=password,
            compact=True,
            select_on_focus=False,
            max_length=max_length,
            id=id,
        )
        self.cursor_blink = False
        self._joiner = joiner

    def _on_paste(self, event: events.Paste) -> None:
        lines = [line.strip() for line in event.text.splitlines() if line.strip()]
        text = visible(self._joiner.join(lines), lines=False)
        if self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)
        event.stop()
        event.prevent_default()


class LongText(TextArea):
    """Text of several lines that grows with what is written; Tab goes on to the next field. Where it does not fit, what it stands in
    scrolls along with the cursor."""

    DEFAULT_CSS = """
    LongText { height: auto; min-height: 1; max-height: 8; border: none; padding: 0; background: $surface; }
    LongText:focus { border: none; background-tint: $foreground 5%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+z", "undo", "undo", "Take back what was written last in this field", WRITE, show=False),
        bound("ctrl+y", "redo", "redo", "What was taken back, again", WRITE, show=False),
    ]

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(
            visible(text),
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            highlight_cursor_line=False,
            id=id,
        )
        self.cursor_blink = False

    def on_unmount(self) -> None:
        """Textual would keep what was typed here in memory, after locking too, until the colours change: it asks to be told of them."""
        told = getattr(self.app, "__watchers", {})
        told["theme"] = [each for each in told.get("theme", ()) if each[0] is not self]

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    @on(events.Resize)
    def _moved(self) -> None:
        self.call_after_refresh(self.follow_cursor)

    def follow_cursor(self) -> None:
        """Bring the line that is typed into sight."""
        around = next(
            (each for each in self.ancestors if isinstance(each, Widget) and each.max_scroll_y > 0), None
        )
        if self.has_focus and around is not None:
            line = self.cursor_screen_offset.y - around.content_region.y + around.scroll_offset.y
            around.scroll_to_region(Region(0, line, 1, 1), animate=False, x_axis=False)

    async def _on_paste(self, event: events.Paste) -> None:
        lines = event.text.replace("\r\n", "\n").replace("\r", "\n")
        await super()._on_paste(events.Paste(visible(lines)))
        event.stop()
        event.prevent_default()
