"""`fieldkit controls`: look into a control list, and hold a system against it. Needs no mission, unless it is its own list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fieldkit.cli.session import Session
from fieldkit.domain import controls as lists
from fieldkit.domain.controls.classification import Vehicle
from fieldkit.domain.controls.forms import Concordance, Definition, Entry, Item, Threshold
from fieldkit.domain.controls.points import plain

_UNVERIFIED = "unverified"
_MISSION = "mission"

_with_list: Callable[[Any], Any] = click.option(
    "--list",
    "source",
    metavar="FILE",
    help="A control list as TOML, '-', or 'mission' for the mission's own; else the MTCR list of fieldkit.",
)


@click.group()
def controls() -> None:
    """Look into control lists; classify a system."""


@controls.command()
@click.argument("number", required=False)
@_with_list
@click.pass_obj
def show(session: Session, number: str | None, source: str | None) -> None:
    """Show the list, or one of its items, groups or entries (9, 9.A, 9.A.6), what it understands by a word (range), or what a
    national code points to."""
    chosen = _list(session, source)
    if number is None:
        document, lines = _overview(chosen)
    elif number.strip().isdecimal():
        document, lines = _item(chosen, chosen.item(int(number)))
    elif meaning := chosen.definition(number):
        document, lines = _definition_document(meaning), [_definition_line(meaning)]
    elif rows := chosen.from_national(number):
        document, lines = _national(chosen, number, rows)
    elif found := _group(chosen, number):
        document, lines = found
    else:
        document, lines = _entry(chosen, chosen.entry(number))
    session.emit(document, [*lines, *([_edition(chosen)] if number else [])])


@controls.command()
@click.argument("text", nargs=-1, required=True)
@_with_list
@click.pass_obj
def search(session: Session, text: tuple[str, ...], source: str | None) -> None:
    """Find entries by words, by number or by a national code."""
    hits = _list(session, source).search(" ".join(text))
    session.emit(
        [{"id": h.id, "title": h.title, "why": h.why, "verified": h.verified} for h in hits],
        [_said(f"{h.id:<9} {h.title} ({h.why})", h.verified) for h in hits] or ["Nothing found."],
    )


@controls.command()
@click.argument("file", metavar="FILE")
@click.pass_obj
def adopt(session: Session, file: str) -> None:
    """Make the control list in FILE ('-': standard input) the mission's own.

    It is kept with the mission and travels in its bundles; '--list mission' then uses it.
    """
    from fieldkit.capture.control_list import adopt as keep

    name = "control-list.toml" if file == "-" else Path(file).name
    media, mission = keep(session.vault(), session.read(file, "FILE"), name, author=session.author())
    session.emit(
        [{"id": one.id, "number": one.number, "entry": one.hash} for one in (media, mission)],
        [f"{one.id} {one.number}" for one in (media, mission)],
    )


@controls.command()
@click.option(
    "--point",
    "points",
    multiple=True,
    required=True,
    metavar="RANGE,PAYLOAD",
    help="300km,500kg; once per point.",
)
@click.argument("more", nargs=-1, metavar="[POINT]...")
@click.option("--aerosol", metavar="VOLUME", help="What it can hold to be sprayed: 20L.")
@click.option("--vehicle", type=click.Choice(["rocket", "uav"]), help="What it is; else both are thought of.")
@_with_list
@click.pass_obj
def classify(
    session: Session,
    points: tuple[str, ...],
    more: tuple[str, ...],
    aerosol: str | None,
    vehicle: Vehicle | None,
    source: str | None,
) -> None:
    """Hold points of range and payload against the thresholds for complete systems."""
    chosen = _list(session, source)
    limits = chosen.limits_or_refuse()
    stated = lists.parse_points((*points, *more))
    volume = lists.parse_volume(aerosol) if aerosol is not None else None
    answer = lists.classify(stated, volume, limits=limits, vehicle=vehicle)
    session.emit(
        {
            "result": answer.result,
            "reason": answer.reason,
            "point": _point(answer.point),
            "at_least": answer.at_least,
            "cautions": list(answer.cautions),
            "points": [_point(point) for point in stated],
            "aerosol_l": plain(volume) if volume is not None else None,
            "limits": {
                "range_km": plain(limits.range_km),
                "payload_kg": plain(limits.payload_kg),
                "aerosol_l": plain(limits.aerosol_l),
            },
            "list": _head(chosen),
        },
        [
            str(answer.result),
            answer.reason,
            *(f"Note: {caution}" for caution in answer.cautions),
            _edition(chosen),
        ],
    )


def _list(session: Session, source: str | None) -> lists.ControlList:
    """The shipped list, the one in a file, or the one that the mission carries."""
    if source is None:
        return lists.shipped()
    from fieldkit.capture import control_list

    if source == _MISSION:
        return control_list.carried(session.vault())
    return control_list.read(session.read(source, "--list"), source)


def _overview(chosen: lists.ControlList) -> tuple[dict[str, Any], list[str]]:
    document = {
        **_head(chosen),
        "note": chosen.note,
        "groups": [{"letter": g.letter, "title": g.title, "verified": g.verified} for g in chosen.groups],
        "items": [_item_document(item) for item in chosen.items],
        "entries": [_entry_document(chosen, entry) for entry in chosen.entries],
        "definitions": [_definition_document(each) for each in chosen.definitions],
        "concordance": [_row_document(row) for row in chosen.concordance],
    }

    lines = [chosen.title, _edition(chosen), *([chosen.note] if chosen.note else [])]
    lines += [_item_line(item) for item in chosen.items]
    lines += [_definition_line(each) for each in chosen.definitions]
    return document, lines


def _item(chosen: lists.ControlList, item: Item) -> tuple[dict[str, Any], list[str]]:
    entries = [entry for entry in chosen.entries if entry.id.startswith(f"{item.number}.")]
    return (
        {**_item_document(item), "entries": [_entry_document(chosen, entry) for entry in entries]},
        [
            _item_line(item),
            *([f"   {item.note}"] if item.note else []),
            *(_entry_line(entry) for entry in entries),
        ],
    )


def _group(chosen: lists.ControlList, number: str) -> tuple[dict[str, Any], list[str]] | None:
    """A group that is no entry itself, with its entries; None for anything else."""
    found = chosen.group(number)
    if found is None:
        return None
    item, group, entries = found
    document = {
        "id": f"{item.number}.{group.letter}",
        "title": group.title,
        "item": _item_document(item),
        "entries": [_entry_document(chosen, entry) for entry in entries],
    }
    none = [] if entries else ["          Nothing is listed here; the regime's own text decides."]
    return document, [
        _item_line(item),
        f"{document['id']:<9} {group.title}",
        *(_entry_line(entry) for entry in entries),
        *none,
    ]


def _entry(chosen: lists.ControlList, entry: Entry) -> tuple[dict[str, Any], list[str]]:
    below = [other for other in chosen.entries if other.id.startswith(f"{entry.id}.")]
    lines = [_entry_line(entry)]
    if entry.note:
        lines.append(f"  {entry.note}")
    lines += [_said(f"  {threshold.in_words()}", threshold.verified) for threshold in entry.threshold]
    meant = [chosen.definition(threshold.quantity) for threshold in entry.threshold]
    lines += [f"    {_definition_line(each)}" for each in meant if each]
    if entry.words:
        lines.append(f"  also called: {', '.join(entry.words)}")
    for level, row in chosen.national(entry.id):
        noted = "" if level == entry.id else f" (noted at {level})"
        lines.append(_said(f"  national: {', '.join(row.national)}{noted}", row.verified))
    lines += [
        _said(f"  {scheme.name}: {scheme.prefix}{entry.id}", scheme.verified) for scheme in chosen.schemes
    ]
    lines += [_entry_line(other) for other in below]
    return {
        **_entry_document(chosen, entry),
        "below": [_entry_document(chosen, other) for other in below],
    }, lines


def _national(
    chosen: lists.ControlList, code: str, rows: tuple[Concordance, ...]
) -> tuple[dict[str, Any], list[str]]:
    origin = chosen.origin(code)
    entries = [chosen.entry(number) for row in rows for number in row.entries]
    lines = [_said(f"{code}: about the same as", all(row.verified for row in rows))]
    lines += [_entry_line(entry) for entry in entries]
    if origin is not None:
        lines.append(_said(f"By its digits it comes from: {origin.regime}", origin.verified))
    return {
        "national": code,
        "origin": origin.regime if origin else None,
        "concordance": [_row_document(row) for row in rows],
        "entries": [_entry_document(chosen, entry) for entry in entries],
    }, lines


def _head(chosen: lists.ControlList) -> dict[str, Any]:
    return {"name": chosen.name, "title": chosen.title, "edition": chosen.edition, "source": chosen.source}


def _edition(chosen: lists.ControlList) -> str:
    return f"By the list {chosen.name!r}, edition {chosen.edition} ({chosen.source})."


def _item_document(item: Item) -> dict[str, Any]:
    return {
        "number": item.number,
        "title": item.title,
        "category": item.category,
        "reserved": item.reserved,
        "note": item.note,
        "verified": item.verified,
    }


def _item_line(item: Item) -> str:
    category = f" (category {item.category})" if item.category and not item.reserved else ""
    return _said(f"{item.number:>2} {item.title}{category}", item.verified)


def _entry_document(chosen: lists.ControlList, entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "note": entry.note,
        "words": list(entry.words),
        "thresholds": [_threshold_document(threshold) for threshold in entry.threshold],
        "concordance": [{"entry": level, **_row_document(row)} for level, row in chosen.national(entry.id)],
        "verified": entry.verified,
    }


def _definition_document(meaning: Definition) -> dict[str, Any]:
    return {"term": meaning.term, "text": meaning.text, "verified": meaning.verified}


def _definition_line(meaning: Definition) -> str:
    return _said(f"{meaning.term}: {meaning.text}", meaning.verified)


def _threshold_document(threshold: Threshold) -> dict[str, Any]:
    bounds = {"at_least": threshold.at_least, "above": threshold.above, "below": threshold.below}
    return {
        "quantity": threshold.quantity,
        "unit": threshold.unit,
        **{
            name: plain(value)
            for name, value in (*bounds.items(), ("at_most", threshold.at_most))
            if value is not None
        },
        "verified": threshold.verified,
    }


def _row_document(row: Concordance) -> dict[str, Any]:
    return {
        "entries": list(row.entries),
        "national": list(row.national),
        "note": row.note,
        "verified": row.verified,
    }


def _entry_line(entry: Entry) -> str:
    return _said(f"{entry.id:<9} {entry.title}", entry.verified)


def _point(point: lists.Point | None) -> dict[str, str] | None:
    return {"range_km": plain(point.range_km), "payload_kg": plain(point.payload_kg)} if point else None


def _said(text: str, verified: bool) -> str:
    return text if verified else f"{text} [{_UNVERIFIED}]"
