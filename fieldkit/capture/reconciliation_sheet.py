"""The reconciliation as an XLSX workbook: sums, every line with its class, its evidence and its photos.

The workbook lies in the clear where it was asked for, and so do the parts it is put together from: they are written
beside it, in a folder of their own that goes away with the writing, never where the system keeps temporary files.
The same records give the same bytes: nothing in it is the time of writing.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from fieldkit.capture.reconciliation import Reconciled, reconcile_inventory
from fieldkit.domain.hostile import cell
from fieldkit.domain.inventory import ANOMALIES, Discrepancy, Finding, LineResult, Offer, Totals
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.marks import scheme_of
from fieldkit.domain.moments import moment_text
from fieldkit.domain.views import RecordView
from fieldkit.errors import UnavailableError, UsageError
from fieldkit.vault.vault import Vault

MOST_LINKS = 60_000
"""A sheet holds at most 65,530 links."""

LONGEST_CELL = 32_000
"""Characters; a cell holds at most 32,767."""

_PHOTOS = "Photos"
_LINES = (
    ("Line", 8), ("Item", 12), ("Place", 28), ("Name", 28), ("Type", 14), ("Maker", 18), ("Serials declared", 22),
    ("Serials read", 22), ("Declared", 9), ("Matched", 9), ("Identity mismatch", 9), ("Missing", 9),
    ("Not accessible", 9), ("Left", 9), ("Over", 9), ("Observed", 9), ("Verified", 9), ("Result", 18), ("Classes", 24),
    ("What disagrees", 48), ("Near, not taken", 36), ("Near, taken", 36), ("Counts", 36), ("Evidence", 24),
    ("Photos", 24),
)  # fmt: skip
_FIRST_NUMBER, _LAST_NUMBER = 8, 16
_THINGS = (
    ("Item", 12), ("Place", 28), ("Name", 28), ("Type", 14), ("Maker", 18), ("Serials read", 22), ("Pieces", 9),
    ("Classes", 24), ("What disagrees", 48), ("Near", 36), ("Counts", 36), ("Evidence", 24), ("Photos", 24),
)  # fmt: skip
_PHOTO = (
    ("Photo", 12), ("State", 12), ("Taken", 26), ("Subject", 40), ("Camera of", 10), ("File", 18), ("Items", 24),
    ("SHA-256", 68),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: lines, things on no line, photos, and whether nothing disagrees."""

    lines: int
    undeclared: int
    photos: int
    clean: bool


