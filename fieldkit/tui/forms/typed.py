"""What was typed into a form, as values: read by the domain as the command line reads them, links found by number or name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fieldkit.domain.commalists import join_list
from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind
from fieldkit.domain.moments import Moment
from fieldkit.domain.parse import parse
from fieldkit.domain.render import render
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui.forms.parts import read_parts, text_of_parts
from fieldkit.vault.clock import SystemClock
from fieldkit.vault.naming import target
from fieldkit.vault.reading import VaultReader


@dataclass
class Read:
    """The values of the fields that could be read (links as typed), and what is wrong with the others, by field."""

    values: Doc = field(default_factory=dict)
    errors: dict[str, FieldkitError] = field(default_factory=dict)


def now() -> Moment:
    """This laptop's clock, for times typed without a day."""
    stamp = SystemClock().read()
    return Moment(at=stamp.at, offset=stamp.offset, source="clock")


def read_texts(fields: Mapping[str, Field], texts: Mapping[str, str], at: Moment) -> Read:
    """Parse every text that is not blank; a required field that is blank is an error."""
    found = Read()
    for name, about in fields.items():
        text = texts.get(name, "")
        if text.strip():
            try:
                struct = about.type is FieldType.STRUCT
                found.values[name] = read_parts(about, text, at) if struct else parse(about, text, now=at)
            except FieldkitError as error:
                found.errors[name] = error
        elif about.required:
            found.errors[name] = UsageError(f"{about.label} is needed", remedy=about.help)
    return found


def field_of(error: FieldkitError, kind: Kind) -> str:
    """The field that an error of the domain or the store is about: of `observation.interview`, `interview`."""
    for part in error.where.replace(":", ".").split("."):
        if part.strip() in kind.fields:
            return part.strip()
    return ""


def linked(reader: VaultReader, kind: Kind, values: Doc) -> Doc:
    """The values with every link as a record id. UsageError names the field where a link is found by nothing."""
    done = dict(values)
    for link in kind.links:
        if link.name in done:
            try:
                done[link.name] = _linked(reader, link, done[link.name])
            except UsageError as error:
                raise UsageError(
                    error.problem, where=f"{kind.name}.{link.name}", remedy=error.remedy
                ) from None
    return done


def _linked(reader: VaultReader, link: Field, value: JSON) -> JSON:
    if isinstance(value, list):
        return [_linked(reader, link, member) for member in value]
    if isinstance(value, dict):
        parts = {part.name: part for part in link.parts if part.type is FieldType.RECORD}
        return {
            name: _linked(reader, parts[name], member) if name in parts else member
            for name, member in value.items()
        }
    return target(reader, str(value), link.targets)


def texts_of(reader: VaultReader, kind: Kind, doc: Doc) -> dict[str, str]:
    """A record's values as one would type them; links as numbers."""
    return {
        name: text_of(reader, kind.fields[name], value) for name, value in doc.items() if name in kind.fields
    }


def text_of(reader: VaultReader, about: Field, value: JSON) -> str:
    """One value as one would type it."""
    if about.type is FieldType.RECORD:
        if isinstance(value, list):
            return join_list([number_of(reader, str(member)) for member in value])
        return number_of(reader, str(value))
    if about.type is FieldType.STRUCT:
        return text_of_parts([_part_texts(reader, about, member) for member in _members(value)])
    return render(about, value)


def _part_texts(reader: VaultReader, about: Field, part: JSON) -> dict[str, str]:
    known = {each.name: each for each in about.parts}
    values = part if isinstance(part, dict) else {}
    return {name: text_of(reader, known[name], value) for name, value in values.items() if name in known}


def _members(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else [value]


def number_of(reader: VaultReader, record: str) -> str:
    """The human number of a record; the id itself where it is not here or its number is not its alone."""
    view = reader.peek(record)
    return view.number if view is not None else record
