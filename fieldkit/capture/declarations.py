"""Loading a declaration: the list that the inspected party handed over becomes one record for it and one per line.

The file is kept as it was handed over. Everything is read and checked first; then all of it is recorded in one transaction, or,
if a single line cannot be read, nothing: half a list must never look like a list. Every item keeps sheet and row. A newer edition
of a list on record is held against it line by line (`editions`), and only what it changes is recorded.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldkit.capture.columns import Column, check_fields
from fieldkit.capture.editions import Comparison, Edition, compare, find_earlier, refuse_overlap, revision
from fieldkit.capture.lines import Lines
from fieldkit.capture.load_notices import EXAMPLES, not_repeated, notices
from fieldkit.capture.plain import plain_line
from fieldkit.capture.sheets import Table, read_file, read_table
from fieldkit.capture.skipping import SkippedRows
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import RefusedError, UnreadableError, UsageError
from fieldkit.vault.recording import Add, Change, uuid7
from fieldkit.vault.vault import Vault

PROBLEMS_SHOWN = 20
_HOW_READ = ("encoding", "decimal", "skipped_rows")
IDENTIFYING = {"nomenclature", "serials", "type", "markings"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A declaration as read, and recorded unless it was a dry run (then ids and numbers are empty).

    `columns` pairs headings with fields, `left` are the headings of columns not read, `notices` are sentences for people,
    `preview` the first items. `lines` counts the items. `comparison` is what an edition changes in a list on record.
    """

    declaration: str
    number: str
    first_item: str
    last_item: str
    file: str
    sha256: str
    sheet: str
    lines: int
    declared: int
    columns: tuple[tuple[str, str], ...]
    left: tuple[str, ...]
    notices: tuple[str, ...]
    preview: tuple[Doc, ...]
    comparison: Comparison | None = None


def load_declaration(
    vault: Vault | None,
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    decimal: str = "",
    skip_rows: str = "",
    name: str | None = None,
    handed_over_by: str | None = None,
    version: str | None = None,
    revises: str | None = None,
    again: bool = False,
    dry_run: bool = False,
    author: str | None = None,
) -> Loaded:
    """Read a list and record it. `columns` maps headings or letters to fields; `decimal` is the mark before decimals, for
    numbers that may be two; `skip_rows` leaves rows out, as `15,20-22`; a dry run records nothing.

    A list of a title that is on record is a newer edition of it, told apart by its `version`; `revises` names the declaration
    where the titles differ, `again` makes it a list of its own. Without a vault a dry run compares nothing.
    Raises `UsageError` (no file, no headings, unknown column), `UnreadableError` (damaged, locked; a line that cannot be read,
    with up to 20 of them named), `RefusedError` when the same sheet of the same file was loaded before, or half of its serials stand in
    another, unless `name` or `again` says that it is a list of its own.
    """
    check_fields((columns or {}).values())
    skipped = SkippedRows.parse(skip_rows) if skip_rows else SkippedRows()
    data = read_file(path)
    shown = plain_line(path.name)
    digest = hashlib.sha256(data).hexdigest()
    table = read_table(data, shown, sheet=sheet, encoding=encoding, overrides=columns, skipped=skipped)
    where = f"{shown}, sheet {table.sheet}" if table.sheet else shown
    if vault is not None and not again:
        _refuse_again(vault, digest, table.sheet, where)
    items, lines = _read_items(table, where, decimal)
    result = Loaded(
        declaration="",
        number="",
        first_item="",
        last_item="",
        file=shown,
        sha256=digest,
        sheet=table.sheet,
        lines=len(items),
        declared=sum(value for item in items if isinstance(value := item.get("declared"), int)),
        columns=tuple((column.heading, column.field) for column in table.columns),
        left=table.left,
        notices=(*table.notices, *notices(table, lines, items, skipped)),
        preview=tuple(dict(item) for item in items[:EXAMPLES]),
    )
    if vault is None:
        if not dry_run:
            raise ValueError("recording needs a vault")
        return result
    title = name or Path(shown).stem or shown
    about: Doc = {
        "name": title,
        "version": version or "",
        "encoding": table.encoding,
        "decimal": decimal,
        "skipped_rows": str(skipped),
    }
    if handed_over_by:
        about["handed_over_by"] = vault.person(handed_over_by)
    places, new = _locations(vault, items)
    for item in items:
        if "location" in item:
            item["location"] = places[str(item["location"])]
    giver = str(about["handed_over_by"]) if handed_over_by else None
    earlier = None if again else find_earlier(vault, title, plain_line(table.sheet), giver, revises)
    edition = None
    if earlier is None and name is None and not again:
        refuse_overlap(vault, items, where)
    if earlier is not None:
        if name is None:
            del about["name"]
        fields = {column.field for column in table.columns} | {"declared"}
        named = {place: known for known, place in places.items()}
        edition = compare(vault, earlier, items, fields, version or "", named)
        result = replace(result, comparison=edition.comparison)
    if dry_run:
        return result
    return _record(vault, data, result, table.columns, about, new, items, edition, author)


