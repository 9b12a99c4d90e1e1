"""Drafts: what is being typed, kept in the encrypted store while it is typed, and offered again after unlocking.

A draft has the id of the record that it will become: one that was recorded already is never offered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import all_kinds
from fieldkit.domain.moments import Moment, local
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import uuid7

PREFIX: Final = "capture/"
_SUMMARY: Final = 60


@dataclass(slots=True)
class Draft:
    """One form: the kind, the texts by field, the id of the record it will be, when it was kept last, the field typed into."""

    kind: str
    texts: dict[str, str] = field(default_factory=dict)
    record: str = field(default_factory=uuid7)
    saved: Doc = field(default_factory=dict)
    at: str = ""

    @property
    def name(self) -> str:
        """Its name in the store."""
        return PREFIX + self.record

    @property
    def summary(self) -> str:
        """One line that tells it from others."""
        longest = max(self.texts.values(), key=len, default="")
        return f"{longest[:_SUMMARY]} · {self.kind} {clock_time(self.saved)[:5]}"

    def as_doc(self) -> Doc:
        """As it is kept."""
        return {"kind": self.kind, "texts": dict(self.texts), "saved": self.saved, "at": self.at}


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
        record, kind, texts, saved = (
            name.removeprefix(PREFIX),
            doc.get("kind"),
            doc.get("texts"),
            doc.get("saved"),
        )
        if not name.startswith(PREFIX) or kind not in known or not isinstance(texts, dict):
            continue
        if reader.peek(record) is None:
            typed = {field: str(text) for field, text in texts.items()}
            when = saved if isinstance(saved, dict) else {}
            found.append(Draft(str(kind), typed, record, when, str(doc.get("at", ""))))
    return found
