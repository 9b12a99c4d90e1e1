"""Which record a person means by what is typed for it: an id, its beginning, a human number, or a name that one record has.

People go by name or transliteration, places by any of their names, things by a serial exactly as declared or by what they
are called, seals by the number on them. Case and spacing do not matter where nothing fits exactly. A name that several
records have names none of them: they are told, and a person chooses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from fieldkit.domain.duplicates import folded
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.nearness import near
from fieldkit.domain.serials import as_read, normal_form
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.reading import VaultReader

MOST_TOLD = 5
MOST_LOOKED_AT = 200
"""Things held against one name; where more share its words, it names none of them."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "person": ("name", "transliteration"),
    "location": ("name", "aliases"),
    "item": ("nomenclature", "type"),
    "seal": ("number",),
}
"""Kinds whose records people name, and the fields that hold their names."""


def target(reader: VaultReader, ref: str, kinds: Collection[str] = ()) -> str:
    """The id of the record of one of these kinds (of any: none given) that `ref` names.

    A number, an id or the beginning of one comes first, whatever its kind. Raises `UsageError` where no record or
    several fit, with those that may be meant.
    """
    wanted = ref.strip()
    try:
        return reader.resolve(wanted)
    except UsageError as error:
        unknown = error
    asked = [kind for kind in _NAMES if not kinds or kind in kinds]
    found = [view for kind in asked for view in _called(reader, kind, wanted)] if wanted else []
    if len(found) == 1:
        return found[0].id
    if found:
        raise UsageError(
            f"{len(found)} records are called {ref!r}: {'; '.join(map(_told, found[:MOST_TOLD]))}"
            f"{'; …' if len(found) > MOST_TOLD else ''}",
            remedy="Name one by its number.",
        )
    if not asked or len(asked) == len(_NAMES):
        raise unknown
    listed = " or ".join(f"'fieldkit list {kind}'" for kind in asked)
    raise UsageError(
        f"no {' or '.join(asked)} has the number or the name {ref!r}",
        remedy=f"{_suggested(reader, asked, wanted)}{listed} shows which are known.",
    )


def _called(reader: VaultReader, kind: str, text: str) -> list[RecordView]:
    if kind == "item":
        return _things_called(reader, text)
    wanted = folded(text)
    found = _standing(reader.find(kind, "name" if kind != "seal" else "number", text))
    exact = [view for view in found if wanted in _names(view)]
    return exact or [view for view in reader.list(kind) if wanted in _names(view)]


def _things_called(reader: VaultReader, text: str) -> list[RecordView]:
    form, serial, wanted = normal_form(text), as_read(text), folded(text)
    found = [
        view
        for view in _standing(reader.serials_of({form}, MOST_LOOKED_AT) if form else ())
        if any(
            as_read(each) == serial
            for name in ("serials", "observed_serials")
            for each in _texts(view.doc, name)
        )
    ]
    if found or not wanted:
        return found
    views = reader.search(text, ("item",), MOST_LOOKED_AT)
    return [view for view in _standing(views) if wanted in _names(view) or len(views) == MOST_LOOKED_AT]


def _names(view: RecordView) -> set[str]:
    return {folded(text) for name in _NAMES[view.kind] for text in _texts(view.doc, name)}


def _suggested(reader: VaultReader, kinds: Sequence[str], text: str) -> str:
    """The people and places whose names are near, with their numbers."""
    numbers = {
        name: view.number
        for kind in kinds
        if kind in ("person", "location")
        for view in reader.list(kind)
        for field in _NAMES[kind]
        for name in _texts(view.doc, field)
    }
    close = [f"{name} ({numbers[name]})" for name in near(text, numbers)]
    return f"Did you mean {' or '.join(close)}? " if close else ""


def _standing(views: Sequence[RecordView] | Iterator[RecordView]) -> list[RecordView]:
    return [view for view in views if not view.retracted]


def _told(view: RecordView) -> str:
    return f"{view.number} {kind_named(view.kind).summary(view.doc)}"


def _texts(doc: Doc, name: str) -> list[str]:
    value = doc.get(name)
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
