"""HTML pieces in which text from outside cannot become anything but text.

A plain `str` is made visible and escaped wherever it is put; only what was built here is `Markup` and stays. Methods of
`str` give plain strings back, so that what was joined or formatted by hand is escaped once too often, never too seldom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from fieldkit.domain.hostile import visible

_BLOCK = 1 << 16
_UNSAFE_IN_STYLE = re.compile(r"[^A-Za-z0-9 ]")


class Markup(str):
    """HTML that was built here."""

    __slots__ = ()


NOTHING = Markup("")


def safe(content: str) -> Markup:
    """The content as it may stand between tags."""
    return content if isinstance(content, Markup) else Markup(escape(visible(content)))


def tag(element: str, /, *content: str, **attributes: str) -> Markup:
    """An element. `class_` is `class`; attributes with an empty value are left out."""
    return Markup(f"{opening(element, **attributes)}{''.join(map(safe, content))}</{element}>")


def opening(element: str, /, **attributes: str) -> Markup:
    """The opening tag alone."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(visible(value, lines=False))}"'
        for key, value in attributes.items()
        if value
    )
    return Markup(f"<{element}{written}>")


def joined(parts: Iterable[str], separator: str = ", ") -> Markup:
    """The parts that are not empty, with the separator between them."""
    return Markup(safe(separator).join(safe(part) for part in parts if part))


def own(text: str, *, language: str = "") -> Markup:
    """Text from outside in its own direction; empty for none."""
    return tag("bdi", text, lang=language) if text else NOTHING


def word(text: str, tone: str = "") -> Markup:
    """A status: a word in a frame, never a colour alone. Tones: `good`, `bad`, `warn` or none."""
    return tag("span", text, class_=f"word {tone}".strip()) if text else NOTHING


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; `anchor` is what links lead to, `tone` sets it apart."""

    cells: Sequence[str]
    anchor: str = ""
    tone: str = ""


def table(
    columns: Sequence[str], rows: Iterable[Row], *, kind: str = "", empty: str = ""
) -> Iterator[Markup]:
    """A table as it comes; in its place the sentence `empty` where there is no row."""
    begun = False
    for row in rows:
        if not begun:
            heads = (tag("th", column, scope="col") for column in columns)
            yield Markup(f"{opening('table', class_=kind)}<thead><tr>{''.join(heads)}</tr></thead><tbody>\n")
            begun = True
        cells = "".join(f"<td>{safe(cell)}</td>" for cell in row.cells)
        yield Markup(f"{opening('tr', id=row.anchor, class_=row.tone)}{cells}</tr>\n")
    if begun:
        yield Markup("</tbody></table>\n")
    elif empty:
        yield tag("p", empty, class_="none")


def details(pairs: Iterable[tuple[str, str]]) -> Markup:
    """A list of labels and values; pairs without a value are left out."""
    shown = "".join(
        f"<div>{tag('dt', label)}{tag('dd', content)}</div>" for label, content in pairs if content
    )
    return Markup(f'<dl class="facts">{shown}</dl>\n') if shown else NOTHING


def style_string(text: str) -> str:
    """The text as a string in a style sheet, every unusual character by its number."""
    return '"' + _UNSAFE_IN_STYLE.sub(lambda found: f"\\{ord(found[0]):x} ", visible(text, lines=False)) + '"'


def encoded(parts: Iterable[str]) -> Iterator[bytes]:
    """UTF-8 in blocks of some 64 KiB."""
    held: list[str] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _BLOCK:
            yield "".join(held).encode()
            held.clear()
            size = 0
    if held:
        yield "".join(held).encode()
