"""Records in words, alike on the command line and on every screen: links as number and text, structures part by part.

What stands here comes from people and other laptops: whoever shows it makes it harmless first.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.grid import to_grid
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.moments import Moment, local, moment_text
from fieldkit.domain.render import render
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault.places_tree import path_of
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.tables import known_kind

NEWER: Final = "of a newer version"
CLEARED: Final = "(cleared)"

_KEY: Final = re.compile(r"[A-Za-z0-9+/=]{120,}")
"""Long keys and the like: nobody reads more of them than their beginning."""
_SHOWN, _DIGESTS = 24, 3


@dataclass(frozen=True, slots=True)
class Told:
    """One value, or one member of a set or list: its text, and the record that it leads to, if any."""

    text: str
    record: str = ""


class Wording:
    """Says what records, people, laptops and places are called; what it looked up once it remembers."""

    def __init__(self, reader: VaultReader) -> None:
        self._reader = reader
        self._seen: dict[str, RecordView | None] = {}
        self._paths: dict[str, str] = {}
        self._laptops: dict[str, str] = {}

    def link(self, record: str) -> str:
        """`A-0042 observation: seen · Two gyroscopes`; the id itself where the record is not here."""
        view = self._view(record)
        if view is None:
            return f"{record} (not here yet)"
        if view.kind == "person":
            return f"{view.number} {view.doc.get('name', '')}"
        return f"{view.number} {self.about(view)}"

    def about(self, view: RecordView) -> str:
        """What a record is, without its number: its kind and summary; of a place, its path."""
        if view.kind == "location":
            level = f" ({view.doc['level']})" if view.doc.get("level") else ""
            return f"{self.place(view.id)}{level}"
        words = summary_of(view)
        title = title_of(view.kind).lower()
        retracted = "retracted " if view.retracted else ""
        return f"{retracted}{title}: {words}" if words else f"{retracted}{title}"

    def person(self, record: str) -> str:
        """A person's name."""
        view = self._view(record)
        return str(view.doc.get("name") or view.number) if view else (record or "somebody")

    def place(self, record: str) -> str:
        """`Site 2 / Hall / Room 3`."""
        if record not in self._paths:
            self._paths[record] = path_of(self._reader, record)
        return self._paths[record]

    def laptop(self, log: str) -> str:
        """`laptop A`, by the log that it writes."""
        if not self._laptops:
            self._laptops = {each.log: f"laptop {each.letter}" for each in self._reader.logs()}
        return self._laptops.get(log, f"a laptop not known here ({log[:8]})")

    def values(self, kind: str, name: str, value: JSON) -> list[Told]:
        """A field's value, each member of a set or list by itself."""
        if value is None:
            return [Told(CLEARED)]
        known = known_kind(kind)
        field = known.fields.get(name) if known else None
        if field is None:
            return [Told(f"{_plain(value)} (a field {NEWER})")]
        plural = field.many or field.listed
        if plural and isinstance(value, list) and field.type in (FieldType.RECORD, FieldType.STRUCT):
            return [self._member(field, member) for member in value]
        if plural and isinstance(value, list) and field.type is FieldType.DIGEST and len(value) > _DIGESTS:
            few = render(field, value[:_DIGESTS])
            return [Told(f"{few} and {len(value) - _DIGESTS} more")]
        if plural:
            return [Told(render(field, value))]
        told = self._member(field, value)
        return [dataclasses.replace(told, text=known.as_said(name, told.text)) if known else told]

    def text(self, kind: str, name: str, value: JSON) -> str:
        """A field's value as one text, members one below the other."""
        return "\n".join(told.text for told in self.values(kind, name, value)) or "(none)"

    def _member(self, field: Field, value: JSON) -> Told:
        if field.type is FieldType.RECORD and isinstance(value, str):
            return Told(self.link(value), value)
        if field.type is FieldType.STRUCT and isinstance(value, dict):
            return self._structure(field, value)
        text = render(_one(field), value)
        if _KEY.fullmatch(text):
            text = f"{text[:_SHOWN]}… ({len(text):,} characters)"
        if isinstance(value, dict):
            if field.type is FieldType.MOMENT:
                text = to_the_second(value)
            if field.type is FieldType.POSITION:
                with contextlib.suppress(UsageError):  # of a newer version, which may write it otherwise
                    text = f"{text} ({to_grid(value)})"
            if field.type is FieldType.MOMENT and value.get("source") == "typed":
                text = f"{text}, typed"
        return Told(text)

    def _structure(self, field: Field, value: Doc) -> Told:
        parts = {part.name: part for part in field.parts}
        texts = []
        leads = ""
        for name, member in value.items():
            part = parts.get(name)
            if part is None:
                texts.append(f"{name}: {_plain(member)} ({NEWER})")
                continue
            members = member if isinstance(member, list) and (part.many or part.listed) else [member]
            told = [self._member(part, each) for each in members]
            leads = leads or next((each.record for each in told if each.record), "")
            texts.append(f"{part.label}: {', '.join(each.text for each in told)}")
        return Told(" · ".join(texts), leads)

    def _view(self, record: str) -> RecordView | None:
        if record not in self._seen:
            self._seen[record] = self._reader.peek(record)
        return self._seen[record]


def title_of(kind: str) -> str:
    """What a kind is called; one of a newer version by its own name."""
    known = known_kind(kind)
    return known.title if known else f"{kind} ({NEWER})"


def label_of(kind: str, name: str) -> str:
    """What a field is called; one of a newer version by its own name."""
    known = known_kind(kind)
    field = known.fields.get(name) if known else None
    return field.label if field else name


def summary_of(view: RecordView) -> str:
    """One line that tells a record from others; of a kind that is not known here, its texts."""
    known = known_kind(view.kind)
    if known is not None:
        return known.summary(view.doc)
    return " · ".join(each for each in view.doc.values() if isinstance(each, str))[:160]


def state_of(view: RecordView) -> str:
    """`retracted`, `differs`, or nothing."""
    return "retracted" if view.retracted else "differs" if view.differs else ""


def occurred(view: RecordView) -> str:
    """Day and minute as they were on the spot: `2026-02-12 10:41`."""
    moment = view.doc.get("occurred")
    offset = moment.get("offset") if isinstance(moment, dict) else None
    return instant_text(view.occurred, str(offset or "+00:00"))


def instant_text(at: str, offset: str) -> str:
    """`2026-02-12 10:41`, in the offset in which it was told; as it stands where it is none."""
    try:
        return local(Moment(at=at, offset=offset)).strftime("%Y-%m-%d %H:%M")
    except (UsageError, ValueError, IndexError):
        return at[:16].replace("T", " ")


def to_the_second(recorded: Mapping[str, JSON]) -> str:
    """A moment to the second, as it was on the spot: `2026-02-12 10:41:07 +02:00`."""
    try:
        return moment_text({"at": f"{str(recorded['at'])[:19]}Z", "offset": recorded["offset"]})
    except (UsageError, ValueError, KeyError, IndexError):
        return str(recorded.get("at", "at a time that is not told"))


def _one(field: Field) -> Field:
    """The field of one member of a set or list."""
    return dataclasses.replace(field, many=False, listed=False) if field.many or field.listed else field


def _plain(value: JSON) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