def write_sheet(vault: Vault, path: Path, declaration: str | None = None) -> Written:
    """Write the reconciliation of the whole inventory, or of one declaration (id or number), to a new file.

    Raises `UsageError` where the file is there already, `UnavailableError` where it cannot be written.
    """
    if path.exists():
        raise UsageError("there is such a file already", where=str(path), remedy="Name a new one.")
    reconciled = reconcile_inventory(vault, declaration)
    gathered = _Gathered(vault, reconciled)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as parts:
            whole = Path(parts) / "whole.xlsx"
            _write(gathered, whole, parts)
            whole.replace(path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise UnavailableError(
            f"the workbook cannot be written: {error}",
            where=str(path),
            remedy="Is there room, and may you write there?",
        ) from None
    result = reconciled.result
    return Written(len(result.lines), len(result.undeclared), len(gathered.photos), result.clean)


class _Gathered:
    """The reconciliation and, by item, what stands in the records beside it."""

    def __init__(self, vault: Vault, reconciled: Reconciled) -> None:
        self.reconciled = reconciled
        self.mission = vault.get(vault.mission_id)
        self._vault = vault
        self._marks = {self.mission.mark}
        wanted = set(reconciled.numbers)
        self.photos: list[RecordView] = []
        self._photos_of: dict[str, list[int]] = defaultdict(list)
        named: dict[str, set[str]] = defaultdict(set)
        self.items: dict[str, RecordView] = {}
        for view in vault.list("item"):
            if view.id in wanted:
                self.items[view.id] = view
                self._marks.add(view.mark)
                for photo in _ids(view.doc, "photos", "before_photo", "after_photo", "evidence"):
                    named[photo].add(view.id)
        self._counts: dict[str, list[RecordView]] = defaultdict(list)
        for view in vault.list("count"):
            item = str(view.doc.get("item"))
            self._counts[item].append(view)
            self._marks.add(view.mark)
            for photo in _ids(view.doc, "evidence"):
                named[photo].add(item)
        for view in vault.list("photo"):
            of = (named.get(view.id, set()) | set(_ids(view.doc, "items"))) & self.items.keys()
            if of:
                self.photos.append(view)
                self._marks.add(view.mark)
                for item in of:
                    self._photos_of[item].append(len(self.photos))
        self._photo_ids = {view.id for view in self.photos}
        self._names: dict[str, str] = {}

    @property
    def mark(self) -> str:
        """The highest handling mark among what is shown."""
        marks = self._marks - {""}
        return (scheme_of(self.mission.doc, marks).highest(marks) or "").upper()

    def name(self, record: object) -> str:
        """A person's name, a place with what encloses it, any other record's number."""
        if not isinstance(record, str):
            return ""
        if record not in self._names:
            view = self._vault.peek(record)
            said = "" if view is None else view.number
            if view is not None and view.kind in ("person", "location"):
                said = str(view.doc.get("transliteration") or view.doc.get("name") or said)
                if around := self.name(view.doc.get("parent")) if view.kind == "location" else "":
                    said = f"{around} › {said}"
            self._names[record] = said
        return self._names[record]

    def counts(self, item: str) -> str:
        """Every count of an item: number, who, when, how many."""
        return "\n".join(
            f"{view.number} {self.name(view.doc.get('counter'))} {_when(view)}: {_told(view.doc)}".strip()
            for view in self._counts.get(item, ())
        )

    def taken(self, item: str) -> str:
        """Every near match that was taken, with what parts the two."""
        return "\n".join(
            f"{each.get('read')} for {each.get('declared')} ({each.get('difference')}), {view.number}"
            for view in self._counts.get(item, ())
            for each in _structures(view.doc, "taken")
        )

    def read(self, item: str) -> str:
        """Every serial read, once."""
        counts = [serial for view in self._counts.get(item, ()) for serial in _ids(view.doc, "serials")]
        own = _ids(self.items[item].doc, "observed_serials") if item in self.items else []
        return ", ".join(dict.fromkeys([*counts, *own]))

    def evidence(self, item: str) -> str:
        """Numbers of what the item and its counts name as evidence, photos apart."""
        views = [*([self.items[item]] if item in self.items else []), *self._counts.get(item, ())]
        found = dict.fromkeys(record for view in views for record in _ids(view.doc, "evidence"))
        return ", ".join(self.name(record) for record in found if record not in self._photo_ids)

    def photos_of(self, item: str) -> tuple[str, int]:
        """The numbers of the photos that show an item, and the row of the first on the sheet of photos (0: none)."""
        rows = self._photos_of.get(item, [])
        return ", ".join(self.photos[row - 1].number for row in rows), rows[0] if rows else 0


def _write(gathered: _Gathered, path: Path, parts: str) -> None:
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": parts,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    title = cell(str(gathered.mission.doc.get("title", "")))
    begun = datetime.fromisoformat(gathered.mission.recorded).replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": f"Reconciliation, {title}", "author": "fieldkit", "created": begun})
    styles = {
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"valign": "top"}),
        "link": book.add_format(
            {"text_wrap": True, "valign": "top", "underline": 1, "font_color": "#0563C1"}
        ),
        "bold": book.add_format({"bold": True, "valign": "top"}),
    }
    sheets = _Sheets(book, styles, gathered.mark or "NO HANDLING MARK", title)
    sheets.summary(gathered.reconciled.result.totals, gathered.reconciled)
    sheets.table("Lines", _LINES, _line_rows(gathered))
    sheets.table("On no line", _THINGS, _thing_rows(gathered))
    sheets.table(_PHOTOS, _PHOTO, _photo_rows(gathered))
    book.close()


