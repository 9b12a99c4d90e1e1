"""Sections on words that bind: findings, commitments, the host's comments, differing observations, signatures; and what
was retracted."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.bundle.views import times
from fieldkit.bundle.views.markup import Markup, Row, details, joined, own, table, tag, word
from fieldkit.bundle.views.source import Source, anchor, language, spoken, text
from fieldkit.domain.jsontypes import JSON
from fieldkit.domain.kinds import kind
from fieldkit.domain.views import RecordView
from fieldkit.vault.fold import RETRACT, EntryView
from fieldkit.vault.reading import Difference
from fieldkit.vault.tables import known_kind

_MEANINGS = {
    "authored": "authored",
    "notice_taken": "took notice; this is not agreement",
    "agreed": "agreed",
    "with_remarks": "signed with remarks",
    "refused": "refused to sign",
}
_COMMITMENT_TONES = {"done": "good", "declined": "bad"}


def findings(source: Source) -> Iterator[Markup]:
    """What the team states, and what it rests on."""
    yield from table(
        ("No.", "Statement", "Status", "Rests on", "List entry, part of the mandate"),
        (
            Row(
                [
                    source.number(view),
                    own(text(view.doc, "statement")),
                    word(
                        text(view.doc, "status") or "open",
                        "good" if view.doc.get("status") == "closed" else "warn",
                    ),
                    source.links(view.doc, "rests_on") or "nothing named yet",
                    joined([own(text(view.doc, "control_entry")), own(text(view.doc, "mandate_part"))], "\n"),
                ],
                anchor(view),
            )
            for view in source.records("finding")
        ),
        empty="No finding was recorded.",
    )


def commitments(source: Source) -> Iterator[Markup]:
    """Requests and promises; the days proposed, agreed and actual apart."""
    yield from table(
        ("No.", "Commitment", "By, to", "Proposed", "Agreed", "Actual", "Status", "Evidence"),
        (
            Row(
                [
                    source.number(view),
                    own(text(view.doc, "text")),
                    joined(
                        [
                            source.links(view.doc, "by_whom"),
                            joined(["to ", source.links(view.doc, "to_whom")], ""),
                        ],
                        "\n",
                    ),
                    *(own(text(view.doc, name)) or "—" for name in ("proposed", "agreed", "actual")),
                    word(
                        text(view.doc, "status") or "open",
                        _COMMITMENT_TONES.get(text(view.doc, "status"), "warn"),
                    ),
                    source.evidence(view),
                ],
                anchor(view),
            )
            for view in source.records("commitment")
        ),
        empty="Nothing was requested or promised.",
    )


def comments(source: Source) -> Iterator[Markup]:
    """The host's words as given, with the interpreter's rendering; retracted ones too, because they are always annexed."""
    shown = False
    for view in source.records("comment", retracted=True):
        shown = True
        translation = text(view.doc, "translation")
        yield tag(
            "article",
            tag(
                "h4",
                source.number(view),
                " ",
                source.links(view.doc, "by_whom") or "speaker not stated",
                tag("small", joined([times.happened(view), own(text(view.doc, "language"))], " · ")),
            ),
            word("retracted", "warn") if view.retracted else "",
            tag("blockquote", text(view.doc, "text"), lang=language(view.doc), dir="auto"),
            tag("p", tag("b", "Translation by the interpreter: "), own(translation)) if translation else "",
            details([("On", source.links(view.doc, "target")), ("Remark", own(text(view.doc, "remark")))]),
            id=anchor(view),
        )
    if not shown:
        yield tag("p", "The host made no comment that was recorded.", class_="none")


def differences(source: Source) -> Iterator[Markup]:
    """Where inspectors recorded different values: each with its author."""
    yield tag("p", "Each value stands with whoever recorded it. A difference is a result, not an error.")
    yield from table(
        ("Record", "Field", "Value", "Recorded by", "Recorded"),
        (row for one in source.differences for row in _difference(source, one)),
        empty="No values differ.",
    )


def _difference(source: Source, one: Difference) -> Iterator[Row]:
    known = known_kind(one.record.kind)
    field = known.fields.get(one.field) if known else None
    for value, entry in one.values:
        yield Row(
            [
                joined([known.title if known else own(one.record.kind), one.record.number], " "),
                field.label if field else own(one.field),
                source.value(field, value) if field else own(str(value)),
                source.link(entry.author),
                _recorded(entry.recorded.get("at")),
            ]
        )


def _recorded(at: JSON) -> Markup:
    return own(str(at)[:16].replace("T", " ") + " UTC") if at else own("")


def signatures(source: Source) -> Iterator[Markup]:
    """Signatures recorded in the journal. Those over the bundle itself lie in its folder signatures/."""
    yield tag(
        "p", "A signature of the host is not agreement unless it says so; a refusal is a valid outcome."
    )
    yield from table(
        ("No.", "Signer", "Role", "Meaning", "What, SHA-256", "When", "Remark"),
        (
            Row(
                [
                    source.number(view),
                    source.links(view.doc, "signer"),
                    own(text(view.doc, "role")),
                    word(_MEANINGS.get(text(view.doc, "position"), spoken(text(view.doc, "position")))),
                    joined([source.links(view.doc, "target"), tag("code", text(view.doc, "digest"))], "\n"),
                    times.happened(view),
                    own(text(view.doc, "remark")),
                ],
                anchor(view),
            )
            for view in source.records("signoff")
        ),
        empty="No signature is recorded in the journal. Signatures over the bundle lie in its folder signatures/.",
    )


def retracted(source: Source) -> Iterator[Markup]:
    """Nothing is deleted: what was taken back stands here, with the reason."""
    rows = (_retracted(source, view) for view in source.records_retracted())
    yield from table(
        ("No.", "Kind", "What", "Why it was retracted", "By"), rows, empty="Nothing was retracted."
    )


def _retracted(source: Source, view: RecordView) -> Row:
    known = known_kind(view.kind)
    acts: list[EntryView] = [one for one in source.vault.entries_of(view.id) if one.act == RETRACT]
    what = kind(view.kind).summary(view.doc) if known else ""
    return Row(
        [
            source.number(view),
            known.title if known else own(view.kind),
            own(what),
            joined((own(act.reason) for act in acts), "\n"),
            joined(source.link(act.author) for act in acts),
        ],
        "" if view.kind in ("photo", "comment") else anchor(view),
    )
