"""Sections on the visit: mission, people, chronology, access, what was observed, talks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fieldkit.bundle.views import times
from fieldkit.bundle.views.markup import NOTHING, Markup, Row, details, joined, own, safe, table, tag, word
from fieldkit.bundle.views.source import Source, anchor, parts, spoken, text, texts
from fieldkit.domain.fields import FieldType
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind
from fieldkit.domain.moments import span_text
from fieldkit.domain.views import RecordView

MOST = 2000
_NOT_ACCESSED = frozenset({"refused", "withdrawn"})
_TONES = {"granted": "good", "refused": "bad", "withdrawn": "bad"}
_BASES = (
    ("seen", "Seen by the team", "What a member of the team saw."),
    ("told", "Told to the team", "What somebody said. The team did not see it."),
    ("document", "Read in documents", "What a document states. The team did not see it."),
    ("measured", "Measured", "What an instrument of the team showed."),
    ("inferred", "Inferred by the team", "Conclusions of the team. They are not facts observed."),
)
_CHRONICLED = (
    "access", "meeting", "interview", "declaration", "document", "sample", "seal", "custody", "incident",
    "draw", "intake", "finding", "commitment", "comment", "signoff", "event",
)  # fmt: skip


def mission(source: Source) -> Iterator[Markup]:
    """The mandate and its limits."""
    view = source.mission
    if view is None:
        yield tag("p", "The mission's record is not in this bundle.", class_="none")
        return
    fields = kind("mission").fields
    if view.doc.get("mandate"):
        yield tag("blockquote", own(text(view.doc, "mandate")), class_="mandate")
    rest = [field for name, field in fields.items() if name not in ("mandate", "title", "occurred", "mark")]
    yield details((field.label, source.value(field, view.doc.get(field.name))) for field in rest)


def people(source: Source) -> Iterator[Markup]:
    """Who took part, on which side, and the laptops that recorded."""
    for party, heading in (("team", "Team"), ("host", "Host"), ("other", "Others")):
        rows = (
            Row(
                [
                    source.number(view),
                    joined([own(text(view.doc, "transliteration")), own(text(view.doc, "name"))], " · ")
                    if text(view.doc, "transliteration") != text(view.doc, "name")
                    else own(text(view.doc, "name")),
                    spoken(text(view.doc, "role")),
                    own(text(view.doc, "function")),
                    own(text(view.doc, "organisation")),
                ],
                anchor(view),
            )
            for view in source.records("person")
            if (view.doc.get("party") if view.doc.get("party") in ("team", "host") else "other") == party
        )
        body = list(table(("No.", "Name", "Role", "Function", "Organisation"), rows))
        if body:
            yield tag("h3", heading)
            yield from body
    yield tag("h3", "Laptops and their journals")
    yield from table(
        ("Letter", "Laptop", "Journal", "Entries"),
        (
            Row([log.letter, own(log.device), tag("code", log.log), f"{log.size:,}"])
            for log in source.vault.logs()
        ),
    )


def chronology(source: Source) -> Iterator[Markup]:
    """What happened, in the order of the times stated; the sites' local time."""
    found = source.vault.database.stream(
        f"SELECT id FROM records WHERE retracted = 0 AND kind IN ({','.join('?' * len(_CHRONICLED))})"  # noqa: S608
        " ORDER BY occurred, kind, letter, ordinal, id",
        _CHRONICLED,
    )
    shown = 0

    def rows() -> Iterator[Row]:
        nonlocal shown
        before = ""
        for (record_id,) in found:
            view = source.view(record_id)
            if view is None:
                continue
            shown += 1
            if shown > MOST:
                continue
            day, clock, offset = times.split(view.doc.get("occurred"))
            date = f"{day} {offset}" if day else f"{view.recorded[:10]} UTC, as recorded"
            yield Row(
                [
                    tag("b", date) if date != before else NOTHING,
                    clock or view.recorded[11:16],
                    joined([kind(view.kind).title, tag("a", view.number, href=f"#{anchor(view)}")], " "),
                    joined([own(source.place(view.doc.get("location"))), _event(source, view)], " · "),
                ]
            )
            before = date

    yield from table(("Day", "Time", "Record", "What"), rows(), kind="chronology", empty="Nothing recorded.")
    if shown > MOST:
        yield tag("p", f"{shown - MOST:,} further events are in the tables below csv/.", class_="none")