class _Sheets:
    """The sheets of one workbook, each written from its first row to its last."""

    def __init__(self, book: Any, styles: dict[str, Any], mark: str, title: str) -> None:
        self._book = book
        self._styles = styles
        self._mark = mark
        self._title = title

    def summary(self, totals: Totals, reconciled: Reconciled) -> None:
        """The sums, whether they add up, and what was found by class."""
        sheet = self._sheet("Summary")
        sheet.set_column(0, 0, 44)
        sheet.set_column(1, 1, 12)
        sheet.set_column(2, 2, 90)
        rows: list[tuple[str, int | str, str]] = [
            (self._title, "", self._mark),
            ("Pieces declared", totals.declared, ""),
            ("Pieces observed", totals.observed, ""),
            *(
                (name.replace("_", " "), getattr(totals, name), "")
                for name in ("matched", "identity_mismatch", "missing", "not_accessible", "left", "undeclared", "verified")
            ),
            *_invariants(totals),
            ("Lines and things by class", "", ""),
            *(
                (_spoken(each), reconciled.result.discrepancies[each], "anomaly" if each in ANOMALIES else "discrepancy")
                for each in Discrepancy
                if each in reconciled.result.discrepancies
            ),
        ]  # fmt: skip
        for row, (label, value, said) in enumerate(rows):
            sheet.write_string(
                row, 0, _text(label), self._styles["bold" if not row or value == "" else "text"]
            )
            if isinstance(value, int):
                sheet.write_number(row, 1, value, self._styles["number"])
            else:
                sheet.write_string(row, 1, _text(value), self._styles["text"])
            sheet.write_string(row, 2, _text(said), self._styles["text"])

    def table(
        self, name: str, columns: Sequence[tuple[str, int]], rows: Iterable[tuple[Sequence[str | int], int]]
    ) -> None:
        """A table under its headings; the last cell of a row leads to the sheet of photos where a row of it is given."""
        sheet = self._sheet(name)
        for place, (_, width) in enumerate(columns):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        for place, (heading, _) in enumerate(columns):
            sheet.write_string(0, place, heading, self._styles["head"])
        number = 0
        links = 0
        for number, (cells, link) in enumerate(rows, start=1):
            for place, value in enumerate(cells):
                if isinstance(value, int):
                    sheet.write_number(number, place, value, self._styles["number"])
                elif link and place == len(cells) - 1 and links < MOST_LINKS:
                    links += 1
                    target = f"internal:'{_PHOTOS}'!A{link + 1}"
                    sheet.write_url(number, place, target, self._styles["link"], _text(value))
                elif value:
                    sheet.write_string(number, place, _text(value), self._styles["text"])
        if number:
            sheet.autofilter(0, 0, number, len(columns) - 1)

    def _sheet(self, name: str) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{_plain(self._mark)}&R{_plain(self._title)}")
        sheet.set_footer(f"&L{_plain(self._mark)}&R&P / &N")
        return sheet


def _invariants(totals: Totals) -> Iterator[tuple[str, str, str]]:
    """Both sums of the inventory written out, and whether they hold."""
    shared = (("matched", totals.matched), ("identity mismatch", totals.identity_mismatch))
    for name, total, terms in (
        (
            "declared",
            totals.declared,
            (*shared, ("missing", totals.missing), ("not accessible", totals.not_accessible), ("left", totals.left)),
        ),
        ("observed", totals.observed, (*shared, ("undeclared", totals.undeclared))),
    ):  # fmt: skip
        holds = total == sum(n for _, n in terms)
        said = " + ".join(f"{n} {term}" for term, n in terms)
        yield f"Sum of {name}", "adds up" if holds else "DOES NOT ADD UP", f"{total} {name} = {said}"


