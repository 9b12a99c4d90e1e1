"""Places, and how the team got in or did not."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Final, Literal, get_args

from fieldkit.domain.fields import About
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import Moment, instant
from fieldkit.domain.places import Position
from fieldkit.domain.records.base import Record, refuse_without
from fieldkit.domain.values import Line, Lines, RecordId, RecordIds, Text

Level = Literal["state", "site", "facility", "building", "room", "position"]
LEVELS: Final[tuple[str, ...]] = get_args(Level)
"""From the outermost to the innermost."""


class Location(Record, frozen=True, kw_only=True):
    """A place in the tree of places. A new name never drops an old one: that becomes an alias."""

    name: Annotated[Line, About("Name", "Name in use.")]
    level: Annotated[Level | None, About("Level", "How large a place it is.")] = None
    parent: Annotated[RecordId | None, About("Within", "The place it is part of.", targets=("location",))] = (
        None
    )
    aliases: Annotated[Lines, About("Other names", "Former names, other spellings.")] = frozenset()
    position: Annotated[Position | None, About("Position", "Decimal degrees: 32.8872,13.1913 ±10m gps.")] = (
        None
    )
    plan: Annotated[
        RecordId | None, About("Plan", "Site plan that shows it.", targets=("media", "document", "photo"))
    ] = None


class Access(Record, frozen=True, kw_only=True):
    """Getting into a place: what was asked, when, what was granted and on whose word.

    The delay is derived (`access_delay`), never typed. No access is no statement on what lies within.
    """

    requested: Annotated[Moment | None, About("Requested", "When access was asked for.")] = None
    answered: Annotated[Moment | None, About("Answered", "When the host answered.")] = None
    entered: Annotated[Moment | None, About("Entered", "When the team went in.")] = None
    left: Annotated[Moment | None, About("Left", "When the team came out.")] = None
    outcome: Annotated[
        Literal["granted", "delayed", "restricted", "managed", "refused", "withdrawn"] | None,
        About("Outcome", "Left out until the host has answered."),
    ] = None
    measures: Annotated[
        Lines, About("Measures", "What the host did: shrouding, logging off, limited number.")
    ] = frozenset()
    reason: Annotated[Text | None, About("Reason", "In the host's words.")] = None
    alternative: Annotated[Text | None, About("Alternative", "What the host offered instead.")] = None
    decided_by: Annotated[RecordId | None, About("Decided by", "Who decided.", targets=("person",))] = None
    with_whom: Annotated[
        RecordIds, About("With", "Escorts and others who came along.", targets=("person",))
    ] = frozenset()

    def constrain(self) -> None:
        self._in_order()
        if self.outcome in (None, "granted"):
            return
        needs = f"access {self.outcome}"
        refuse_without(
            self.reason,
            f"{needs} needs the reason",
            where="access.reason",
            remedy="Write it in the host's words; if none was given, say so.",
        )
        refuse_without(
            self.decided_by,
            f"{needs} needs who decided",
            where="access.decided_by",
            remedy="Name the person of the host who decided.",
        )
        refuse_without(
            self.answered or self.occurred,
            f"{needs} needs the time of the answer",
            where="access.answered",
            remedy="Give answered=10:41.",
        )

    def _in_order(self) -> None:
        steps = ("requested", "answered", "entered", "left")
        known = [(name, found) for name in steps if (found := getattr(self, name)) is not None]
        for (earlier, one), (later, other) in pairwise(known):
            refuse_without(
                instant(one.at) <= instant(other.at),
                f"{later} lies before {earlier}",
                where=f"access.{later}",
                remedy="Check the two times.",
            )


def access_delay(doc: Doc) -> timedelta | None:
    """How long the team waited: from the request to entry, or to the answer where nobody entered. None if unknown."""
    requested = doc.get("requested")
    end = doc.get("entered") or doc.get("answered")
    if not isinstance(requested, dict) or not isinstance(end, dict):
        return None
    return instant(str(end["at"])) - instant(str(requested["at"]))