def _event(source: Source, view: RecordView) -> Markup:
    if view.kind == "access":
        outcome = spoken(text(view.doc, "outcome")) or "not yet answered"
        return joined([f"access {outcome}", own(text(view.doc, "reason"))], ": ")
    if view.kind == "custody":
        return joined(
            [
                source.links(view.doc, "thing"),
                joined(["to ", source.links(view.doc, "to_whom")], ""),
                own(text(view.doc, "reason")),
            ]
        )
    return own(source.label(view.id))


def access(source: Source) -> Iterator[Markup]:
    """Each access asked for, the wait, the outcome, the host's words; then the places nobody asked for."""
    visited: set[str] = set()
    met: Counter[str] = Counter()

    def rows() -> Iterator[Row]:
        for view in source.records("access"):
            outcome = text(view.doc, "outcome")
            met[outcome] += 1
            visited.add(text(view.doc, "location"))
            steps = [
                f"{times.clock(view.doc[name])} {name}"
                for name in ("requested", "answered", "entered", "left")
                if times.clock(view.doc.get(name))
            ]
            first = next(
                (view.doc[name] for name in ("requested", "answered", "entered") if view.doc.get(name)), None
            )
            wait = times.delay(view)
            yield Row(
                [
                    source.number(view),
                    own(source.place(view.doc.get("location"))) or "place not stated",
                    joined([joined(times.split(first or view.doc.get("occurred"))[::2], " "), *steps], "\n"),
                    tag("span", span_text(wait), class_="nowrap") if wait is not None else "not known",
                    _outcome(view),
                    _host_side(source, view),
                ],
                anchor(view),
                "barred" if outcome in _NOT_ACCESSED else "",
            )

    yield tag("p", "The wait is worked out from the times: from the request to entry, or to the answer.")
    yield from table(
        ("No.", "Place", "Times", "Wait", "Outcome", "Measures and reasons, in the host's words"),
        rows(),
        kind="access",
        empty="No access was recorded. That says nothing about any place.",
    )
    yield from _never_asked(source, visited)


def _outcome(view: RecordView) -> Markup:
    outcome = text(view.doc, "outcome")
    if not outcome:
        return joined([word("not yet answered", "warn"), "Not accessed so far."], " ")
    shown = word(spoken(outcome), _TONES.get(outcome, "warn"))
    if outcome in _NOT_ACCESSED:
        entered = bool(view.doc.get("entered"))
        said = (
            "Entered, then ended by the host." if entered else "Not accessed: what lies within is not known."
        )
        return joined([shown, tag("b", said)], " ")
    if not view.doc.get("entered"):
        return joined([shown, "No entry recorded: what lies within is not known."], " ")
    return shown


def _host_side(source: Source, view: RecordView) -> Markup:
    reason, offered = text(view.doc, "reason"), text(view.doc, "alternative")
    return joined(
        [
            joined((own(each) for each in texts(view.doc, "measures")), "; "),
            tag("q", own(reason)) if reason else "",
            joined(["Decided by ", source.links(view.doc, "decided_by")], "")
            if view.doc.get("decided_by")
            else "",
            joined(["Offered instead: ", own(offered)], "") if offered else "",
            joined(["Escorted by ", source.links(view.doc, "with_whom")], "")
            if view.doc.get("with_whom")
            else "",
            own(text(view.doc, "remark")),
        ],
        "\n",
    )


def _never_asked(source: Source, visited: set[str]) -> Iterator[Markup]:
    """Places of which neither they, nor what encloses them, nor what lies within was asked for."""
    covered = set(visited)
    for place in visited:
        view = source.view(place)
        for _ in range(12):
            parent = text(view.doc, "parent") if view else ""
            if not parent:
                break
            covered.add(parent)
            view = source.view(parent)
    rows = (
        Row([source.number(view), own(source.place(view.id)), spoken(text(view.doc, "level"))], anchor(view))
        for view in source.records("location")
        if view.id not in covered and view.doc.get("parent") not in visited
    )
    body = list(table(("No.", "Place", "Level"), rows))
    if body:
        yield tag("h3", "Places for which no access is recorded")
        yield tag("p", "Not accessed. Nothing is known of what lies there, and nothing may be concluded.")
        yield from body


def observations(source: Source) -> Iterator[Markup]:
    """By how it is known; conclusions apart from facts."""
    known = {basis for basis, _, _ in _BASES}
    shown = False
    for basis, heading, explained in (*_BASES, ("", "Known in another way", "")):
        begun = False
        for view in source.records("observation"):
            own_basis = text(view.doc, "basis")
            if own_basis != basis and not (basis == "" and own_basis not in known):
                continue
            if not begun:
                yield tag("h3", heading)
                yield tag("p", explained, class_="explained")
                begun = shown = True
            yield _observation(source, view, basis)
    if not shown:
        yield tag("p", "No observation was recorded.", class_="none")


