"""What a reader sees of a record: its current values and who recorded it."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkit.domain.jsontypes import Doc


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as folded from its entries. `doc` holds the current values, sets as sorted lists.

    `recorded` and `occurred` are UTC instants (RFC 3339 with `Z`); `differs` names the fields in which two
    values stand against each other.
    """

    id: str
    number: str
    kind: str
    doc: Doc
    author: str
    log: str
    seq: int
    recorded: str
    occurred: str
    mark: str
    retracted: bool
    differs: tuple[str, ...]
