"""A measured value held against a declared one: further apart than their uncertainties explain, or not."""

from __future__ import annotations

import msgspec

from fieldkit.domain.inventory import Measured, out_of_tolerance
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.quantities import Measured as MeasuredValue
from fieldkit.domain.quantities import Quantity, measured_base, to_base
from fieldkit.errors import FieldkitError


def beyond_tolerance(doc: Doc) -> str:
    """In words, that a `measurement` lies beyond the tolerance of what was declared; empty where it does not.

    Empty too where nothing was declared, and for values of a form that this version does not know.
    """
    if doc.get("declared") is None:
        return ""
    try:
        declared = msgspec.convert(doc["declared"], Quantity)
        value = msgspec.convert(doc.get("value"), MeasuredValue)
        measured, uncertainty = measured_base(value)
        both = Measured(str(doc.get("quantity", "")), to_base(declared), measured, uncertainty)
        beyond = out_of_tolerance(both)
    except (msgspec.ValidationError, FieldkitError, ArithmeticError):
        return ""
    stated = f"{value.value} ± {value.uncertainty} {value.unit} (k={value.k})"
    declared_as = f"{declared.value} {declared.unit}"
    return (
        f"{both.quantity} {stated} where {declared_as} was declared, beyond the tolerance" if beyond else ""
    )
