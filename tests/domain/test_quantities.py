"""Units and their conversion, against the definitions."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain.quantities import (
    BASE_UNITS,
    Measured,
    Quantity,
    canonical_measured,
    measured_base,
    symbols,
    to_base,
    unit,
)
from fieldkit.errors import UsageError
from tests.domain.values import DECIMALS


@pytest.mark.parametrize(
    ("value", "symbol", "base"),
    [
        ("300", "km", "300000"),
        ("1", "nmi", "1852"),
        ("12", "in", "0.3048"),
        ("20", "L", "0.02"),
        ("1", "lb", "0.45359237"),
        ("1.1", "MN s", "1100000.0"),
        ("25", "°C", "298.15"),
        ("-40", "°C", "233.15"),
        ("36", "km/h", "10"),
        ("1", "Ci", "37000000000"),
        ("1", "mrem/h", "0.00001"),
        ("5", "µSv/h", "0.000005"),
        ("2", "dozen", "24"),
        ("3.33", "%", "0.0333"),
    ],
)
def test_conversion(value: str, symbol: str, base: str) -> None:
    assert to_base(Quantity(value=value, unit=symbol)) == Decimal(base)


def test_forty_below_is_the_same_in_both_scales() -> None:
    fahrenheit = to_base(Quantity(value="-40", unit="°F"))
    assert abs(fahrenheit - to_base(Quantity(value="-40", unit="°C"))) < Decimal("1e-40")


def test_every_dimension_leads_to_its_base_unit() -> None:
    for dimension, base in BASE_UNITS.items():
        assert to_base(Quantity(value="1", unit=base)) == 1
        assert base in symbols(dimension)


@given(DECIMALS, st.sampled_from(["km", "ft", "mi", "µm"]))
def test_conversion_is_linear(value: str, symbol: str) -> None:
    one = to_base(Quantity(value="1", unit=symbol))
    assert to_base(Quantity(value=value, unit=symbol)) == Decimal(value) * one


def test_a_micrometre_is_one_however_its_sign_is_written() -> None:
    assert unit("um") == unit("\u00b5m") == unit("\u03bcm")


def test_a_wrong_unit_names_the_accepted_ones() -> None:
    with pytest.raises(UsageError, match="Accepted: m, km, cm") as caught:
        unit("kg", "length")
    assert "kg is a unit of mass, not of length" in caught.value.problem
    with pytest.raises(UsageError, match="Did you mean"):
        unit("kms", "length")


def test_a_standard_uncertainty_is_the_expanded_one_over_k() -> None:
    value, u = measured_base(Measured(value="5.2", unit="mm", uncertainty="0.1", k="2"))
    assert value == Decimal("0.0052")
    assert u == Decimal("0.00005")


@pytest.mark.parametrize(("uncertainty", "k"), [("-0.1", "2"), ("0.1", "0"), ("0.1", "-2")])
def test_uncertainties_that_are_none(uncertainty: str, k: str) -> None:
    with pytest.raises(UsageError):
        canonical_measured({"value": "5", "unit": "mm", "uncertainty": uncertainty, "k": k}, None)
