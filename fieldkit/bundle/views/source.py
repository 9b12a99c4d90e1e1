"""What the views read of a vault: records by name and number, places, moments, the handling mark of the whole.

Signed entries of newer versions or of other programs may hold values of any form: whatever is read here is shown as it
is, and is never a reason to fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache

from fieldkit.bundle.contents import Omissions, claimed_time, find_omissions, signed_heads
from fieldkit.bundle.views.markup import NOTHING, Markup, joined, own, safe, tag
from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.marks import scheme_of
from fieldkit.domain.render import render
from fieldkit.domain.views import RecordView
from fieldkit.vault.reading import Difference
from fieldkit.vault.tables import known_kind
from fieldkit.vault.vault import Vault

_KEPT = 4096
_DEEPEST = 12
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,2}")
_UNLINKED = frozenset({"mission", "item", "count", "media", "member", "log", "witness", "camera", "intake"})
"""Kinds of which not every record has a place of its own in the report."""


class Source:
    """A vault as the views read it: one state, everything in a fixed order."""

    def __init__(self, vault: Vault, omissions: Omissions | None = None) -> None:
        """`omissions` are looked for when they are first asked for, unless they are known already."""
        self.vault = vault
        self._omissions = omissions
        self.view = lru_cache(_KEPT)(vault.peek)
        self.label = lru_cache(_KEPT)(self._label)
        self._named_place = lru_cache(_KEPT)(self._find_place)

    @cached_property
    def mission(self) -> RecordView | None:
        """The mission's own record."""
        return self.vault.peek(self.vault.mission_id)

    @cached_property
    def omissions(self) -> Omissions:
        """What does not travel."""
        return self._omissions or find_omissions(self.vault)

    @cached_property
    def withheld(self) -> frozenset[str]:
        """Numbers of the withheld photos."""
        return frozenset(self.omissions.withheld)

    @property
    def title(self) -> str:
        """The mission's short name."""
        return text(self.mission.doc, "title") if self.mission else "Mission without a title"

    @cached_property
    def claimed_time(self) -> str:
        """When the last entry was recorded, by the clock of its laptop."""
        return claimed_time(self.vault, signed_heads(self.vault))

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every field in which unequal values stand."""
        return tuple(self.vault.differences())

    @cached_property
    def mark(self) -> str:
        """The handling mark of the whole: the highest of what is in it, as it is shown; empty if nothing is marked."""
        held = set(self.vault.marks())
        for one in self.differences:
            if one.field == "mark":
                held.update(value for value, _ in one.values if isinstance(value, str))
        scheme = scheme_of(self.mission.doc if self.mission else {}, held)
        ranks = {mark: scheme.rank(mark) for mark in held}
        highest = max(ranks.values(), default=0)
        return " / ".join(sorted(mark for mark, rank in ranks.items() if rank == highest)).upper()

    def records(self, kind: str, *, retracted: bool = False) -> Iterator[RecordView]:
        """All records of a kind in the order of their numbers."""
        return self.vault.list(kind, retracted=retracted)

    def records_retracted(self) -> Iterator[RecordView]:
        """Every retracted record, of every kind."""
        return (view for view in self.vault.list(None, retracted=True) if view.retracted)

    def number(self, view: RecordView) -> Markup:
        """The record's number, with its mark and whether values differ."""
        notes = [tag("span", view.mark, class_="mark")] if view.mark else []
        if view.differs:
            notes.append(tag("a", "differs", href="#differences", class_="word warn"))
        return joined([tag("b", view.number, class_="number"), *notes], " ")

    def link(self, record_id: JSON) -> Markup:
        """A record as others name it: its number, linked where it has a place in the report, and what it is."""
        if not isinstance(record_id, str) or not record_id:
            return NOTHING
        view = self.view(record_id)
        if view is None:
            return tag("span", f"a record that is not here ({record_id})", class_="none")
        label = own(self.label(record_id))
        if view.kind in ("person", "location"):
            return label
        if view.kind in _UNLINKED or known_kind(view.kind) is None:
            return joined([view.number, label], " ")
        return joined([tag("a", view.number, href=f"#{anchor(view)}"), label], " ")

    def links(self, doc: Doc, name: str) -> Markup:
        """The records that a field links to."""
        value = doc.get(name)
        return joined((self.link(each) for each in value) if isinstance(value, list) else [self.link(value)])

    def value(self, field: Field, value: JSON) -> Markup:
        """A field's value for people, links named; structures as lists of what they hold."""
        if value is None or value == []:
            return NOTHING
        members = value if isinstance(value, list) else [value]
        if field.type is FieldType.RECORD:
            return joined(self.link(member) for member in members)
        if field.type is FieldType.STRUCT:
            return joined((self._structure(field, member) for member in members), "; ")
        if field.many:
            return joined((own(member) for member in members if isinstance(member, str)), "; ")
        return own(render(field, value))

    def field(self, view: RecordView, name: str) -> Markup:
        """One field of a record of a known kind."""
        known = known_kind(view.kind)
        if known is None or name not in known.fields:
            return NOTHING
        return self.value(known.fields[name], view.doc.get(name))

    def plain(self, field: Field, value: JSON) -> str:
        """A field's value as text; links as the numbers of the records."""
        if field.type is not FieldType.RECORD or value is None:
            return render(field, value)
        members = value if isinstance(value, list) else [value]
        return ", ".join(
            found.number if isinstance(each, str) and (found := self.view(each)) else str(each)
            for each in members
        )

    def evidence(self, view: RecordView) -> Markup:
        """What a record names as evidence."""
        return self.links(view.doc, "evidence")

    def _structure(self, field: Field, value: JSON) -> Markup:
        if not isinstance(value, dict):
            return safe(render(field, value))
        return joined(
            joined([f"{part.label}: ", self.value(part, value[part.name])], "")
            for part in field.parts
            if value.get(part.name) is not None
        )

    def place(self, record_id: JSON) -> str:
        """A place with what encloses it, the largest first; empty for none."""
        return self._named_place(record_id) if isinstance(record_id, str) else ""

    def _find_place(self, record_id: JSON) -> str:
        names: list[str] = []
        while isinstance(record_id, str) and len(names) < _DEEPEST:
            view = self.view(record_id)
            if view is None or view.kind != "location":
                break
            names.append(text(view.doc, "name") or view.number)
            record_id = view.doc.get("parent")
        return " › ".join(reversed(names[:-1] if len(names) > 2 else names))

    def _label(self, record_id: str) -> str:
        view = self.view(record_id)
        if view is None:
            return ""
        if view.kind == "person":
            return text(view.doc, "transliteration") or text(view.doc, "name") or view.number
        if view.kind == "location":
            return self.place(record_id)
        if view.kind == "interview":
            return text(view.doc, "interviewee")
        known = known_kind(view.kind)
        return shortened(known.summary(view.doc)) if known else view.kind


def anchor(view: RecordView) -> str:
    """What links to the record's place in the report name."""
    return f"r-{view.id}"


def text(doc: Doc, name: str) -> str:
    """A field that is a text; empty for none."""
    value = doc.get(name)
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def texts(doc: Doc, name: str) -> list[str]:
    """The texts in a field that is a set or a list of them."""
    value = doc.get(name)
    return [member for member in value if isinstance(member, str)] if isinstance(value, list) else []


def parts(doc: Doc, name: str) -> list[Doc]:
    """The structures in a field that is a list of them."""
    value = doc.get(name)
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def spoken(choice: str) -> str:
    """A choice as people say it."""
    return choice.replace("_", " ")


def shortened(line: str, most: int = 80) -> str:
    """The beginning of a line."""
    return line if len(line) <= most else line[: most - 1] + "…"


def language(doc: Doc) -> str:
    """The language tag of a record, where it is one."""
    named = text(doc, "language")
    return named if _LANGUAGE.fullmatch(named) else ""


def day_of(at: str) -> date | None:
    """The day of an instant."""
    try:
        return date.fromisoformat(at[:10])
    except ValueError:
        return None
