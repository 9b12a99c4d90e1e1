"""What one can do on the screen one came from: a few sentences, every key at a glance, then every key in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.app import ComposeResult

from fieldkit.tui.keys import GROUPS
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.widgets.pages import Pages
from fieldkit.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from textual.app import App
    from textual.binding import ActiveBinding

_KEY: Final = 14
_NAME: Final = 9
_BETWEEN: Final = 2
_FRAME: Final = 3
"""Lines around the text: the heading, the notice, the keys."""


@dataclass(frozen=True, slots=True)
class Key:
    """What one presses, what it is called in a word, what it does in a sentence."""

    shown: str
    name: str
    told: str


Grouped = Sequence[tuple[str, Sequence[Key]]]
"""Groups of keys, each with its name."""


class HelpScreen(FieldkitScreen):
    """`about` are sentences about the screen, `keys` those that act on it."""

    AUTO_FOCUS = "#keys"

    def __init__(self, about: str, keys: Grouped) -> None:
        super().__init__()
        self._about = about
        self._keys = keys

    def body(self) -> ComposeResult:
        yield Plain("KEYS HERE", classes="title")
        with Pages(id="keys"):
            yield Plain(id="told")

    def on_resize(self) -> None:
        width, height = self.size
        told = help_text(self._about, self._keys, width - 1, height - _FRAME)
        self.query_one("#told", Plain).put(told)


def help_text(about: str, keys: Grouped, width: int, height: int) -> str:
    """Keys in words where all of it fits into so many cells; else every key at a glance first."""
    beginning = [f" {line}" for line in wrap(about, width - 2)]
    words = in_words(keys, width)
    if len(beginning) + len(words) + 1 <= height:
        return "\n".join([*beginning, "", *words] if beginning else words)
    return "\n".join([*beginning, *at_a_glance(keys, width), "", *words])


def at_a_glance(keys: Grouped, width: int) -> list[str]:
    """Every key with its name, in columns."""
    lines = []
    for group, found in keys:
        entries = [f"{key.shown} {key.name.lower()}" for key in found]
        column = max(map(cell_len, entries)) + _BETWEEN
        across = max(1, (width - _NAME - 1) // column)
        for at in range(0, len(entries), across):
            row = "".join(
                entry + " " * (column - cell_len(entry)) for entry in entries[at : at + across]
            ).rstrip()
            lines.append(f" {_SHORT.get(group, group.upper()) if at == 0 else '':<{_NAME}}{row}")
    return lines


def in_words(keys: Grouped, width: int) -> list[str]:
    """Every key with its sentence, group by group."""
    lines = []
    for group, found in keys:
        lines += ["", f" {group.upper()}"]
        for key in found:
            lines += wrap(
                key.told,
                width - 1,
                initial_indent=f"   {key.shown:<{_KEY}}",
                subsequent_indent=" " * (_KEY + 3),
            )
    return lines[1:]


_SHORT: Final = {
    "While writing": "WRITING",
    "In a list": "IN LISTS",
}


def keys_of(app: App[int], active: Iterable[ActiveBinding]) -> Grouped:
    """The keys that act on the screen shown; two that do the same stand together."""
    grouped: dict[str, dict[str, tuple[list[str], str]]] = {group.description: {} for group in GROUPS}
    for each in active:
        binding = each.binding
        if binding.group is not None and each.enabled:
            told = binding.tooltip or binding.description
            shown, _ = grouped[binding.group.description].setdefault(told, ([], binding.description))
            shown.append(app.get_key_display(binding))
    return [
        (group, [Key(" ".join(shown), name, told) for told, (shown, name) in found.items()])
        for group, found in grouped.items()
        if found
    ]
