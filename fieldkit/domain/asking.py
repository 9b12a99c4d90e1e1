"""One line that asks for records: words, and among them `kind:photo`, `by:nasser`, `at:"hall 2"`, `on:2026-02-12`.

Read alike by the command line and by every screen. What is half typed asks for nothing yet, so that one can look on
while typing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from fieldkit.domain.kinds import all_kinds

_TERM: Final = re.compile(r'(?P<bare>[A-Za-z]+):(?=\s|$)|(?:(?P<name>[A-Za-z]+):)?(?P<value>"[^"]*"?|\S+)')
FILTERS: Final = ("kind", "by", "at", "on")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a line asks for: every one of `words`, and of each filter that is not empty one of its values.

    `kinds` are names of kinds; `by` and `at` are persons and places as typed; `on` is a day. `unknown` are the
    filters that name nothing, as typed: then there is nothing to be found.
    """

    words: str = ""
    kinds: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    on: date | None = None
    unknown: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it asks for everything."""
        return self == _EVERYTHING


_EVERYTHING: Final = Asked()


def read_line(text: str, letters: Mapping[str, str] | None = None) -> Asked:
    """What a typed line asks for. `letters` are short names of kinds: with `p` for photo, `p:gate` asks for photos."""
    words: list[str] = []
    kinds: list[str] = []
    found: dict[str, list[str]] = {"by": [], "at": []}
    on: date | None = None
    unknown: list[str] = []
    for term in _TERM.finditer(text):
        if term["bare"]:
            kinds += _short(term["bare"], letters)
            continue
        name, value = (term["name"] or "").lower(), term["value"].strip('"')
        if name == "kind":
            meant = [kind for each in value.split(",") if each for kind in kinds_like(each)]
            kinds += meant
            unknown += [] if meant or not value else [term[0]]
        elif name in found:
            found[name] += [value] if value else []
        elif name == "on":
            on = _day(value) or on
            unknown += [] if _day(value) or not value else [term[0]]
        elif short := _short(name, letters):
            kinds += short
            words.append(value)
        else:
            words.append(term[0])
    return Asked(
        " ".join(words),
        tuple(dict.fromkeys(kinds)),
        tuple(found["by"]),
        tuple(found["at"]),
        on,
        tuple(unknown),
    )


def kinds_like(text: str) -> list[str]:
    """The kind that is called so; else those whose name, in the singular or the plural, begins so."""
    wanted = text.lower().replace("_", " ")
    named = {
        each.name: (each.name.replace("_", " "), each.title.lower(), each.plural.lower())
        for each in all_kinds()
    }
    exact = [name for name, called in named.items() if wanted in called]
    return exact or [
        name for name, called in named.items() if any(each.startswith(wanted) for each in called)
    ]


def quoted(value: str) -> str:
    """A filter's value as one writes it."""
    return f'"{value}"' if " " in value else value


def _short(name: str, letters: Mapping[str, str] | None) -> list[str]:
    return [kind for kind, letter in (letters or {}).items() if name and letter == name.lower()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
