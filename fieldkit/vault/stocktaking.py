"""What a reconciliation needs, gathered from the vault: declared lines, counts, and which place encloses which.

Retracted records are left out. Items that nobody declared count as things on no line. An item for which numbers or
access were recorded on the item itself, without a count, stands as if they had been counted; the last check of each
seal on an item goes with its first count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from fieldkit.domain.inventory import Count, DeclaredLine, SealCheck, Seen
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.reading import VaultReader


@dataclass(frozen=True, slots=True)
class Stock:
    """Lines and counts as `domain.reconcile` takes them; `parents` maps a location to the one that encloses it,
    `numbers` the id of each item and count to its human number."""

    lines: tuple[DeclaredLine, ...]
    counts: tuple[Count, ...]
    parents: dict[str, str]
    numbers: dict[str, str]


def take_stock(vault: VaultReader, declaration: str | None = None) -> Stock:
    """Every line and every count, or those of one declaration (id or number)."""
    only = _declaration(vault, declaration) if declaration else ""
    seals = _seals(vault)
    numbers: dict[str, str] = {}
    lines: list[DeclaredLine] = []
    counts: list[Count] = []
    others: set[str] = set()
    without: dict[str, RecordView] = {}
    for view in vault.list("item"):
        numbers[view.id] = view.number
        declared = bool(view.doc.get("declaration")) and not view.doc.get("undeclared")
        if declared and only and view.doc["declaration"] != only:
            others.add(view.id)
            continue
        if declared:
            lines.append(_line(view))
        if not declared or _says_something(view.doc):
            without[view.id] = view
    for view in vault.list("count"):
        item = _text(view.doc, "item")
        if item in others or item not in numbers:
            continue
        numbers[view.id] = view.number
        without.pop(item, None)
        counts.append(_count(view, item, tuple(seals.pop(item, ()))))
    counts += [_own_count(view, tuple(seals.pop(item, ()))) for item, view in without.items()]
    parents = {
        view.id: parent
        for view in vault.list("location")
        if isinstance(parent := view.doc.get("parent"), str)
    }
    return Stock(tuple(lines), tuple(counts), parents, numbers)


def _declaration(vault: VaultReader, ref: str) -> str:
    view = vault.get(ref)
    if view.kind != "declaration":
        raise UsageError(f"{view.number} is of kind {view.kind}, not a declaration", where="--declaration")
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
        quantity=quantity if isinstance(quantity, int) else max(1, len(serials)),
        serials=serials,
        location=_text(doc, "location"),
        condition=_text(doc, "condition"),
    )


def _count(view: RecordView, item: str, seals: tuple[SealCheck, ...]) -> Count:
    doc = view.doc
    serials = _texts(doc, "serials")
    status = Seen(_text(doc, "status") or "found")
    counted = doc.get("counted")
    if not isinstance(counted, int):
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
        seals=seals,
    )


def _own_count(view: RecordView, seals: tuple[SealCheck, ...]) -> Count:
    """What stands on an item itself, for one that nobody counted."""
    doc = view.doc
    barred = doc.get("access_status") == "not_accessible"
    serials = _texts(doc, "observed_serials")
    counted = doc.get("counted")
    return Count(
        id=view.id,
        item=view.id,
        status=Seen.NOT_ACCESSIBLE if barred else Seen.FOUND,
        counted=0 if barred else counted if isinstance(counted, int) else max(1, len(serials)),
        verified=_number(doc, "verified"),
        serials=serials,
        illegible=doc.get("legibility") == "illegible",
        type=_text(doc, "type") if doc.get("undeclared") else "",
        maker=_text(doc, "maker") if doc.get("undeclared") else "",
        location=_text(doc, "location") if doc.get("undeclared") else "",
        seals=seals,
    )


def _says_something(doc: Doc) -> bool:
    return (
        isinstance(doc.get("counted"), int)
        or bool(doc.get("observed_serials"))
        or doc.get("access_status") == "not_accessible"
    )


def _seals(vault: VaultReader) -> dict[str, list[SealCheck]]:
    """The result of the last check of each seal that is still on an item, by the item's id."""
    found: dict[str, list[SealCheck]] = defaultdict(list)
    for view in vault.list("seal"):
        target, checks = _text(view.doc, "applied_to"), view.doc.get("checks")
        if target and isinstance(checks, list) and checks and not view.doc.get("removed"):
            last = checks[-1]
            if isinstance(last, dict):
                found[target].append(SealCheck(_text(view.doc, "number"), str(last.get("result", ""))))
    return found


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
    return value if isinstance(value, int) else 0