def _observation(source: Source, view: RecordView, basis: str) -> Markup:
    doc = view.doc
    confidence = [f"confidence {text(doc, 'confidence')}"] if doc.get("confidence") else []
    told = joined(["Told in interview ", source.links(doc, "interview"), ":"], "") if basis == "told" else ""
    inferred = "Conclusion, not observed:" if basis == "inferred" else ""
    body = tag("p", joined([tag("b", told or inferred), own(text(doc, "text"))], " "), class_="said")
    return tag(
        "article",
        _head(source, view, word(spoken(text(doc, "basis"))), *confidence),
        body,
        tag(
            "p",
            tag("b", "Conclusion of the team, not observed: "),
            own(text(doc, "inference")),
            class_="inference",
        )
        if doc.get("inference")
        else "",
        details(
            (label, source.field(view, name))
            for label, name in (
                ("Open question", "open_question"),
                ("Measurement", "measurement"),
                ("Documents", "documents"),
                ("Items", "items"),
                ("Photos", "photos"),
                ("Evidence", "evidence"),
                ("List entry", "control_entry"),
                ("Remark", "remark"),
            )
        ),
        id=anchor(view),
    )


def interviews(source: Source) -> Iterator[Markup]:
    """Questions and answers, who was present, what was not to be asked."""
    shown = False
    for view in source.records("interview"):
        shown = True
        yield tag(
            "article",
            _head(source, view, own(text(view.doc, "interviewee")) or source.links(view.doc, "person")),
            details(
                (label, source.field(view, name))
                for label, name in (
                    ("Present", "present"),
                    ("Interpreter", "interpreter"),
                    ("Host present", "host_present"),
                    ("Sound recorded", "audio_recorded"),
                    ("Refused topics", "refused_topics"),
                    ("Evidence", "evidence"),
                    ("Remark", "remark"),
                )
            ),
            tag("dl", *map(_exchange, parts(view.doc, "exchanges")), class_="exchanges"),
            id=anchor(view),
        )
    if not shown:
        yield tag("p", "No interview was recorded.", class_="none")


def _exchange(exchange: Doc) -> Markup:
    answer, objection = exchange.get("answer"), exchange.get("objection")
    return joined(
        [
            tag("dt", own(str(exchange.get("question", "")))),
            tag("dd", tag("q", own(str(answer))) if answer else word("no answer", "warn")),
            tag("dd", tag("b", "Objection: "), tag("q", own(str(objection)))) if objection else "",
        ],
        "",
    )


def meetings(source: Source) -> Iterator[Markup]:
    """Who said what, and what was exchanged."""
    shown = False
    for view in source.records("meeting"):
        shown = True
        said = [
            tag("p", tag("b", source.links(part, "speaker"), ": "), tag("q", own(text(part, "text"))))
            for part in parts(view.doc, "statements")
        ]
        yield tag(
            "article",
            _head(source, view, joined((own(topic) for topic in texts(view.doc, "topics")), "; ")),
            details(
                (label, source.field(view, name))
                for label, name in (
                    ("Ended", "ended"),
                    ("Participants", "participants"),
                    ("Documents", "documents"),
                    ("Evidence", "evidence"),
                    ("Remark", "remark"),
                )
            ),
            *said,
            id=anchor(view),
        )
    if not shown:
        yield tag("p", "No meeting was recorded.", class_="none")


def whole(source: Source, name: str, empty: str = "") -> Iterator[Markup]:
    """Every record of a kind with all its fields; the sentence `empty` where there is none."""
    shown = False
    for view in source.records(name):
        shown = True
        yield tag(
            "article",
            _head(source, view),
            details(
                (field.label, source.value(field, view.doc.get(field.name)))
                for field in kind(name).fields.values()
                if field.name not in ("mark", "location", "occurred") and field.type is not FieldType.MARK
            ),
            id=anchor(view),
        )
    if empty and not shown:
        yield tag("p", empty, class_="none")


def _head(source: Source, view: RecordView, what: str = "", *more: str) -> Markup:
    about = [
        own(source.place(view.doc.get("location"))),
        times.happened(view),
        source.link(view.author),
        *more,
    ]
    return tag("h4", source.number(view), " ", safe(what), tag("small", joined(about, " · ")))
