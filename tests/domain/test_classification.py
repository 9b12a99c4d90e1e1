"""Complete systems against the thresholds: the rule at its edges, and what can be said while a trade-off is open."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.controls import (
    Limits,
    Point,
    Result,
    classify,
    parse_point,
    parse_points,
    parse_volume,
    shipped,
)
from fieldkit.errors import UsageError

LIMITS = shipped().limits_or_refuse()
_KM = st.sampled_from([Decimal(n) for n in ("0", "1", "150", "299.999", "300", "300.001", "2000")])
_KG = st.sampled_from([Decimal(n) for n in ("0", "1", "250", "499.999", "500", "500.001", "9000")])
_POINTS = st.lists(st.builds(Point, _KM, _KG), min_size=1, max_size=5)
_LITRES = st.none() | st.sampled_from([Decimal(n) for n in ("0", "20", "20.001", "400")])


@pytest.mark.parametrize(
    ("points", "aerosol", "result", "at_least"),
    [
        (["300km,500kg"], None, "1.A", "1.A"),
        (["300km,499kg"], None, "needs_tradeoff", "19.A.1/2"),
        (["280km,700kg"], None, "needs_tradeoff", "none"),
        (["100km,200kg"], None, "none", "none"),
        # A volume to be sprayed decides nothing while the trade-off is open; it says what holds anyway.
        (["300km,499kg"], "25L", "needs_tradeoff", "19.A.1/2"),
        (["280km,700kg"], "25L", "needs_tradeoff", "19.A.3"),
        (["280km,700kg"], "20L", "needs_tradeoff", "none"),
        (["100km,200kg"], "20L", "none", "none"),
        (["100km,200kg"], "20.1L", "19.A.3", "19.A.3"),
        (["300km,500kg"], "25L", "1.A", "1.A"),
        # Two points are a curve.
        (["300km,499kg", "280km,700kg"], None, "19.A.1/2", "19.A.1/2"),
        (["300km,499kg", "280km,700kg"], "25L", "19.A.1/2", "19.A.1/2"),
        (["280km,700kg", "100km,900kg"], None, "none", "none"),
        (["280km,700kg", "100km,900kg"], "25L", "19.A.3", "19.A.3"),
        (["100km,900kg", "300km,500kg", "900km,1kg"], None, "1.A", "1.A"),
        # The same point said twice is one point.
        (["300km,499kg", "300km,499kg"], None, "needs_tradeoff", "19.A.1/2"),
        (["300km,499kg", "300000m,1kg"], None, "19.A.1/2", "19.A.1/2"),
    ],
)
def test_the_rule_at_its_edges(points: list[str], aerosol: str | None, result: str, at_least: str) -> None:
    volume = parse_volume(aerosol) if aerosol else None
    answer = classify(parse_points(points), volume, limits=LIMITS)
    assert (answer.result, answer.at_least) == (result, at_least)
    assert answer.reason.endswith(".")


def test_the_aerosol_rule_is_for_unmanned_aircraft_out_of_sight() -> None:
    point, volume = [Point(Decimal(100), Decimal(200))], Decimal(25)
    assert classify(point, volume, limits=LIMITS, vehicle="rocket").result == "none"
    assert classify(point, volume, limits=LIMITS, vehicle="uav", autonomous=False).result == "none"
    told = classify(point, volume, limits=LIMITS, vehicle="uav", autonomous=True)
    assert (told.result, told.cautions) == ("19.A.3", ())
    assert "presumes" in classify(point, volume, limits=LIMITS).cautions[0]


def test_a_curve_that_may_reach_both_between_its_points_is_asked_about() -> None:
    answer = classify(parse_points(["300km,499kg", "280km,700kg"]), limits=LIMITS)
    assert "payload at 300 km" in answer.cautions[0]


@given(_POINTS, _LITRES)
def test_the_answer_follows_the_rule_whatever_is_stated(points: list[Point], aerosol: Decimal | None) -> None:
    answer = classify(points, aerosol, limits=LIMITS)
    both = any(p.range_km >= 300 and p.payload_kg >= 500 for p in points)
    far = max(p.range_km for p in points) >= 300
    one = len(set(points)) == 1 and (far != (points[0].payload_kg >= 500))
    sprays = aerosol is not None and aerosol > 20
    expected = (
        "1.A" if both else "needs_tradeoff" if one else "19.A.1/2" if far else "19.A.3" if sprays else "none"
    )
    assert answer.result == expected
    assert answer.point in points
    assert answer.at_least is not Result.NEEDS_TRADEOFF
    assert classify(list(reversed(points)), aerosol, limits=LIMITS).result == answer.result


@given(_POINTS, st.builds(Point, _KM, _KG), _LITRES)
def test_saying_more_never_lowers_what_holds_anyway(
    points: list[Point], more: Point, aerosol: Decimal | None
) -> None:
    rank = ["none", "19.A.3", "19.A.1/2", "1.A"]
    before = classify(points, aerosol, limits=LIMITS).at_least
    after = classify([*points, more], aerosol, limits=LIMITS).at_least
    assert rank.index(after) >= rank.index(before)


def test_other_limits_are_the_missions() -> None:
    limits = Limits(range_km=Decimal(150), payload_kg=Decimal(500), aerosol_l=Decimal(20))
    assert classify([parse_point("150km,500kg")], limits=limits).result == "1.A"
    assert classify([parse_point("149km,400kg")], limits=limits).result == "none"


@pytest.mark.parametrize(
    ("text", "km", "kg"),
    [
        ("300km,500kg", "300", "500"),
        (" 300 km , 500 kg ", "300", "500"),
        ("500kg;300km", "300", "500"),
        ("0.5t/300000m", "300", "500"),
        ("300KM 500Kg", "300", "500"),
        ("100mi,1000lb", "160.9344", "453.59237"),
        ("162NM,1kg", "300.024", "1"),
        ("12.5km,0kg", "12.5", "0"),
    ],
)
def test_points_are_read_as_people_write_them(text: str, km: str, kg: str) -> None:
    assert parse_point(text) == Point(Decimal(km), Decimal(kg))


@pytest.mark.parametrize(
    "text",
    [
        "", "300km", "500kg", "300,500", "300 500", "1,000km,500kg", "300,5km,500kg", "300km,500kg,", "-300km,500kg",
        "300nm,500kg", "300cm,500kg", "300km,500N", "300km,500km", "300km,500kg,1kg", "1e3km,500kg", "nankm,5kg",
        "infkm,5kg", "٣٠٠km,500kg", "300km,500kg x", "9" * 400 + "km,1kg",
    ],
)  # fmt: skip
def test_a_point_that_could_be_misread_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_point(text)
    assert caught.value.remedy


@pytest.mark.parametrize("text", ["", "20", "20kg", "20gal", "1,5L", "20L,30L", "-1L"])
def test_a_volume_that_could_be_misread_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_volume(text)


def test_volumes_are_litres() -> None:
    assert [parse_volume(text) for text in ("20L", "20 l", "20000mL", "0.02m3", "0.02 m³")] == [
        Decimal(20)
    ] * 5


def test_nothing_to_classify_is_refused() -> None:
    with pytest.raises(UsageError, match="no point"):
        classify([], limits=LIMITS)
    with pytest.raises(UsageError, match="cannot be a volume"):
        classify([Point(Decimal(1), Decimal(1))], Decimal("nan"), limits=LIMITS)
    with pytest.raises(UsageError, match="cannot be a payload"):
        Point(Decimal(1), Decimal(-1))
