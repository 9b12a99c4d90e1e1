"""What was typed or piped: `FIELD=VALUE` words and JSON lines, turned into values of a kind's fields.

Typed text is parsed by the domain, and so is a text that stands where JSON has a compound value: `"occurred": "10:41"`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast, overload

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind
from fieldkit.domain.moments import Moment
from fieldkit.domain.parse import parse, parse_json
from fieldkit.errors import FieldkitError, UnreadableError, UsageError
from fieldkit.journal import canonical

_WORD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(\+=|-=|=)(.*)", re.DOTALL)
_FORM = 'Give {"field": "value", …} in UTF-8, one record a line; nothing was recorded.'
_Thing = TypeVar("_Thing")


@dataclass
class Typed:
    """Values by field: to set (None: to clear), and members to add to or remove from sets and lists."""

    set: Doc = field(default_factory=dict)
    add: dict[str, list[JSON]] = field(default_factory=dict)
    remove: dict[str, list[JSON]] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """One JSON object of an input, and where it stood: `file:line`, or `file: element N` in an array."""

    where: str
    doc: Doc


class Placed(Sequence[_Thing]):
    """A sequence that remembers which of its members was taken last, to say where in a file a refusal arose."""

    def __init__(self, members: Sequence[_Thing], places: Sequence[str]) -> None:
        self._members = members
        self._places = places
        self.place = ""

    def __len__(self) -> int:
        return len(self._members)

    @overload
    def __getitem__(self, index: int) -> _Thing: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_Thing]: ...
    def __getitem__(self, index: int | slice) -> _Thing | Sequence[_Thing]:
        return self._members[index]

    def __iter__(self) -> Iterator[_Thing]:
        for member, place in zip(self._members, self._places, strict=True):
            self.place = place
            yield member


def placed(error: FieldkitError, place: str) -> FieldkitError:
    """The same error, led by the place in the input that it is about."""
    where = f"{place}: {error.where}" if error.where else place
    return type(error)(error.problem, where=where, remedy=error.remedy)


def read_words(kind: Kind, words: Sequence[str], now: Moment, *, amending: bool = False) -> Typed:
    """`FIELD=VALUE`, and when amending also `FIELD=` (clear), `FIELD+=VALUE` and `FIELD-=VALUE`.

    A set or list may be given several times and grows; any other field only once. Raises `UsageError`.
    """
    typed = Typed()
    for word in words:
        found = _WORD.fullmatch(word)
        if not found:
            raise UsageError(
                f"{word!r} is not FIELD=VALUE", remedy=f"'fieldkit schema {kind.name}' shows its fields."
            )
        name, sign, text = found.groups()
        about = kind.field(name)
        plural = about.many or about.listed
        if sign != "=":
            if not amending:
                raise UsageError(
                    f"{name}{sign} changes what is there already", remedy="Use FIELD=VALUE here."
                )
            if not plural or (sign == "-=" and not about.many):
                raise UsageError(
                    f"{name} is no set", where=kind.name, remedy="Use FIELD=VALUE to replace it."
                )
            target = typed.add if sign == "+=" else typed.remove
            target.setdefault(name, []).extend(_members(kind, about, text, now))
        elif not text and amending:
            typed.set[name] = None
        elif plural:
            typed.set[name] = [
                *cast("list[JSON]", typed.set.get(name) or []),
                *_members(kind, about, text, now),
            ]
        elif name in typed.set:
            raise UsageError(
                f"{name} is given twice", where=kind.name, remedy="It holds one value: give it once."
            )
        else:
            typed.set[name] = _parsed(kind, about, text, now)
    return typed


def read_object(kind: Kind, doc: Doc, now: Moment) -> Doc:
    """A JSON object's values, with typed forms of compound values parsed. Raises `UsageError`."""
    return {name: parse_json(kind.field(name), value, now=now) for name, value in doc.items()}


def read_lines(data: bytes, name: str) -> list[Given]:
    """One JSON object, an array of objects, or one object per line (empty lines skipped).

    A byte order mark, which some editors put first, is passed over. Raises `UnreadableError` naming the line,
    `UsageError` for a value that is no object.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    lines = [(number, line) for number, line in enumerate(data.splitlines(), start=1) if line.strip()]
    if not lines:
        raise UsageError("there is nothing in it", where=name, remedy=_FORM)
    if lines[0][1].lstrip().startswith(b"["):
        found = _decoded(data, name)
        members = found if isinstance(found, list) else [found]
        return [_given(value, f"{name}: element {n}") for n, value in enumerate(members, start=1)]
    if len(lines) > 1 and (whole := _whole_object(data)) is not None:
        return [Given(f"{name}:{lines[0][0]}", whole)]
    return [_given(_decoded(line, f"{name}:{number}"), f"{name}:{number}") for number, line in lines]


def _decoded(data: bytes, where: str) -> JSON:
    try:
        return canonical.decode(data, where=where)
    except UnreadableError as error:
        raise UnreadableError(error.problem, where=error.where, remedy=error.remedy or _FORM) from None


def _whole_object(data: bytes) -> Doc | None:
    """The one object that the whole input is, written over several lines; None if it is something else."""
    try:
        found = canonical.decode(data)
    except UnreadableError:
        return None
    return found if isinstance(found, dict) else None


def _given(value: JSON, where: str) -> Given:
    if not isinstance(value, dict):
        raise UsageError("this is no JSON object", where=where, remedy=_FORM)
    return Given(where, value)


def _members(kind: Kind, about: Field, text: str, now: Moment) -> list[JSON]:
    parsed = _parsed(kind, about, text, now)
    return parsed if isinstance(parsed, list) else [parsed]


def _parsed(kind: Kind, about: Field, text: str, now: Moment) -> JSON:
    if about.type is FieldType.POSITION and text.strip().lower() == "gps":
        from fieldkit.capture.gpsd import present_fix

        return present_fix().position
    if about.required and not text.strip():
        raise UsageError(
            "nothing is written here", where=f"{kind.name}.{about.name}", remedy=f"{about.label} is needed."
        )
    try:
        return parse(about, text, now=now)
    except FieldkitError as error:
        raise placed(error, f"{kind.name}.{about.name}") from None
