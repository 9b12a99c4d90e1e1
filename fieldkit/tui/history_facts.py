"""The history of a record in facts for the screen: field by field, then entry by entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from fieldkit.domain.views import RecordView
from fieldkit.tui.record_facts import gap_text
from fieldkit.tui.widgets.facts import Fact
from fieldkit.vault.fold import EntryView
from fieldkit.vault.quarantine import Quarantined
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.tables import known_kind
from fieldkit.vault.versions import History, Version, history
from fieldkit.vault.wording import Wording, label_of, title_of, to_the_second

_LEAF: Final = 12
_STATES: Final = {"stands": "stands", "replaced": "no longer", "added": "+ added", "removed": "− taken out"}
_STYLES: Final = {"stands": "facts--good", "replaced": "facts--dim", "removed": "facts--dim"}
_ACTS: Final = {"add": "recorded", "amend": "amended", "retract": "RETRACTED"}


def told(reader: VaultReader, record: str) -> tuple[str, Sequence[Fact]]:
    """The title and the facts. UsageError where there is no such record."""
    view = reader.get(record)
    past = history(reader, view.id)
    wording = Wording(reader)
    count = len(past.entries)
    title = f"HISTORY OF {view.number} {title_of(view.kind).upper()}   {count} {'entry' if count == 1 else 'entries'}"
    return title, [
        *_warned(past),
        *_fields(wording, view, past),
        *_entries(wording, past),
        *_apart(wording, past),
    ]


def _warned(past: History) -> Iterator[Fact]:
    if past.missing:
        yield Fact("! Gap", gap_text(len(past.missing)), style="facts--alert")


def _fields(wording: Wording, view: RecordView, past: History) -> Iterator[Fact]:
    known = known_kind(view.kind)
    order = list(known.fields) if known else []
    for name in sorted(past.fields, key=lambda each: order.index(each) if each in order else len(order)):
        versions = past.fields[name]
        label = "Retracted" if name == "retracted" else label_of(view.kind, name)
        standing = [each for each in versions if each.state == "stands"]
        differs = f"   DIFFERS: {len(standing)} values stand" if name in view.differs else ""
        yield Fact("", f"{label.upper()}{differs}", style="facts--alert" if differs else "facts--heading")
        for version in reversed(versions):
            yield _version(wording, view, name, version)


def _version(wording: Wording, view: RecordView, name: str, version: Version) -> Fact:
    value = version.value
    text = ("yes" if value else "no") if name == "retracted" else wording.text(view.kind, name, value)
    lines = [text, who(wording, version.entry)]
    if version.entry.reason:
        lines.append(f"why: {version.entry.reason}")
    lines += [f"until: {who(wording, entry)}" for entry in version.ended]
    return Fact(f"  {_STATES[version.state]}", "\n".join(lines), style=_STYLES.get(version.state, ""))


def _entries(wording: Wording, past: History) -> Iterator[Fact]:
    yield Fact("", "ENTRIES, IN THE ORDER IN WHICH THEY CAME HERE", style="facts--heading")
    for entry in past.entries:
        named = ", ".join(label_of(entry.kind, name.rstrip("+-")) for name in entry.values)
        why = f"\nwhy: {entry.reason}" if entry.reason else ""
        text = f"{who(wording, entry)}{why}\n{named}\n{place_of(entry)}"
        yield Fact(f"  {_ACTS.get(entry.act, entry.act)}", text)


def _apart(wording: Wording, past: History) -> Iterator[Fact]:
    if not past.apart:
        return
    yield Fact("", "KEPT APART: THESE DO NOT COUNT", style="facts--alert")
    for one in past.apart:
        yield Fact(
            f"  {_ACTS.get(one.entry.act, one.entry.act)}",
            "\n".join(
                [
                    f"because {one.reason}",
                    who(wording, one.entry),
                    *_said(wording, one.entry),
                    place_of(one.entry),
                ]
            ),
            style="facts--dim",
        )


def apart_facts(reader: VaultReader, one: Quarantined) -> list[Fact]:
    """An entry that does not count: why, what it says, and the record that it is about where that is here."""
    wording, entry = Wording(reader), one.entry
    there = reader.peek(entry.record)
    facts = [
        Fact("! Why", one.reason, style="facts--alert"),
        Fact(
            "Act",
            f"{_ACTS.get(entry.act, entry.act)}: {title_of(entry.kind).lower()} {one.number}".rstrip(),
        ),
        Fact("Who", who(wording, entry)),
        *([Fact("Reason", entry.reason)] if entry.reason else []),
        *([Fact("Record", wording.link(there.id), there.id)] if there else []),
    ]
    for name, value in entry.values.items():
        base = name.rstrip("+-")
        for place, told in enumerate(wording.values(entry.kind, base, value)):
            facts.append(Fact("" if place else label_of(entry.kind, base), told.text))
    return [*facts, Fact("Journal", place_of(entry))]


def who(wording: Wording, entry: EntryView) -> str:
    """`Amira Nasser, laptop A, 2026-02-12 10:41:07 +02:00`."""
    return f"{wording.person(entry.author)}, {wording.laptop(entry.log)}, {to_the_second(entry.recorded)}"


def place_of(entry: EntryView) -> str:
    """Where an entry stands in its log."""
    return f"entry {entry.seq + 1} of log {entry.log[:8]}…, leaf {entry.hash[:_LEAF]}…"


def _said(wording: Wording, entry: EntryView) -> list[str]:
    return [
        f"{label_of(entry.kind, name.rstrip('+-'))}: {wording.text(entry.kind, name.rstrip('+-'), value)}"
        for name, value in entry.values.items()
    ]
