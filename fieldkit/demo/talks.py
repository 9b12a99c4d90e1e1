"""The part of the day that is people: arrival, talks, accesses, interviews, data sheets, the host's last words."""

from __future__ import annotations

from datetime import datetime, timedelta

from fieldkit.demo import story
from fieldkit.demo.story import at
from fieldkit.demo.visit import Visit, typed
from fieldkit.domain.controls import classify, parse_points, shipped
from fieldkit.domain.jsontypes import Doc
from fieldkit.vault.recording import Amend


def arrive(visit: Visit) -> None:
    """The mission, who is who, where is what, and the talks at the start."""
    vault = visit.vault
    vault.record(
        [
            Amend(
                vault.mission_id,
                "mandate received",
                set={
                    "mandate": story.MANDATE,
                    "visit_type": "visit",
                    "legal_basis": "Exchange of letters of 3 January 2026 (invented)",
                    "range_limit": {"value": "300", "unit": "km"},
                    "payload_limit": {"value": "500", "unit": "kg"},
                    "period": {"from": "2026-02-12", "to": "2026-02-12"},
                    "mark_scheme": "un",
                    "mark": story.MARK,
                },
            ),
            Amend(vault.author, "function stated", set={"function": story.TEAM[0][2]}),
        ]
    )
    visit.team.append(vault.author)
    for name, role, function in story.TEAM[1:]:
        visit.team.append(
            visit.add("person", at(7, 30), name=name, party="team", role=role, function=function)
        )
    for name, latin, role, function in story.HOST:
        visit.host.append(
            visit.add(
                "person",
                at(8, 5),
                name=name,
                transliteration=latin,
                party="host",
                role=role,
                function=function,
            )
        )
    state = visit.add("location", at(7, 30), name="Libya", level="state")
    for site in story.SITES:
        where: Doc = {
            "lat": f"{site.latitude}",
            "lon": f"{site.longitude}",
            "error_m": "15",
            "source": "gps",
        }
        visit.places[site.name] = visit.add(
            "location", at(7, 30), name=site.name, level="site", parent=state, position=where
        )
        for building in site.buildings:
            visit.places[building] = visit.add(
                "location", at(7, 30), name=building, level="building", parent=visit.places[site.name]
            )
    _talk(visit, at(8, 10), "Opening briefing", "All stores are open to the team today.", 1)
    _talk(visit, at(13, 0), "Access to the archive", "Personnel files are not part of the mandate.", 2)
    _talk(visit, at(18, 40), "Closing", "We take notice of the list and will comment in writing.", 0)
    visit.say(
        f"{visit.count('person', party='team')} inspectors, {visit.count('person', party='host')} of the host,"
        f" {visit.count('location', level='site')} sites, {visit.count('location', level='building')} buildings,"
        f" {visit.count('meeting')} meetings"
    )


def _talk(visit: Visit, when: datetime, topic: str, answer: str, speaker: int) -> None:
    visit.add(
        "meeting",
        when,
        topics=[topic],
        location=visit.places["Gate house"],
        participants=[*visit.team[:3], *visit.host[:2]],
        statements=[
            {
                "speaker": visit.team[0],
                "text": f"{topic}: the team states what it asks for under the mandate.",
            },
            {"speaker": visit.host[speaker], "text": answer},
        ],
        ended=typed(when + timedelta(minutes=35)),
    )


