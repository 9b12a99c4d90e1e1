"""Depots from the command line: make one, see how one stands to this laptop, read all of one."""

from __future__ import annotations

from pathlib import Path

import click

from fieldkit.cli.session import Session
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import AlteredError, UsageError
from fieldkit.team import names, receipts
from fieldkit.team.depot import open_depot
from fieldkit.team.opening import own_names
from fieldkit.team.syncing import Sync
from fieldkit.team.telling import counted

_SHOWN = 20


@click.group()
def depot() -> None:
    """Depots: folders, sticks or object stores by which laptops meet."""


@depot.command()
@click.argument("place", metavar="DEPOT")
@click.pass_obj
def init(session: Session, place: str) -> None:
    """Make DEPOT: a folder (a stick, a share) or an address as s3://bucket/prefix. Any number of missions may use it.

    A folder is made where only its last part is missing. Sync refuses a place that was not made a depot, so that an empty
    mount point is not taken for the stick. Credentials of object stores come from the environment (AWS_ACCESS_KEY_ID,
    AWS_ENDPOINT_URL, …).
    """
    if "://" not in place and not Path(place).is_dir():
        try:
            Path(place).mkdir()
        except FileNotFoundError:
            raise UsageError("the folder around it is not there", where=place) from None
        except OSError as error:
            raise UsageError(f"cannot be made: {error.strerror}", where=place) from None
    opened = open_depot(place)
    opened.begin()
    session.emit({"depot": opened.where}, [f"{opened.where} is a depot. Now: fieldkit sync {place}"])


@depot.command()
@click.argument("place", metavar="DEPOT")
@click.pass_obj
def status(session: Session, place: str) -> None:
    """What DEPOT holds of this mission, and what a sync would copy. Changes nothing."""
    opened = open_depot(place)
    vault = session.vault()
    there = opened.contents(vault.mission_id)
    plan = Sync(vault, opened).plan()
    holds = {kind: len(there.of(kind)) for kind in names.KINDS}
    size = sum(there.objects.values())
    document: Doc = {
        "depot": opened.where,
        "holds": {**holds},
        "bytes": size,
        "strange": there.strange,
        "to_receive": {**plan.received},
        "to_send": {**plan.sent},
        "waiting": plan.waiting,
    }
    session.emit(
        document,
        [
            f"{opened.where}: {holds[names.LOG]} segments, {holds[names.BLOB]} parts of pictures and files, {size:,} bytes",
            f"  to fetch: {plan.received[names.LOG]} segments, {plan.received[names.BLOB]} parts",
            f"  to send:  {plan.sent[names.LOG]} segments, {plan.sent[names.BLOB]} parts",
            *([f"  not fieldkit's: {there.strange} of the files there"] if there.strange else []),
        ],
    )


@depot.command()
@click.argument("record", metavar="[ID]", required=False)
@click.pass_obj
def copies(session: Session, record: str | None) -> None:
    """Say where copies are besides here, of every original file or of the record ID: only here, on N laptops, headquarters.

    It goes by the signed receipts that syncing brought.
    """
    vault = session.vault()
    views = [vault.get(record)] if record else list(vault.list("media", retracted=True))
    found = []
    for view in views:
        known = receipts.copies_of_record(vault, view)
        if view.kind == "media":
            known = receipts.copies_of_original(vault, view.doc)
        found.append((view, known))
    session.emit(
        [
            {
                "id": view.id,
                "number": view.number,
                "laptops": list(known.laptops),
                "headquarters": known.headquarters,
                "only_here": not known.laptops,
            }
            for view, known in found
        ],
        (f"{view.number:<10} {known}" for view, known in found),
    )


@depot.command()
@click.argument("place", metavar="DEPOT")
@click.argument("files", metavar="ID...", nargs=-1, required=True)
@click.pass_obj
def shed(session: Session, place: str, files: tuple[str, ...]) -> None:
    """Give up the local copy of the original files ID, to free room.

    Refused unless headquarters has signed for it and DEPOT gives back every part now. Other laptops' copies do not count:
    they may be given up at the same moment.
    """
    vault = session.vault()
    views = [vault.get(one) for one in files]
    for view in views:
        if view.kind != "media":
            raise UsageError(f"{view.number} is no file", remedy="`fieldkit list media` shows the files.")
    opened = open_depot(place)
    freed = sum(receipts.shed(vault, view, opened) for view in views)
    what = counted(len(views), "file", "files")
    told = (
        f"{what} given up here, {freed:,} bytes free" if freed else f"{what} given up before: nothing to free"
    )
    session.emit({"files": len(views), "bytes": freed}, [told])


@depot.command()
@click.argument("place", metavar="DEPOT")
@click.option("--remove", is_flag=True, help="Remove what is damaged, so that the next sync writes it again.")
@click.option("--open", "opening", is_flag=True, help="Also open what this mission's keys open.")
@click.pass_obj
def check(session: Session, place: str, remove: bool, opening: bool) -> None:
    """Read all of DEPOT and compare each object with its name. Leaves with 3 where one does not fit.

    That needs no vault. With --open it takes a mission (-m DIR), and finds objects as well that lie under a name which is
    not their own, though it carries the right hash. What is damaged or misnamed is worth nothing: a laptop that has the
    object writes it again when it syncs.
    """
    opened = open_depot(place)
    opened.check_begun()
    look = own_names(session.vault()) if opening else (lambda _name, _data: "")
    contents = opened.contents()
    objects = contents.objects
    with session.progress("Bytes", sum(objects.values())) as shown:
        faults = list(opened.check(shown.advance, look))
    for name, _ in faults if remove else []:
        opened.remove(name)
    known = {name for name, _ in faults}
    doubled = [
        (name, "lies there under another name, too; --open tells which is its own")
        for name in contents.doubled()
        if name not in known and not opening
    ]
    holes = list(contents.holes())
    session.emit(
        {
            "depot": opened.where,
            "objects": len(objects),
            "faults": [{"name": str(name), "problem": problem} for name, problem in faults],
            "doubled": [str(name) for name, _ in doubled],
            "holes": [{"log": log, "first": first + 1, "last": last + 1} for log, first, last in holes],
        },
        [
            f"{opened.where}: {len(objects)} objects read, {len(faults)} damaged or misnamed",
            *(f"  {name}: {problem}" for name, problem in [*faults, *doubled][:_SHOWN]),
            *(
                f"  log {log}: entries {first + 1} to {last + 1} are in no object here, though later ones are"
                for log, first, last in holes[:_SHOWN]
            ),
        ],
    )
    if faults or doubled:
        undone = "Remove them (--remove), and sync" if doubled or not remove else "They were removed: sync"
        raise AlteredError(
            f"{len(faults) + len(doubled)} of {len(objects)} objects are not what their names say",
            where=opened.where,
            remedy=f"{undone} from a laptop that has them. Then use another stick.",
        )


@depot.command("prune-nothing")
def prune_nothing() -> None:
    """Say why nothing is ever taken out of a depot, and what frees room instead. Does nothing."""
    click.echo(
        "A depot keeps everything: what one laptop has seen, another may still have to fetch, years later too.\n"
        "Room on a laptop:  fieldkit depot shed DEPOT ID...   gives up originals that headquarters has signed for\n"
        "Room on a stick:   fieldkit sync STICK --into OTHER   copies it whole; then begin another: fieldkit depot init NEW"
    )
