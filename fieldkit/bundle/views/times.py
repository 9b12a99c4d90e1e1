"""Moments as the report writes them: local time in the offset they were told in."""

from __future__ import annotations

import re
from datetime import timedelta

from fieldkit.domain.jsontypes import JSON
from fieldkit.domain.moments import moment_text
from fieldkit.domain.records.places import access_delay
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError

_UNREADABLE = (UsageError, KeyError, IndexError, TypeError, ValueError, OverflowError)

_FRACTION = re.compile(r"\.[0-9]+ ")


def when(value: JSON) -> str:
    """`2026-02-12 10:41 +02:00`, without fractions of a second; empty for none, and as it stands where it is no moment."""
    if value is None:
        return ""
    try:
        return _FRACTION.sub(" ", moment_text(value)) if isinstance(value, dict) else str(value)
    except _UNREADABLE:
        return str(value)


def split(value: JSON) -> tuple[str, str, str]:
    """Day, time of day and offset of a moment; empty for none."""
    day, _, rest = when(value).partition(" ")
    clock, _, offset = rest.partition(" ")
    return day, clock, offset


def clock(value: JSON) -> str:
    """The time of day alone."""
    return split(value)[1]


def happened(view: RecordView) -> str:
    """When it happened, else when it was recorded and that it is that."""
    stated = view.doc.get("occurred")
    return when(stated) if stated else f"recorded {view.recorded[:16].replace('T', ' ')} UTC"


def delay(view: RecordView) -> timedelta | None:
    """How long the team waited, derived from the times; None where they do not say."""
    try:
        return access_delay(view.doc)
    except _UNREADABLE:
        return None
