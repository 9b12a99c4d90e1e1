"""Putting what is recorded into its compartment: what was asked to go there, what its kind says, what refers to such a record.

A reason, a comment or a file that belongs to a sealed record would tell of it, so it goes where that record is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import RefusedError, UsageError
from fieldkit.journal.keys import DeviceKey
from fieldkit.vault.compartments import KIND, OPEN_ALWAYS, TAKEN_IN, is_enclosed, record_in, seal
from fieldkit.vault.database import Reader as StoreReader
from fieldkit.vault.locks import Locks
from fieldkit.vault.reading import VaultReader

_ID_LENGTH = 36


class Enclosing:
    """The compartments of one batch."""

    def __init__(self, store: StoreReader, reader: VaultReader, key: DeviceKey) -> None:
        self._store = store
        self._reader = reader
        self._key = key
        self._keys: dict[str, tuple[int, bytes]] = {}
        self._names: dict[str, str] = {}
        self._made: dict[str, str] = {}

    def of(self, kind: str, doc: Doc, asked: str) -> str:
        """The compartment (its id) that a new record goes into, empty if none. Raises `RefusedError`, `UsageError`."""
        if not (asked or self._compartments):
            return ""
        if kind in OPEN_ALWAYS:
            if asked:
                raise RefusedError(
                    f"a {kind} is read by the whole team", remedy="Record it without a compartment."
                )
            return ""
        found = {self.holding(ref) for ref in _ids(doc) if is_enclosed(ref)} - {""}
        found |= {asked} - {""}
        if len(found) > 1:
            raise RefusedError(
                "this refers to records of two compartments, whose readers may differ",
                remedy="Record it apart for each of them.",
            )
        if asked and asked not in self._compartments:
            raise UsageError(
                "there is no such compartment", remedy="'fieldkit members compartment list' shows them."
            )
        return next(iter(found), "") or self._by_kind.get(kind, "")

    def holding(self, record: str) -> str:
        """The compartment of a record that is here already; empty if everybody reads it."""
        if not is_enclosed(record):
            return ""
        return self._made.get(record) or self._reader.compartment_of(record)

    def name(self, chosen: str, compartment: str) -> str:
        """The id of a new record of a compartment; others of the batch may go on calling it as was chosen."""
        record = self._names[chosen] = record_in(compartment, chosen)
        self._made[record] = compartment
        return record

    def new_name(self, ref: str) -> str:
        """What a reference of the batch stands for now."""
        return self._names.get(ref, ref)

    def renamed(self, values: Mapping[str, JSON]) -> Mapping[str, JSON]:
        """Values of the batch with every reference as it stands for now."""
        return {name: self._renamed(value) for name, value in values.items()} if self._names else values

    def seal(
        self, compartment: str, seq: int, fields: Mapping[str, JSON]
    ) -> tuple[Doc, tuple[str, int, bytes]]:
        """What everybody sees of an entry, and the row of the entry within: compartment, key's number, stored form."""
        if compartment not in self._keys:
            self._keys[compartment] = Locks(self._store, self._reader).sealing(compartment, self._key)
        key = self._keys[compartment]
        seen, body = seal(self._reader.meta("mission"), self._key.log_id, seq, compartment, key, fields)
        return seen, (compartment, key[0], body)

    @cached_property
    def _compartments(self) -> dict[str, Doc]:
        return {view.id: view.doc for view in self._reader.list(KIND)}

    @cached_property
    def _by_kind(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for compartment, doc in self._compartments.items():
            kinds = doc.get("kinds")
            for kind in {*map(str, kinds)} - TAKEN_IN if isinstance(kinds, list) else ():
                found.setdefault(kind, compartment)
        return found

    def _renamed(self, value: JSON) -> JSON:
        if isinstance(value, str):
            return self._names.get(value, value)
        if isinstance(value, list):
            return [self._renamed(one) for one in value]
        if isinstance(value, dict):
            return {name: self._renamed(one) for name, one in value.items()}
        return value


def _ids(value: JSON) -> Iterator[str]:
    """Everything in a value that may be the id of a record."""
    if isinstance(value, str):
        if len(value) == _ID_LENGTH:
            yield value
    elif isinstance(value, list):
        for one in value:
            yield from _ids(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _ids(one)
