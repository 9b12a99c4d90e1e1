"""`fieldkit crosswalk`: compare a country's control list with the mission's, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fieldkit.cli.session import Session
from fieldkit.domain.crosswalk import OPEN, RELATIONS, WORDS, states_in_words

if TYPE_CHECKING:
    from fieldkit.capture.national_list import Read
    from fieldkit.domain.crosswalk import Comparison, Coverage
    from fieldkit.domain.crosswalk_proposals import Proposal, Proposed

_LISTED = 5

_with_list = click.option(
    "--list",
    "named",
    metavar="TITLE",
    help="Which national list, by title or number, where several are loaded.",
)


@click.group()
def crosswalk() -> None:
    """Compare a national control list with the mission's."""


@crosswalk.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--column",
    "columns",
    metavar="COL=FIELD",
    multiple=True,
    help="What a column holds, by its heading or letter: code, title, text or note; '-' leaves it out.",
)
@click.option("--sheet", metavar="NAME", help="The sheet that holds the list; else the likeliest one.")
@click.option("--encoding", metavar="NAME", help="The encoding of a CSV, as cp1251; else found out.")
@click.option("--name", metavar="TITLE", help="Title of the law; else the file's name.")
@click.option("--edition", metavar="TEXT", help="Version or date that stands on it.")
@click.option("--again", is_flag=True, help="Load a file that was loaded before a second time.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, record nothing.")
@click.pass_obj
def load(
    session: Session,
    file: Path,
    columns: tuple[str, ...],
    sheet: str | None,
    encoding: str | None,
    name: str | None,
    edition: str | None,
    again: bool,
    dry_run: bool,
) -> None:
    """Load a national control list from FILE: XLSX, XLS, ODS or CSV, as it was found.

    The file is kept as evidence, the entries read from it go with the mission. Headings, codes that stand alone,
    sub-paragraphs and notes are recognised in several languages; --column says what was not.
    """
    from fieldkit.capture.national_list import column, keep_national_list, read_national_list

    read, data = read_national_list(file, columns=dict(map(column, columns)), sheet=sheet, encoding=encoding)
    for notice in read.notices:
        session.say(notice)
    if dry_run:
        session.emit({"dry_run": True, **_read_document(read)}, _read_lines(read, ""))
        return
    kept = keep_national_list(
        session.vault(), read, data, title=name, edition=edition, again=again, author=session.author()
    )
    document = {"dry_run": False, "id": kept.id, "number": kept.number, **_read_document(read)}
    session.emit(document, _read_lines(read, kept.number))


@crosswalk.command()
@click.argument("entry", required=False)
@_with_list
@click.option("--all", "everything", is_flag=True, help="Also the entries that were judged already.")
@click.pass_obj
def propose(session: Session, entry: str | None, named: str | None, everything: bool) -> None:
    """Propose which national entries may correspond to ENTRY, or to every entry not yet looked at.

    Each proposal says why: the concordance (unverified), the numbering, or the words that both share. Thresholds are
    compared where both texts state one. A person decides: 'fieldkit crosswalk record'.
    """
    from fieldkit.domain.crosswalk_proposals import Proposer
    from fieldkit.vault.legislation import comparison, find_national_list

    vault = session.vault()
    found = comparison(vault, find_national_list(vault, named))
    if entry is not None:
        wanted = [found.controls.entry(entry)]
    else:
        wanted = [row.entry for row in found.rows if everything or row.state == OPEN]
    proposer = Proposer(found.controls, found.national)
    proposed = [proposer.propose(each) for each in wanted]
    session.emit(
        [_proposed_document(each) for each in proposed],
        (
            line
            for each in proposed
            if each.proposals or each.missing or entry
            for line in _proposed_lines(each)
        ),
    )


@crosswalk.command()
@click.argument("entry")
@click.argument("national", nargs=-1)
@click.option(
    "--relation",
    type=click.Choice([name.replace("_", "-") for name in RELATIONS]),
    required=True,
    help="The national entries against the control list's.",
)
@click.option("--rationale", metavar="TEXT", required=True, help="Why.")
@_with_list
@click.pass_obj
def record(
    session: Session, entry: str, national: tuple[str, ...], relation: str, rationale: str, named: str | None
) -> None:
    """Record how the NATIONAL entries (one or more codes; none where absent) stand to ENTRY of the control list.

    Recorded again, the record of the entry is amended; the earlier judgement stays in its history.
    """
    from fieldkit.capture.comparing import record_relation
    from fieldkit.vault.legislation import find_national_list

    vault = session.vault()
    law = find_national_list(vault, named)
    recorded, new = record_relation(
        vault, law, entry, national, relation.replace("-", "_"), rationale, author=session.author()
    )
    session.emit(
        {"id": recorded.id, "number": recorded.number, "hash": recorded.hash, "new": new},
        [f"{recorded.id} {recorded.number}"],
    )


