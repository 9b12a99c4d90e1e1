"""What a few typed letters may mean: records that a link can point at, entries of the control list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fieldkit.capture.matching import match as match_serial
from fieldkit.domain.commalists import join_list, split_list
from fieldkit.domain.controls import ControlList
from fieldkit.domain.fields import Field
from fieldkit.domain.kinds import all_kinds
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.numbers import looks_like_number
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.wording import Wording

MOST: Final = 6
CONTROL_FIELDS: Final = frozenset({"control_entry"})
_QUICK: Final = {
    "person": "name",
    "location": "name",
    "interview": "interviewee",
    "measurement": "quantity",
    "document": "title",
    "seal": "number",
    "camera": "model",
    "item": "nomenclature",
}
"""Kinds that are begun from a link, and the field that takes what was typed there."""


@dataclass(frozen=True, slots=True)
class Match:
    """Something to put in the field, and what it is. `kind` names the record to begin, where there is none yet; `near`
    is whether what was typed is only near one of its serials."""

    text: str
    told: str
    kind: str = ""
    near: bool = False


def last_member(field: Field, text: str) -> str:
    """What is being typed: the whole text, or in a set what stands behind the last comma."""
    return text.rpartition(",")[2].strip() if field.many else text.strip()


def put_member(field: Field, text: str, member: str) -> str:
    """The text with what was being typed replaced; in a set, ready for the next member."""
    if not field.many:
        return member
    before = split_list(text.rpartition(",")[0])
    return join_list([*(each for each in before if each != member), member]) + ", "


def records_like(reader: VaultReader, field: Field, term: str) -> list[Match]:
    """Records that a link may point at and that fit what was typed; nothing typed gives the latest of them."""
    kinds = field.targets or tuple(kind.name for kind in all_kinds() if kind.series != "T")
    found: list[RecordView] = []
    if looks_like_number(term):
        found += _numbered(reader, term, kinds)
    apart: dict[str, str] = {}
    if term and "item" in kinds:
        alike = match_serial(reader, term)
        found += [each.item for each in alike]
        exact = {each.item.id for each in alike if each.exact}
        apart = {
            each.item.id: f"near {each.serial} ({each.near}): " for each in alike if each.item.id not in exact
        }
    found += reader.search(term, kinds, MOST) if term else _latest(reader, kinds)
    unique = {view.id: view for view in found if not view.retracted}
    wording = Wording(reader)
    return [
        Match(
            view.number,
            f"{view.number:<10} {apart.get(view.id, '')}{wording.about(view)}",
            near=view.id in apart,
        )
        for view in list(unique.values())[:MOST]
    ]


def beginnings(field: Field, term: str) -> list[Match]:
    """Records that can be begun from this link, under the name that was typed."""
    if not term or looks_like_number(term):
        return []
    return [
        Match(term, f"+ new {kind_named(name).title.lower()}: {term}", name)
        for name in field.targets
        if name in _QUICK
    ]


def first_texts(kind: str, typed: str) -> dict[str, str]:
    """What a record that is begun from a link starts with."""
    return {_QUICK[kind]: typed}


def entries_like(controls: ControlList, term: str) -> list[Match]:
    """Entries of the control list by number or word."""
    return [Match(hit.id, hit.title) for hit in controls.search(term, limit=MOST)] if term else []


def described(reader: VaultReader, texts: Sequence[str]) -> str:
    """What the numbers in a field stand for."""
    told = []
    wording = Wording(reader)
    for text in texts:
        if looks_like_number(text):
            try:
                told.append(wording.about(reader.get(text)))
            except UsageError as error:
                told.append(error.problem)
    return " · ".join(told)


def _numbered(reader: VaultReader, number: str, kinds: Sequence[str]) -> list[RecordView]:
    try:
        view = reader.get(number)
    except UsageError:
        return []
    return [view] if view.kind in kinds else []


def _latest(reader: VaultReader, kinds: Sequence[str]) -> list[RecordView]:
    found: list[RecordView] = []
    for kind in kinds:
        if kind in ("person", "location"):
            found += reader.list(kind)
    return found
