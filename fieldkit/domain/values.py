"""The simple forms that field values take, with their bounds. Compound values live with their arithmetic.

Decimals are strings without exponent; digests are lowercase hex; dates are ISO 8601. Patterns hold in Python and in
ECMAScript alike: `$(?!\\n)` because Python's `$` also matches before a last newline.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Context, Decimal
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from fieldkit.domain.fields import FieldType, Spelling
from fieldkit.errors import UsageError

LINE_LIMIT: Final = 500
TEXT_LIMIT: Final = 20_000
SET_LIMIT: Final = 10_000
PART_LIMIT: Final = 100_000
GREATEST_INTEGER: Final = 2**53

EXACT: Final = Context(prec=60)
"""Arithmetic on recorded decimals: wide enough for every product and sum of two of them."""

DECIMAL_PATTERN: Final = r"^-?[0-9]{1,24}(\.[0-9]{1,24})?$(?!\n)"
SIDES_PATTERN: Final = r"^[0-9]{1,24}(\.[0-9]{1,24})?( x [0-9]{1,24}(\.[0-9]{1,24})?){0,5}$(?!\n)"
DATE_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"
RECORD_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$(?!\n)"
DIGEST_PATTERN: Final = r"^[0-9a-f]{64}$(?!\n)"
LOG_PATTERN: Final = r"^[0-9a-f]{32}$(?!\n)"
LETTER_PATTERN: Final = r"^[A-Z]{1,3}$(?!\n)"
KEY_PATTERN: Final = r"^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$(?!\n)"
_WRITTEN: Final = {"pattern": r"\S"}

Line: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=LINE_LIMIT, extra_json_schema=_WRITTEN), FieldType.LINE
]
Text: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=TEXT_LIMIT, extra_json_schema=_WRITTEN), FieldType.TEXT
]
MarkName: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=80, extra_json_schema={"pattern": r"[^\s_]"}), FieldType.MARK
]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=GREATEST_INTEGER), FieldType.INTEGER]
Positive: TypeAlias = Annotated[int, Meta(ge=1, le=GREATEST_INTEGER), FieldType.INTEGER]
DecimalText: TypeAlias = Annotated[str, Meta(pattern=DECIMAL_PATTERN), FieldType.DECIMAL]
Sides: TypeAlias = Annotated[str, Meta(pattern=SIDES_PATTERN), FieldType.SIDES]
"""Lengths of one thing in millimetres, as `1200 x 300 x 300`."""

DateText: TypeAlias = Annotated[
    str, Meta(pattern=DATE_PATTERN, extra_json_schema={"format": "date"}), FieldType.DATE
]
RecordId: TypeAlias = Annotated[str, Meta(pattern=RECORD_PATTERN), FieldType.RECORD]
Digest: TypeAlias = Annotated[str, Meta(pattern=DIGEST_PATTERN), FieldType.DIGEST]
LogId: TypeAlias = Annotated[str, Meta(pattern=LOG_PATTERN), FieldType.LINE]
Letter: TypeAlias = Annotated[str, Meta(pattern=LETTER_PATTERN), FieldType.LINE]
PublicKey: TypeAlias = Annotated[str, Meta(pattern=KEY_PATTERN), FieldType.LINE, Spelling.ENCODED]
"""Base64 of the 32 raw bytes of an Ed25519 public key or of a tree's root."""
EncodedLine: TypeAlias = Annotated[Line, Spelling.ENCODED]
EncodedText: TypeAlias = Annotated[Text, Spelling.ENCODED]
"""Base64 or a signed note, of any length that a line or a text may have."""

Lines: TypeAlias = Annotated[frozenset[Line], Meta(max_length=SET_LIMIT)]
RecordIds: TypeAlias = Annotated[frozenset[RecordId], Meta(max_length=SET_LIMIT)]


def canonical_text(value: str, limit: int) -> str:
    """The text in Unicode form NFC, otherwise as recorded; UsageError if blank, too long or not encodable."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"character {error.start + 1} is half of a surrogate pair and stands for nothing",
                remedy="Type the text again instead of pasting it.",
            ) from None
        value = unicodedata.normalize("NFC", value)
        if limit and len(value) > limit:
            raise UsageError(
                f"{len(value)} characters where {limit} are the most",
                remedy="Attach the whole text as a file, and write here what matters of it.",
            )
    if not value or value.isspace():
        raise UsageError("nothing is written here", remedy="Leave the field out instead.")
    return value


def canonical_decimal(value: str) -> str:
    """The shortest way to write a decimal: no leading or trailing zeros, no sign on zero."""
    sign, whole, fraction = _split(value)
    return _joined(sign, whole, fraction.rstrip("0"))


def stated_decimal(value: str) -> str:
    """A decimal as an instrument or a person stated it: trailing zeros say how fine it was read and stay."""
    return _joined(*_split(value))


def canonical_sides(value: str) -> str:
    """Sides with each number in its shortest writing; UsageError for a side of no length."""
    sides = [canonical_decimal(side) for side in value.split(" x ")]
    if "0" in sides:
        raise UsageError("a side is longer than 0", remedy="Leave out the side that was not measured.")
    return " x ".join(sides)


def decimal_of(value: str) -> Decimal:
    """The number that a decimal string stands for."""
    return EXACT.create_decimal(value)


def plain(number: Decimal) -> str:
    """A number as a canonical decimal string; UsageError if it does not fit 24 digits either side of the point."""
    text = format(number, "f")
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(whole) > 24 or len(fraction.rstrip("0")) > 24:
        raise UsageError(
            "a number with more digits than fieldkit keeps", remedy="Use a larger or smaller unit."
        )
    return canonical_decimal(text)


def canonical_date(value: str) -> str:
    """The date itself if the calendar has it; UsageError otherwise."""
    try:
        date.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{value} is no day of the calendar", remedy="Write it as 2026-02-12.") from None
    return value


def _split(value: str) -> tuple[str, str, str]:
    sign = "-" if value[0] == "-" else ""
    whole, _, fraction = value.lstrip("-").partition(".")
    return sign, whole.lstrip("0") or "0", fraction


def _joined(sign: str, whole: str, fraction: str) -> str:
    text = f"{whole}.{fraction}" if fraction else whole
    return text if not text.strip("0.") else sign + text