@crosswalk.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_with_list
@click.pass_obj
def table(session: Session, file: Path, named: str | None) -> None:
    """Write the comparison to FILE, by its ending a workbook (.xlsx) or one page to be printed (.html).

    The file lies in the clear where it is written. The same records give the same bytes.
    """
    from fieldkit.bundle.crosswalk_table import table_bytes
    from fieldkit.vault.durable import replace_file

    data, found = table_bytes(session.vault(), file.suffix, named)
    replace_file(file, data)
    session.say(f"{file} can be read by whoever gets it.")
    session.emit({"file": str(file), "size": len(data), **_coverage_document(found)}, [str(file)])


@crosswalk.command()
@_with_list
@click.pass_obj
def status(session: Session, named: str | None) -> None:
    """Show how much of the control list was compared, per item and in all."""
    from fieldkit.vault.legislation import comparison, find_national_list

    vault = session.vault()
    found = comparison(vault, find_national_list(vault, named))
    session.emit(_coverage_document(found), _coverage_lines(found))


def _read_document(read: Read) -> dict[str, Any]:
    return {
        "file": read.file,
        "sha256": read.sha256,
        "sheet": read.sheet,
        "entries": len(read.entries),
        "columns": [{"column": heading, "field": name} for heading, name in read.columns],
        "notices": list(read.notices),
        "preview": [
            {"code": each.code, "title": each.title, "text": each.text, "note": each.note, "row": each.row}
            for each in read.entries[:_LISTED]
        ],
    }


def _read_lines(read: Read, number: str) -> Iterator[str]:
    where = f"{read.file}, sheet {read.sheet}" if read.sheet else read.file
    if number:
        yield f"{number}  {where}: {len(read.entries)} entries."
    else:
        yield f"{where}: {len(read.entries)} entries. Nothing was recorded."
    for heading, name in read.columns:
        yield f"  {name:<6} from {heading}"


def _proposed_document(proposed: Proposed) -> dict[str, Any]:
    return {
        "entry": proposed.entry.id,
        "title": proposed.entry.title,
        "proposals": [
            {
                "national": each.code,
                "title": each.title,
                "reasons": [
                    {"source": reason.source, "text": reason.text, "verified": reason.verified}
                    for reason in each.reasons
                ],
                "nearness": round(each.nearness, 4),
                "threshold_differs": each.threshold_differs,
                "thresholds": [
                    {
                        "quantity": figure.quantity,
                        "control_list": figure.ours,
                        "national": figure.theirs or None,
                        "verdict": figure.verdict,
                        "verified": figure.verified,
                    }
                    for figure in each.figures
                ],
            }
            for each in proposed.proposals
        ],
        "not_in_the_list": list(proposed.missing),
    }


def _proposed_lines(proposed: Proposed) -> Iterator[str]:
    yield f"{proposed.entry.id:<9} {proposed.entry.title}"
    for each in proposed.proposals:
        yield f"    {each.code:<9} {each.title[:100]}"
        yield from _reason_lines(each)
    if proposed.missing:
        also = "also " if proposed.proposals else ""
        yield f"    the concordance {also}names {', '.join(proposed.missing)}, not in this list [unverified]"
    if not proposed.proposals and not proposed.missing:
        yield "    nothing to propose"


def _reason_lines(proposal: Proposal) -> Iterator[str]:
    for reason in proposal.reasons:
        yield f"        {reason.text}{'' if reason.verified else ' [unverified]'}"
    for figure in proposal.figures:
        yield f"        {figure.in_words()}{'' if figure.verified else ' [unverified]'}"


def _coverage_document(found: Comparison) -> dict[str, Any]:
    return {
        "control_list": {"name": found.controls.name, "edition": found.controls.edition},
        "national_list": {
            "title": found.national.title,
            "number": found.national.number,
        },
        **_counts_document(found.whole),
        "items": [
            {"item": each.item.number if each.item else None, **_counts_document(each)}
            for each in found.coverage
        ],
        "strays": [each.number for each in found.strays],
    }


def _counts_document(each: Coverage) -> dict[str, Any]:
    return {
        "entries": each.total,
        "looked_at": each.done,
        "percent": each.percent,
        "states": dict(each.counts),
    }


def _coverage_lines(found: Comparison) -> Iterator[str]:
    for each in (*found.coverage, found.whole):
        name = f"item {each.item.number}" if each.item else "in all"
        said = states_in_words({**each.counts, OPEN: 0})
        yield f"{name:<8} {each.done:>4} of {each.total:<4} {each.percent:>3} %  {said}"
    for stray in found.strays:
        yield f"{stray.number}: {stray.entry} is no entry of this control list ({WORDS.get(stray.relation, '')})"
