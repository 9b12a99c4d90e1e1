"""What a form of present values changes: compared with what its author saw, never with what has come since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.hostile import visible
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind
from fieldkit.domain.moments import Moment
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui.forms.parts import parts_of, read_parts, text_of_parts
from fieldkit.tui.forms.typed import linked, read_texts
from fieldkit.vault.fold import canonical
from fieldkit.vault.reading import VaultReader

_ONE_LINE: Final = (FieldType.CHOICE, FieldType.BOOLEAN)


@dataclass
class Changed:
    """Values to set (None: to clear), members to add to and remove from sets, and what is wrong, by field."""

    set: Doc = field(default_factory=dict)
    add: dict[str, list[JSON]] = field(default_factory=dict)
    remove: dict[str, list[JSON]] = field(default_factory=dict)
    errors: dict[str, FieldkitError] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.set or self.add or self.remove)


def touched(
    fields: Mapping[str, Field], began: Mapping[str, str], texts: Mapping[str, str]
) -> dict[str, Field]:
    """The fields in which something else stands than the form began with."""
    return {
        name: about
        for name, about in fields.items()
        if _typed(about, texts.get(name, "")) != _typed(about, began.get(name, ""))
    }


def changes(
    reader: VaultReader,
    kind: Kind,
    before: Doc,
    fields: Mapping[str, Field],
    began: Mapping[str, str],
    texts: Mapping[str, str],
    at: Moment,
) -> Changed:
    """What the texts change of the values `before`; `began` are the texts of those. Links are ids.

    Raises `UsageError` where a link is found by nothing.
    """
    wanted = touched(fields, began, texts)
    read = read_texts(
        {name: about for name, about in wanted.items() if about.type is not FieldType.STRUCT}, texts, at
    )
    found = Changed(errors=read.errors)
    for name, about in wanted.items():
        if about.type is FieldType.STRUCT:
            try:
                read.values[name] = _parts(
                    about, before.get(name), began.get(name, ""), texts.get(name, ""), at
                )
            except UsageError as error:
                found.errors[name] = error
    values = linked(reader, kind, read.values)
    for name, about in wanted.items():
        if name in found.errors:
            continue
        if about.many:
            old, new = _members(before.get(name)), _members(values.get(name))
            gained, lost = _without(new, old), _without(old, new)
            if gained:
                found.add[name] = gained
            if lost:
                found.remove[name] = lost
        else:
            found.set[name] = values.get(name)
    return found


def overtaken(before: Doc, now: Doc, changed: Changed) -> list[str]:
    """The fields that are to be set in which another value stands by now than their author saw."""
    return [name for name in changed.set if canonical(before.get(name)) != canonical(now.get(name))]


def _typed(about: Field, text: str) -> str:
    shown = visible(text).strip()
    return shown.replace("_", " ") if about.type in _ONE_LINE else shown


def _parts(about: Field, before: JSON, began: str, text: str, at: Moment) -> JSON:
    """A field of parts, in which a part that was not touched keeps its value, with all that no form shows of it."""
    known = before if isinstance(before, list) else [before] if before is not None else []
    old = parts_of(began)
    values: list[JSON] = []
    for part in parts_of(text):
        if part in old and old.index(part) < len(known):
            values.append(known[old.index(part)])
            continue
        read = read_parts(about, text_of_parts([part]), at)
        values += read if isinstance(read, list) else [read]
    return (values or None) if about.listed or about.many else values[0] if values else None


def _members(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _without(members: list[JSON], others: list[JSON]) -> list[JSON]:
    gone = {canonical(each) for each in others}
    return [each for each in members if canonical(each) not in gone]
