"""Folding: from the entries of one record to its current values.

Pure, and independent of the order in which entries arrive: the same set of entries always gives the same state.
A value stands until an entry that names its leaf hash in `supersedes` takes its place; two standing, unequal
values of one field are a *difference*, never resolved by a clock. In a set, an element stands while one of the
entries that added it has not been named by a removal of that element.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from fieldkit.domain.jsontypes import JSON, Doc

ADD: Final = "add"
AMEND: Final = "amend"
RETRACT: Final = "retract"


class EntryView(msgspec.Struct, frozen=True):
    """One act on one record, as read from its leaf. `values` has the record's field names without their prefix;
    `hash` and `parents` are leaf hashes in hex; `supersedes` maps a field to the leaf hashes it takes the place of."""

    hash: str
    log: str
    seq: int
    kind: str
    act: str
    record: str
    number: str
    author: str
    recorded: Mapping[str, JSON]
    parents: tuple[str, ...]
    supersedes: Mapping[str, Sequence[str]]
    reason: str
    values: Doc

    @classmethod
    def read(cls, leaf_hash: bytes, log: str, seq: int, fields: Mapping[str, JSON]) -> EntryView:
        """From a leaf's opened fields. Fields that are missing or of another form read as empty: a signed entry of
        a newer version is shown, never refused."""
        values: Doc = {name[1:]: value for name, value in fields.items() if name.startswith(".")}
        recorded = fields.get("recorded")
        supersedes = fields.get("supersedes")
        parents = fields.get("parents")
        return cls(
            hash=leaf_hash.hex(),
            log=log,
            seq=seq,
            kind=_text(fields.get("kind")),
            act=_text(fields.get("act")),
            record=_text(fields.get("id")),
            number=_text(fields.get("number")),
            author=_text(fields.get("author")),
            recorded=recorded if isinstance(recorded, dict) else {},
            parents=_texts(parents),
            supersedes={name: _texts(hashes) for name, hashes in supersedes.items()}
            if isinstance(supersedes, dict)
            else {},
            reason=_text(fields.get("reason")),
            values=values,
        )


@dataclass(slots=True)
class Standing:
    """The standing values of one field: leaf hash -> value, or for a set: (element, leaf hash) tags."""

    values: dict[str, JSON] = field(default_factory=dict)
    tags: dict[str, tuple[JSON, set[str]]] = field(default_factory=dict)
    is_set: bool = False

    def heads(self) -> list[str]:
        """The leaf hashes that a superseding entry has to name, sorted."""
        if self.is_set:
            return sorted({leaf for _, leaves in self.tags.values() for leaf in leaves})
        return sorted(self.values)

    def distinct(self) -> list[JSON]:
        """The unequal standing values, ordered by the lowest leaf hash that holds each."""
        seen: dict[str, JSON] = {}
        for leaf in sorted(self.values):
            seen.setdefault(canonical(self.values[leaf]), self.values[leaf])
        return list(seen.values())

    def current(self) -> JSON:
        """What a reader is shown: the set's elements sorted, or the value with the lowest leaf hash."""
        if self.is_set:
            return [self.tags[key][0] for key in sorted(self.tags)]
        return self.values[min(self.values)]


@dataclass(slots=True)
class Folded:
    """The state of one record. `first` is its earliest entry in (log, seq) order, adds before other acts."""

    first: EntryView
    fields: dict[str, Standing]

    @property
    def doc(self) -> Doc:
        """Current values by field; one that was emptied, or all of whose values were taken away, is absent."""
        return {
            name: standing.current()
            for name, standing in self.fields.items()
            if name != "retracted" and (standing.tags if standing.is_set else _stands(standing))
        }

    @property
    def retracted(self) -> bool:
        """True while a retraction stands."""
        standing = self.fields.get("retracted")
        return standing is not None and any(value is True for value in standing.values.values())

    @property
    def differs(self) -> tuple[str, ...]:
        """Names of the fields in which two or more unequal values stand, sorted."""
        return tuple(
            sorted(
                name
                for name, standing in self.fields.items()
                if not standing.is_set and len(standing.values) > 1 and len(standing.distinct()) > 1
            )
        )


def fold(entries: Iterable[EntryView], set_fields: frozenset[str]) -> Folded:
    """The state that a record's `entries` (at least one) give; `set_fields` names the fields that are sets.

    Entries of another kind than the record's say nothing of it: what a laptop may record depends on the kind.
    """
    ordered = sorted(entries, key=lambda entry: (entry.act != ADD, entry.log, entry.seq, entry.hash))
    ordered = [entry for entry in ordered if entry.kind == ordered[0].kind]
    sets = set_fields | {name[:-1] for entry in ordered for name in entry.values if name.endswith(("+", "-"))}
    superseded: dict[str, set[str]] = {}
    removed: dict[str, set[tuple[str, str]]] = {}
    for entry in ordered:
        for name, hashes in entry.supersedes.items():
            if name in sets:
                gone = removed.setdefault(name, set())
                for element in _elements(entry.values.get(name + "-")):
                    gone.update((canonical(element), leaf) for leaf in hashes)
            else:
                superseded.setdefault(name, set()).update(hashes)
    fields: dict[str, Standing] = {}
    for entry in ordered:
        for name, value in entry.values.items():
            base = name.rstrip("+-")
            if base in sets:
                if not name.endswith("-"):
                    _add_elements(fields, base, value, entry.hash, removed.get(base, set()))
            elif entry.hash not in superseded.get(name, ()):
                fields.setdefault(name, Standing()).values[entry.hash] = value
    return Folded(ordered[0], fields)


def canonical(value: JSON) -> str:
    """A text by which two values are compared and elements of a set are ordered."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _add_elements(
    fields: dict[str, Standing], name: str, value: JSON, leaf: str, removed: set[tuple[str, str]]
) -> None:
    standing = fields.setdefault(name, Standing(is_set=True))
    for element in _elements(value):
        key = canonical(element)
        if (key, leaf) not in removed:
            standing.tags.setdefault(key, (element, set()))[1].add(leaf)


def _elements(value: JSON | None) -> list[JSON]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _stands(standing: Standing) -> bool:
    return bool(standing.values) and standing.current() not in (None, [])


def _text(value: JSON | None) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: JSON | None) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
