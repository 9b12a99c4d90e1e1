"""Differences: fields in which unequal values stand, what each author had seen, and how a person ends one.

A difference ends only by an entry that knows both values: one of them is kept, or another takes their place, or both are
left standing as differing observations, which is a legitimate outcome and is reported as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.vault.fold import EntryView
from fieldkit.vault.open_points import left_standing
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Add, Amend, Recorded
from fieldkit.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values: the entry that holds it, and the values (by leaf hash) that its author had seen and replaced. Of
    those, `absent` have not arrived here, and `apart` are here and do not count."""

    value: JSON
    entry: EntryView
    seen: Mapping[str, JSON]
    absent: int
    apart: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One difference; `kept` is the reason why both values were left standing, where somebody gave one."""

    record: RecordView
    field: str
    sides: tuple[Side, ...]
    kept: str

    @property
    def has_gap(self) -> bool:
        """Whether a value that somebody had seen has not arrived: when it does, the difference may be none."""
        return any(side.absent for side in self.sides)


def standing(reader: VaultReader, *, kept: bool = False) -> Iterator[Standing]:
    """Every difference that nobody has ended; with `kept`, those too that were left as differing observations."""
    left = left_standing(reader)
    for one in reader.differences():
        history = {entry.hash: entry for entry in reader.entries_of(one.record.id)}
        sides = tuple(_side(reader, one.field, value, entry, history) for value, entry in one.values)
        why = left.get((one.record.id, one.field, frozenset(side.entry.hash for side in sides)), "")
        if kept or not why:
            yield Standing(one.record, one.field, sides, why)


def of_record(reader: VaultReader, record: str) -> list[Standing]:
    """Every difference in one record (by its id), those too that were left standing."""
    view = reader.peek(record)
    if view is None or not view.differs:
        return []
    return [one for one in standing(reader, kept=True) if one.record.id == record]


def find(reader: VaultReader, ref: str, field: str) -> Standing:
    """The difference in this field of this record. Raises `UsageError`."""
    record = reader.get(ref)
    found = of_record(reader, record.id)
    named = [one for one in found if one.field == field] if field else found
    if len(named) == 1:
        return named[0]
    if not found:
        raise UsageError(
            f"nothing differs in {record.number}", remedy="`fieldkit differences` lists what does."
        )
    raise UsageError(
        f"in {record.number} there {'are several differences' if not field else f'is none in {field}'}",
        remedy=f"Name the field: {', '.join(one.field for one in found)}.",
    )


def keep(
    vault: Vault, difference: Standing, place: int, reason: str, *, author: str | None = None
) -> Sequence[Recorded]:
    """End it by keeping the value at this place, from 1."""
    if not 1 <= place <= len(difference.sides):
        raise UsageError(
            f"there is no value {place}: there are {len(difference.sides)}",
            where="--keep",
            remedy="'fieldkit differences' numbers the values of each.",
        )
    return put(vault, difference, difference.sides[place - 1].value, reason, author=author)


def put(
    vault: Vault, difference: Standing, value: JSON, reason: str, *, author: str | None = None
) -> Sequence[Recorded]:
    """End it by another value (None: by none). `RefusedError` where another value has come that nobody was shown."""
    _check_known(vault, difference)
    change = Amend(difference.record.id, reason, set={difference.field: value})
    return vault.record([change], author=author)


def leave(
    vault: Vault, difference: Standing, reason: str, *, author: str | None = None
) -> Sequence[Recorded]:
    """Leave all standing as differing observations, on record with the reason. Raises as `put`."""
    _check_known(vault, difference)
    values: Doc = {
        "target": difference.record.id,
        "field": difference.field,
        "entries": [*sorted(side.entry.hash for side in difference.sides)],
        "reason": reason,
    }
    return vault.record([Add("differing", values)], author=author)


def _side(
    reader: VaultReader, field: str, value: JSON, entry: EntryView, history: Mapping[str, EntryView]
) -> Side:
    replaced = entry.supersedes.get(field, ())
    others = [leaf for leaf in replaced if leaf not in history]
    apart = sum(reader.holds(leaf) for leaf in others)
    seen = {leaf: history[leaf].values.get(field) for leaf in replaced if leaf in history}
    return Side(value, entry, seen, len(others) - apart, apart)


def _check_known(vault: Vault, difference: Standing) -> None:
    """A difference is ended by somebody who knows every value of it."""
    field, number = difference.field, difference.record.number
    now = {
        entry.hash
        for one in vault.differences()
        if one.record.id == difference.record.id and one.field == field
        for _, entry in one.values
    }
    if now != {side.entry.hash for side in difference.sides}:
        raise RefusedError(
            f"what stands in {number} has changed since it was looked at",
            where=f"{difference.record.kind}.{field}",
            remedy="Look at it once more, then decide.",
        )
