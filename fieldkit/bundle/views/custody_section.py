"""The section on custody: each handing over, and what is wrong with the chains they make."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.bundle.views.markup import Markup, Row, joined, own, table, word
from fieldkit.bundle.views.source import Source, anchor, spoken, text
from fieldkit.bundle.views.stock_sections import when_where
from fieldkit.domain.handovers import faults, in_order
from fieldkit.domain.jsontypes import JSON
from fieldkit.domain.views import RecordView


def custody(source: Source) -> Iterator[Markup]:
    """Each handing over, in the order recorded."""
    yield from table(
        ("No.", "Thing", "From", "To", "When, where", "Seal", "Reason"),
        (
            Row(
                [
                    source.number(view),
                    source.links(view.doc, "thing"),
                    source.links(view.doc, "from_whom") or "custody begins",
                    source.links(view.doc, "to_whom"),
                    when_where(source, view),
                    spoken(text(view.doc, "seal_state")) or "not stated",
                    own(text(view.doc, "reason")),
                ],
                anchor(view),
            )
            for view in source.records("custody")
        ),
        empty="Nothing changed hands.",
    )
    yield from table(
        ("Thing", "What is wrong with its custody"),
        _broken_chains(source),
        empty="No chain has a gap, an overlap or a seal that was not intact.",
    )


def _broken_chains(source: Source) -> Iterator[Row]:
    chains: dict[str, list[RecordView]] = {}
    for view in source.records("custody"):
        chains.setdefault(text(view.doc, "thing"), []).append(view)

    def of_team(person: JSON) -> bool:
        view = source.view(person) if isinstance(person, str) else None
        return view is not None and view.doc.get("party") == "team"

    def name(person: JSON) -> str:
        return (source.label(person) if isinstance(person, str) else "") or "nobody"

    for thing, chain in chains.items():
        for fault in faults(in_order(chain), name, of_team):
            yield Row([source.link(thing), joined([word(fault.sort, "bad"), own(fault.text)], " ")])
