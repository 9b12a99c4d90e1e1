"""Looking things up from the command line: `list`, `show`, `search`, `schema`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import click

from fieldkit.cli.session import Session
from fieldkit.domain.asking import read_line
from fieldkit.domain.by_hand import is_made_by_hand
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.kinds import Kind, all_kinds
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import moment_text
from fieldkit.domain.schema import schema
from fieldkit.domain.views import RecordView
from fieldkit.errors import UsageError
from fieldkit.vault import pages
from fieldkit.vault.browsing import found
from fieldkit.vault.fold import EntryView, canonical
from fieldkit.vault.gaps import awaited
from fieldkit.vault.quarantine import Quarantined, quarantined_of
from fieldkit.vault.tables import known_kind
from fieldkit.vault.vault import Vault
from fieldkit.vault.wording import Wording, title_of

_LABEL_WIDTH = 18
_TIME_WIDTH = 16


@click.command("list")
@click.argument("kind", required=False)
@click.option("--retracted", is_flag=True, help="Also list what was retracted.")
@click.pass_obj
def list_records(session: Session, kind: str | None, retracted: bool) -> None:
    """List the records of one KIND, in the order of their numbers.

    Without KIND, say how many there are of each. Records of kinds that only a newer fieldkit knows are shown as they are.
    """
    vault = session.vault()
    counts = vault.counts()
    if kind is None:
        known = {each.name: each.plural for each in all_kinds()}
        newer = {name: f"{name} (a kind of a newer version)" for name in counts if name not in known}
        session.emit(counts, (f"{counts[name]:>7}  {(known | newer)[name]}" for name in sorted(counts)))
        return
    if kind in counts and known_kind(kind) is None:
        found = list(vault.list(kind, retracted=retracted))
        session.emit([document(view) for view in found], (_raw_line(view) for view in found))
        return
    views = list(vault.list(kind_named(kind).name, retracted=retracted))
    session.emit([document(view) for view in views], (line(view) for view in views))


@click.command()
@click.argument("record", metavar="ID")
@click.option("--history", is_flag=True, help="Also show every entry about it: who, when, what and why.")
@click.pass_obj
def show(session: Session, record: str, history: bool) -> None:
    """Show the record ID (an id, the beginning of one, or a number) with all its fields."""
    vault = session.vault()
    try:
        view = vault.get(record)
    except UsageError:
        if not (kept := quarantined_of(vault, record)):
            raise
        session.emit(
            {"counts": False, "kept_apart": [kept_apart(one) for one in kept]},
            [
                f"{record}: KEPT APART, nothing of it counts",
                *(text for one in kept for text in kept_apart_lines(vault, one)),
            ],
        )
        return
    kept = [one for one in quarantined_of(vault, view.id) if one.entry.record == view.id]
    shown = document(view)
    shown["kept_apart"] = [kept_apart(one) for one in kept]
    missing = awaited(vault, view.id).get(view.id, ())
    shown["gap"] = list(missing)
    lines = list(_record_lines(vault, view))
    if missing:
        lines.append(_labelled("GAP", f"a value before that of {', '.join(missing)} has not arrived"))
    if kept:
        lines += ["", "KEPT APART, and not counted above:"]
        lines += [text for one in kept for text in kept_apart_lines(vault, one)]
    if history:
        entries = vault.history(view.id)
        shown["history"] = [_entry_document(entry) for entry in entries]
        for entry in entries:
            lines += ["", *_entry_lines(vault, entry)]
    session.emit(shown, lines)


def kept_apart(one: Quarantined) -> Doc:
    """An entry that does not count, as JSON."""
    entry = one.entry
    return {
        "letter": one.letter,
        "log": entry.log,
        "entry": entry.seq + 1,
        "hash": entry.hash,
        "reason": one.reason,
        "number": one.number,
        "kind": entry.kind,
        "act": entry.act,
        "record": entry.record,
        "author": entry.author,
        "recorded": dict(entry.recorded),
        "values": entry.values,
    }


def kept_apart_lines(vault: Vault, one: Quarantined) -> Iterator[str]:
    """An entry that does not count, for people: what it is and why first, then what it says."""
    entry = one.entry
    kind = entry.kind or "something sealed"
    yield f"{one.number or '(no number)'}  {kind}, laptop {one.letter or entry.log} entry {entry.seq + 1}: {one.reason}"
    if entry.kind:
        said = f": {entry.reason}" if entry.reason else ""
        yield f"  {entry.act} {_utc(str(entry.recorded.get('at', '?')))} by {_person(vault, entry.author)}{said}"
    wording = Wording(vault)
    for name, value in entry.values.items():
        yield from _value_lines(wording, entry.kind, name, value, "")


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--kind", "kinds", metavar="KIND", multiple=True, help="Only this kind; may be given several times."
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="At most so many."
)
@click.pass_obj
def search(session: Session, text: tuple[str, ...], kinds: tuple[str, ...], limit: int) -> None:
    """Find the records in which every word of TEXT occurs, newest first.

    Among the words, kind:photo, by:NAME, at:PLACE (and what lies within it) and on:2026-02-12 narrow it; a number or a
    serial finds what bears it.
    """
    if not "".join(text).strip():
        raise UsageError("what is to be found?", remedy="Give one word or more, or the beginning of one.")
    wanted = tuple(kind_named(kind).name for kind in kinds)
    asked = read_line(" ".join(text))
    if asked.unknown:
        raise UsageError(
            f"nothing is called so: {', '.join(asked.unknown)}",
            remedy="'fieldkit schema' lists the kinds; days are 2026-02-12.",
        )
    vault = session.vault()
    views = pages.views(vault, found(vault, replace(asked, kinds=asked.kinds + wanted), limit)[:limit])
    if not views:
        session.say("Nothing found.")
    session.emit([document(view) for view in views], (f"{view.kind:<12} {line(view)}" for view in views))


@click.command("schema")
@click.argument("kind", required=False)
@click.pass_obj
def schema_of(session: Session, kind: str | None) -> None:
    """Show the fields of a KIND of record, or list the kinds.

    Needs no mission. With --json and a KIND: its JSON Schema (2020-12).
    """
    if kind is None:
        kinds = all_kinds()
        session.emit([each.name for each in kinds], map(_kind_line, kinds))
        return
    found = kind_named(kind)
    session.emit(schema(found.name), _schema_lines(found))


def _kind_line(kind: Kind) -> str:
    made = "" if is_made_by_hand(kind.name) else "  (made by fieldkit, not by 'add')"
    return f"{kind.name:<14}{kind.title}{made}"


def document(view: RecordView) -> Doc:
    """A record as JSON: what it is called, who recorded it and where, and its current `fields`."""
    return {
        "id": view.id,
        "number": view.number,
        "kind": view.kind,
        "author": view.author,
        "log": view.log,
        "entry": view.seq + 1,
        "recorded": view.recorded,
        "retracted": view.retracted,
        "differs": list(view.differs),
        "fields": view.doc,
    }


def line(view: RecordView) -> str:
    """A record in one line: number, local day and time when it occurred or was taken, state, summary, mark."""
    state = "RETRACTED " if view.retracted else "DIFFERS " if view.differs else ""
    if view.kind == "photo" and view.doc.get("damaged"):
        state += "DAMAGED "
    mark = f" [{view.mark}]" if view.mark else ""
    return f"{view.number:<9} {_when(view)}  {state}{_summary(view.kind, view.doc)}{mark}"


def _raw_line(view: RecordView) -> str:
    """A record of a kind that is not known here, as it is."""
    said = ", ".join(f"{name}={canonical(value)}" for name, value in view.doc.items() if name != "occurred")
    return f"{view.number:<9} {_when(view)}  {'RETRACTED ' if view.retracted else ''}{said}"


def _when(view: RecordView) -> str:
    """Day and minute as they were on the spot; of a photo when it was taken, as far as its camera's clock is known."""
    stated = view.doc.get("taken" if view.kind == "photo" else "occurred")
    if isinstance(stated, dict):
        return moment_text({"at": f"{str(stated['at'])[:16]}:00Z", "offset": stated["offset"]})[:16]
    if view.kind == "photo":
        return f"{'time not known':<{_TIME_WIDTH}}"
    return f"{view.recorded[:16].replace('T', ' ')}"


