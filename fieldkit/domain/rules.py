"""Rules of the field that need other records to be seen. They run at recording, on the team's own acts, and nowhere else:
what arrives from elsewhere and breaks one is a finding, never refused.

Each rule names the fields it depends on and runs only where one of them changes, so that correcting a remark never
fails on a fault that was there before. Whatever a rule asks of other records is a look-up by id or by one field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fieldkit.domain.acts import Act, Change, Lookup, Rule, rule
from fieldkit.domain.draw_order import draw_goes_in_order
from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.handovers import custody_is_unbroken
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.marking import (
    CONTENTS,
    container_is_marked_enough,
    mark_is_of_the_scheme,
    mission_is_marked_enough,
    scheme_is_known,
)
from fieldkit.domain.moments import instant
from fieldkit.domain.records.places import LEVELS
from fieldkit.domain.serials import near
from fieldkit.errors import RefusedError

_DEPTH: Final = 64
_FIXED: Final = {
    "photo": frozenset({"media", "sha256", "taken_raw", "derivative_of", "boxes", "decoder", "tiles"}),
    "handout": frozenset({"to_whom", "files"}),
    "media": frozenset({"sha256", "size", "parts"}),
    "signoff": frozenset({"digest", "position", "role", "signer", "target"}),
    "draw": frozenset(
        {"plan", "declaration", "stratum", "list_file", "list_sha256", "population", "size", "variant"}
        | {"occurred", "seed", "seed_method", "sides", "drawn", "drawn_at"}
    ),
}
"""What is never corrected once it is recorded, because it was never anybody's to choose."""


def check(kind: str, record_id: str, act: Act, before: Doc | None, after: Doc, lookup: Lookup) -> None:
    """RefusedError if a rule of the field forbids this act; `after` is the record in its one form (`normalise`).

    For a retraction `before` and `after` are the record as it stands.
    """
    found = kind_named(kind)
    if before is None or act == "retract":
        changed = set(after)
    else:
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if act != "retract":
        for link in found.links:
            if link.name in changed:
                _check_links(
                    found, record_id, link, (before or {}).get(link.name), after.get(link.name), lookup
                )
    change = Change(found, record_id, act, before or {}, after, frozenset(changed), lookup)
    for each in (_MARKED, *_RULES.get(kind, ())):
        if act in each.acts and (not each.fields or not each.fields.isdisjoint(changed)):
            each.run(change)


def check_author(author: str, lookup: Lookup) -> None:
    """RefusedError unless the record id `author` is that of a person of the team."""
    view = lookup.get(author)
    if view is None or view.kind != "person":
        raise RefusedError(
            "nobody here has that id", where="author", remedy="Record the person first: fieldkit add person …"
        )
    if view.doc.get("party") != "team" or view.retracted:
        raise RefusedError(
            f"{view.doc.get('name')} is not of the team: only the team records",
            where="author",
            remedy="Record as a member of the team; a host's words go into a comment, its signature into a signoff.",
        )


def _check_links(kind: Kind, record_id: str, field: Field, before: JSON, after: JSON, lookup: Lookup) -> None:
    known = {(target, part.name) for target, part in _ids(field, before)} if before is not None else ()
    for target, part in _ids(field, after):
        if (target, part.name) in known:
            continue
        where = f"{kind.name}.{part.name}" if part is field else f"{kind.name}.{field.name}.{part.name}"
        if target == record_id:
            raise RefusedError("a record does not link to itself", where=where, remedy="Name another record.")
        view = lookup.get(target)
        if view is None:
            raise RefusedError(
                f"there is no record {target}", where=where, remedy="Look it up with fieldkit search or list."
            )
        if part.targets and view.kind not in part.targets:
            raise RefusedError(
                f"{view.number} is a {view.kind}, where {_either(part.targets)} is asked for",
                where=where,
                remedy=f"'fieldkit list {part.targets[0]}' shows what there is.",
            )


def _ids(field: Field, value: JSON) -> Iterator[tuple[str, Field]]:
    if isinstance(value, str):
        if field.type is FieldType.RECORD:
            yield value, field
    elif isinstance(value, list):
        for member in value:
            yield from _ids(field, member)
    elif isinstance(value, dict):
        for part in field.parts:
            if part.name in value:
                yield from _ids(part, value[part.name])


def _either(kinds: tuple[str, ...]) -> str:
    *others, last = kinds
    return f"{', '.join(others)} or {last}" if others else last


def _stays(change: Change) -> None:
    for name in sorted(change.changed & _FIXED[change.kind.name]):
        if change.before.get(name) is not None:
            change.refuse(
                f"{name} stays as it was recorded",
                field=name,
                remedy="Record it anew and retract this one, or say in the remark what is wrong.",
            )


def _photo_keeps_its_number(change: Change) -> None:
    change.refuse(
        "a photo is not retracted: the photo log has no gaps",
        remedy="Withhold it with its reason: it keeps its number.",
    )


def _nothing_kept_back_is_handed_over(change: Change) -> None:
    files = change.after["files"]
    for one in files if isinstance(files, list) else []:
        view = change.lookup.get(str(one["photo"])) if isinstance(one, dict) else None
        if view is not None and view.doc.get("state") in ("held", "withheld"):
            change.refuse(
                f"{view.number} is {view.doc['state']}: no copy of it is handed over",
                field="files",
                remedy="Release it first, with the reason, or hand over its redacted copy.",
            )


