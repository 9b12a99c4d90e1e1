"""Grid references both ways, by references published elsewhere, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.grid import from_grid, is_grid, to_grid
from fieldkit.domain.places import distance_m, parse_position
from fieldkit.errors import UsageError


@pytest.mark.parametrize(
    ("reference", "lat", "lon", "within_m"),
    [
        ("18S UJ 23480 06470", 38.889_39, -77.035_27, 2),  # the Washington Monument
        ("33UXP0500444997", 48.249_49, 16.414_50, 2),
        ("33UXP04", 48.249_49, 16.414_50, 7200),
        ("24XWT783908", 83.627_38, -32.664_33, 80),
        ("4QFJ1234567890", 21.409_80, -157.916_08, 2),
    ],
)
def test_references_lie_where_others_say(reference: str, lat: float, lon: float, within_m: float) -> None:
    found = from_grid(reference)
    assert distance_m(found, {"lat": str(lat), "lon": str(lon)}) <= within_m
    assert float(str(found["error_m"])) <= within_m


@given(
    lat=st.floats(-89.9, 89.9),
    lon=st.floats(-179.9, 179.9),
    error=st.sampled_from(["1", "10", "80", "950"]),
)
def test_there_and_back_is_within_the_square(lat: float, lon: float, error: str) -> None:
    position = {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}", "error_m": error}
    again = from_grid(to_grid(position))
    assert distance_m(position, again) <= 2 * float(str(again["error_m"])) + 1


def test_a_coarse_position_has_a_coarse_reference() -> None:
    place = {"lat": "32.8872", "lon": "13.1913"}
    shown = [to_grid({**place, "error_m": error}) for error in ("1", "10", "95")]
    assert shown == ["33S US 30812 40232", "33S US 3081 4023", "33S US 308 402"]


@pytest.mark.parametrize(
    "text",
    [
        "61S US 1 1",
        "33S US 123 12",
        "33I US 1 1",
        "33S ZZ 12345 12345",
        "33SUS123",
        "33S US 123456 123456",
        "",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_position(text)


def test_a_position_is_typed_as_a_reference() -> None:
    assert parse_position("33s us 30812 40232 ±25m map") == {
        "lat": "32.887201",
        "lon": "13.1913",
        "error_m": "25",
        "source": "map",
    }
    with pytest.raises(UsageError, match="latitude first"):
        parse_position("abc")
    assert parse_position("33SUS308402")["error_m"] == "71"
    assert not is_grid("32.8872,13.1913")


@pytest.mark.parametrize("lat", ["91", "nan", "north", ""])
def test_no_grid_reference_is_made_up(lat: str) -> None:
    with pytest.raises(UsageError):
        to_grid({"lat": lat, "lon": "13"})
