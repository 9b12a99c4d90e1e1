"""What every record has, whatever its kind."""

from __future__ import annotations

from typing import Annotated

import msgspec

from fieldkit.domain.fields import About
from fieldkit.domain.moments import Moment
from fieldkit.domain.values import MarkName, RecordId, RecordIds, Text
from fieldkit.errors import RefusedError


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A structured value inside a record: one exchange of an interview, one check of a seal."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A record's fields. `constrain` holds what must be true of one record taken by itself."""

    occurred: Annotated[
        Moment | None, About("Occurred", "When it happened, which may be before it is written down.")
    ] = None
    mark: Annotated[MarkName | None, About("Mark", "Handling mark, of the mission's scheme.")] = None
    location: Annotated[RecordId | None, About("Location", "Where it happened.", targets=("location",))] = (
        None
    )
    evidence: Annotated[RecordIds, About("Evidence", "Records and files that bear it out.")] = frozenset()
    remark: Annotated[Text | None, About("Remark", "Anything else.")] = None

    def constrain(self) -> None:
        """RefusedError if the record breaks a rule that needs no other record to be seen."""


def refuse_without(condition: object, problem: str, *, where: str, remedy: str) -> None:
    """RefusedError unless the condition holds."""
    if not condition:
        raise RefusedError(problem, where=where, remedy=remedy)
