"""Readings that were scanned or typed: one after the other looked up; what is not settled by itself waits for a person.

Everything that waits is kept in the store, encrypted, until it is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fieldkit.capture.matching import Match
from fieldkit.capture.tallying import Looked
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.views import RecordView
from fieldkit.vault.reading import VaultReader

DRAFT: Final = "inventory/readings"
_ITEM: Final = kind_named("item")


@dataclass(slots=True)
class Waiting:
    """A reading that waits (`text`; empty where a line was chosen in the list), what it may be, which of that is shown.

    `item` is known already where only the number of pieces is asked for, or where the reading was kept from before.
    """

    text: str
    offers: tuple[Match, ...] = ()
    item: RecordView | None = None
    asks: bool = False
    problem: str = ""
    choice: int = 0

    @property
    def offered(self) -> Match | None:
        """The offer that is shown."""
        return self.offers[self.choice % len(self.offers)] if self.offers else None


@dataclass(frozen=True, slots=True)
class Told:
    """What the banner says: a line in capitals, the thing, and which keys do what; `sort` is good, near, none or ask."""

    head: str
    thing: str = ""
    keys: str = ""
    sort: str = ""


def kept(reader: VaultReader) -> tuple[list[str], str]:
    """The readings that waited when the program ended, and what stood in the line."""
    doc = reader.drafts().get(DRAFT, {})
    waiting, line = doc.get("waiting"), doc.get("line")
    texts = [str(each) for each in waiting] if isinstance(waiting, list) else []
    return texts, line if isinstance(line, str) else ""


def as_doc(waiting: Sequence[str], line: str) -> Doc:
    """What is kept of them."""
    return {"waiting": [each for each in waiting if each], "line": line}


def waiting_for(looked: Looked) -> Waiting:
    """A reading that was looked up and is not settled."""
    return Waiting(looked.read, looked.offers, looked.item)


def asked(one: Waiting, more: int) -> Told:
    """The question that a waiting reading puts. `more` wait behind it."""
    others = f"   ({more} more wait)" if more else ""
    drop = "Delete drops it"
    if one.asks and one.item is not None:
        declared = one.item.doc.get("declared")
        lead = f"{one.text} · " if one.text else ""
        return Told(
            f"HOW MANY?  {lead}declared {declared if isinstance(declared, int) else 'without a number'}{others}",
            named(one.item),
            f"type the number, Enter · {drop}",
            "ask",
        )
    if one.problem:
        return Told(
            f"NOT RECORDED  {one.text}{others}", one.problem, f"Enter tries it again · {drop}", "none"
        )
    if one.item is not None:
        return Told(
            f"READ BEFORE, NOT RECORDED  {one.text}{others}",
            named(one.item),
            f"Enter counts it · {drop}",
            "near",
        )
    offer = one.offered
    if offer is None:
        return Told(
            f"ON NO LIST  {one.text}{others}",
            "No declared serial is like it.",
            f"+ records it as extra · = counts the line below with it · {drop}",
            "none",
        )
    place = f"{one.choice % len(one.offers) + 1} of {len(one.offers)}: " if len(one.offers) > 1 else ""
    tab = " · Tab next" if len(one.offers) > 1 or more else ""
    why = "stands in several lines" if offer.exact else f"{offer.near}"
    return Told(
        f"NEAR  {one.text} → {offer.serial}  ({why}){others}",
        f"{place}{named(offer.item)}",
        f"Enter takes it{tab} · + extra · {drop}",
        "near",
    )


def named(item: RecordView) -> str:
    """An item by its line and what it is."""
    doc = item.doc
    line = f"line {doc['line']}" if doc.get("line") else item.number
    what = " ".join(str(doc[name]) for name in ("nomenclature", "type") if doc.get(name))
    return " · ".join(
        filter(None, (line, what or _ITEM.summary(doc), item.number if doc.get("line") else ""))
    )