def walk(visit: Visit) -> None:
    """Eleven accesses: ten granted, one managed; what was seen, told and measured on the way."""
    for position, building in enumerate(b for site in story.SITES for b in site.buildings):
        asked = at(8, 50) + timedelta(minutes=34 * position)
        entered = asked + timedelta(minutes=3 + position % 4)
        values: Doc = {
            "location": visit.places[building],
            "requested": typed(asked),
            "answered": typed(asked + timedelta(minutes=2)),
            "entered": typed(entered),
            "left": typed(entered + timedelta(minutes=24)),
            "with_whom": [visit.host[1]],
            "outcome": "granted",
        }
        if building == story.MANAGED_BUILDING:
            values |= {
                "outcome": "managed",
                "entered": typed(asked + timedelta(minutes=12)),
                "left": typed(asked + timedelta(minutes=33)),
                "reason": "Shelves with personnel files are covered; three inspectors at a time.",
                "measures": ["shelves shrouded", "three inspectors at a time"],
                "decided_by": visit.host[0],
            }
        visit.add("access", asked, 1, **values)
        visit.add(
            "observation",
            entered + timedelta(minutes=6),
            1 + position % 7,
            text=f"{building}: orderly, doors numbered, no work going on.",
            basis="seen",
            confidence="high",
            location=visit.places[building],
            mark=story.MARK,
        )
    for position, (who, question, answer) in enumerate(story.INTERVIEWS):
        when = at(11, 5) + timedelta(minutes=47 * position)
        exchange: Doc = {"question": question}
        if answer is None:
            exchange["objection"] = "The escort said that burn times are not to be asked about."
        else:
            exchange["answer"] = answer
        talk = visit.add(
            "interview",
            when,
            4,
            interviewee=who,
            present=[visit.host[1], visit.team[0]],
            host_present=True,
            audio_recorded=False,
            exchanges=[exchange],
            location=visit.places["Workshop"],
        )
        if answer is not None:
            visit.add("observation", when, 4, text=answer, basis="told", interview=talk, confidence="medium")
    visit.say(
        f"{visit.count('access')} accesses ({visit.count('access', outcome='granted')} granted,"
        f" {visit.count('access', outcome='managed')} managed), {visit.count('interview')} interviews"
    )


def classify_missiles(visit: Visit) -> None:
    """Five missiles, by the points of range and payload that the host states."""
    limits = shipped().limits_or_refuse()
    for position, (name, points) in enumerate(story.MISSILES):
        answer = classify(parse_points(points), limits=limits)
        document = visit.add(
            "document",
            at(15, 0),
            4,
            title=f"Data sheet, {name}",
            pages=2,
            original_seen=position % 2 == 0,
            language="ar",
            handed_over_by=visit.host[2],
        )
        said = str(answer.result).replace("_", " ")
        seen = visit.add(
            "observation",
            at(15, 5) + timedelta(minutes=position),
            4,
            text=f"{name}: the data sheet states {' and '.join(points)}.",
            inference=f"{said}: {answer.reason}",
            basis="document",
            documents=[document],
            control_entry=said,
        )
        open_question = answer.result == "needs_tradeoff"
        visit.add(
            "finding",
            at(16, 0),
            statement=f"{name}: {said}",
            rests_on=[seen],
            status="open" if open_question else "closed",
            control_entry=said,
            mandate_part="range and payload",
        )
    visit.say(
        f"{visit.count('finding', mandate_part='range and payload')} missiles classified from their stated ranges and"
        f" payloads, {visit.count('observation')} observations in all"
    )


def conclude(visit: Visit) -> None:
    """Commitments, the host's comments, and the signatures on the preliminary findings."""
    minutes = visit.add(
        "document",
        at(18, 30),
        title="Minutes of the closing talk",
        pages=3,
        original_seen=True,
        language="en",
    )
    visit.add(
        "commitment",
        at(18, 45),
        text="Hand over the blue book of Store 2.",
        by_whom=visit.host[2],
        to_whom=visit.team[0],
        proposed="2026-03-01",
        agreed="2026-03-01",
        status="agreed",
    )
    visit.add(
        "commitment",
        at(18, 47),
        text="State the longest burn on the test stand.",
        by_whom=visit.host[0],
        to_whom=visit.team[1],
        proposed="2026-03-15",
    )
    visit.add(
        "commitment",
        at(18, 49),
        text="Technical talks on the light variant.",
        by_whom=visit.host[0],
        to_whom=visit.team[0],
        proposed="2026-05-11",
        agreed="2026-06-16",
        actual="2026-06-16",
        status="done",
        evidence=[minutes],
    )
    for language, words, translation in story.COMMENTS:
        visit.add(
            "comment",
            at(18, 55),
            text=words,
            language=language,
            by_whom=visit.host[0],
            translation=translation,
        )
    visit.say(f"{visit.count('commitment')} commitments, {visit.count('comment')} comments of the host")
