"""What a field is, and how the fields of a record class are read off its annotations.

A record class is the one source: the type annotation gives form and bounds, `About` gives label, help, link targets
and dimension. Forms, command-line parsing, JSON Schema and search are all made from the `Field`s found here.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import MappingProxyType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec


class FieldType(StrEnum):
    """The form of a field's value; each form has one JSON shape (see `values`)."""

    TEXT = "text"
    LINE = "line"
    INTEGER = "integer"
    DECIMAL = "decimal"
    SIDES = "sides"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    QUANTITY = "quantity"
    MEASURED = "measured"
    POSITION = "position"
    MOMENT = "moment"
    PERIOD = "period"
    DATE = "date"
    RECORD = "record"
    MARK = "mark"
    DIGEST = "digest"
    STRUCT = "struct"


class Spelling(Enum):
    """What is written in a text, where that is not words."""

    ENCODED = auto()
    """Keys, signatures and signed notes: nobody searches for what stands in them by chance."""


@dataclass(frozen=True, slots=True)
class About:
    """What people are told of a field, and what its type annotation cannot say.

    `targets` are the kinds a link may point at (empty: any); `dimension` is that of a quantity (None: any).
    """

    label: str
    help: str = ""
    targets: tuple[str, ...] = ()
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. `many` is a set (add, remove), `listed` an ordered list that is replaced whole.

    `parts` are the fields of a STRUCT value; `limit` is the greatest length of a text, in characters; an `encoded` text is no
    words.
    """

    name: str
    label: str
    help: str
    type: FieldType
    many: bool
    listed: bool
    required: bool
    choices: tuple[str, ...]
    targets: tuple[str, ...]
    dimension: str | None
    parts: tuple[Field, ...]
    limit: int
    encoded: bool


def fields_of(struct: type[msgspec.Struct]) -> Mapping[str, Field]:
    """The fields of a record class by name, its own first, then those that every record has."""
    hints = typing.get_type_hints(struct, include_extras=True)
    bases = [
        base for base in struct.__bases__ if issubclass(base, msgspec.Struct) and base is not msgspec.Struct
    ]
    inherited = {name for base in bases for name in base.__struct_fields__}
    infos = sorted(msgspec.structs.fields(struct), key=lambda info: info.name in inherited)
    return MappingProxyType({info.encode_name: _field(info, hints[info.name]) for info in infos})


def _field(info: msgspec.structs.FieldInfo, hint: Any) -> Field:
    inner, notes = _unwrapped(hint)
    many = listed = False
    if get_origin(inner) in (frozenset, tuple):
        many = get_origin(inner) is frozenset
        listed = not many
        inner, item_notes = _unwrapped(get_args(inner)[0])
        notes = [*notes, *item_notes]
    abouts = [note for note in notes if isinstance(note, About)]
    if not abouts:
        raise TypeError(f"{info.name}: a field says what it is about")
    about = abouts[0]
    choices = get_args(inner) if get_origin(inner) is Literal else ()
    kind = _type(inner, notes)
    limits = [note.max_length for note in notes if isinstance(note, msgspec.Meta) and note.max_length]
    return Field(
        name=info.encode_name,
        label=about.label,
        help=about.help,
        type=kind,
        many=many,
        listed=listed,
        required=info.required,
        choices=choices,
        targets=about.targets,
        dimension=about.dimension,
        parts=tuple(fields_of(inner).values()) if kind is FieldType.STRUCT else (),
        limit=limits[-1] if limits else 0,
        encoded=Spelling.ENCODED in notes,
    )


def _type(inner: Any, notes: list[Any]) -> FieldType:
    for note in notes:
        if isinstance(note, FieldType):
            return note
    if get_origin(inner) is Literal:
        return FieldType.CHOICE
    if inner is bool:
        return FieldType.BOOLEAN
    declared = getattr(inner, "field_type", FieldType.STRUCT)
    return FieldType(declared)


def _unwrapped(hint: Any) -> tuple[Any, list[Any]]:
    """The bare type under `Annotated` and `| None`, and the notes met on the way."""
    notes: list[Any] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *found = get_args(hint)
            notes.extend(found)
        elif get_origin(hint) in (Union, types.UnionType):
            rest = [arg for arg in get_args(hint) if arg is not type(None)]
            if len(rest) != 1:
                return hint, notes
            hint = rest[0]
        else:
            return hint, notes
