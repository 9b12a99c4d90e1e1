"""Clocks run from recorded events; a regime's rules are data that say what was not verified."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.deadlines import Event, State, due, load_regime, regime, regime_names
from fieldkit.domain.tomldata import shipped_text
from fieldkit.errors import UnreadableError, UsageError

TRIPOLI = timezone(timedelta(hours=2))


def at(hours: float) -> datetime:
    return datetime(2026, 2, 12, 8, tzinfo=TRIPOLI) + timedelta(hours=hours)


def test_every_regime_is_there_and_its_clocks_are_the_known_ones() -> None:
    assert regime_names() == ("cfe", "iaea", "mtcr", "new_start", "opcw", "un")
    clocks = {
        (name, rule.name): (rule.form, rule.limit / timedelta(hours=1), rule.verified)
        for name in regime_names()
        for rule in regime(name).deadline
    }
    assert clocks == {
        ("cfe", "report"): ("before", 0, True),
        ("cfe", "signature"): ("within", 1, True),
        ("iaea", "notice"): ("not_before", 24, True),
        ("iaea", "short_notice"): ("not_before", 2, True),
        ("opcw", "site"): ("within", 12, True),
        ("opcw", "briefing"): ("within", 3, False),
        ("opcw", "preliminary_findings"): ("within", 24, False),
        ("opcw", "final_report"): ("within", 240, True),
        ("opcw", "host_comments"): ("within", 720, True),
        ("opcw", "perimeter"): ("within", 72, False),
        ("opcw", "challenge"): ("within", 84, False),
    }


def test_a_deadline_runs_from_its_event_and_not_before_it() -> None:
    opcw = regime("opcw")
    assert due(opcw, []) == []
    (deadline,) = due(opcw, [Event("inspection_completed", at(0), record="A-0042")])[:1]
    assert deadline.rule.name == "preliminary_findings"
    assert deadline.due == at(24)
    assert deadline.started is not None
    assert deadline.started.record == "A-0042"
    assert [deadline.state(at(h)) for h in (0, 24, 24.01)] == [State.OPEN, State.OPEN, State.OVERDUE]


def test_what_was_done_in_time_and_what_was_late() -> None:
    opcw = regime("opcw")
    arrival = Event("arrived_point_of_entry", at(0))
    for hours, state in ((12, State.MET), (12.01, State.LATE)):
        (site,) = due(opcw, [arrival, Event("arrived_site", at(hours))])
        assert site.state(at(1000)) == state
    (site,) = due(opcw, [arrival, Event("arrived_site", at(-1))])
    assert site.state(at(1)) == State.OPEN, "an arrival before the clock began does not fulfil it"


def test_a_notice_forbids_until_it_has_run() -> None:
    iaea = regime("iaea")
    notice = Event("notice_given", at(0))
    (deadline,) = due(iaea, [notice])
    assert [deadline.state(at(h)) for h in (0, 23.9, 24)] == [State.WAITING, State.WAITING, State.OPEN]
    assert due(iaea, [notice, Event("access_began", at(23))])[0].state(at(30)) == State.EARLY
    assert due(iaea, [notice, Event("access_began", at(24))])[0].state(at(30)) == State.MET


def test_a_report_before_leaving_is_late_once_the_team_has_left() -> None:
    cfe = regime("cfe")
    (report,) = [d for d in due(cfe, [Event("left_site", at(5))]) if d.rule.name == "report"]
    assert report.state(at(6)) == State.OVERDUE
    handed = [Event("left_site", at(5)), Event("report_handed_over", at(4))]
    states = {d.rule.name: d.state(at(4.5)) for d in due(cfe, handed)}
    assert states == {"report": State.MET, "signature": State.OPEN}
    (report, _) = sorted(due(cfe, [Event("report_handed_over", at(4))]), key=lambda d: d.rule.name)
    assert (report.due, report.state(at(100))) == (None, State.MET)


def test_sites_are_kept_apart_by_their_subject() -> None:
    opcw = regime("opcw")
    events = [
        Event("arrived_point_of_entry", at(0), "north"),
        Event("arrived_point_of_entry", at(0), "south"),
        Event("arrived_site", at(3), "south"),
    ]
    assert {d.subject: d.state(at(20)) for d in due(opcw, events)} == {
        "north": State.OVERDUE,
        "south": State.MET,
    }


def test_a_clock_needs_its_offset() -> None:
    with pytest.raises(UsageError, match="offset"):
        Event("arrived_site", datetime(2026, 2, 12, 8))  # noqa: DTZ001 - the very slip that is refused


_EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from([kind.name for name in regime_names() for kind in regime(name).event] + ["unknown"]),
        st.integers(-2000, 2000).map(at),
        st.sampled_from(["", "north"]),
    ),
    max_size=12,
)


@given(st.sampled_from(regime_names()), _EVENTS)
def test_deadlines_come_in_the_order_they_are_due_and_only_from_what_happened(
    name: str, events: list[Event]
) -> None:
    found = due(regime(name), events)
    dated = [deadline.due for deadline in found if deadline.due is not None]
    assert dated == sorted(dated)
    assert [d.due is None for d in found] == sorted(d.due is None for d in found)
    assert all(d.started is None or d.started in events for d in found)
    assert all(d.done is None or d.done in events for d in found)
    assert due(regime(name), reversed(events)) == found


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("hours = 12", "", "[[deadline]] site, hours", "either hours or days"),
        ("hours = 12", "hours = 12\ndays = 1", "[[deadline]] site, hours", "either hours or days"),
        ("hours = 12", "hours = 0", "[[deadline]] 1 (site), hours", ">= 1"),
        ("hours = 12", "hours = -2.5", "[[deadline]] 1 (site), hours", "whole number"),
        ('form = "within"', 'form = "about"', "[[deadline]] 1 (site), form", "about"),
        ('event = "arrived_site"', 'event = "arived_site"', "[[deadline]] site, event", "arived_site"),
        ('name = "briefing"', 'name = "site"', "[[deadline]]", "site stands twice"),
    ],
)
def test_a_slip_in_an_edited_regime_is_refused_by_table_and_key(
    old: str, new: str, place: str, problem: str
) -> None:
    text = shipped_text("regimes", "opcw")
    assert old in text
    with pytest.raises(UnreadableError) as caught:
        load_regime(text.replace(old, new, 1), "my.toml")
    assert caught.value.where == f"my.toml: {place}"
    assert problem in caught.value.problem
