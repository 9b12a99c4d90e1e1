"""The lines that a witnessed selection draws from: one a piece, by the item's number and its serial, or its place in the count.

A part of an inventory (a stratum) is written `FIELD=VALUE`, several parted by `; `.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fieldkit.capture.matching import place, serials_in, within
from fieldkit.domain.draws import MOST_LINES
from fieldkit.domain.duplicates import folded
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.serials import as_read
from fieldkit.errors import UsageError
from fieldkit.vault.inventory_lists import lines_of
from fieldkit.vault.reading import VaultReader

STRATUM_FIELDS = ("type", "nomenclature", "maker", "location", "control_entry")
_JOIN = "; "


def stratum_of(words: Iterable[str]) -> str:
    """`FIELD=VALUE` words as they are recorded; `UsageError` for another field."""
    found = []
    for word in words:
        field, sign, value = (part.strip() for part in word.partition("="))
        if not sign or not value or field not in STRATUM_FIELDS:
            raise UsageError(
                f"{word!r} is no part of an inventory",
                where="stratum",
                remedy=f"Write FIELD=VALUE with one of {', '.join(STRATUM_FIELDS)}.",
            )
        found.append(f"{field}={value}")
    return _JOIN.join(found)


def pieces(vault: VaultReader, declaration: str, stratum: str = "") -> list[str]:
    """The lines that are drawn from: every piece of a declaration (record id), or of a part of it, in no order."""
    chosen = _filter(vault, stratum)
    lines: list[str] = []
    for number, doc in lines_of(vault, declaration):
        if chosen(doc):
            lines.extend(_lines(number, doc))
            if len(lines) > MOST_LINES:
                raise UsageError(
                    f"more than {MOST_LINES} pieces", remedy="Draw from a part: --stratum FIELD=VALUE."
                )
    return lines


def strata(vault: VaultReader, declaration: str, field: str) -> dict[str, int]:
    """The parts into which a field divides a declaration, as `FIELD=VALUE`, with the pieces in each."""
    stratum_of([f"{field}=any"])
    found: dict[str, int] = {}
    for number, doc in lines_of(vault, declaration):
        value = doc.get(field)
        held = vault.peek(str(value)) if field == "location" and value else None
        name = str(held.doc.get("name", held.number) if held else value or "")
        if not name:
            raise UsageError(
                f"{number} has no {field}",
                where="--by",
                remedy="Divide by a field that every line has.",
            )
        part = stratum_of([f"{field}={name}"])
        found[part] = found.get(part, 0) + len(_lines(number, doc))
    return dict(sorted(found.items()))


def _filter(vault: VaultReader, stratum: str) -> Callable[[Doc], bool]:
    """Whether an item belongs to a part of the inventory, as `stratum_of` wrote it."""
    wanted: list[tuple[str, str]] = []
    places: frozenset[str] = frozenset()
    for word in stratum.split(_JOIN) if stratum else ():
        field, _, value = stratum_of([word]).partition("=")
        if field == "location":
            places = within(vault, place(vault, value))
        wanted.append((field, folded(value)))

    def belongs(doc: Doc) -> bool:
        return all(
            doc.get(field) in places if field == "location" else folded(str(doc.get(field, ""))) == value
            for field, value in wanted
        )

    return belongs


def _lines(number: str, doc: Doc) -> list[str]:
    """One line a piece: those with a serial by it, the others by their place in the count."""
    named = list(dict.fromkeys(map(_printable, serials_in(doc))))
    declared = doc.get("declared")
    total = max(declared if isinstance(declared, int) else 1, len(named))
    if total > MOST_LINES:
        raise UsageError(f"{number} declares {total} pieces", remedy="Bulk goods are weighed, not drawn.")
    without = (f"{number} piece {position} of {total}" for position in range(len(named) + 1, total + 1))
    return [*(f"{number} {serial}" for serial in named), *without]


def _printable(serial: str) -> str:
    read = as_read(serial)
    if read.isprintable():
        return read
    return "".join(each if each.isprintable() else f"⟨U+{ord(each):04X}⟩" for each in read)