def _read_items(table: Table, where: str, decimal: str) -> tuple[list[Doc], Lines]:
    fields = {column.field for column in table.columns}
    if not fields & IDENTIFYING:
        raise UsageError(
            "no column says what the items are",
            where=where,
            remedy="Name it: --column 'HEADING=nomenclature' (or serials, or type).",
        )
    lines = Lines(table.columns, plain_line(table.sheet), decimal)
    items = [item for row, cells in table.rows if (item := lines.read(row, cells)) is not None]
    if lines.problems:
        several = len(lines.problems)
        listed = [str(problem) for problem in lines.problems[:PROBLEMS_SHOWN]]
        if several > PROBLEMS_SHOWN:
            listed.append(f"… and {several - PROBLEMS_SHOWN} more")
        if table.merged.left:
            listed.append(not_repeated(table))
        raise UnreadableError(
            "\n".join(
                [f"{several} line{'s' if several > 1 else ''} cannot be read; nothing was loaded", *listed]
            ),
            where=where,
            remedy="Name columns with --column 'HEADING=FIELD', or leave out what are no items with --skip-rows 15,20-22: "
            "the file is kept as handed over. Else ask for a corrected list.",
        )
    if not items:
        raise UnreadableError(
            "no line below the headings declares an item", where=where, remedy="Is it the right sheet?"
        )
    return items, lines


def _refuse_again(vault: Vault, digest: str, sheet: str, where: str) -> None:
    for view in vault.find("declaration", "file_sha256", digest):
        if not view.retracted and view.doc.get("sheet", "") == sheet:
            raise RefusedError(
                f"this file was loaded already, as {view.number}",
                where=where,
                remedy=f"Look at it with 'fieldkit show {view.number}'; --again loads it a second time.",
            )


def _record(
    vault: Vault,
    data: bytes,
    result: Loaded,
    columns: Sequence[Column],
    about: Doc,
    places: Sequence[Add],
    items: Sequence[Doc],
    edition: Edition | None,
    author: str | None,
) -> Loaded:
    stored = vault.media.put(data)
    media = uuid7()
    declaration, number = (edition.declaration.id, edition.declaration.number) if edition else (uuid7(), "")
    media_type = mimetypes.guess_type(result.file)[0] or "application/octet-stream"
    values: Doc = {
        **{key: value or None for key, value in about.items() if value or (edition and key in _HOW_READ)},
        "media": media,
        "file_sha256": result.sha256,
        "lines": len(items),
        "columns": [{"column": column.heading[:500], "field": column.field} for column in columns],
        **({"sheet": plain_line(result.sheet)} if result.sheet else {}),
    }
    changes: list[Change] = [
        Add("media", {**stored.to_doc(), "name": result.file, "media_type": media_type}, id=media),
        *places,
    ]
    if edition is None:
        changes.append(Add("declaration", values, id=declaration))
    added = items if edition is None else edition.added
    before = len(changes)
    for item in added:
        item["declaration"] = declaration
        changes.append(Add("item", item, normal=True))
    if edition is not None:
        changes += revision(edition, values)
    recorded = vault.record(changes, author=author)
    return replace(
        result,
        declaration=declaration,
        number=number or recorded[before - 1].number,
        first_item=recorded[before].number if added else "",
        last_item=recorded[before + len(added) - 1].number if added else "",
    )


def _locations(vault: Vault, items: Sequence[Doc]) -> tuple[dict[str, str], list[Add]]:
    """Record ids of the places that the list names: those on record under that name, and new ones to be recorded."""
    places: dict[str, str] = {}
    new: list[Add] = []
    for item in items:
        name = item.get("location")
        if not isinstance(name, str) or name in places:
            continue
        known = [view.id for view in vault.find("location", "name", name) if not view.retracted]
        if known:
            places[name] = known[0]
        else:
            places[name] = uuid7()
            new.append(Add("location", {"name": name}, id=places[name]))
    return places, new
