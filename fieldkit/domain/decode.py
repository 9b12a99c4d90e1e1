"""From JSON to records and to the one form that is signed.

Strict: an unknown field, a missing one or a wrong form is a UsageError that names the field, what was meant and what to
do. A record that contradicts itself is a RefusedError. Rules that need other records are in `rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from fieldkit.domain.diagnosis import diagnose
from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind, kind
from fieldkit.domain.records.base import Record
from fieldkit.errors import UsageError

_convert = msgspec.convert


def decode(kind_name: str, doc: Doc) -> Record:
    """The typed record that a JSON object stands for; UsageError for its form, RefusedError for its sense."""
    found = kind(kind_name)
    return _convert(_normalised(found, doc), found.struct)


def normalise(kind_name: str, doc: Doc) -> Doc:
    """The record's JSON in its one form (sets sorted, decimals shortest, text NFC, empty fields left out).

    Raises as `decode` does. Normalising twice changes nothing.
    """
    return _normalised(kind(kind_name), doc)


def normalise_many(kind_name: str, docs: Iterable[Doc]) -> list[Doc]:
    """`normalise` over many records of one kind; an error says which one, counted from 1."""
    found = kind(kind_name)
    done: list[Doc] = []
    for doc in docs:
        try:
            done.append(_normalised(found, doc))
        except UsageError as error:
            where = f"record {len(done) + 1}: {error.where}"
            raise UsageError(error.problem, where=where, remedy=error.remedy) from None
    return done


def normalise_value(kind_name: str, field_name: str, value: JSON) -> JSON:
    """One field's value in its one form, for a set the whole set; UsageError for its form."""
    found = kind(kind_name)
    field = found.field(field_name)
    if value is None:
        raise UsageError(
            "nothing is given", where=f"{kind_name}.{field_name}", remedy="Leave the field out instead."
        )
    problem = diagnose(found, {field_name: value}, partial=True)
    if problem is not None:
        raise problem
    return _canonical(found, {field.name: value})[field.name]


def resolve_links(kind_name: str, doc: Doc, resolve: Callable[[str, tuple[str, ...]], str]) -> Doc:
    """The record with every link, inside structures too, put through `resolve`: what was typed, and the kinds that the link may
    lead to (none: any), to an id."""
    resolved = dict(doc)
    for field in kind(kind_name).links:
        if doc.get(field.name) is not None:
            resolved[field.name] = _resolved(field, doc[field.name], resolve)
    return resolved


def _resolved(field: Field, value: JSON, resolve: Callable[[str, tuple[str, ...]], str]) -> JSON:
    if isinstance(value, list):
        return [_resolved(field, member, resolve) for member in value]
    if field.type is FieldType.RECORD:
        return resolve(value, field.targets) if isinstance(value, str) else value
    if isinstance(value, dict):
        parts = {part.name: part for part in field.parts}
        return {
            name: _resolved(parts[name], member, resolve) if name in parts else member
            for name, member in value.items()
        }
    return value


def _normalised(found: Kind, doc: Doc) -> Doc:
    try:
        record = _convert(doc, found.struct)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        if isinstance(doc, dict) and len(given := _given(found, doc)) < len(doc):
            return _normalised(found, given)
        raise diagnose(found, doc) or UsageError(str(error), where=found.name) from None
    done = _canonical(found, doc)
    if found.constrained:
        record.constrain()
    return done


def _given(found: Kind, doc: Doc) -> Doc:
    """The record without its known fields that are null: those are left out, not wrong."""
    return {name: value for name, value in doc.items() if value is not None or name not in found.fields}


def _canonical(found: Kind, doc: Doc) -> Doc:
    done: Doc = dict(found.defaults)
    canonisers = found.canonisers
    name = ""
    try:
        for name, value in doc.items():
            if value is not None:
                canonical = canonisers[name]
                done[name] = value if canonical is None else canonical(value)
    except UsageError as error:
        raise UsageError(error.problem, where=f"{found.name}.{name}", remedy=error.remedy) from None
    return done
