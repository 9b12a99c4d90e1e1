"""Captions for many photos at once, with numbers and with what the photos are linked to; and the links themselves.

`{n}` counts, `{of}` is how many there are, `{group}` counts groups; `{number}`, `{subject}`, `{item}`, `{seal}`, `{place}` and
`{time}` come from the photo. With a gap, photos taken in one go make a group, in which `{n}` begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fieldkit.capture.matching import place as place_of
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import instant, moment_text
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.naming import target
from fieldkit.vault.recording import Amend, Recorded
from fieldkit.vault.vault import Vault

FIELDS: Final = ("n", "of", "group", "number", "subject", "item", "seal", "place", "time")
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_GAP = re.compile(r"(\d{1,5})\s*(s|sec|min|m|h)", re.ASCII)
_UNITS: Final = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600}
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Captioned:
    """One photo and the caption it gets."""

    photo: str
    number: str
    group: int
    text: str


def parse_gap(text: str) -> timedelta:
    """`2min`, `90s`, `1h`; UsageError otherwise."""
    found = _GAP.fullmatch(text.strip().lower())
    if found is None or not int(found[1]):
        raise UsageError(f"{text!r} is no length of time", remedy="Write 90s, 2min or 1h.")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def captions(
    vault: Vault, views: Sequence[RecordView], template: str, *, first: int = 1, gap: timedelta | None = None
) -> list[Captioned]:
    """The caption of each photo; nothing is recorded. `UsageError` where a photo lacks what the text asks for."""
    wanted = _wanted(template)
    lacking: dict[str, list[str]] = {}
    made = []
    for group, members in enumerate(_groups(views, gap), start=1):
        for place, view in enumerate(members):
            values = {"n": f"{first + place}", "of": f"{len(members)}", "group": f"{group}"}
            values |= {name: _value(vault, view, name) for name in wanted if name not in values}
            for name in wanted:
                if not values[name]:
                    lacking.setdefault(name, []).append(view.number)
            made.append(Captioned(view.id, view.number, group, _filled(template, values)))
    for name, numbers in lacking.items():
        more = f" and {len(numbers) - _LISTED} more" if len(numbers) > _LISTED else ""
        raise UsageError(
            f"there is nothing for {{{name}}} in {', '.join(numbers[:_LISTED])}{more}",
            remedy="Link or describe these photos first, or leave them out.",
        )
    return made


def caption(
    vault: Vault, made: Sequence[Captioned], reason: str = "captioned", *, author: str | None = None
) -> Sequence[Recorded]:
    """Record captions, all or none; those that stand already are passed over."""
    changes = [
        Amend(one.photo, reason, set={"caption": one.text})
        for one in made
        if vault.get(one.photo).doc.get("caption") != one.text
    ]
    return vault.record(changes, author=author)


def link(
    vault: Vault,
    views: Sequence[RecordView],
    *,
    items: Sequence[str] = (),
    observations: Sequence[str] = (),
    location: str | None = None,
    reason: str = "linked",
    author: str | None = None,
) -> Sequence[Recorded]:
    """Link photos to what they show, all or none; links that stand already are passed over."""
    targets = {
        "items": [target(vault, ref, ("item",)) for ref in items],
        "observations": [vault.resolve(ref) for ref in observations],
    }
    place = place_of(vault, location) if location else None
    if not any(targets.values()) and place is None:
        raise UsageError("nothing to link to is named", remedy="Give --item, --observation or --location.")
    changes = []
    for view in views:
        added = {
            name: fresh for name, refs in targets.items() if (fresh := _not_yet(view.doc.get(name), refs))
        }
        moved: Doc = {"location": place} if place and view.doc.get("location") != place else {}
        if added or moved:
            changes.append(Amend(view.id, reason, set=moved, add=added))
    return vault.record(changes, author=author)


def _not_yet(there: JSON, refs: Sequence[str]) -> list[JSON]:
    known = there if isinstance(there, list) else []
    return [ref for ref in dict.fromkeys(refs) if ref not in known]


def _groups(views: Sequence[RecordView], gap: timedelta | None) -> list[list[RecordView]]:
    """All in one, as named; or, with a gap, in the order of their times, cut where more than the gap lies between two."""
    if gap is None:
        return [list(views)]
    groups: list[list[RecordView]] = []
    last: datetime | None = None
    for view in sorted(views, key=lambda view: (_taken(view), view.number)):
        now = instant(_taken(view))
        if last is None or now - last > gap:
            groups.append([])
        groups[-1].append(view)
        last = now
    return groups


def _taken(view: RecordView) -> str:
    taken = view.doc.get("taken")
    return str(taken["at"]) if isinstance(taken, dict) else view.occurred or view.recorded


def _wanted(template: str) -> list[str]:
    if not template.strip():
        raise UsageError("the caption is empty")
    names = []
    for found in _FIELD.finditer(template):
        if found[0] in ("{", "}"):
            raise UsageError(f"a single {found[0]} in the caption", remedy="Write {{ or }} for a brace.")
        if found[1] is not None:
            if found[1] not in FIELDS:
                raise UsageError(
                    f"a caption knows no {{{found[1][:40]}}}", remedy=f"There are {', '.join(FIELDS)}."
                )
            names.append(found[1])
    return list(dict.fromkeys(names))


def _filled(template: str, values: Mapping[str, str]) -> str:
    def put(found: re.Match[str]) -> str:
        return found[0][0] if found[1] is None else values[found[1]]

    return _FIELD.sub(put, template)


def _value(vault: Vault, view: RecordView, name: str) -> str:
    match name:
        case "number":
            return view.number
        case "subject":
            return _text(view.doc, "subject")
        case "item":
            return ", ".join(_item(item) for item in _linked(vault, view, "items"))
        case "seal":
            return ", ".join(dict.fromkeys(_seals(vault, view)))
        case "place":
            location = view.doc.get("location")
            place = vault.peek(location) if isinstance(location, str) else None
            return _text(place.doc, "name") if place else ""
        case _:
            taken = view.doc.get("taken")
            return moment_text(taken)[11:16] if isinstance(taken, dict) else ""


def _item(view: RecordView) -> str:
    serials = view.doc.get("serials")
    first = str(serials[0]) if isinstance(serials, list) and serials else ""
    return " ".join(part for part in (_text(view.doc, "nomenclature"), first) if part) or view.number


def _seals(vault: Vault, view: RecordView) -> list[str]:
    """Numbers of the seals on what the photo shows."""
    return [
        _text(seal.doc, "number")
        for item in _linked(vault, view, "items")
        for seal in vault.find("seal", "applied_to", item.id)
        if not seal.retracted
    ]


def _linked(vault: Vault, view: RecordView, name: str) -> list[RecordView]:
    refs = view.doc.get(name)
    found = [vault.peek(ref) for ref in refs if isinstance(ref, str)] if isinstance(refs, list) else []
    return [one for one in found if one is not None]


def _text(doc: Doc, name: str) -> str:
    value = doc.get(name)
    return value if isinstance(value, str) else ""
