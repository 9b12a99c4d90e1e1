"""Keys: every binding has an id, a tooltip and a group, so that help, footer and palette can tell what it does."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding
from textual.keys import format_key

GO = Binding.Group("Go to")
RECORD = Binding.Group("Record")
WRITE = Binding.Group("While writing")
LIST = Binding.Group("In a list")
HERE = Binding.Group("Here")
ALWAYS = Binding.Group("Always")
GROUPS = (HERE, RECORD, WRITE, LIST, GO, ALWAYS)
"""In the order in which the key line and the help show them."""

PAGE_UP = "pageup,comma"
PAGE_DOWN = "pagedown,full_stop"
FIRST = "home,less_than_sign"
LAST = "end,greater_than_sign"
"""Some terminals keep the first of each for themselves (macOS Terminal scrolls by them), some keyboards have none."""

_NAMES: Final = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "delete": "Delete",
    "backspace": "Backspace",
    "home": "Home",
    "end": "End",
    "pageup": "Page Up",
    "pagedown": "Page Down",
}


def key_text(key: str) -> str:
    """A key as it is written everywhere: `Ctrl+S`, `F1`, `Esc`, `Page Up`, `?`, `o`, `↑`."""
    *modifiers, last = key.split("+")
    plain = _NAMES.get(last) or format_key(last)
    function = last[:1] == "f" and last[1:].isdigit()
    return "+".join(
        [
            *(each.title() for each in modifiers),
            plain.upper() if (modifiers and len(plain) == 1) or function else plain,
        ]
    )


def bound(
    keys: str,
    action: str,
    label: str,
    tooltip: str,
    group: Binding.Group,
    *,
    show: bool = True,
    priority: bool = False,
) -> Binding:
    """A binding whose id is made from its group and action. `show` puts it on the key line at the bottom."""
    name = action.replace("(", "-").replace("'", "").replace(")", "").replace(".", "-").replace(", ", "-")
    return Binding(
        keys,
        action,
        label,
        show=show,
        tooltip=tooltip,
        id=f"{group.description.lower().replace(' ', '-')}.{name}",
        group=group,
        priority=priority,
    )
