"""Making a mission, and checking one: `new`, `doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from fieldkit.cli.session import Session
from fieldkit.cli.vaults import word_lines
from fieldkit.domain.deadlines import regime as regime_named
from fieldkit.domain.deadlines import regime_names
from fieldkit.errors import AlteredError, UsageError
from fieldkit.vault.doctor import Finding, examine
from fieldkit.vault.vault import Vault

EXIT_FOUND = 1


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--title", metavar="TITLE", required=True, help="What the mission is called.")
@click.option(
    "--regime",
    metavar="REGIME",
    default="mtcr",
    show_default=True,
    help=f"Whose procedures and clocks hold: {', '.join(regime_names())}.",
)
@click.pass_obj
def new(session: Session, folder: Path, title: str, regime: str) -> None:
    """Make a mission in DIR, which is made too or must be empty.

    --as names who records: the team's lead. The passphrase is asked for twice unless it comes from a file. The twelve
    recovery words that are printed open the vault without it. They are kept nowhere else: write them on paper.
    """
    if not session.person:
        raise UsageError("who makes the mission?", remedy='Name yourself with --as "FIRST LAST".')
    known = regime_named(regime).name
    passphrase = session.passphrase("Passphrase of the new mission", confirm=True)
    vault, words = Vault.create(
        folder, title=title, author=session.person, passphrase=passphrase, regime=known
    )
    session.adopt(vault)
    session.remember(folder)
    session.emit(
        {
            "folder": str(folder),
            "mission": vault.mission_id,
            "log": vault.own_log.log,
            "letter": vault.letter,
            "author": vault.author,
            "recovery_words": list(words),
        },
        _welcome(folder, vault.letter, words),
    )


@click.command()
@click.option("--refold", is_flag=True, help="Also fold the whole journal again and compare.")
@click.option(
    "--set-aside",
    is_flag=True,
    help="Give damaged files of originals another name, so that a sync fetches them.",
)
@click.pass_obj
def doctor(session: Session, refold: bool, set_aside: bool) -> None:
    """Check that everything recorded is whole: the store, every journal entry, every original file.

    Changes nothing but what --set-aside asks for: what was damaged stays beside the originals under its other name.

    Leaves with 0 when all is well, 3 when something was altered or lost, and 1 when there is only something to know,
    as a vault put back from a backup, or entries that have not arrived. Incidents on record, faults of the program
    itself and numbers that stand for several records are noted, and are no fault of the vault.
    """
    vault = session.vault()
    findings = examine(vault, refold=refold, progress=lambda area: session.say(f"looking at: {area}"))
    bad = [finding for finding in findings if not finding.good]
    damaged = dict.fromkeys(finding.file for finding in bad if finding.file is not None)
    aside = [vault.media.set_aside(file) for file in damaged] if set_aside else []
    session.emit(
        {
            "good": not bad,
            "findings": [
                {"area": one.area, "good": one.good, "note": one.note, "text": one.text} for one in findings
            ],
            "set_aside": [str(file) for file in aside],
        },
        [*map(_finding_line, findings), *(f"set aside: {file}" for file in aside)],
    )
    grave = [finding for finding in bad if finding.area not in ("head", "gaps")]
    if grave:
        raise AlteredError(
            f"{len(bad)} of {len(findings)} checks failed",
            where=str(vault.folder),
            remedy=_remedy(grave, aside),
        )
    if bad:
        click.get_current_context().exit(EXIT_FOUND)


def _remedy(grave: Sequence[Finding], aside: Sequence[Path]) -> str:
    if all(finding.file is not None for finding in grave):
        if aside:
            return (
                "Sync with a depot that has what was set aside, then run 'fieldkit doctor' again; else take it from a backup. Do"
                " not trust this disk."
            )
        return (
            "'fieldkit doctor --set-aside' gives the damaged files another name, and the next sync with a depot that has them"
            " fetches them; else take them from a backup. Do not trust this disk."
        )
    return "Leave the folder as it is, make a copy of it, and restore a backup into another folder."


def _welcome(folder: Path, letter: str, words: tuple[str, ...]) -> Iterator[str]:
    yield f"Made in {folder}; this is laptop {letter}."
    yield ""
    yield "Recovery words, for the day the passphrase is forgotten. Write them on paper, now:"
    yield from word_lines(words)


def _finding_line(finding: Finding) -> str:
    state = "note" if finding.note else "ok" if finding.good else "BAD"
    return f"{state:<4} {finding.area:<10} {finding.text}"