def _line_rows(gathered: _Gathered) -> Iterator[tuple[list[str | int], int]]:
    for result in gathered.reconciled.result.lines:
        line = result.declared
        photos, row = gathered.photos_of(line.id)
        yield [
            line.line, gathered.reconciled.numbers.get(line.id, ""), gathered.name(line.location), line.nomenclature,
            line.type, line.maker, ", ".join(line.serials), gathered.read(line.id), *_pieces(result),
            _spoken(result.status), _classes(result.findings), _said(result.findings), _near(result.offers),
            gathered.taken(line.id), gathered.counts(line.id), gathered.evidence(line.id), photos,
        ], row  # fmt: skip


def _pieces(result: LineResult) -> tuple[int, ...]:
    return (
        result.declared.quantity, result.matched, result.identity_mismatch, result.missing, result.not_accessible,
        result.left, result.over, result.observed, result.verified,
    )  # fmt: skip


def _thing_rows(gathered: _Gathered) -> Iterator[tuple[list[str | int], int]]:
    for thing in gathered.reconciled.result.undeclared:
        doc = gathered.items[thing.id].doc if thing.id in gathered.items else {}
        photos, row = gathered.photos_of(thing.id)
        yield [
            gathered.reconciled.numbers.get(thing.id, ""), gathered.name(doc.get("location")),
            *(str(doc.get(name, "")) for name in ("nomenclature", "type", "maker")), gathered.read(thing.id),
            thing.pieces, _classes(thing.findings), _said(thing.findings), _near(thing.offers),
            gathered.counts(thing.id), gathered.evidence(thing.id), photos,
        ], row  # fmt: skip


def _photo_rows(gathered: _Gathered) -> Iterator[tuple[list[str | int], int]]:
    numbers = gathered.reconciled.numbers
    for view in gathered.photos:
        doc = view.doc
        taken = doc.get("taken")
        yield [
            view.number, str(doc.get("state", "")), moment_text(taken) if isinstance(taken, dict) else "",
            str(doc.get("subject") or doc.get("caption") or ""), str(doc.get("camera_owner", "")),
            str(doc.get("file_name", "")),
            ", ".join(numbers[item] for item in _ids(doc, "items") if item in numbers), str(doc.get("sha256", "")),
        ], 0  # fmt: skip


def _classes(findings: Iterable[Finding]) -> str:
    return ", ".join(dict.fromkeys(_spoken(finding.discrepancy) for finding in findings))


def _said(findings: Iterable[Finding]) -> str:
    return "\n".join(dict.fromkeys(finding.text for finding in findings))


def _near(offers: Iterable[Offer]) -> str:
    return "\n".join(
        f"{offer.read} may be {offer.declared} of line {offer.line} ({offer.reason})" for offer in offers
    )


def _told(doc: Doc) -> str:
    """What one count says, shortly."""
    status = str(doc.get("status") or "found")
    if status != "found":
        return f"{_spoken(status)}, {doc.get('reason')}" if doc.get("reason") else _spoken(status)
    return ", ".join(f"{doc[name]} {name}" for name in ("counted", "verified") if name in doc) or "found"


def _when(view: RecordView) -> str:
    occurred = view.doc.get("occurred")
    return moment_text(occurred)[:16] if isinstance(occurred, dict) else ""


def _ids(doc: Doc, *names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        value = doc.get(name)
        found += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
    return found


def _structures(doc: Doc, name: str) -> list[Doc]:
    value = doc.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _spoken(name: str) -> str:
    return str(name).replace("_", " ")


def _text(value: str) -> str:
    safe = cell(value)
    return safe if len(safe) <= LONGEST_CELL else safe[: LONGEST_CELL - 1] + "…"


def _plain(text: str) -> str:
    """For a header or footer, where & commands and 255 characters are the most."""
    return text[:100].replace("&", "&&")
