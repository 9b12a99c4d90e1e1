"""Drafts: what is being typed, kept in the encrypted store while it is typed, and offered again after unlocking.

A draft has the id of the record that it will become: one that was recorded already is never offered. The draft of an
amendment has the id of the record that is amended, and the values that its author saw when it was begun.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from fieldkit.domain.fields import Field, FieldType
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import all_kinds
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import Moment, local
from fieldkit.tui.forms.parts import parts_of, summary
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import uuid7

PREFIX: Final = "capture/"
AMENDING: Final = "amend/"
WHY: Final = "amend-why"
"""Under what the reason of an amendment stands among the texts of its fields; no field is called so."""
_SUMMARY: Final = 60
_INHERITED: Final = ("location", "mark")
"""What says where somebody was, and nothing of what was being written."""


@dataclass(slots=True)
class Draft:
    """One form: the kind, the texts by field, the id of the record it will be, when it was kept last, the field typed into."""

    kind: str
    texts: dict[str, str] = field(default_factory=dict)
    record: str = field(default_factory=uuid7)
    saved: Doc = field(default_factory=dict)
    at: str = ""
    before: Doc | None = None
    """What stood in the record, where this amends one."""

    @property
    def name(self) -> str:
        """Its name in the store."""
        return (PREFIX if self.before is None else AMENDING) + self.record

    @property
    def summary(self) -> str:
        """One line that tells it from others."""
        known = kind_named(self.kind)
        shown = [
            name
            for name in self.texts
            if (name not in _INHERITED if self.before is None else name in known.leading)
        ]
        told = [_told(known.fields.get(name), self.texts[name]) for name in shown]
        longest = max(told, key=len, default="")
        act = "" if self.before is None else "correction of "
        return f"{longest[:_SUMMARY]} · {act}{self.kind} {clock_time(self.saved)[:5]}".removeprefix(" · ")

    def as_doc(self) -> Doc:
        """As it is kept."""
        doc: Doc = {"kind": self.kind, "texts": dict(self.texts), "saved": self.saved, "at": self.at}
        return doc if self.before is None else {**doc, "before": self.before}


def _told(field: Field | None, text: str) -> str:
    """A field's text as people read it: of parts, what they say."""
    if field is None or field.type is not FieldType.STRUCT:
        return text
    return "; ".join(summary(field, part) for part in parts_of(text))


def clock_time(moment: Doc) -> str:
    """`10:41:07`, local, of a moment's JSON; nothing where there is none."""
    if not moment:
        return ""
    return local(Moment(at=str(moment["at"]), offset=str(moment["offset"]))).strftime("%H:%M:%S")


def read_drafts(reader: VaultReader) -> list[Draft]:
    """Every draft that was not recorded yet, the last one first."""
    known = {kind.name for kind in all_kinds()}
    found = []
    for name, doc in reader.drafts().items():
        draft = _draft(name, doc)
        if draft is not None and draft.kind in known:
            there = reader.peek(draft.record)
            if (there is None) if draft.before is None else (there is not None and not there.retracted):
                found.append(draft)
    return found


def amending(reader: VaultReader, record: str) -> Draft | None:
    """The draft of an amendment of this record, where one was left."""
    return _draft(AMENDING + record, reader.drafts().get(AMENDING + record, {}))


def _draft(name: str, doc: Doc) -> Draft | None:
    kind, texts, saved, before = (doc.get(each) for each in ("kind", "texts", "saved", "before"))
    prefix = next((each for each in (PREFIX, AMENDING) if name.startswith(each)), "")
    if not prefix or not isinstance(kind, str) or not isinstance(texts, dict):
        return None
    if (prefix == AMENDING) != isinstance(before, dict):
        return None
    return Draft(
        kind,
        {field: str(text) for field, text in texts.items()},
        name.removeprefix(prefix),
        saved if isinstance(saved, dict) else {},
        str(doc.get("at", "")),
        before if isinstance(before, dict) else None,
    )