def _comment_stands(change: Change) -> None:
    change.refuse(
        f"a host's comment is not {'amended' if change.act == 'amend' else 'retracted'} by the team",
        remedy="Record what is to be added as a comment or an observation of its own.",
    )


def _laptop_keeps_its_owner(change: Change) -> None:
    if change.act == "amend" and change.after.get("party") == "team":
        return
    for member in change.lookup.referring(change.id, "person"):
        if member.kind == "member" and not member.retracted and member.doc.get("status") != "revoked":
            change.refuse(
                f"{change.before.get('name')} keeps laptop {member.doc.get('letter')}, which nobody could record on",
                field="" if change.act == "retract" else "party",
                remedy="Correct what is wrong with 'fieldkit amend'; a person who keeps a laptop stays of the team.",
            )


def _mission_stands(change: Change) -> None:
    change.refuse(
        "everything recorded belongs to the mission, so it is not retracted",
        remedy="Correct what is wrong with 'fieldkit amend'; 'fieldkit vault erase' destroys the vault.",
    )


def _seal_number_is_new(change: Change) -> None:
    number = str(change.after["number"])
    for other in change.lookup.find("seal", "number", number):
        alike = near(number, there := str(other.doc.get("number")))
        if alike is not None and other.id != change.id and not other.retracted:
            written = f", as {there} ({alike})" if alike.reasons else ""
            change.refuse(
                f"seal number {number} was applied already: {other.number}{written}",
                field="number",
                remedy=f"Read the number again; look at {other.number}.",
            )


def _place_is_in_no_circle(change: Change) -> None:
    parent = change.after.get("parent")
    for _ in range(_DEPTH):
        if parent is None:
            return
        if parent == change.id:
            change.refuse("a place is not part of itself", field="parent", remedy="Name the place around it.")
        view = change.lookup.get(str(parent))
        parent = view.doc.get("parent") if view else None
    change.refuse(
        f"places lie within each other more than {_DEPTH} deep",
        field="parent",
        remedy="Name a place further out.",
    )


def _place_is_smaller(change: Change) -> None:
    around = change.lookup.get(str(change.after["parent"])) if "parent" in change.after else None
    outer, inner = around.doc.get("level") if around else None, change.after.get("level")
    if outer in LEVELS and inner in LEVELS and LEVELS.index(str(outer)) > LEVELS.index(str(inner)):
        change.refuse(
            f"a {inner} does not lie within a {outer}", field="level", remedy="Check level and parent."
        )


def _place_keeps_its_names(change: Change) -> None:
    former = change.before.get("name")
    aliases = change.after.get("aliases")
    if former is not None and former not in (aliases if isinstance(aliases, list) else []):
        change.refuse(
            f"the name {former!r} would be lost",
            field="name",
            remedy="Keep it among the other names: aliases+=NAME.",
        )


def _destruction_is_shown(change: Change) -> None:
    if change.after.get("disposition") != "destroyed":
        return
    times = []
    for name in ("before_photo", "after_photo"):
        view = change.lookup.get(str(change.after[name]))
        taken = view.doc.get("taken") if view else None
        times.append(instant(str(taken["at"])) if isinstance(taken, dict) else None)
    if times[0] is not None and times[1] is not None and times[0] > times[1]:
        change.refuse(
            "the photo before was taken after the photo after",
            field="before_photo",
            remedy="Exchange the two, or correct the camera's clock.",
        )


_MARKED: Final = rule("add amend", "mark", mark_is_of_the_scheme)
_STAYS: Final = rule("amend", "", _stays)
_ENOUGH: Final = {
    kind: rule("add amend", f"mark {' '.join(links)}", container_is_marked_enough)
    for kind, links in CONTENTS.items()
}
_RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "photo": (rule("retract", "", _photo_keeps_its_number), _STAYS),
    "handout": (
        rule("add", "files", _nothing_kept_back_is_handed_over),
        _ENOUGH["handout"],
        _STAYS,
    ),
    "media": (_STAYS,),
    "signoff": (_STAYS,),
    "draw": (_STAYS, rule("add amend", "", draw_goes_in_order)),
    "mission": (
        rule("retract", "", _mission_stands),
        rule("add amend", "mark_scheme marks", scheme_is_known),
        rule("add amend", "mark_scheme marks", mark_is_of_the_scheme),
        rule("amend", "mark", mission_is_marked_enough),
    ),
    "person": (rule("amend", "party", _laptop_keeps_its_owner), rule("retract", "", _laptop_keeps_its_owner)),
    "finding": (_ENOUGH["finding"],),
    "document": (_ENOUGH["document"],),
    "comment": (rule("amend retract", "", _comment_stands),),
    "seal": (rule("add amend", "number", _seal_number_is_new),),
    "item": (rule("add amend", "disposition before_photo after_photo", _destruction_is_shown),),
    "custody": (rule("add amend retract", "thing from_whom to_whom occurred", custody_is_unbroken),),
    "location": (
        rule("add amend", "parent", _place_is_in_no_circle),
        rule("add amend", "parent level", _place_is_smaller),
        rule("amend", "name", _place_keeps_its_names),
    ),
}

RULED_KINDS: Final = frozenset(_RULES)
"""Kinds that have rules of their own, beyond links that must lead to a record of the right kind."""
