"""What a reconciliation needs, gathered from the vault: declared lines, counts, and which place encloses which.

Retracted records are left out. Items that nobody declared count as things on no line. An item for which numbers or
access were recorded on the item itself, without a count, stands as if they had been counted. A merged journal may bring
numbers that no count can have: they are left out, and what was left out is noted as a finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

from fieldkit.domain.inventory import Count, DeclaredLine, Discrepancy, Finding, Seen
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.tolerance import beyond_tolerance
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.pages import views
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.tables import number_parts

_Noted: TypeAlias = tuple[str, RecordView, Finding]
"""The id of a thing, the record that speaks of it, and what it says."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Lines, counts and what else is noted of an item, as `domain.reconcile` takes them; `parents` maps a location to
    the one that encloses it, `numbers` the id of each record that is named to its human number."""

    lines: tuple[DeclaredLine, ...]
    counts: tuple[Count, ...]
    parents: dict[str, str]
    numbers: dict[str, str]
    noted: dict[str, list[Finding]]


def take_stock(vault: VaultReader, declaration: str | None = None) -> Stock:
    """Every line and every count, or those of one declaration (id or number)."""
    only = _declaration(vault, declaration) if declaration else ""
    return _gather(vault, vault.list, only)


def take_stock_of(vault: VaultReader, items: Sequence[str]) -> Stock:
    """The lines and things of these ids with their counts, whatever declaration they stand in."""

    def of_kind(kind: str) -> Iterator[RecordView]:
        field = "applied_to" if kind == "seal" else "item"
        found: Iterable[RecordView] = (
            views(vault, items)
            if kind == "item"
            else (view for item in items for view in vault.referring(item, field))
        )
        standing = (view for view in found if view.kind == kind and not view.retracted)
        return iter(sorted(standing, key=lambda view: (*number_parts(view.number), view.id)))

    return _gather(vault, of_kind, "")


def _gather(vault: VaultReader, of_kind: Callable[[str], Iterator[RecordView]], only: str) -> Stock:
    numbers: dict[str, str] = {}
    noted: dict[str, list[Finding]] = defaultdict(list)
    lines: list[DeclaredLine] = []
    counts: list[Count] = []
    others: set[str] = set()
    without: dict[str, RecordView] = {}
    for view in of_kind("item"):
        numbers[view.id] = view.number
        declared = bool(view.doc.get("declaration")) and not view.doc.get("undeclared")
        if declared and only and view.doc["declaration"] != only:
            others.add(view.id)
            continue
        for name in ("declared", "counted", "verified"):
            _note_unusable(noted, view, view.id, name)
        if declared:
            lines.append(_line(view))
        if not declared or _says_something(view.doc):
            without[view.id] = view
    for view in of_kind("count"):
        item = _text(view.doc, "item")
        if item in others or item not in numbers:
            continue
        numbers[view.id] = view.number
        unusable = [_note_unusable(noted, view, item, name) for name in ("counted", "verified", "status")]
        if not any(unusable):
            without.pop(item, None)
            counts.append(_count(view, item))
    counts += map(_own_count, without.values())
    for item, view, finding in (*_seals(of_kind("seal")), *_measurements(of_kind("measurement"))):
        numbers[view.id] = view.number
        noted[item].append(finding)
    parents = {
        view.id: parent
        for view in vault.list("location")
        if isinstance(parent := view.doc.get("parent"), str)
    }
    return Stock(tuple(lines), tuple(counts), parents, numbers, noted)


def _declaration(vault: VaultReader, ref: str) -> str:
    view = vault.get(ref)
    if view.kind != "declaration":
        raise UsageError(
            f"{view.number} is of kind {view.kind}, not a declaration",
            where="--declaration",
            remedy="'fieldkit list declaration' shows what there is.",
        )
    return view.id


def _line(view: RecordView) -> DeclaredLine:
    doc = view.doc
    serials = _texts(doc, "serials")
    quantity = doc.get("declared")
    return DeclaredLine(
        id=view.id,
        line=_text(doc, "line") or view.number,
        nomenclature=_text(doc, "nomenclature"),
        type=_text(doc, "type"),
        maker=_text(doc, "maker"),
        quantity=quantity if _is_number(quantity) else max(1, len(serials)),
        serials=serials,
        location=_text(doc, "location"),
        condition=_text(doc, "condition"),
    )


def _count(view: RecordView, item: str) -> Count:
    doc = view.doc
    serials = _texts(doc, "serials")
    status = Seen(_text(doc, "status") or "found")
    counted = doc.get("counted")
    if not _is_number(counted):
        counted = max(1, len(serials)) if status is Seen.FOUND else 0
    return Count(
        id=view.id,
        item=item,
        status=status,
        counted=counted,
        verified=_number(doc, "verified"),
        serials=serials,
        taken=_taken(doc),
        illegible=doc.get("legibility") == "illegible",
        type=_text(doc, "type"),
        location=_text(doc, "location"),
        condition=_text(doc, "condition"),
    )


def _own_count(view: RecordView) -> Count:
    """What stands on an item itself, for one that nobody counted."""
    doc = view.doc
    barred = doc.get("access_status") == "not_accessible"
    serials = _texts(doc, "observed_serials")
    counted = doc.get("counted")
    return Count(
        id=view.id,
        item=view.id,
        status=Seen.NOT_ACCESSIBLE if barred else Seen.FOUND,
        counted=0 if barred else counted if _is_number(counted) else max(1, len(serials)),
        verified=_number(doc, "verified"),
        serials=serials,
        illegible=doc.get("legibility") == "illegible",
        type=_text(doc, "type") if doc.get("undeclared") else "",
        maker=_text(doc, "maker") if doc.get("undeclared") else "",
        location=_text(doc, "location") if doc.get("undeclared") else "",
    )


def _says_something(doc: Doc) -> bool:
    return (
        _is_number(doc.get("counted"))
        or bool(doc.get("observed_serials"))
        or doc.get("access_status") == "not_accessible"
    )


def _seals(seals: Iterable[RecordView]) -> Iterator[_Noted]:
    """Seals on a thing whose last check did not find them intact."""
    for view in seals:
        target, checks = _text(view.doc, "applied_to"), view.doc.get("checks")
        last = checks[-1] if isinstance(checks, list) and checks else None
        if not target or not isinstance(last, dict) or view.doc.get("removed"):
            continue
        if (result := str(last.get("result", ""))) != "intact":
            said = f"seal {_text(view.doc, 'number')}: {result}"
            yield target, view, Finding(Discrepancy.SEAL, said, (view.id,))


def _measurements(measurements: Iterable[RecordView]) -> Iterator[_Noted]:
    """Measurements of a thing that lie beyond the tolerance of what was declared."""
    for view in measurements:
        item = _text(view.doc, "item")
        if item and (said := beyond_tolerance(view.doc)):
            yield item, view, Finding(Discrepancy.TOLERANCE, said, (view.id,))


def _note_unusable(noted: dict[str, list[Finding]], view: RecordView, item: str, name: str) -> bool:
    """Whether a number or a status of a record is none that can be reckoned with; then it is noted for the item."""
    value = view.doc.get(name)
    usable = value in (None, "", *Seen) if name == "status" else value is None or _is_number(value)
    if not usable:
        said = f"{view.number} says {name} {value!r:.80}, which cannot be reckoned with and is left out"
        noted[item].append(Finding(Discrepancy.UNUSABLE, said, (view.id,)))
    return not usable


def _is_number(value: JSON) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(doc: Doc, name: str) -> str:
    value = doc.get(name)
    return value if isinstance(value, str) else ""


def _texts(doc: Doc, name: str) -> tuple[str, ...]:
    value = doc.get(name)
    members: Iterable[object] = value if isinstance(value, list) else ()
    return tuple(member for member in members if isinstance(member, str))


def _taken(doc: Doc) -> tuple[tuple[str, str], ...]:
    pairs = doc.get("taken")
    return tuple(
        (_text(each, "read"), _text(each, "declared"))
        for each in (pairs if isinstance(pairs, list) else ())
        if isinstance(each, dict)
    )


def _number(doc: Doc, name: str) -> int:
    value = doc.get(name)
    return value if _is_number(value) else 0
