"""Loading a country's control list: the file is kept as it was found, the entries read from it go with the mission.

Any spreadsheet or CSV will do (see `national_rows`). What was read is kept beside the file, as JSON, so that a later
version of the reader never changes what was compared.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from fieldkit.capture.delimited import open_text, shown
from fieldkit.capture.national_rows import HEAD_ROWS, Gathered, Layout, gather, lay_out
from fieldkit.capture.plain import plain_line
from fieldkit.capture.sheets import ERRORS_NOT_TOLD, iter_cells, read_file
from fieldkit.capture.workbook import Rows, is_workbook, open_workbook
from fieldkit.domain.crosswalk import NationalEntry, kept
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import RefusedError, UnreadableError, UsageError
from fieldkit.vault.recording import Add, Recorded, uuid7
from fieldkit.vault.vault import Vault

_SHOWN = 5
_LONGEST_TITLE = 400


@dataclass(frozen=True, slots=True)
class Read:
    """A list as read: `columns` pairs headings with what they were read as, `notices` are sentences for people."""

    file: str
    sha256: str
    sheet: str
    entries: tuple[NationalEntry, ...]
    columns: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]


def read_national_list(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
) -> tuple[Read, bytes]:
    """Read a list and the bytes of its file; nothing is recorded. `columns` maps headings or letters to what they hold.

    Raises `UsageError` (no file, no column of codes), `UnreadableError` (damaged, locked, not a list).
    """
    data = read_file(path)
    name = plain_line(path.name)
    rows, found, notices = _rows(data, name, sheet, encoding)
    where = f"{name}, sheet {found}" if found else name
    head = list(islice(rows, HEAD_ROWS))
    layout = lay_out([cells for _, cells in head], columns or {}, where)
    gathered = gather(chain(head[layout.heading_row + 1 :], rows), layout.columns)
    entries = gathered.entries()
    if not entries:
        raise UnreadableError("it holds no entry with a code", where=where, remedy="Is it the right sheet?")
    told = (*notices, *layout.notices, *_told(layout, head[layout.heading_row][0], gathered))
    return Read(name, hashlib.sha256(data).hexdigest(), found, entries, layout.headings, told), data


def keep_national_list(
    vault: Vault,
    read: Read,
    data: bytes,
    *,
    title: str | None = None,
    edition: str | None = None,
    again: bool = False,
    author: str | None = None,
) -> Recorded:
    """Record a list that was read: its file, its entries, and the record that names both; the latter.

    Raises `RefusedError` where the same sheet of the same file was loaded before, unless `again`, or where another list
    has its title.
    """
    named = plain_line(title or Path(read.file).stem or read.file, _LONGEST_TITLE)
    _refuse_again(vault, read, named, again=again)
    file, entries = uuid7(), uuid7()
    media_type = mimetypes.guess_type(read.file)[0] or "application/octet-stream"
    stored = vault.media.put(data).to_doc()
    reading = vault.media.put(kept(read.entries)).to_doc()
    about: Doc = {
        "title": named,
        "media": file,
        "file_sha256": read.sha256,
        "entries": entries,
        "lines": len(read.entries),
        "columns": [{"column": heading[:500], "field": name} for heading, name in read.columns],
    }
    if edition:
        about["edition"] = edition
    if read.sheet:
        about["sheet"] = plain_line(read.sheet)
    *_, recorded = vault.record(
        [
            Add("media", {**stored, "name": read.file, "media_type": media_type}, id=file),
            Add("media", {**reading, "name": f"{named}.json", "media_type": "application/json"}, id=entries),
            Add("national_list", about),
        ],
        author=author,
    )
    return recorded


def _rows(
    data: bytes, name: str, sheet: str | None, encoding: str | None
) -> tuple[Rows, str, tuple[str, ...]]:
    if is_workbook(data[:8]):
        opened = open_workbook(data, name, sheet)
        told = () if opened.errors_told else (ERRORS_NOT_TOLD,)
        others = (f"other sheets were not read: {', '.join(opened.others)}",) if opened.others else ()
        return opened.rows, opened.sheet, (*others, *told)
    text = open_text(data, name, encoding)
    guess = " (a guess)" if text.guessed else ""
    return (
        iter_cells(text.rows),
        "",
        (f"read as {text.encoding}{guess}, cells parted by {shown(text.delimiter)}",),
    )


def _refuse_again(vault: Vault, read: Read, title: str, *, again: bool) -> None:
    for view in vault.list("national_list"):
        same_file = view.doc.get("file_sha256") == read.sha256 and view.doc.get("sheet", "") == plain_line(
            read.sheet
        )
        if same_file and not again:
            raise RefusedError(
                f"this file was loaded already, as {view.number}",
                where=read.file,
                remedy="--again loads it a second time.",
            )
        if view.doc.get("title") == title:
            raise RefusedError(
                f"another list is called {title!r} ({view.number})",
                where=read.file,
                remedy="Give this one a title of its own: --name TITLE.",
            )


def _told(layout: Layout, heading_row: int, gathered: Gathered) -> list[str]:
    told = []
    if layout.heading_row > 0:
        told.append(f"headings are in row {heading_row}; what stands above them was not read")
    if layout.heading_row < 0:
        told.append("there is no row of headings")
    if gathered.errors:
        told.append(
            f"cells that hold an error instead of a value, read as blank ({len(gathered.errors)}): {_some(gathered.errors)}"
        )
    if gathered.passed_over:
        told.append(
            f"rows passed over, without a code that is one ({len(gathered.passed_over)}): {_some(gathered.passed_over)}"
        )
    if gathered.repeated:
        told.append(
            f"codes that stand more than once, read as one ({len(gathered.repeated)}): {_some(gathered.repeated)}"
        )
    if gathered.cut:
        told.append(f"texts cut because they are too long ({len(gathered.cut)}): {_some(gathered.cut)}")
    return told


def _some(values: list[str] | list[int]) -> str:
    shown_values = ", ".join(str(value) for value in values[:_SHOWN])
    return shown_values if len(values) <= _SHOWN else f"{shown_values} and {len(values) - _SHOWN} more"


def column(text: str) -> tuple[str, str]:
    """`COL=FIELD` as typed. Raises `UsageError`."""
    heading, sign, name = text.rpartition("=")
    if not sign or not heading.strip() or not name.strip():
        raise UsageError(f"{text!r} is not COL=FIELD", where="--column", remedy="As in --column 'Pos.=code'.")
    return heading.strip(), name.strip()
