"""The inventory from the command line: loading a declaration, counting, reconciling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldkit.cli.counting import count, list_lines, match
from fieldkit.cli.draws import draw
from fieldkit.cli.sampling import sample
from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind
from fieldkit.domain.render import render
from fieldkit.errors import UsageError

if TYPE_CHECKING:
    from fieldkit.capture.declarations import Loaded
    from fieldkit.capture.reconciliation import Reconciled
    from fieldkit.domain.inventory import Finding, Offer

EXIT_FOUND = 1
_TOTALS = (
    ("declared", "declared"),
    ("matched", "matched"),
    ("identity_mismatch", "identity mismatch"),
    ("missing", "missing"),
    ("not_accessible", "not accessible"),
    ("left", "left to look at"),
    ("observed", "observed"),
    ("undeclared", "undeclared"),
    ("verified", "verified one by one"),
)


@click.group()
def inventory() -> None:
    """Check what is there against what was declared."""


for _command in (match, count, list_lines, sample, draw):
    inventory.add_command(_command)


@inventory.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--column",
    "columns",
    metavar="COL=FIELD",
    multiple=True,
    help="What a column means, by its heading or letter: 'Cat. no=type', F=serials; '-' as FIELD leaves it out.",
)
@click.option("--sheet", metavar="NAME", help="The sheet that holds the list; else the likeliest one.")
@click.option("--encoding", metavar="NAME", help="The encoding of a CSV, as cp1251; else found out.")
@click.option(
    "--decimal",
    type=click.Choice([".", ","]),
    help="The mark before decimals, where numbers leave it open: 2.500 may be 2.5 or 2500.",
)
@click.option(
    "--skip-rows",
    metavar="ROWS",
    default="",
    help="Rows that are no items, as 15,20-22: left out, and recorded so.",
)
@click.option("--name", metavar="TITLE", help="Title of the list; else the file's name.")
@click.option("--handed-over-by", "giver", metavar="PERSON", help="Who handed it over.")
@click.option("--edition", metavar="TEXT", help="Version or date that stands on the list.")
@click.option(
    "--revises",
    metavar="ID",
    help="The declaration of which this is a newer edition; else that of its title.",
)
@click.option("--again", is_flag=True, help="A list of its own, though its file or title is on record.")
@click.option("--dry-run", is_flag=True, help="Read, check and compare everything, record nothing.")
@click.pass_obj
def load(
    session: Session,
    file: Path,
    columns: tuple[str, ...],
    sheet: str | None,
    encoding: str | None,
    decimal: str | None,
    skip_rows: str,
    name: str | None,
    giver: str | None,
    edition: str | None,
    revises: str | None,
    again: bool,
    dry_run: bool,
) -> None:
    """Load a declaration from FILE: XLSX, XLS, ODS or CSV.

    The file is kept as handed over, and every line becomes an item with its sheet and row. If a single line cannot be
    read, nothing is loaded; --skip-rows leaves out what are no items. Headings are recognised in the six languages of
    the United Nations and in German; --column says what others mean.

    A list of a title on record, with another --edition, changes that one: unchanged lines stay, changed ones are amended,
    lines that are gone are no longer declared. --dry-run shows it first, where a mission is named.
    """
    from fieldkit.capture.declarations import load_declaration

    vault = None if dry_run and session.named_mission() is None else session.vault()
    loaded = load_declaration(
        vault,
        file,
        columns=dict(map(_column, columns)),
        sheet=sheet,
        encoding=encoding,
        decimal=decimal or "",
        skip_rows=skip_rows,
        name=name,
        handed_over_by=giver,
        version=edition,
        revises=revises,
        again=again,
        dry_run=dry_run,
        author=session.author() if vault is not None else None,
    )
    for notice in loaded.notices:
        session.say(notice)
    session.emit(_loaded_document(loaded, dry_run), _loaded_lines(loaded, dry_run))


@inventory.command()
@click.option("--declaration", metavar="ID", help="Only the lines of this declaration.")
@click.option("--fail", is_flag=True, help="Leave with 1 where anything disagrees.")
@click.pass_obj
def reconcile(session: Session, declaration: str | None, fail: bool) -> int:
    """Hold what was counted against what was declared: totals in pieces, and every discrepancy.

    Recounts that differ, near serials and places that were closed are told, never settled here.
    """
    from fieldkit.capture.reconciliation import reconcile_inventory

    found = reconcile_inventory(session.vault(), declaration)
    session.emit(_reconciled_document(found), _reconciled_lines(found))
    return EXIT_FOUND if fail and not found.result.clean else 0


@inventory.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--declaration", metavar="ID", help="Only the lines of this declaration.")
@click.pass_obj
def export(session: Session, file: Path, declaration: str | None) -> None:
    """Write the reconciliation to a new FILE.xlsx, which anybody who gets it can read.

    Sums, every line with its classes of discrepancy, its counts, evidence and photos, and whatever is on no line. The same
    records give the same bytes.
    """
    from fieldkit.capture.reconciliation_sheet import write_sheet

    written = write_sheet(session.vault(), file, declaration)
    session.say("Note: this file is not encrypted.")
    session.emit(
        {
            "file": str(file),
            "lines": written.lines,
            "undeclared": written.undeclared,
            "photos": written.photos,
            "clean": written.clean,
        },
        [f"{file}: {written.lines} lines, {written.undeclared} things on no line, {written.photos} photos."],
    )


def _column(text: str) -> tuple[str, str]:
    heading, sign, field = text.rpartition("=")
    if not sign or not heading.strip() or not field.strip():
        raise UsageError(
            f"{text!r} is not COL=FIELD", where="--column", remedy="As in --column 'Cat. no=type'."
        )
    return heading.strip(), field.strip()


def _loaded_document(loaded: Loaded, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "declaration": loaded.declaration,
        "number": loaded.number,
        "first_item": loaded.first_item,
        "last_item": loaded.last_item,
        "file": loaded.file,
        "sha256": loaded.sha256,
        "sheet": loaded.sheet,
        "lines": loaded.lines,
        "declared": loaded.declared,
        "columns": [{"column": column, "field": field} for column, field in loaded.columns],
        "columns_left": list(loaded.left),
        "notices": list(loaded.notices),
        "preview": list(loaded.preview),
        "comparison": None if loaded.comparison is None else asdict(loaded.comparison),
    }


def _loaded_lines(loaded: Loaded, dry_run: bool) -> Iterator[str]:
    where = f"{loaded.file}, sheet {loaded.sheet}" if loaded.sheet else loaded.file
    if dry_run:
        yield f"{where}: {loaded.lines} lines, {loaded.declared} pieces declared. Nothing was recorded."
    elif loaded.comparison is not None:
        yield f"{loaded.number}  {where}: {loaded.lines} lines, {loaded.declared} pieces declared."
    else:
        numbers = f"{loaded.first_item} to {loaded.last_item}"
        yield f"{loaded.number}  {where}: {loaded.lines} lines ({numbers}), {loaded.declared} pieces declared."
    for column, field in loaded.columns:
        yield f"  {field:<14} from {column}"
    if dry_run:
        yield f"The first {len(loaded.preview)} as they would be recorded:"
        yield from map(_preview, loaded.preview)
    if (found := loaded.comparison) is not None:
        yield (
            f"An edition of {found.revises}: {found.unchanged} lines unchanged, {len(found.changed)} changed, "
            f"{len(found.added)} new, {len(found.gone) + len(found.kept)} no longer declared"
        )
        yield from (f"  {line}" for line in found.told())


def _preview(item: Doc) -> str:
    fields = kind("item").fields
    said = (
        f"{name}={render(fields[name], value)}"
        for name, value in item.items()
        if name not in ("row", "sheet")
    )
    return f"  row {item['row']}: {'; '.join(said)}"


def _reconciled_document(found: Reconciled) -> dict[str, object]:
    result, numbers = found.result, found.numbers

    def findings(held: Sequence[Finding]) -> list[dict[str, object]]:
        return [
            {
                "class": each.discrepancy.value,
                "anomaly": each.anomaly,
                "text": each.text,
                "counts": [numbers.get(count, count) for count in each.counts],
            }
            for each in held
        ]

    def offers(held: Sequence[Offer]) -> list[dict[str, object]]:
        return [
            {
                "read": each.read,
                "declared": each.declared,
                "item": numbers.get(each.item, each.item),
                "line": each.line,
                "reason": each.reason,
            }
            for each in held
        ]

    totals = {name: getattr(result.totals, name) for name, _ in _TOTALS}
    return {
        **totals,
        "clean": result.clean,
        "statuses": {status.value: lines for status, lines in result.statuses.items()},
        "discrepancies": {each.value: number for each, number in result.discrepancies.items()},
        "lines": [
            {
                "item": numbers.get(line.declared.id, line.declared.id),
                "line": line.declared.line,
                "nomenclature": line.declared.nomenclature,
                "status": line.status.value,
                "declared": line.declared.quantity,
                **{name: getattr(line, name) for name in (
                    "matched", "identity_mismatch", "missing", "not_accessible", "left", "observed", "over", "verified",
                )},
                "findings": findings(line.findings),
                "offers": offers(line.offers),
            }
            for line in result.lines
        ],
        "undeclared_items": [
            {
                "item": numbers.get(thing.id, thing.id),
                "pieces": thing.pieces,
                "findings": findings(thing.findings),
                "offers": offers(thing.offers),
            }
            for thing in result.undeclared
        ],
    }  # fmt: skip


def _reconciled_lines(found: Reconciled) -> Iterator[str]:
    result, numbers = found.result, found.numbers
    for name, shown in _TOTALS:
        yield f"{getattr(result.totals, name):>8}  {shown}"
    for line in result.lines:
        if line.findings or line.offers:
            yield f"{numbers.get(line.declared.id, '')}  line {line.declared.line}  {line.declared.nomenclature}"
            yield from _finding_lines(line.findings, line.offers)
    for thing in result.undeclared:
        yield f"{numbers.get(thing.id, thing.id)}  on no list"
        yield from _finding_lines(thing.findings, thing.offers)
    if result.clean:
        yield "Nothing disagrees." if not result.totals.left else "Nothing disagrees so far."


def _finding_lines(findings: Sequence[Finding], offers: Sequence[Offer]) -> Iterator[str]:
    for finding in findings:
        yield f"    {finding.discrepancy.value.replace('_', ' ')}: {finding.text}"
    for offer in offers:
        yield f"    near: {offer.read} read, {offer.declared} declared in line {offer.line} ({offer.reason})"
