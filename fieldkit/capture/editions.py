"""A newer edition of a declaration that is on record: what it changes, line by line, and the entries that make it so.

Unchanged lines keep their records untouched, with the sheet and row of the edition in which they were read. A changed line is
amended, with the edition as reason; what the team itself corrected stays unless the edition says something new of it.
A line that is gone is retracted where nobody saw the thing; where something was recorded of it, it becomes a thing on no list, so
that what was counted stays counted: declared = matched + mismatched + missing + not accessible, observed = matched +
mismatched + undeclared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fieldkit.domain.editions import differing, pair
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import kind
from fieldkit.domain.render import render
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.fold import EntryView
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Amend, Change, Retract

LOOKED_UP = 200
_UNSEEN = frozenset({"declaration", "draw", "plan"})
"""Kinds whose link to an item does not say that anybody saw it."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that changed: its item's number, its place in the list, and field, value before and value after, as text."""

    number: str
    line: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an edition changes. `gone` and `kept` are lines no longer declared, as number and line: of `kept` something is
    recorded, so they stay as things on no list."""

    revises: str
    unchanged: int
    changed: tuple[LineChange, ...]
    added: tuple[str, ...]
    gone: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, str], ...]

    def told(self) -> Iterator[str]:
        """The comparison in words, a change a line."""
        for change in self.changed:
            fields = "; ".join(
                f"{name}: {before or '–'} → {after or '–'}" for name, before, after in change.fields
            )
            yield f"changed  {change.number}  {change.line}: {fields}"
        yield from (f"new  {line}" for line in self.added)
        yield from (f"gone  {number}  {line}" for number, line in self.gone)
        for number, line in self.kept:
            yield f"gone  {number}  {line}: something is recorded of it, so it is on no list now"


@dataclass(frozen=True, slots=True)
class Edition:
    """The declaration that is revised, what is to be recorded for its lines, and the same for people."""

    declaration: RecordView
    reason: str
    added: Sequence[Doc]
    corrections: Sequence[Change]
    comparison: Comparison


def find_earlier(
    vault: VaultReader, name: str, sheet: str, giver: str | None, revises: str | None
) -> RecordView | None:
    """The declaration on record of which a list is an edition: the one named, else that of the same title, sheet and giver.

    Raises `UsageError` where several are, or where `revises` names no declaration.
    """
    if revises is not None:
        view = vault.get(revises)
        if view.kind != "declaration" or view.retracted:
            raise UsageError(f"{view.number} is no declaration that stands", where="--revises")
        return view
    title = " ".join(name.split()).casefold()
    found = [
        view
        for view in vault.list("declaration")
        if " ".join(str(view.doc["name"]).split()).casefold() == title
        and view.doc.get("sheet", "") == sheet
        and (giver is None or view.doc.get("handed_over_by", giver) == giver)
    ]
    if len(found) > 1:
        numbers = ", ".join(view.number for view in found)
        raise UsageError(
            f"several lists are called {name!r}: {numbers}",
            where="--name",
            remedy="Say which one this revises (--revises ID), or --again for a list of its own.",
        )
    return found[0] if found else None


def refuse_overlap(vault: VaultReader, items: Sequence[Doc], where: str) -> None:
    """`RefusedError` where half of the serials or more, of at most `LOOKED_UP` that are looked up, stand in one declaration
    on record: what is declared twice would be missing once."""
    serials = [str(serial) for item in items for serial in _members(item.get("serials"))]
    looked_up = serials[:: max(1, -(-len(serials) // LOOKED_UP))]
    met: Counter[str] = Counter()
    for serial in looked_up:
        met.update(
            {
                str(view.doc["declaration"])
                for view in vault.find("item", "serials", serial)
                if not view.retracted and view.doc.get("declaration")
            }
        )
    for declaration, count in met.most_common(1):
        if 2 * count >= len(looked_up):
            view = vault.get(declaration)
            raise RefusedError(
                f"of {len(looked_up)} serials looked up, {count} are declared already, in {view.number} ({view.doc.get('name')})",
                where=where,
                remedy=f"A newer edition of that list: --revises {view.number} --edition EDITION. A list of its own: --name TITLE.",
            )


def compare(
    vault: VaultReader,
    declaration: RecordView,
    items: Sequence[Doc],
    fields: Collection[str],
    version: str,
    places: Mapping[str, str],
) -> Edition:
    """What `items`, the lines of a newer edition with ids as `location`, change in the declaration on record.

    `fields` are those of which the edition speaks, `places` the names of locations by id. Raises `RefusedError` where the edition is
    not told from those before.
    """
    editions = [str(each) for entry in vault.history(declaration.id) if (each := entry.values.get("version"))]
    if not version or version in editions:
        held = f"edition {editions[-1]}" if editions else "without an edition"
        raise RefusedError(
            f"a list of this title is on record, {held}: {declaration.number}",
            where="--edition",
            remedy="Name the new edition (--edition TEXT), give the list another title (--name), "
            "or load it as a list of its own (--again).",
        )
    older = [view for view in vault.list("item") if view.doc.get("declaration") == declaration.id]
    reasons = {_reason(each, declaration) for each in editions}
    before: dict[int, Doc] = {}

    def declared(place: int) -> Doc:
        before[place] = _declared(vault.history(older[place].id), reasons)
        return before[place]

    found = pair([view.doc for view in older], items, fields, declared)
    reason = _reason(version, declaration)
    changed: list[LineChange] = []
    corrections: list[Change] = []
    for one, other in found.pairs:
        view, item = older[one], items[other]
        values = _amended(view.doc, before.get(one, view.doc), item, fields)
        if values:
            shown = {name: value for name, value in values.items() if name not in ("sheet", "row")}
            changed.append(
                LineChange(
                    view.number,
                    _line(view.doc),
                    tuple(_shown(name, view.doc, shown, places) for name in shown),
                )
            )
            corrections.append(Amend(view.id, reason, set=values))
    gone, kept = [], []
    for place in found.gone:
        view = older[place]
        if not _seen(vault, view):
            gone.append((view.number, _line(view.doc)))
            corrections.append(Retract(view.id, f"no longer declared: {reason}"))
        elif not view.doc.get("undeclared"):
            kept.append((view.number, _line(view.doc)))
            corrections.append(Amend(view.id, f"no longer declared: {reason}", set={"undeclared": True}))
    added = [items[place] for place in found.added]
    comparison = Comparison(
        revises=declaration.number,
        unchanged=len(found.pairs) - len(changed),
        changed=tuple(changed),
        added=tuple(_line(item) for item in added),
        gone=tuple(gone),
        kept=tuple(kept),
    )
    return Edition(declaration, reason, added, corrections, comparison)


def revision(edition: Edition, about: Mapping[str, JSON]) -> list[Change]:
    """The changes that bring the declaration, of which `about` are the new values, and its lines to this edition."""
    held = edition.declaration.doc
    values = {name: value for name, value in about.items() if held.get(name) != value}
    return [Amend(edition.declaration.id, edition.reason, set=values), *edition.corrections]


def _reason(version: str, declaration: RecordView) -> str:
    return f"edition {version} of {declaration.number}"


def _declared(entries: Sequence[EntryView], reasons: Collection[str]) -> Doc:
    """What the editions said of an item, without what the team amended."""
    doc: Doc = {}
    for entry in entries:
        if entry.act != "add" and entry.reason not in reasons:
            continue
        for name, value in entry.values.items():
            field, sign = name.rstrip("+-"), name[-1]
            if sign not in "+-":
                doc[field] = value
                continue
            held, members = _members(doc.get(field)), _members(value)
            doc[field] = [*held, *members] if sign == "+" else [each for each in held if each not in members]
    return {
        name: sorted(value, key=str) if isinstance(value, list) else value
        for name, value in doc.items()
        if value is not None
    }


def _amended(current: Doc, before: Doc, item: Doc, fields: Collection[str]) -> Doc:
    """The values to set on a line that is known again; its new sheet and row go with them."""
    new = set(differing(before, item, fields)) & set(differing(current, item, fields))
    values: Doc = {name: item.get(name) for name in sorted(new)}
    if current.get("undeclared"):
        values["undeclared"] = None
    if values:
        moved = differing(current, item, ("row", "sheet"))
        values.update({name: item.get(name) for name in moved})
    return values


def _seen(vault: VaultReader, view: RecordView) -> bool:
    """Whether anything is recorded of the thing itself."""
    said = ("counted", "verified", "observed_serials", "access_status", "disposition", "photos", "undeclared")
    return any(view.doc.get(name) is not None for name in said) or any(
        other.kind not in _UNSEEN and not other.retracted for other in vault.referring(view.id)
    )


def _line(item: Doc) -> str:
    return kind("item").summary(item)


def _shown(name: str, before: Doc, after: Doc, places: Mapping[str, str]) -> tuple[str, str, str]:
    field = kind("item").field(name)

    def text(value: JSON) -> str:
        return places.get(str(value), str(value)) if name == "location" and value else render(field, value)

    return name, text(before.get(name)), text(after.get(name))


def _members(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []
