"""The photo log. It has no gaps: withheld and retracted frames keep their number, and a number without a record says so."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from fieldkit.bundle.views import times
from fieldkit.bundle.views.markup import NOTHING, Markup, Row, joined, opening, own, table, tag, word
from fieldkit.bundle.views.source import Source, anchor, parts, text
from fieldkit.domain.numbers import format_number, parse_number
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError

MOST_PICTURES = 1000
_SHOWN_STATES = frozenset({"taken", "released", "redacted"})
_TONES = {"taken": "good", "released": "good", "withheld": "bad"}


def photos(source: Source) -> Iterator[Markup]:
    """Every frame: number, time, place, operator, camera, state and reason, SHA-256."""
    if source.withheld:
        yield tag(
            "p",
            f"{len(source.withheld)} frames are withheld: they keep their numbers and the reason, and are not in this bundle.",
        )
    yield from table(
        (
            "No.",
            "Picture",
            "Subject and place",
            "Taken",
            "Operator and camera",
            "State",
            "SHA-256 of the original",
        ),
        _rows(source),
        kind="photos",
        empty="No photo was recorded.",
    )
    handouts = [_handout(source, view) for view in source.records("handout")]
    if handouts:
        yield tag("h3", "Copies handed over")
        yield from table(("No.", "When", "To", "Files, by SHA-256"), handouts, kind="photos")


def _handout(source: Source, view: RecordView) -> Row:
    files = [
        joined([source.link(one.get("photo")), tag("code", text(one, "sha256"))], " ")
        for one in parts(view.doc, "files")
    ]
    to = joined([source.links(view.doc, "to_whom"), own(text(view.doc, "medium"))], "\n")
    when = joined(times.split(view.doc.get("occurred")), " ")
    return Row([source.number(view), when, to, joined(files, "\n")], anchor(view))


def _rows(source: Source) -> Iterator[Row]:
    letter, expected, pictures = "", 1, 0
    for view in source.records("photo", retracted=True):
        try:
            number = parse_number(view.number)
        except UsageError:
            number = None
        if number is not None:
            if number.letter != letter:
                letter, expected = number.letter, 1
            if number.number > expected:
                yield _gap(letter, number.series, expected, number.number - 1)
            expected = number.number + 1
        picture = _picture(source, view, room=pictures < MOST_PICTURES)
        pictures += picture.startswith("<img")
        yield _row(source, view, picture)


def _gap(letter: str, series: str, first: int, last: int) -> Row:
    missing = format_number(letter, series, first)
    if last > first:
        missing = f"{missing} to {format_number(letter, series, last)}"
    said = "No record with this number is in this bundle."
    return Row(
        [tag("b", missing, class_="number"), "", said, "", "", word("no record", "bad"), ""], tone="barred"
    )


def _row(source: Source, view: RecordView, picture: str) -> Row:
    doc = view.doc
    owner = text(doc, "camera_owner")
    camera = f"camera of the {owner}" if owner in ("team", "host") else "camera's owner not stated"
    return Row(
        [
            source.number(view),
            picture,
            joined(
                [
                    own(text(doc, "subject")),
                    own(text(doc, "caption")),
                    own(source.place(doc.get("location"))),
                    source.field(view, "position"),
                ],
                "\n",
            ),
            joined(
                [
                    joined(times.split(doc.get("taken") or doc.get("occurred")), " ") or "not known",
                    tag("small", own(text(doc, "taken_method"))),
                    tag("small", own(text(doc, "taken_doubt"))),
                ],
                "\n",
            ),
            joined([source.links(doc, "operator") or "not stated", camera], "\n"),
            _state(source, view),
            tag("code", text(doc, "sha256")) if doc.get("sha256") else "no file",
        ],
        anchor(view),
        "barred" if view.number in source.withheld else "",
    )


def _state(source: Source, view: RecordView) -> Markup:
    state = text(view.doc, "state")
    made_from = view.doc.get("derivative_of")
    damaged = text(view.doc, "damaged")
    return joined(
        [
            word(state, _TONES.get(state, "warn")),
            word("withheld by one account", "bad")
            if view.number in source.withheld and state != "withheld"
            else "",
            word("retracted", "warn") if view.retracted else "",
            own(text(view.doc, "state_reason")),
            joined(["Decided by ", source.link(view.doc["state_by"])], "")
            if view.doc.get("state_by")
            else "",
            joined(["Made from ", source.link(made_from)], "") if made_from else "",
            joined(["Damaged: ", own(damaged)], "") if damaged else "",
            "Copy given to host" if view.doc.get("copy_given_to_host") is True else "",
        ],
        "\n",
    )


def _picture(source: Source, view: RecordView, *, room: bool) -> str:
    if view.number in source.withheld:
        return "not shown: withheld"
    if view.retracted:
        return "not shown: retracted"
    state = text(view.doc, "state")
    if state not in _SHOWN_STATES:
        return f"not shown: {state}"
    digest = text(view.doc, "sha256")
    media = view.doc.get("media")
    linked = source.view(media) if isinstance(media, str) else None
    held = text(linked.doc, "sha256") if linked else ""
    if {digest, held} & source.omissions.left_out:
        return "not shown: its content is withheld"
    if not room:
        return "in data/media, by its SHA-256"
    jpeg = source.vault.thumbnail(held or digest)
    if jpeg is None:
        return "no small picture was made"
    data = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    return opening("img", src=data, alt=f"Photo {view.number}: {text(view.doc, 'subject')}") or NOTHING