def _summary(name: str, doc: Doc) -> str:
    """The summary of a record; of a kind that this version does not know, its name."""
    try:
        return kind_named(name).summary(doc)
    except UsageError:
        return f"({name}: a kind of a newer version)"


def _record_lines(vault: Vault, view: RecordView) -> Iterator[str]:
    wording = Wording(vault)
    yield f"{title_of(view.kind)} {view.number}{'  RETRACTED' if view.retracted else ''}"
    yield _labelled("id", view.id)
    yield _labelled("recorded", f"{_utc(view.recorded)} by {_person(vault, view.author)}")
    for name, value in view.doc.items():
        differs = "  (differs: see --history)" if name in view.differs else ""
        yield from _value_lines(wording, view.kind, name, value, differs)


def _entry_lines(vault: Vault, entry: EntryView) -> Iterator[str]:
    reason = f": {entry.reason}" if entry.reason else ""
    when = _utc(str(entry.recorded.get("at", "?")))
    yield f"{entry.act} {when} by {_person(vault, entry.author)}{reason}"
    yield _labelled("entry", f"{entry.seq + 1} of log {entry.log}, leaf {entry.hash[:16]}…")
    wording = Wording(vault)
    for name, value in entry.values.items():
        yield from _value_lines(wording, entry.kind, name, value, "")


def _value_lines(wording: Wording, kind: str, name: str, value: JSON, note: str) -> Iterable[str]:
    first, *rest = wording.text(kind, name.rstrip("+-"), value).split("\n")
    return [_labelled(name, first + note), *(_labelled("", more) for more in rest)]


def _person(vault: Vault, record: str) -> str:
    view = vault.peek(record)
    return str(view.doc.get("name", view.number)) if view else record


def _utc(at: str) -> str:
    """An instant to the second, as people read it."""
    return f"{at[:19].replace('T', ' ')} UTC" if at.endswith("Z") else at


def _labelled(label: str, text: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}} {text}"


def _entry_document(entry: EntryView) -> Doc:
    return {
        "hash": entry.hash,
        "log": entry.log,
        "entry": entry.seq + 1,
        "act": entry.act,
        "author": entry.author,
        "recorded": dict(entry.recorded),
        "supersedes": {name: list(leaves) for name, leaves in entry.supersedes.items()},
        "reason": entry.reason,
        "values": entry.values,
    }


def _schema_lines(kind: Kind) -> Iterator[str]:
    yield f"{kind.title} ({kind.name})"
    for field in kind.fields.values():
        form = f"{'set of ' if field.many else 'list of ' if field.listed else ''}{field.type.value}"
        needed = ", required" if field.required else ""
        yield f"  {field.name:<{_LABEL_WIDTH}} {form}{needed}: {field.help or field.label}"
        if field.choices:
            yield f"  {'':<{_LABEL_WIDTH}} one of {', '.join(field.choices)}"
        if field.targets:
            yield f"  {'':<{_LABEL_WIDTH}} a record of kind {', '.join(field.targets)}"
        if field.parts:
            yield f"  {'':<{_LABEL_WIDTH}} an object of {', '.join(part.name for part in field.parts)}"
