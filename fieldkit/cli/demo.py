"""`demo`: a whole one-day visit to try everything on."""

from __future__ import annotations

from pathlib import Path

import click

from fieldkit.cli.session import Session
from fieldkit.demo.run import play


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--photos",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Take real camera files from DIR instead of drawing all of them.",
)
@click.pass_obj
def demo(session: Session, folder: Path, photos: Path | None) -> None:
    """Play a whole invented visit into DIR, which is made too or must be empty.

    Eight inspectors, three sites, 118 declared lines, 160 photos; it ends with a signed and verified bundle. Leaves
    DIR/mission, DIR/bundles, DIR/passphrase.txt, DIR/allowed_signers and DIR/contact-sheet.html.
    """
    played = play(folder, photos=photos, say=session.say)
    session.remember(played.mission)
    common = f"-m {played.mission} --passphrase-file {played.passphrase_file}"
    session.emit(
        {
            "mission": str(played.mission),
            "bundle": str(played.bundle),
            "passphrase_file": str(played.passphrase_file),
            "allowed_signers": str(played.allowed_signers),
            "recovery_words": list(played.recovery_words),
            "verification": played.report.to_json(),
        },
        [
            f"The mission is in {played.mission}, its passphrase in {played.passphrase_file}.",
            f"The bundle is {played.bundle}.",
            "",
            "Look at it next:",
            f"  fieldkit list access {common}",
            f"  fieldkit inventory reconcile {common}",
            f"  fieldkit search gyroscope {common}",
            f"  fieldkit photos clock {common}",
            f"  fieldkit crosswalk status {common}",
            f"  fieldkit deadlines --now '2026-02-13 12:00 +02:00' {common}",
            f"  fieldkit verify {played.bundle} --keys {played.allowed_signers}",
            f"  open {played.bundle}/data/views/report.html in a browser; {played.bundle}/VERIFY.txt says how",
            "  to check the bundle without fieldkit",
            f"  open {folder / 'contact-sheet.html'} in a browser: every frame of the day",
        ],
    )
    if played.report.exit_code:
        click.get_current_context().exit(played.report.exit_code)
