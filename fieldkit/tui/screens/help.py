"""What every key does on the screen one came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from fieldkit.tui.keys import GROUPS
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from textual.app import App
    from textual.binding import ActiveBinding

_KEY: Final = 14


class HelpScreen(FieldkitScreen):
    """Keys by group, with a sentence each."""

    AUTO_FOCUS = "#keys"

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def body(self) -> ComposeResult:
        yield Plain("KEYS HERE", classes="title")
        with VerticalScroll(id="keys"):
            yield Plain(self._text)


def key_help(app: App[int], active: Iterable[ActiveBinding]) -> str:
    """The keys that act on the screen shown, as text."""
    grouped: dict[str, dict[str, list[str]]] = {group.description: {} for group in GROUPS}
    for each in active:
        binding = each.binding
        if binding.group is not None and each.enabled:
            told = binding.tooltip or binding.description
            grouped[binding.group.description].setdefault(told, []).append(app.get_key_display(binding))
    lines = []
    for group, found in grouped.items():
        if found:
            lines += [
                "",
                group.upper(),
                *(f"  {' '.join(keys):<{_KEY}}{told}" for told, keys in found.items()),
            ]
    return "\n".join(lines[1:])
