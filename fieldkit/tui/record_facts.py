"""A record in facts for the screen: its fields in words, what refers to it, where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkit.domain.views import RecordView
from fieldkit.tui.screens.photos_shown import no_picture
from fieldkit.tui.widgets.facts import Fact
from fieldkit.vault.back_links import MOST, Referring, referring
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.tables import known_kind
from fieldkit.vault.versions import History, history
from fieldkit.vault.wording import Wording, label_of, title_of, to_the_second

_BY_NAME: Final = 5
_LEAF: Final = 12
DIFFERENCE: Final = "difference/"
MANY: Final = "many/"
HERE: Final = "here/"


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as it is shown. `many` are the ids behind each line that counts records."""

    view: RecordView
    title: str
    facts: Sequence[Fact]
    provenance: str
    many: dict[str, tuple[str, ...]]
    jpeg: bytes | None = None
    instead: str = ""


def shown(reader: VaultReader, record: str) -> Shown:
    """Everything that the record screen tells. UsageError where there is no such record."""
    view = reader.get(record)
    wording = Wording(reader)
    past = history(reader, view.id)
    groups = referring(reader, view.id, without=("location",) if view.kind == "location" else ())
    many = {f"{MANY}{place}": each.ids for place, each in enumerate(groups)}
    facts = [
        *_standing(wording, past),
        *_fields(wording, view, past),
        *_referring(wording, view, groups),
    ]
    state = " · RETRACTED" if view.retracted else " · DIFFERS" if view.differs else ""
    digest = view.doc.get("sha256")
    photo = view.kind == "photo"
    return Shown(
        view=view,
        title=f"{view.number} {title_of(view.kind).upper()}{state}",
        facts=facts,
        provenance=_provenance(wording, view, past),
        many=many,
        jpeg=reader.thumbnail(digest) if photo and isinstance(digest, str) else None,
        instead=no_picture(view.doc) if photo else "",
    )


def _standing(wording: Wording, past: History) -> Iterator[Fact]:
    """What makes the record stand otherwise than as it was written: retraction, gaps, entries kept apart."""
    for version in past.fields.get("retracted", ()):
        if version.state == "stands" and version.value is True:
            entry = version.entry
            yield Fact(
                "! Retracted",
                f"{entry.reason}\n{wording.person(entry.author)}, {wording.laptop(entry.log)},"
                f" {to_the_second(entry.recorded)}",
                style="facts--alert",
            )
    if past.missing:
        yield Fact("! Gap", gap_text(len(past.missing)), style="facts--alert")
    if past.apart:
        yield Fact("! Kept apart", apart_text(len(past.apart)), style="facts--alert")


def _fields(wording: Wording, view: RecordView, past: History) -> Iterator[Fact]:
    known = known_kind(view.kind)
    order = list(known.fields) if known else []
    names = sorted(view.doc, key=lambda name: order.index(name) if name in order else len(order))
    for name in names:
        label = label_of(view.kind, name)
        if name in view.differs:
            sides = [v for v in past.fields.get(name, ()) if v.state == "stands"]
            yield Fact(label, f"DIFFERS: {len(sides)} values stand", f"{DIFFERENCE}{name}", "facts--alert")
            for place, side in enumerate(sides, start=1):
                value = wording.text(view.kind, name, side.value)
                who = f"{wording.person(side.entry.author)}, {wording.laptop(side.entry.log)}"
                yield Fact(f"  {place}", f"{value} ({who})")
            continue
        for place, told in enumerate(wording.values(view.kind, name, view.doc[name])):
            yield Fact("" if place else label, told.text, told.record)


def _referring(wording: Wording, view: RecordView, groups: Sequence[Referring]) -> Iterator[Fact]:
    if view.kind == "location":
        yield Fact("Recorded here", "everything that is recorded here and within", f"{HERE}{view.number}")
    if not groups:
        return
    yield Fact("", "REFERS TO THIS", style="facts--heading")
    for place, each in enumerate(groups):
        label = title_of(each.kind)
        field = label_of(each.kind, each.field).lower()
        if len(each.ids) > _BY_NAME:
            known = known_kind(each.kind)
            plural = known.plural.lower() if known else each.kind
            count = (
                f"{MOST:,} or more" if sum(len(one.ids) for one in groups) >= MOST else f"{len(each.ids):,}"
            )
            yield Fact(label, f"{count} {plural} name it as {field}", f"{MANY}{place}")
            continue
        for record in each.ids:
            yield Fact(label, f"{wording.link(record)} (as {field})", record)


def _provenance(wording: Wording, view: RecordView, past: History) -> str:
    first = next((entry for entry in past.entries if entry.log == view.log and entry.seq == view.seq), None)
    when = to_the_second(first.recorded) if first else view.recorded
    changes = len(past.entries) - 1
    amended = f" · {changes} later {'entry' if changes == 1 else 'entries'} (h)" if changes > 0 else ""
    leaf = f" · leaf {first.hash[:_LEAF]}…" if first else ""
    mark = f" · {view.mark.upper()}" if view.mark else ""
    return (
        f"recorded {when} by {wording.person(view.author)} on {wording.laptop(view.log)} ·"
        f" entry {view.seq + 1} of log {view.log[:8]}…{leaf}{mark}{amended}"
    )


def gap_text(count: int) -> str:
    """That entries are named which are not here."""
    named = "an entry" if count == 1 else f"{count} entries"
    return f"{named} that what stands here builds on has not arrived yet; sync with the laptop that wrote it"


def apart_text(count: int) -> str:
    """That entries about a record do not count."""
    return f"{'an entry' if count == 1 else f'{count} entries'} about it is kept and does not count: see the history (h)"
