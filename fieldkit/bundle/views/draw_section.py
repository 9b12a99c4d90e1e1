"""The section on chance: sampling plans, and the witnessed draws with what both sides gave for the seed."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.bundle.views import times
from fieldkit.bundle.views.markup import Markup, Row, joined, own, table, tag, word
from fieldkit.bundle.views.source import Source, anchor, parts, spoken, text
from fieldkit.domain.views import RecordView

MOST_SHOWN = 200


def draws(source: Source) -> Iterator[Markup]:
    """Plans first, then each draw: its list, who agreed to it, the seed, the numbers drawn."""
    yield from table(
        ("No.", "Part", "Pieces", "Sample", "To find", "Probability reached (asked)", "IAEA approximation"),
        (
            Row(
                [
                    source.number(view),
                    joined([source.links(view.doc, "declaration"), own(text(view.doc, "stratum"))], "\n"),
                    text(view.doc, "population"),
                    text(view.doc, "size"),
                    f"more than {text(view.doc, 'accept') or '0'} of {text(view.doc, 'defects') or '?'} defects",
                    f"{text(view.doc, 'detection')} ({text(view.doc, 'probability')})",
                    text(view.doc, "approximation"),
                ],
                anchor(view),
            )
            for view in source.records("plan")
        ),
        empty="No sample was planned.",
    )
    yield tag("h3", "Witnessed draws")
    yield from table(
        ("No.", "List and its SHA-256", "Agreed to by", "Given for the seed", "Seed", "Drawn"),
        (_draw(source, view) for view in source.records("draw")),
        empty="Nothing was drawn.",
    )
    yield tag(
        "p",
        "Number i is 1 + SHA-256(\"seed,i\") modulo the pieces of the list, repeats dropped. The list is a file of its own; "
        "whoever has the two can repeat the draw.",
        class_="none",
    )  # fmt: skip


def _draw(source: Source, view: RecordView) -> Row:
    doc = view.doc
    pieces = f"{text(doc, 'size')} of {text(doc, 'population')} pieces"
    drawn = doc.get("drawn")
    numbers = [str(number) for number in drawn] if isinstance(drawn, list) else []
    more = f" and {len(numbers) - MOST_SHOWN} more" if len(numbers) > MOST_SHOWN else ""
    return Row(
        [
            source.number(view),
            joined(
                [
                    pieces,
                    source.links(doc, "plan") or source.links(doc, "declaration"),
                    own(text(doc, "stratum")),
                    source.links(doc, "list_file"),
                    tag("code", text(doc, "list_sha256")),
                    f"frozen {times.happened(view)}" if doc.get("occurred") else "",
                ],
                "\n",
            ),
            joined(_agreements(source, view), "\n") or word("nobody", "bad"),
            _given(source, view),
            tag("code", own(text(doc, "seed"))) if doc.get("seed") else word("none yet", "warn"),
            joined([own(", ".join(numbers[:MOST_SHOWN]) + more), source.links(doc, "items")], "\n"),
        ],
        anchor(view),
    )


def _agreements(source: Source, view: RecordView) -> Iterator[Markup]:
    for each in source.vault.referring(view.id, "target"):
        if each.kind == "signoff" and not each.retracted and each.doc.get("position") == "agreed":
            fits = each.doc.get("digest") == view.doc.get("list_sha256")
            yield joined(
                [
                    own(text(each.doc, "role")),
                    source.links(each.doc, "signer"),
                    times.happened(each),
                    "" if fits else word("to another digest", "bad"),
                ],
                " ",
            )


def _given(source: Source, view: RecordView) -> Markup:
    given = parts(view.doc, "contributions")
    if view.doc.get("seed_method") == "dice":
        sides = f"{len(given)} rolls of dice with {text(view.doc, 'sides')} sides"
        return joined([sides, own(f"{text(given[0], 'party')} first" if given else "")], "\n")
    return joined(
        [
            spoken(text(view.doc, "seed_method")),
            *(
                joined(
                    [
                        own(text(each, "party")),
                        source.links(each, "by"),
                        "committed to", tag("code", own(text(each, "digest"))), times.when(each.get("committed")),
                        "and told" if each.get("value") else "and has not told",
                        tag("code", own(text(each, "value"))), times.when(each.get("told")),
                    ],
                    " ",
                )
                for each in given
            ),
        ],
        "\n",
    )  # fmt: skip
