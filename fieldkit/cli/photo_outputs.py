"""Photos on their way out, from the command line: contact sheet, decrypted copies, the set for the host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from fieldkit.capture.contact_sheet import contact_sheet
from fieldkit.capture.custody import photos
from fieldkit.capture.outside import write_file
from fieldkit.capture.release import ReleaseSet, export_photos
from fieldkit.capture.release import release_set as make_set
from fieldkit.cli.photo_custody import moment_of, selection, when_option
from fieldkit.cli.session import Session

_CLEAR = "not encrypted: whoever gets hold of it can look at it."


@click.command()
@click.argument("file", metavar="FILE.html", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("selection", metavar="[SELECTION]...", nargs=-1)
@click.pass_obj
def sheet(session: Session, file: Path, selection: tuple[str, ...]) -> None:
    """Write a contact sheet to FILE.html: one file with the small pictures in it, of all photos or of SELECTION.

    It is not encrypted. Frames that are held or withheld keep their place, without a picture.
    """
    vault = session.vault()
    views = photos(vault, selection) if selection else list(vault.list("photo"))
    write_file(file, contact_sheet(vault, views))
    session.say(f"{file} is {_CLEAR}")
    session.emit({"path": str(file), "photos": len(views)}, [str(file)])


@click.command("export")
@selection
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--withheld", is_flag=True, help="Also write held and withheld ones that have a file.")
@click.pass_obj
def export_copies(session: Session, selection: tuple[str, ...], folder: Path, withheld: bool) -> None:
    """Decrypt the originals of SELECTION into DIR, bit for bit, with everything that their cameras wrote into them.

    Each is named by its number and what it was called. For handing over to the host, use 'photos release-set'.
    """
    vault = session.vault()
    files = export_photos(vault, photos(vault, selection), folder, withheld=withheld)
    session.say(f"What is in {folder} is {_CLEAR}")
    session.emit(
        [{"number": one.number, "name": one.name, "sha256": one.sha256, "size": one.size} for one in files],
        (f"{one.number}  {one.name}" for one in files),
    )


@click.command("release-set")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("selection", metavar="[SELECTION]...", nargs=-1)
@click.option("--to", metavar="PERSON", required=True, help="Who receives it.")
@click.option(
    "--forbid", metavar="WORD", multiple=True, help="A word that may be in no file. May be repeated."
)
@click.option("--medium", metavar="TEXT", help="On what it is handed over: USB stick…")
@when_option
@click.pass_obj
def release_set(
    session: Session,
    folder: Path,
    selection: tuple[str, ...],
    to: str,
    forbid: tuple[str, ...],
    medium: str | None,
    when: str | None,
) -> None:
    """Make the set of photos for the host in the new folder DIR, and log its copies as given.

    It holds all released and redacted photos, or those of SELECTION, as fresh copies without metadata, and a redaction log. Without
    SELECTION, films, raw files and damaged pictures are left out, and that is told, here and in the log. Every file
    is searched for what may not go out: metadata, small pictures, data behind the end, withheld frames, serial numbers of
    cameras, and the words of --forbid. Where something is found, nothing is written.
    """
    vault = session.vault()
    done = make_set(
        vault,
        folder,
        to,
        views=photos(vault, selection) if selection else None,
        forbidden=forbid,
        medium=medium,
        at=moment_of(when),
        author=session.author(),
    )
    session.say(f"{folder} is {_CLEAR}")
    for number, other in done.alike:
        session.say(f"{number} looks like {other}, which is kept back: look at both before the set leaves.")
    for number, why in done.no_copy:
        session.say(f"{number} is left out: {why}.")
    session.emit(_document(done), _lines(done))


def _document(done: ReleaseSet) -> dict[str, object]:
    return {
        "path": str(done.folder),
        "handout": done.handout,
        "files": [{"number": one.number, "name": one.name, "sha256": one.sha256} for one in done.files],
        "kept_back": [*done.kept_back],
        "no_copy": [{"number": number, "why": why} for number, why in done.no_copy],
        "alike": [{"number": number, "kept_back": other} for number, other in done.alike],
    }


def _lines(done: ReleaseSet) -> Iterator[str]:
    yield str(done.folder)
    yield f"  {len(done.files)} copies, logged as given in {done.handout}; {len(done.kept_back)} frames kept back"


COMMANDS: tuple[click.Command, ...] = (sheet, export_copies, release_set)
