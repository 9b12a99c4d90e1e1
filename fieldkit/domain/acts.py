"""One act on one record as the rules of the field see it, and what they may ask of other records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn, Protocol, TypeAlias

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError

Act: TypeAlias = Literal["add", "amend", "retract"]


class Lookup(Protocol):
    """What the rules may ask: the records as they stand, with what the same transaction has recorded so far."""

    def get(self, record_id: str, /) -> RecordView | None:
        """The record with exactly this id."""

    def find(self, kind: str, field: str, value: JSON, /) -> Iterator[RecordView]:
        """Records of a kind in which the field is, or holds, the value; retracted ones too."""

    def referring(self, record_id: str, field: str | None = None, /) -> Iterator[RecordView]:
        """Records that link to this one."""

    def mission(self) -> Doc:
        """What the mission's record says; nothing while there is none."""

    def marks_within(self) -> Sequence[str]:
        """Every handling mark of what stands in the mission, besides its own."""


@dataclass(frozen=True, slots=True)
class Change:
    """One act on one record: its values before (none when added) and after, and which fields differ."""

    kind: Kind
    id: str
    act: Act
    before: Doc
    after: Doc
    changed: frozenset[str]
    lookup: Lookup

    def refuse(self, problem: str, *, field: str = "", remedy: str) -> NoReturn:
        """RefusedError naming kind and field."""
        raise RefusedError(
            problem, where=f"{self.kind.name}.{field}" if field else self.kind.name, remedy=remedy
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A check that runs on these acts where one of these fields changes (none named: always)."""

    acts: frozenset[str]
    fields: frozenset[str]
    run: Callable[[Change], None]


def rule(acts: str, fields: str, run: Callable[[Change], None]) -> Rule:
    """A rule from blank-separated acts and fields."""
    return Rule(frozenset(acts.split()), frozenset(fields.split()), run)
