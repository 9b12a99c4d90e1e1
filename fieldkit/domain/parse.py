"""What people type, turned into a field's JSON value: `12.5 kg`, `10:41`, `seen`, `yes`, `a, b`.

Used by the command line and by every form. Raises UsageError that says what is accepted; a measured value without its
uncertainty is refused, as the field's rule has it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NoReturn, cast

from fieldkit.domain.commalists import split_list
from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.marks import canonical_mark
from fieldkit.domain.moments import Moment, as_json, local, parse_date, parse_moment, parse_period
from fieldkit.domain.nearness import suggestion
from fieldkit.domain.places import parse_position
from fieldkit.domain.quantities import symbols, unit
from fieldkit.domain.values import EXACT, canonical_decimal, canonical_text, decimal_of, plain, stated_decimal
from fieldkit.errors import RefusedError, UsageError

_SPACES: Final = " \u00a0\u2009\u202f"
_NUMBER: Final = re.compile(
    rf"(?P<sign>[+-]?)(?P<whole>[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+(?![0-9])|[0-9]+)"
    r"(?:(?P<point>[.,])(?P<fraction>[0-9]+))?"
    r"(?:(?:[eE]|\s?[×x·]\s?10\^?)(?P<exponent>[+-]?[0-9]{1,2}))?"
)
_COVERAGE: Final = re.compile(r"[,;(]?\s*k\s*=\s*(?P<k>[0-9]+(?:[.,][0-9]+)?)\s*\)?\s*$", re.ASCII)
BETWEEN_SIDES: Final = re.compile(r"\s*[xXхХ×*]\s*")
SIDE: Final = re.compile(r"(?P<number>\d(?:.*\d)?)\s*(?P<unit>[^\W\d_]*)\.?")
"""What stands between the sides of a thing, and one side: its number, and its unit if it has one."""

_PLUS_MINUS: Final = re.compile(r"±|\+/-|\+-")
_TRUTHS: Final = {
    **dict.fromkeys(("yes", "y", "true", "1", "on"), True),
    **dict.fromkeys(("no", "n", "false", "0", "off"), False),
}
_COMPOUND: Final = frozenset(
    {
        FieldType.SIDES,
        FieldType.QUANTITY,
        FieldType.MEASURED,
        FieldType.POSITION,
        FieldType.MOMENT,
        FieldType.PERIOD,
    }
)
_NUMERALS: Final = str.maketrans({"−": "-", "٫": ".", "٬": " "})


def parse(field: Field, text: str, *, now: Moment) -> JSON:
    """The JSON value of a typed text. Links stay as typed: whoever holds the records resolves numbers to ids.

    `now` gives a typed time its day and its offset. Sets and lists are comma lists; lists of structures are JSON.
    """
    if field.type is FieldType.STRUCT:
        return _structure(field, text, now)
    if field.many or field.listed:
        return [_single(field, member, now) for member in split_list(text)]
    return _single(field, text, now)


def parse_json(field: Field, value: JSON, *, now: Moment) -> JSON:
    """A JSON value in which typed text may stand for a compound value, at any depth: `"occurred": "10:41"`."""
    if isinstance(value, list) and (field.many or field.listed):
        return [_typed(field, member, now) for member in value]
    return _typed(field, value, now)


def parse_number(text: str) -> str:
    """A typed number as a decimal string, digits as stated; a decimal comma and digits of any script will do."""
    found = _NUMBER.fullmatch(_numerals(text))
    return _amount(found, text) if found else _no_number(text)


def parse_sides(
    text: str,
    stated: str = "mm",
    *,
    number: Callable[[str], str] = parse_number,
    symbol: Callable[[str], str] = str.strip,
) -> str:
    """Typed lengths as sides in millimetres: `120 x 30 cm`, `1.2 m x 300 mm`.

    A side without a unit has that of the next side that has one; the last ones have `stated`. `number` and `symbol` read
    numbers and units as they are written elsewhere.
    """
    sides: list[str] = []
    for side in reversed(BETWEEN_SIDES.split(text.strip())):
        found = SIDE.fullmatch(side)
        if found is None:
            raise UsageError(
                f"{text!r} is no size", remedy="Write it as 1200 x 300, in millimetres, or as 1.2 x 0.3 m."
            )
        stated = symbol(found["unit"]) or stated
        length = decimal_of(canonical_decimal(number(found["number"]))) * unit(stated, "length").factor * 1000
        if length <= 0:
            raise UsageError(f"{text!r}: a side is longer than 0", remedy="Leave out what was not measured.")
        sides.append(plain(length))
    return " x ".join(reversed(sides))


def _single(field: Field, text: str, now: Moment) -> JSON:
    match field.type:
        case FieldType.LINE | FieldType.TEXT:
            return canonical_text(text, field.limit)
        case FieldType.MARK:
            return canonical_mark(text)
        case FieldType.INTEGER:
            return _whole(text)
        case FieldType.DECIMAL:
            return canonical_decimal(parse_number(text))
        case FieldType.SIDES:
            return parse_sides(text)
        case FieldType.BOOLEAN:
            return _truth(text)
        case FieldType.CHOICE:
            return _choice(field, text)
        case FieldType.QUANTITY:
            return _quantity(text, field.dimension)
        case FieldType.MEASURED:
            return _measured(text, field.dimension)
        case FieldType.POSITION:
            return parse_position(_numerals(text))
        case FieldType.MOMENT:
            return as_json(parse_moment(_numerals(text), now))
        case FieldType.PERIOD:
            return parse_period(_numerals(text))
        case FieldType.DATE:
            return (
                local(now).date().isoformat()
                if text.strip().lower() == "today"
                else parse_date(_numerals(text))
            )
        case FieldType.DIGEST:
            return text.strip().lower().removeprefix("sha256:")
        case _:
            return canonical_text(text.strip(), 0)


def _whole(text: str) -> int:
    number = decimal_of(parse_number(text))
    if number != number.to_integral_value():
        raise UsageError(f"{text!r} is not a whole number", remedy="Write it as 12.")
    return int(number)


def _truth(text: str) -> bool:
    found = _TRUTHS.get(text.strip().lower())
    if found is None:
        raise UsageError(f"{text!r} is neither yes nor no", remedy="Write yes or no.")
    return found


def _choice(field: Field, text: str) -> str:
    meant = "_".join(text.strip().lower().replace("-", " ").replace("_", " ").split())
    if meant not in field.choices:
        raise UsageError(
            f"{text!r} is none of the choices",
            remedy=f"{suggestion(meant, field.choices)}Choices: {', '.join(field.choices)}.",
        )
    return meant


def _quantity(text: str, dimension: str | None) -> Doc:
    number, rest = _leading(text)
    if not rest:
        raise UsageError(f"{text!r} lacks a unit", remedy=f"Units: {', '.join(symbols(dimension)[:40])}.")
    return {"value": canonical_decimal(number), "unit": unit(rest, dimension).symbol}


def _measured(text: str, dimension: str | None) -> Doc:
    coverage = _COVERAGE.search(_numerals(text))
    stated = _numerals(text)[: coverage.start()] if coverage else _numerals(text)
    halves = _PLUS_MINUS.split(stated.strip())
    if len(halves) != 2:
        raise RefusedError(
            f"{text!r} has no uncertainty: no value without unit and uncertainty",
            remedy="Write it as 5.2 ± 0.1 mm (k=2).",
        )
    bracketed = halves[0].startswith("(")
    value, left = _leading(halves[0].removeprefix("("))
    uncertainty, right = _leading(halves[1].replace(")", " ", 1) if bracketed else halves[1])
    if not (left or right):
        raise RefusedError(f"{text!r} has no unit", remedy="Write it as 5.2 ± 0.1 mm (k=2).")
    found = unit(right or left, dimension)
    if left and unit(left, dimension) != found:
        raise UsageError(
            f"the value is in {left}, its uncertainty in {right}",
            remedy=f"Give the uncertainty in {left} too.",
        )
    return {
        "value": stated_decimal(value),
        "unit": found.symbol,
        "uncertainty": stated_decimal(uncertainty),
        "k": canonical_decimal(coverage["k"].replace(",", ".")) if coverage else "2",
    }


def _leading(text: str) -> tuple[str, str]:
    """The number a text begins with, and what follows it."""
    clean = _numerals(text).strip()
    found = _NUMBER.match(clean)
    if not found:
        _no_number(text)
    return _amount(found, text), " ".join(clean[found.end() :].split())


def _amount(found: re.Match[str], text: str) -> str:
    whole = re.sub(rf"[{_SPACES}]", "", found["whole"])
    fraction = found["fraction"] or ""
    if found["point"] == "," and len(fraction) == 3 and whole != "0" and len(whole) <= 3:
        raise UsageError(
            f"{text!r}: a decimal comma, or thousands?",
            remedy=f"Write {whole}.{fraction} or {whole}{fraction}.",
        )
    sign = "-" if found["sign"] == "-" else ""
    number = f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"
    if found["exponent"]:
        scaled = EXACT.scaleb(EXACT.create_decimal(number), Decimal(found["exponent"]))
        number = format(scaled, "f")
    whole_digits, _, fraction_digits = number.lstrip("-").partition(".")
    if len(whole_digits) > 24 or len(fraction_digits) > 24:
        raise UsageError(
            f"{text!r} has more digits than fieldkit keeps", remedy="Use a larger or smaller unit."
        )
    return stated_decimal(number)


def _no_number(text: str) -> NoReturn:
    raise UsageError(f"{text!r} is not a number", remedy="Write 12.5 or 1.1e6.")


def _numerals(text: str) -> str:
    """Digits of any script as 0 to 9, the minus sign as a hyphen, the Arabic decimal separator as a point."""
    if text.isascii():
        return text.strip()
    plain = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text.strip())
    return plain.translate(_NUMERALS)


def _structure(field: Field, text: str, now: Moment) -> JSON:
    try:
        found = cast(
            "JSON",
            json.loads(text, object_pairs_hook=_once, parse_float=str, parse_constant=_no_constant),
        )
    except (json.JSONDecodeError, RecursionError) as error:
        shape = ", ".join(f'"{part.name}": …' for part in field.parts)
        raise UsageError(
            f"this is not JSON: {error}",
            remedy=f"Write [{{{shape}}}, …]." if field.listed else f"Write {{{shape}}}.",
        ) from None
    if field.listed and isinstance(found, dict):
        found = [found]
    return parse_json(field, found, now=now)


def _typed(field: Field, value: JSON, now: Moment) -> JSON:
    if field.type is FieldType.STRUCT and isinstance(value, dict):
        parts = {part.name: part for part in field.parts}
        return {
            name: parse_json(parts[name], member, now=now) if name in parts else member
            for name, member in value.items()
        }
    if isinstance(value, str) and field.type in _COMPOUND:
        return _single(field, value, now)
    return value


def _once(pairs: list[tuple[str, JSON]]) -> Doc:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UsageError("a name stands twice in one JSON object", remedy="Keep one of the two.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise UsageError(f"{name} is no number", remedy="Leave it out where there is none.")
