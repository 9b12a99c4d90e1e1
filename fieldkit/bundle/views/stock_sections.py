"""Sections on things: the inventory held against the counts, measurements, samples, seals, documents."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from fieldkit.bundle.views import times
from fieldkit.bundle.views.markup import Markup, Row, joined, own, table, tag, word
from fieldkit.bundle.views.source import Source, anchor, day_of, parts, text
from fieldkit.bundle.views.stock import Held
from fieldkit.domain.inventory import (
    ANOMALIES,
    Discrepancy,
    Finding,
    LineResult,
    Offer,
    Status,
    Totals,
)
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.records.observation import calibration_lapsed
from fieldkit.domain.tolerance import beyond_tolerance
from fieldkit.domain.views import RecordView

MOST_LINES = 2000
LINES_FILE = "reconciliation.csv"
STATUS_WORDS = {
    Status.MATCHED: "matched",
    Status.IDENTITY_MISMATCH: "identity mismatch",
    Status.MISSING: "missing",
    Status.NOT_ACCESSIBLE: "not accessible",
    Status.LEFT: "not settled",
}
CLASS_WORDS = {
    Discrepancy.SHORT: "short",
    Discrepancy.OVER: "over",
    Discrepancy.SERIAL: "serial number",
    Discrepancy.TYPE: "type or maker",
    Discrepancy.LOCATION: "location",
    Discrepancy.CONDITION: "condition or disposition",
    Discrepancy.SEAL: "seal",
    Discrepancy.ILLEGIBLE: "illegible marking",
    Discrepancy.DUPLICATE_SERIAL: "duplicate serial number",
    Discrepancy.UNDECLARED: "undeclared",
    Discrepancy.TOLERANCE: "measurement out of tolerance",
    Discrepancy.NOT_ACCESSIBLE: "not accessible",
    Discrepancy.COUNTS_DIFFER: "counts differ",
    Discrepancy.UNUSABLE: "number left out",
}
_TONES = {Status.MATCHED: "good", Status.LEFT: "warn", Status.NOT_ACCESSIBLE: "warn"}


def inventory(held: Held, source: Source) -> Iterator[Markup]:
    """Declared against counted: the sums, every discrepancy, and the lines."""
    yield from table(
        ("No.", "Declaration", "Version", "Handed over by", "Lines", "SHA-256 of the file"),
        (
            Row(
                [
                    source.number(view),
                    own(text(view.doc, "name")),
                    own(text(view.doc, "version")),
                    source.links(view.doc, "handed_over_by"),
                    text(view.doc, "lines"),
                    tag("code", text(view.doc, "file_sha256")),
                ],
                anchor(view),
            )
            for view in source.records("declaration")
        ),
    )
    if held.problem:
        yield tag("p", f"The counts could not be held against the lines: {held.problem}.", class_="none")
        return
    if not held.result.lines and not held.result.undeclared:
        yield tag("p", "No inventory was recorded.", class_="none")
        return
    yield from _sums(held.result.totals)
    yield tag("h3", "Discrepancies by class")
    yield from table(
        ("Class", "Found", "Kind"),
        (
            Row(
                [
                    CLASS_WORDS[one],
                    f"{held.result.discrepancies[one]:,}",
                    "anomaly" if one in ANOMALIES else "discrepancy",
                ]
            )
            for one in Discrepancy
            if one in held.result.discrepancies
        ),
        empty="None.",
    )
    yield tag("h3", "Every discrepancy")
    yield from table(
        ("Line", "Item", "Class", "What disagrees", "Counts"),
        _discrepancies(held, source),
        empty="None.",
    )
    yield tag("h3", "Near serials that were taken")
    yield from table(
        ("Count", "Item", "As read", "Taken for", "What parts the two", "By"),
        _taken(source),
        empty="None.",
    )
    yield tag("h3", "Lines of the inventory")
    yield from table(
        ("Line", "No.", "Item", "Declared", "Observed", "Verified", "Result"),
        (_line(held, result) for result in held.result.lines[:MOST_LINES]),
        empty="No line was declared.",
    )
    further = len(held.result.lines) - MOST_LINES
    if further > 0:
        yield tag("p", f"{further:,} further lines are in {LINES_FILE}, beside this file.", class_="none")


def _sums(totals: Totals) -> Iterator[Markup]:
    adds_up = (
        totals.declared
        == (totals.matched + totals.identity_mismatch + totals.missing + totals.not_accessible + totals.left)
        and totals.observed == totals.matched + totals.identity_mismatch + totals.undeclared
    )
    shared = [(totals.matched, "matched"), (totals.identity_mismatch, "identity mismatch")]
    declared = [*shared, (totals.missing, "missing"), (totals.not_accessible, "not accessible")]
    if totals.left:
        declared.append((totals.left, "not settled"))
    for total, name, terms in (
        (totals.declared, "declared", declared),
        (totals.observed, "observed", [*shared, (totals.undeclared, "undeclared")]),
    ):
        sums = joined((joined([tag("b", f"{n:,}"), said], " ") for n, said in terms), " + ")
        yield tag("p", joined([tag("b", f"{total:,}"), name], " "), " = ", sums, class_="sum")
    yield tag(
        "p",
        "In pieces. ",
        word("both sums add up", "good") if adds_up else word("the sums do not add up", "bad"),
        f" Of what was observed, {totals.verified:,} were identified one by one. Not accessible is not missing: "
        "nobody could look.",
    )


def _discrepancies(held: Held, source: Source) -> Iterator[Row]:
    for result in held.result.lines:
        offers = _offers(result.offers)
        for finding in result.findings:
            said = joined(
                [own(finding.text), offers if finding.discrepancy is Discrepancy.SERIAL else ""], "\n"
            )
            yield _discrepancy(held, finding, own(result.declared.line), own(_name(result)), said)
    for thing in held.result.undeclared:
        view = source.view(thing.id)
        what = source.label(thing.id) if view else "recorded without an item"
        for finding in thing.findings:
            said = joined([own(finding.text), _offers(thing.offers)], "\n")
            yield _discrepancy(held, finding, "on no line", own(what), said)


def _discrepancy(held: Held, finding: Finding, line: str, item: str, said: str) -> Row:
    numbers = joined(held.numbers.get(count, "") for count in finding.counts)
    return Row([line, item, word(CLASS_WORDS[finding.discrepancy], "bad"), said, numbers])


def _offers(offers: tuple[Offer, ...]) -> Markup:
    return joined(
        (
            f"Near: {offer.read} may be {offer.declared} of line {offer.line} ({offer.reason})"
            for offer in offers
        ),
        "\n",
    )


def _taken(source: Source) -> Iterator[Row]:
    for view in source.records("count"):
        for each in parts(view.doc, "taken"):
            yield Row(
                [
                    source.number(view),
                    source.links(view.doc, "item"),
                    *(own(text(each, name)) for name in ("read", "declared", "difference")),
                    source.links(view.doc, "counter"),
                ]
            )


def _line(held: Held, result: LineResult) -> Row:
    return Row(
        [
            own(result.declared.line),
            held.numbers.get(result.declared.id, ""),
            own(_name(result)),
            f"{result.declared.quantity:,}",
            "not known"
            if result.status in (Status.NOT_ACCESSIBLE, Status.LEFT) and not result.observed
            else f"{result.observed:,}",
            f"{result.verified:,}",
            word(STATUS_WORDS[result.status], _TONES.get(result.status, "bad")),
        ]
    )


def _name(result: LineResult) -> str:
    line = result.declared
    return " · ".join(part for part in (line.nomenclature, line.type, ", ".join(line.serials[:5])) if part)


def measurements(source: Source) -> Iterator[Markup]:
    """Values with their uncertainty; lapsed calibrations and values beyond the tolerance are marked."""
    yield from table(
        (
            "No.",
            "Quantity",
            "Value ± uncertainty",
            "Declared",
            "Of",
            "Instrument",
            "Calibration",
            "When, where",
        ),
        map(partial(_measurement, source), source.records("measurement")),
        empty="Nothing was measured.",
    )


def _measurement(source: Source, view: RecordView) -> Row:
    doc = view.doc
    due = text(doc, "calibration_due")
    state = (
        word("lapsed", "bad")
        if lapsed(view)
        else word("valid", "good")
        if due
        else word("not stated", "warn")
    )
    return Row(
        [
            source.number(view),
            own(text(doc, "quantity")),
            tag("b", source.field(view, "value")),
            joined(
                [
                    source.field(view, "declared"),
                    word("beyond tolerance", "bad") if beyond_tolerance(doc) else "",
                ],
                "\n",
            ),
            source.links(doc, "item"),
            joined([own(text(doc, "instrument")), own(text(doc, "instrument_serial"))], "\n"),
            joined([state, tag("span", f"due {due}", class_="nowrap") if due else ""], "\n"),
            when_where(source, view),
        ],
        anchor(view),
    )


def lapsed(view: RecordView) -> bool:
    """Whether the instrument was past its calibration on the day of the measurement."""
    day = day_of(times.when(view.doc.get("occurred")) or view.occurred or view.recorded)
    try:
        return day is not None and calibration_lapsed(view.doc, day)
    except ValueError:
        return False


def samples(source: Source) -> Iterator[Markup]:
    """What was taken, its parts, who saw it."""
    yield from table(
        ("No.", "Point", "Amount", "Parts", "Container and seal", "Taken by, witnesses", "When, where"),
        (
            Row(
                [
                    source.number(view),
                    own(text(view.doc, "point")),
                    source.field(view, "amount"),
                    joined((_split(source, part) for part in parts(view.doc, "splits")), "\n"),
                    joined([own(text(view.doc, "container")), source.links(view.doc, "seal")], "\n"),
                    joined([source.links(view.doc, "taken_by"), source.links(view.doc, "witnesses")], "\n"),
                    when_where(source, view),
                ],
                anchor(view),
            )
            for view in source.records("sample")
        ),
        empty="No sample was taken.",
    )


def _split(source: Source, part: Doc) -> Markup:
    amount = part.get("amount")
    said = f"{text(amount, 'value')} {text(amount, 'unit')}" if isinstance(amount, dict) else ""
    return joined([own(text(part, "label")), said, own(text(part, "holder")), source.links(part, "seal")])


def seals(source: Source) -> Iterator[Markup]:
    """Numbers, what they are on, every check, removals."""
    yield from table(
        ("No.", "Seal number", "Type", "Applied to", "By, witness", "Checks", "Applied"),
        (
            Row(
                [
                    source.number(view),
                    tag("b", own(text(view.doc, "number"))),
                    own(text(view.doc, "seal_type")),
                    source.links(view.doc, "applied_to"),
                    joined([source.links(view.doc, "applied_by"), source.links(view.doc, "witness")], "\n"),
                    joined(
                        [
                            *(_check(source, part) for part in parts(view.doc, "checks")),
                            _removed(source, view),
                        ],
                        "\n",
                    )
                    or word("never checked", "warn"),
                    when_where(source, view),
                ],
                anchor(view),
            )
            for view in source.records("seal")
        ),
        empty="No seal was recorded.",
    )


def _check(source: Source, part: Doc) -> Markup:
    result = text(part, "result")
    return joined(
        [
            word(result, "good" if result == "intact" else "bad"),
            times.when(part.get("at")),
            source.links(part, "by"),
            own(text(part, "remark")),
        ],
        " ",
    )


def _removed(source: Source, view: RecordView) -> Markup:
    removal = view.doc.get("removed")
    if not isinstance(removal, dict):
        return Markup("")
    said = [times.when(removal.get("at")), source.links(removal, "by"), own(text(removal, "reason"))]
    return joined([word("removed", "warn"), *said], " ")


def documents(source: Source) -> Iterator[Markup]:
    """Papers and files shown or handed over."""
    yield from table(
        ("No.", "Title", "Language", "Pages", "Seen as", "Handed over by, copied by", "SHA-256"),
        (
            Row(
                [
                    source.number(view),
                    joined([own(text(view.doc, "title")), own(text(view.doc, "reference"))], "\n"),
                    own(text(view.doc, "language")),
                    text(view.doc, "pages"),
                    "original seen" if view.doc.get("original_seen") is True else "copy only",
                    joined(
                        [source.links(view.doc, "handed_over_by"), source.links(view.doc, "copied_by")], "\n"
                    ),
                    tag("code", text(view.doc, "sha256")) if view.doc.get("sha256") else "no file",
                ],
                anchor(view),
            )
            for view in source.records("document")
        ),
        empty="No document was recorded.",
    )


def when_where(source: Source, view: RecordView) -> Markup:
    """When it happened, and at which place."""
    return joined([times.happened(view), own(source.place(view.doc.get("location")))], "\n")
