"""What was due when, and the events that the clocks ran from: as it stood at the last entry of the journal, never by a clock
of whoever reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from fieldkit.bundle.views import times
from fieldkit.bundle.views.markup import Markup, Row, joined, own, table, tag, word
from fieldkit.bundle.views.source import Source, anchor, text
from fieldkit.domain.deadlines import Deadline, Event, Regime, State, outlook
from fieldkit.domain.moments import as_json, instant, moment, moment_text
from fieldkit.errors import FieldkitError
from fieldkit.vault.procedures import events, procedures

_TONES = {
    State.MET: "good",
    State.LATE: "bad",
    State.OVERDUE: "bad",
    State.EARLY: "bad",
    State.RUNNING: "warn",
    State.WAITING: "warn",
}
_WORDS = {State.NOT_STARTED: "not started", State.WAITING: "not yet allowed"}


def deadlines(source: Source) -> Iterator[Markup]:
    """The deadlines of the mission's procedures, then the steps that were recorded."""
    titles: dict[str, str] = {}
    try:
        bound = procedures(source.vault)
        titles = {kind.name: kind.title for kind in bound.event}
        happened = events(source.vault, bound)
        found = outlook(bound, happened)
    except (FieldkitError, ValueError, TypeError) as error:
        yield tag("p", f"The procedures of this mission cannot be read here: {error}", class_="none")
    else:
        zone = max(happened, key=lambda event: event.at).at.tzinfo if happened else None
        yield tag(
            "p",
            "By ",
            own(bound.title),
            ". Clocks run from the events recorded; state at the journal's last entry.",
        )
        yield from table(
            ("Deadline", "Runs from", "Due", "Done", "State"),
            (_row(source, bound, each, zone) for each in found),
            empty="These procedures set no clocks.",
        )
    yield from table(
        ("No.", "Step of the procedure", "About", "When", "Recorded by"),
        (
            Row(
                [
                    source.number(view),
                    joined(
                        [
                            own(titles.get(text(view.doc, "event"), text(view.doc, "event"))),
                            own(text(view.doc, "remark")),
                        ],
                        "\n",
                    ),
                    joined(
                        [own(text(view.doc, "subject")), own(source.place(view.doc.get("location")))], " · "
                    ),
                    times.happened(view),
                    source.link(view.author),
                ],
                anchor(view),
            )
            for view in source.records("event")
        ),
    )


def _row(source: Source, bound: Regime, each: Deadline, zone: tzinfo | None) -> Row:
    state = each.state(instant(source.claimed_time))
    waits = joined(["waits for: ", own(bound.kind(each.waits_for).title)], "") if each.waits_for else ""
    return Row(
        [
            joined(
                [
                    own(each.rule.title),
                    own(each.subject),
                    "" if each.rule.verified else tag("small", "[unverified]"),
                ],
                " ",
            ),
            _told(bound, each.started, zone) if each.started else "—",
            _shown(each.due, zone) if each.due else "—",
            _told(bound, each.done, zone) if each.done else waits,
            word(_WORDS.get(state, state.value), _TONES.get(state, "")),
        ]
    )


def _told(bound: Regime, event: Event, zone: tzinfo | None) -> Markup:
    return joined([own(bound.kind(event.name).title), _shown(event.at, zone), own(event.record)], "\n")


def _shown(when: datetime, zone: tzinfo | None) -> str:
    return moment_text(as_json(moment(when.astimezone(zone or UTC).replace(microsecond=0), "typed")))
