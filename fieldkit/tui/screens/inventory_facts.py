"""What is told beside the grid: which lists there are, what is known of the line under the cursor, what bears on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from fieldkit.domain.inventory import LineResult, UndeclaredThing
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import instant
from fieldkit.domain.views import RecordView
from fieldkit.tui.screens.inventory_readings import named
from fieldkit.vault.reading import VaultReader

_COUNTS_SHOWN: Final = 3
_BEARING: Final = ("count", "seal", "photo", "measurement", "observation", "custody", "sample")
_STATUS: Final = {"not_found": "not found", "not_accessible": "no access"}


@dataclass(frozen=True, slots=True)
class Header:
    """The lists on record: title and edition by id."""

    names: dict[str, str] = field(default_factory=dict)

    def words(self, declaration: str) -> str:
        """The list that is shown; how many there are, where it is not one."""
        if declaration in self.names:
            return self.names[declaration]
        if len(self.names) == 1:
            return next(iter(self.names.values()))
        return f"{len(self.names)} lists" if self.names else "no list is loaded"


def header(reader: VaultReader) -> Header:
    """Which lists are on record."""
    names = {}
    for view in reader.list("declaration"):
        edition = view.doc.get("version")
        names[view.id] = f"{view.doc.get('name', view.number)}" + (f" · edition {edition}" if edition else "")
    return Header(names)


def facts(
    reader: VaultReader, item: str, line: LineResult | None = None, thing: UndeclaredThing | None = None
) -> str:
    """Two lines: what disagrees, or what the item is; who counted what of it, and what else bears on it."""
    view = reader.peek(item)
    if view is None:
        return ""
    found = [view for view in reader.referring(item) if not view.retracted]
    result = line or thing
    said: list[str] = []
    if result is not None:
        said += [each.text for each in result.findings]
        said += [f"near {each.declared} of line {each.line} ({each.reason})" for each in result.offers]
    first = " · ".join(said) if said else _about(view)
    counts = [_count(reader, each) for each in found if each.kind == "count"]
    beside = Counter(each.kind for each in found if each.kind in _BEARING and each.kind != "count")
    others = [
        f"{number} {kind_named(kind).title.lower()}{'s' if number > 1 else ''}"
        for kind, number in beside.items()
    ]
    more = [f"and {len(counts) - _COUNTS_SHOWN} more"] if len(counts) > _COUNTS_SHOWN else []
    second = " · ".join([*counts[-_COUNTS_SHOWN:], *more, *others])
    return f"{first}\n{second or 'nobody counted it yet'}"


def related(reader: VaultReader, item: str) -> tuple[str, list[str]]:
    """A title, and the ids of every record about an item, itself first."""
    view = reader.get(item)
    found = [each.id for each in reader.referring(item) if each.kind in _BEARING]
    return named(view), [item, *found]


def _about(view: RecordView) -> str:
    doc = view.doc
    serials = doc.get("serials")
    held = ", ".join(map(str, serials)) if isinstance(serials, list) else ""
    known = [
        view.number,
        str(doc.get("nomenclature") or ""),
        str(doc.get("type") or ""),
        str(doc.get("maker") or ""),
    ]
    return " · ".join(
        filter(None, (*known, held, str(doc.get("condition") or ""), str(doc.get("control_entry") or "")))
    )


def _count(reader: VaultReader, view: RecordView) -> str:
    doc = view.doc
    who = reader.peek(str(doc.get("counter") or ""))
    by = f" by {who.doc.get('transliteration') or who.doc.get('name')}" if who else ""
    when = instant(view.occurred).astimezone().strftime("%H:%M") if view.occurred else ""
    status = _STATUS.get(str(doc.get("status")), f"{doc.get('counted', 1)}")
    reason = f" ({doc['reason']})" if doc.get("reason") else ""
    return f"{view.number} {when} {status}{reason}{by}"
