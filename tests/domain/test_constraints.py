"""What must hold of one record taken by itself, told in the field's words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from fieldkit.domain.decode import normalise
from fieldkit.domain.records.observation import calibration_lapsed
from fieldkit.domain.records.places import access_delay
from fieldkit.errors import RefusedError

A = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f0a"
B = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f0b"
C = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f0c"
DIGEST = "ab" * 32


def at(clock: str) -> dict[str, str]:
    return {"at": f"2026-02-12T{clock}:00Z", "offset": "+02:00"}


def grams(value: str, unit: str = "g") -> dict[str, str]:
    return {"value": value, "unit": unit}


DESTROYED: dict[str, Any] = {
    "line": "7",
    "disposition": "destroyed",
    "destruction_method": "cut in four",
    "witnesses": [A, B],
    "before_photo": A,
    "after_photo": B,
}
REFUSED = {"outcome": "refused", "reason": "private house", "decided_by": A, "answered": at("08:00")}


@pytest.mark.parametrize(
    ("kind", "doc"),
    [
        ("access", {"requested": at("08:00")}),
        ("access", {"outcome": "granted"}),
        ("access", REFUSED),
        ("access", {"outcome": "managed", "reason": "x", "decided_by": A, "occurred": at("08:00")}),
        ("observation", {"text": "x", "basis": "told", "interview": A}),
        ("observation", {"text": "x", "basis": "measured", "measurement": A}),
        ("photo", {"state": "held", "state_reason": "to be developed by the host"}),
        ("photo", {"state": "withheld", "state_reason": "shows a badge", "media": A}),
        ("item", DESTROYED),
        ("item", {"line": "7", "counted": 3, "verified": 3}),
        ("item", {"line": "7", "verified": 3}),
        ("count", {"item": A, "counted": 0}),
        ("count", {"item": A, "status": "not_found", "counted": 0}),
        ("count", {"item": A, "status": "not_accessible", "reason": "room under lock"}),
        ("sample", {"point": "x", "amount": grams("0.25", "kg"), "witnesses": [A]}),
        (
            "sample",
            {
                "point": "x",
                "amount": grams("0.3", "kg"),
                "witnesses": [A],
                "splits": [
                    {"label": "1", "amount": grams("100")},
                    {"label": "2", "amount": grams("0.2", "kg")},
                ],
            },
        ),
        ("commitment", {"text": "x", "status": "done", "evidence": [A]}),
        ("finding", {"statement": "x"}),
        ("signoff", {"digest": DIGEST, "position": "refused"}),
        ("crosswalk", {"control_entry": "9.A.6", "relation": "absent"}),
        ("person", {"name": "أحمد", "party": "host", "role": "host_representative"}),
    ],
)
def test_it_is_taken(kind: str, doc: dict[str, Any]) -> None:
    assert normalise(kind, doc)


@pytest.mark.parametrize(
    ("kind", "doc", "where"),
    [
        ("access", {"outcome": "refused"}, "access.reason"),
        ("access", {**REFUSED, "decided_by": None}, "access.decided_by"),
        ("access", {**REFUSED, "answered": None}, "access.answered"),
        ("access", {"requested": at("08:10"), "entered": at("08:00")}, "access.entered"),
        ("access", {"requested": at("08:10"), "answered": at("08:20"), "left": at("08:15")}, "access.left"),
        ("observation", {"text": "x", "basis": "told"}, "observation.interview"),
        ("observation", {"text": "x", "basis": "measured"}, "observation.measurement"),
        ("photo", {"state": "taken"}, "photo.media"),
        ("photo", {"state": "redacted"}, "photo.media"),
        ("photo", {"state": "withheld"}, "photo.state_reason"),
        ("photo", {"state": "held", "media": A}, "photo.state_reason"),
        ("item", {**DESTROYED, "destruction_method": None}, "item.destruction_method"),
        ("item", {**DESTROYED, "witnesses": [A]}, "item.witnesses"),
        ("item", {**DESTROYED, "witnesses": [A, A]}, "item.witnesses"),
        ("item", {**DESTROYED, "before_photo": None}, "item.before_photo"),
        ("item", {**DESTROYED, "after_photo": None}, "item.after_photo"),
        ("item", {**DESTROYED, "after_photo": A}, "item.after_photo"),
        ("item", {"line": "7", "counted": 2, "verified": 3}, "item.verified"),
        ("item", {"line": "7", "access_status": "not_accessible"}, "item.not_accessible_reason"),
        ("item", {"declared": 3}, "item.nomenclature"),
        ("count", {"item": A}, "count.counted"),
        ("count", {"item": A, "counted": 2, "verified": 3}, "count.verified"),
        ("count", {"item": A, "status": "not_accessible"}, "count.reason"),
        ("count", {"item": A, "status": "not_accessible", "reason": "x", "counted": 0}, "count.counted"),
        ("count", {"item": A, "status": "not_found", "counted": 1}, "count.counted"),
        ("sample", {"point": "x", "amount": grams("1")}, "sample.witnesses"),
        (
            "sample",
            {
                "point": "x",
                "amount": grams("1"),
                "witnesses": [A],
                "splits": [{"label": "1", "amount": grams("0.9999999999")}],
            },
            "sample.splits",
        ),
        (
            "sample",
            {
                "point": "x",
                "amount": grams("1"),
                "witnesses": [A],
                "splits": [{"label": "1", "amount": grams("1", "mL")}],
            },
            "sample.splits",
        ),
        (
            "measurement",
            {
                "quantity": "bore",
                "value": {"value": "5", "unit": "mm", "uncertainty": "1", "k": "2"},
                "declared": grams("5", "kg"),
            },
            "measurement.declared",
        ),
        ("measurement", {"quantity": "bore", "value": {"value": "5", "unit": "mm"}}, "measurement.value"),
        ("commitment", {"text": "x", "status": "done"}, "commitment.evidence"),
        ("finding", {"statement": "x", "status": "closed"}, "finding.rests_on"),
        ("custody", {"thing": A, "from_whom": B, "to_whom": B}, "custody.to_whom"),
        ("crosswalk", {"control_entry": "9.A.6", "relation": "same"}, "crosswalk.national_entries"),
        ("interview", {"host_present": True}, "interview.interviewee"),
        ("camera", {"owner": "host"}, "camera.serial"),
        ("person", {"name": "x", "party": "host", "role": "inspector"}, "person.role"),
        ("person", {"name": "x", "party": "team", "role": "host_representative"}, "person.role"),
        ("plan", {"population": 5, "size": 6}, "plan.size"),
        ("draw", {"population": 5, "size": 2, "seed": "1", "variant": "v", "drawn": [2, 2]}, "draw.drawn"),
        ("draw", {"population": 5, "size": 1, "seed": "1", "variant": "v", "drawn": [6]}, "draw.drawn"),
    ],
)
def test_it_is_refused_with_a_remedy(kind: str, doc: dict[str, Any], where: str) -> None:
    with pytest.raises(RefusedError) as caught:
        normalise(kind, doc)
    assert caught.value.where == where
    assert caught.value.remedy
    assert caught.value.exit_code == 7


def test_the_delay_is_derived() -> None:
    waited = {"requested": at("08:00"), "answered": at("08:05"), "entered": at("08:12")}
    assert access_delay(waited) == timedelta(minutes=12)  # type: ignore[arg-type]
    assert access_delay({"requested": at("08:00"), "answered": at("08:05")}) == timedelta(minutes=5)  # type: ignore[dict-item]
    assert access_delay({"entered": at("08:00")}) is None  # type: ignore[dict-item]


def test_a_lapsed_calibration_is_flagged_and_still_recorded() -> None:
    value = {"value": "5", "unit": "mm", "uncertainty": "1", "k": "2"}
    doc = normalise("measurement", {"quantity": "bore", "value": value, "calibration_due": "2026-02-11"})  # type: ignore[dict-item]
    assert calibration_lapsed(doc, date(2026, 2, 12))
    assert not calibration_lapsed(doc, date(2026, 2, 11))
