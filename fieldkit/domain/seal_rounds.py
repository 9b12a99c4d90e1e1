"""Which seals have to be looked at, and in which order.

A seal is due when its interval has passed since the last look at it, or since it was applied. One that was found broken,
missing or another than recorded stays on the list, before all others, until it is taken off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import instant
from fieldkit.domain.serials import near, normal_form
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError

EVERY_HOURS = 24
"""How often a seal is looked at of which nobody said otherwise."""

INTACT = "intact"


@dataclass(frozen=True, slots=True)
class Standing:
    """A seal that is still on: its last result (empty: never looked at), when that was or it was applied, when it is due,
    and how many standing seals bear its number, or one that reads the same but for look-alikes, case and separators."""

    seal: RecordView
    number: str
    result: str
    since: datetime
    due: datetime
    bearers: int

    @property
    def faulty(self) -> bool:
        """Whether the last look found it broken, missing or another than recorded, or its number is there twice."""
        return self.result not in ("", INTACT) or self.bearers > 1


def standing(seals: Iterable[RecordView], every_hours: int = EVERY_HOURS) -> list[Standing]:
    """Every seal that was not taken off: the faulty ones first, then whichever has been due the longest."""
    on = [view for view in seals if not view.retracted and not view.doc.get("removed")]
    alike: dict[str, list[str]] = defaultdict(list)
    for view in on:
        alike[normal_form(number := str(view.doc.get("number", "")))].append(number)
    found = []
    for view in on:
        last = last_check(view.doc)
        since = (_instant(last.get("at")) if last else None) or _instant(view.doc.get("occurred"))
        since = since or instant(view.recorded)
        hours = view.doc.get("interval_hours")
        number = str(view.doc.get("number", ""))
        found.append(
            Standing(
                view,
                number,
                str(last.get("result", "")) if last else "",
                since,
                since + timedelta(hours=hours if isinstance(hours, int) else every_hours),
                max(1, sum(near(number, other) is not None for other in alike[normal_form(number)])),
            )
        )
    return sorted(found, key=lambda one: (not one.faulty, one.due, one.number))


def due(seals: Iterable[RecordView], until: datetime, every_hours: int = EVERY_HOURS) -> list[Standing]:
    """Those of `standing` that have to be looked at by `until`: due by then, or faulty."""
    return [one for one in standing(seals, every_hours) if one.faulty or one.due <= until]


def last_check(doc: Doc) -> Doc | None:
    """The latest look at a seal by its time; of the same time the one recorded last."""
    checks = doc.get("checks")
    held = [each for each in checks if isinstance(each, dict)] if isinstance(checks, list) else []
    return max(
        enumerate(held),
        key=lambda each: (str((_moment(each[1]) or {}).get("at", "")), each[0]),
        default=(0, None),
    )[1]


def _moment(check: Doc) -> Doc | None:
    at = check.get("at")
    return at if isinstance(at, dict) else None


def _instant(moment: JSON) -> datetime | None:
    if not isinstance(moment, dict):
        return None
    try:
        return instant(str(moment.get("at")))
    except UsageError:
        return None
