"""Clocks run from recorded events; a regime's rules are data that say what was not verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.deadlines import Event, State, due, load_regime, outlook, regime, regime_names
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
    assert [deadline.state(at(h)) for h in (0, 24, 24.01)] == [
        State.RUNNING,
        State.RUNNING,
        State.OVERDUE,
    ]


def test_what_was_done_in_time_and_what_was_late() -> None:
    opcw = regime("opcw")
    arrival = Event("arrived_point_of_entry", at(0))
    for hours, state in ((12, State.MET), (12.01, State.LATE)):
        (site,) = due(opcw, [arrival, Event("arrived_site", at(hours))])
        assert site.state(at(1000)) == state
    (site,) = due(opcw, [arrival, Event("arrived_site", at(-1))])
    assert site.state(at(1)) == State.RUNNING, "an arrival before the clock began does not fulfil it"


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
    assert states == {"report": State.MET, "signature": State.RUNNING}
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


SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)


class Wall(tzinfo):
    """Clocks that are put forward an hour at one instant and back at another, as in Central Europe in 2026."""

    def utcoffset(self, when: datetime | None) -> timedelta:
        assert when is not None
        naive = when.replace(tzinfo=None)
        forward, back = (each.replace(tzinfo=None) + timedelta(hours=1) for each in (SPRING, AUTUMN))
        repeated = back <= naive < back + timedelta(hours=1)
        summer = forward <= naive < back or (repeated and not when.fold)
        return timedelta(hours=2 if summer else 1)

    def dst(self, when: datetime | None) -> timedelta:
        return self.utcoffset(when) - timedelta(hours=1)

    def fromutc(self, when: datetime) -> datetime:
        naive = when.replace(tzinfo=None)
        spring, autumn = SPRING.replace(tzinfo=None), AUTUMN.replace(tzinfo=None)
        hours = 2 if spring <= naive < autumn else 1
        fold = int(autumn <= naive < autumn + timedelta(hours=1))
        return (naive + timedelta(hours=hours)).replace(tzinfo=self, fold=fold)


@given(
    st.sampled_from([SPRING, AUTUMN]),
    st.integers(-40 * 60, 40 * 60),
    st.integers(-40 * 60, 40 * 60),
    st.sampled_from(
        [UTC, TRIPOLI, timezone(timedelta(hours=-9, minutes=-30)), timezone(timedelta(hours=14))]
    ),
)
def test_a_day_is_twenty_four_hours_whatever_is_done_to_the_clocks_on_the_wall(
    change: datetime, started: int, ended: int, elsewhere: tzinfo
) -> None:
    opcw, wall = regime("opcw"), Wall()
    start = (change + timedelta(minutes=started)).astimezone(wall)
    end = (change + timedelta(minutes=started + 24 * 60 + ended)).astimezone(wall)
    by_zone = [
        [
            Event("inspection_completed", start.astimezone(zone)),
            Event("preliminary_findings_handed_over", end.astimezone(zone)),
        ]
        for zone in (wall, elsewhere)
    ]
    answers = []
    for events in by_zone:
        (found,) = [each for each in due(opcw, events) if each.rule.name == "preliminary_findings"]
        assert found.due is not None
        assert found.due.astimezone(UTC) == (change + timedelta(minutes=started)).astimezone(UTC) + timedelta(
            days=1
        )
        answers.append(found.state(end.astimezone(elsewhere) + timedelta(days=40)))
    expected = (
        State.LATE if ended > 0 else State.MET if started + 24 * 60 + ended >= started else State.OVERDUE
    )
    assert answers == [expected, expected]


@given(st.integers(-14 * 60, 14 * 60), st.integers(-14 * 60, 14 * 60), st.integers(0, 48 * 60))
def test_the_offset_in_which_it_is_told_changes_nothing(one: int, other: int, later: int) -> None:
    iaea = regime("iaea")
    zones = [timezone(timedelta(minutes=minutes)) for minutes in (one, other)]
    told = [
        due(iaea, [Event("notice_given", at(0).astimezone(zone)), Event("access_began", at(later / 60))])[0]
        for zone in zones
    ]
    assert told[0].due == told[1].due == at(24)
    assert {each.state(at(100)) for each in told} == {State.MET if later >= 24 * 60 else State.EARLY}


def test_what_has_not_begun_says_what_it_waits_for() -> None:
    opcw = regime("opcw")
    found = {each.rule.name: each for each in outlook(opcw, [Event("arrived_point_of_entry", at(0))])}
    assert set(found) == {rule.name for rule in opcw.deadline}
    assert (found["site"].state(at(1)), found["site"].waits_for) == (State.RUNNING, "arrived_site")
    waiting = found["final_report"]
    assert (waiting.state(at(1000)), waiting.waits_for) == (State.NOT_STARTED, "inspection_completed")
    (report, _) = outlook(regime("cfe"), [])
    assert (report.state(at(0)), report.waits_for) == (State.OPEN, "report_handed_over")
    assert outlook(regime("mtcr"), []) == []


@given(st.sampled_from(regime_names()), _EVENTS, st.integers(-3000, 3000))
def test_every_rule_is_told_of_and_waits_unless_it_is_done(
    name: str, events: list[Event], hours: int
) -> None:
    bound = regime(name)
    found = outlook(bound, events)
    assert {each.rule.name for each in found} == {rule.name for rule in bound.deadline}
    for each in found:
        assert (each.waits_for == "") == (each.done is not None)
        assert each.state(at(hours)) in State
        if each.waits_for:
            assert bound.kind(each.waits_for).title


def test_an_event_that_the_procedures_do_not_know_is_named() -> None:
    with pytest.raises(UsageError, match="arrived_site"):
        regime("opcw").kind("arived_site")
