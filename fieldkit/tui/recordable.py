"""The kinds of record that people make by hand, each with the letter that begins one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fieldkit.domain.fields import Field
from fieldkit.domain.kinds import Kind

LETTERS: Final = {
    "observation": "o",
    "access": "a",
    "count": "c",
    "seal": "s",
    "interview": "i",
    "measurement": "m",
    "person": "e",
    "location": "l",
    "meeting": "t",
    "sample": "x",
    "custody": "u",
    "document": "d",
    "commitment": "r",
    "comment": "h",
    "finding": "f",
    "incident": "n",
    "event": "q",
    "item": "v",
    "photo": "p",
    "crosswalk": "w",
    "plan": "g",
    "signoff": "y",
    "camera": "k",
}
"""Bookkeeping, declarations, intakes and draws come about by acts of their own."""

_TOLD_BY_FILES: Final = {
    "photo": frozenset(
        {
            *(
                "sha256",
                "taken_raw",
                "taken_zone_by",
                "taken_offset_s",
                "taken_method",
                "taken_doubt",
                "taken_uncertainty_s",
            ),
            *(
                "gps_time",
                "form",
                "duration_s",
                "width",
                "height",
                "perceptual_hash",
                "damaged",
                "derivative_of",
            ),
            *("boxes", "decoder", "tiles", "intake"),
        }
    )
}
"""Fields that an intake or a redaction fills, and nobody by hand."""


def typed_fields(kind: Kind) -> Mapping[str, Field]:
    """The fields of a kind that people type, in order."""
    told = _TOLD_BY_FILES.get(kind.name, frozenset())
    return {name: field for name, field in kind.fields.items() if name not in told}
