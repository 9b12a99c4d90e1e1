"""The CSV tables (RFC 4180, UTF-8 with a mark, so that spreadsheet programs take it as that).

Every cell goes through `hostile.cell`: nothing in it computes, nothing in it is invisible. Lines are written as they are
read; a table of 100,000 records is never held in memory.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence

from fieldkit.bundle.views import evidence
from fieldkit.bundle.views.markup import encoded
from fieldkit.bundle.views.source import Source
from fieldkit.bundle.views.stock import Held
from fieldkit.bundle.views.stock_sections import STATUS_WORDS
from fieldkit.domain.hostile import cell
from fieldkit.domain.views import RecordView
from fieldkit.vault.tables import known_kind

BYTE_ORDER_MARK = "\ufeff"
RECORD_COLUMNS = ("id", "number", "author", "recorded", "retracted")
OTHER = "other fields"
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def kinds(source: Source) -> list[str]:
    """Every kind that occurs."""
    return [row[0] for row in source.vault.database.rows("SELECT DISTINCT kind FROM records ORDER BY kind")]


def file_name(kind: str) -> str:
    """`csv/<kind>.csv`; a kind whose name is no plain word goes by a digest of it."""
    plain = (
        kind if _PLAIN_NAME.fullmatch(kind) else f"unknown-{hashlib.sha256(kind.encode()).hexdigest()[:16]}"
    )
    return f"csv/{plain}.csv"


def of_kind(source: Source, kind: str) -> Iterator[bytes]:
    """Every record of a kind, retracted ones too: what identifies it, then its fields as people read them."""
    known = known_kind(kind)
    names = list(known.fields) if known else []
    columns = [*RECORD_COLUMNS, *names, OTHER]
    return _written(columns, (_record(source, view, names) for view in source.records(kind, retracted=True)))


def reconciliation(held: Held) -> Iterator[bytes]:
    """What became of every declared line and of everything on no line."""
    columns = (
        "line", "number", "item", "type", "maker", "serials", "declared", "matched", "identity mismatch", "missing",
        "not accessible", "not settled", "over", "observed", "verified", "result", "discrepancies",
    )  # fmt: skip
    return _written(columns, _lines(held))


def index(source: Source) -> Iterator[bytes]:
    """Every record with line (from 1, in leaves.jsonl) and leaf hash of its last entry in each log."""
    rows = (
        [one.number, one.kind, one.id, f"{one.entries}", log, f"{seq + 1}", leaf]
        for one in evidence.cited(source)
        for log, seq, leaf in one.last
    )
    return _written(("number", "kind", "id", "entries", "log", "line", "leaf hash"), rows)


def _record(source: Source, view: RecordView, names: Sequence[str]) -> list[str]:
    known = known_kind(view.kind)
    shown = [
        source.plain(known.fields[name], view.doc[name]) if known and name in view.doc else ""
        for name in names
    ]
    rest = {name: value for name, value in view.doc.items() if name not in names and name != "retracted"}
    other = json.dumps(rest, ensure_ascii=False, sort_keys=True) if rest else ""
    author = source.label(view.author) or view.author
    return [view.id, view.number, author, view.recorded, "yes" if view.retracted else "no", *shown, other]


def _lines(held: Held) -> Iterator[list[str]]:
    for one in held.result.lines:
        line = one.declared
        pieces = (
            line.quantity, one.matched, one.identity_mismatch, one.missing, one.not_accessible, one.left, one.over,
            one.observed, one.verified,
        )  # fmt: skip
        yield [
            line.line, held.numbers.get(line.id, ""), line.nomenclature, line.type, line.maker, ", ".join(line.serials),
            *map(str, pieces), STATUS_WORDS[one.status], "; ".join(finding.text for finding in one.findings),
        ]  # fmt: skip
    for thing in held.result.undeclared:
        serials = ", ".join(serial for count in thing.counts for serial in count.serials)
        said = "; ".join(finding.text for finding in thing.findings)
        yield [
            "", held.numbers.get(thing.id, ""), "", "", "", serials, "0", "0", "0", "0", "0", "0", f"{thing.pieces}",
            f"{thing.pieces}", "", "undeclared", said,
        ]  # fmt: skip


def _written(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    def text() -> Iterator[str]:
        line = io.StringIO(newline="")
        writer = csv.writer(line, lineterminator="\r\n")
        yield BYTE_ORDER_MARK
        for row in itertools.chain([columns], rows):
            writer.writerow([cell(each) if each else each for each in row])
            yield line.getvalue()
            line.seek(0)
            line.truncate()

    return encoded(text())
