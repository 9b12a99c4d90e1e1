"""`fieldkit inventory draw`: witnessed random selection, step by step."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fieldkit.cli.session import Session
from fieldkit.domain.moments import Moment
from fieldkit.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from fieldkit.domain.draws import Party
    from fieldkit.domain.jsontypes import Doc
    from fieldkit.domain.replaying import Check, DrawRecord

EXIT_ALTERED = 3
LARGEST_RECORD = 256 * 1024 * 1024
"""Bytes of a draw's JSON that are read."""

_PARTY = click.Choice(["team", "host"])
_Command = Callable[..., Any]


def _sides(command: _Command) -> _Command:
    for side in ("host", "team"):
        command = click.option(f"--{side}", metavar="PERSON", help=f"Who acts for the {side}.")(command)
    return command


def _time(command: _Command) -> _Command:
    return click.option("--at", "at", metavar="TIME", help="When it happened, as 10:41; else now.")(command)


@click.group()
def draw() -> None:
    """Draw at random before witnesses, so that neither side can steer it.

    First the list is frozen and both sides agree to its digest; then both make the seed, with dice or by commit and
    reveal; then the numbers are drawn. Anybody can repeat it from the record.
    """


@draw.command()
@click.argument("plan", required=False)
@click.option("--declaration", metavar="ID", help="Draw from this list, without a plan.")
@click.option(
    "--stratum",
    "stratum",
    metavar="FIELD=VALUE",
    multiple=True,
    help="Only this part, as type=GX or location=Hall.",
)
@click.option("--size", type=click.IntRange(1), metavar="N", help="How many pieces; else as planned.")
@_sides
@_time
@click.pass_obj
def freeze(
    session: Session,
    plan: str | None,
    declaration: str | None,
    stratum: tuple[str, ...],
    size: int | None,
    team: str | None,
    host: str | None,
    at: str | None,
) -> None:
    """Freeze the list of PLAN, or of a declaration: every piece a line, sorted, and its digest.

    Both sides read the digest. --team and --host name who agrees to it at once; 'draw agree' does it later.
    """
    from fieldkit.capture import drawing
    from fieldkit.capture.draw_lists import stratum_of
    from fieldkit.domain.words import spoken

    vault, author, when = session.vault(), session.author(), _moment(at)
    frozen = drawing.freeze(
        vault, plan=plan or "", declaration=declaration or "", stratum=stratum_of(stratum), size=size,
        at=when if at else None, author=author,
    )  # fmt: skip
    persons = _persons(session, team, host)
    if persons:
        drawing.agree(vault, frozen.draw.id, persons, at=when if at else None, author=author)
    words = " - ".join(spoken(bytes.fromhex(frozen.digest)))
    lacking = [side for side in ("team", "host") if side not in persons]
    session.emit(
        {
            "id": frozen.draw.id,
            "number": frozen.draw.number,
            "digest": frozen.digest,
            "words": words,
            "population": frozen.population,
            "size": frozen.size,
            "agreed": sorted(persons),
        },
        [
            f"{frozen.draw.id} {frozen.draw.number}",
            f"{frozen.size} of {frozen.population} pieces will be drawn. Digest of the list, to be read aloud:",
            f"  {frozen.digest}",
            f"  {words}",
            *([f"Still to agree: {' and '.join(lacking)}."] if lacking else ["Both sides agreed to it."]),
        ],
    )


@draw.command()
@click.argument("draw_id", metavar="DRAW")
@_sides
@_time
@click.pass_obj
def agree(session: Session, draw_id: str, team: str | None, host: str | None, at: str | None) -> None:
    """Record that --team and --host agree to the digest of the list of DRAW. There is no seed before both have."""
    from fieldkit.capture import drawing

    persons = _persons(session, team, host)
    if not persons:
        raise UsageError("who agrees?", remedy="Name --team PERSON, --host PERSON or both.")
    done = drawing.agree(
        session.vault(), draw_id, persons, at=_moment(at) if at else None, author=session.author()
    )
    session.emit(
        [{"id": one.id, "number": one.number} for one in done], (f"{one.id} {one.number}" for one in done)
    )


@draw.command()
@click.argument("draw_id", metavar="DRAW")
@click.option("--party", type=_PARTY, required=True, help="Which side commits.")
@click.option("--by", metavar="PERSON", help="Who; else who agreed for that side.")
@click.option(
    "--commitment",
    metavar="SHA256",
    help="SHA-256 over 'digest,party,secret'; else a secret is made and shown.",
)
@_time
@click.pass_obj
def commit(
    session: Session, draw_id: str, party: Party, by: str | None, commitment: str | None, at: str | None
) -> None:
    """Record one side's commitment to a secret, before either side tells its own.

    Without --commitment a secret is made and shown once, for that side to write down and keep hidden; it is not recorded.
    """
    from fieldkit.capture import drawing
    from fieldkit.domain import draws

    vault = session.vault()
    secret = ""
    if commitment is None:
        secret = secrets.token_hex(16)
        digest = str(vault.get(draw_id).doc.get("list_sha256") or "")
        commitment = draws.commitment(digest, party, secret)
    person = vault.person(by) if by else ""
    done = drawing.commit(
        vault, draw_id, party, commitment, by=person, at=_moment(at), author=session.author()
    )
    document: Doc = {"id": done.id, "number": done.number, "commitment": commitment}
    lines = [f"{done.id} {done.number}", f"The {party} committed: {commitment}"]
    if secret:
        document["secret"] = secret
        lines.append(f"The {party}'s secret, to be kept hidden until both have committed: {secret}")
    session.emit(document, lines)


@draw.command()
@click.argument("draw_id", metavar="DRAW")
@click.option("--party", type=_PARTY, required=True, help="Which side tells its secret.")
@click.option("--secret", metavar="TEXT", required=True, help="The secret, which is public from now on.")
@_time
@click.pass_obj
def reveal(session: Session, draw_id: str, party: Party, secret: str, at: str | None) -> None:
    """Record the secret that one side tells. One that does not fit its commitment is refused with 3."""
    from fieldkit.capture import drawing

    done = drawing.reveal(session.vault(), draw_id, party, secret, at=_moment(at), author=session.author())
    session.emit(
        {"id": done.id, "number": done.number},
        [f"{done.id} {done.number}", f"The {party}'s secret is the one it committed to."],
    )


@draw.command()
@click.argument("draw_id", metavar="DRAW")
@click.option(
    "--dice", metavar="ROLLS", help="The dice as they fell, in turn: '3 5 1 …'; 20 of ten sides, 26 of six."
)
@click.option(
    "--dice-sides", "sides", type=click.Choice(["10", "6"]), default="10", help="Sides of the dice."
)
@click.option("--first", type=_PARTY, default="team", help="Who rolled first.")
@_sides
@_time
@click.pass_obj
def run(
    session: Session,
    draw_id: str,
    dice: str | None,
    sides: str,
    first: Party,
    team: str | None,
    host: str | None,
    at: str | None,
) -> None:
    """Draw: with --dice as both sides rolled them in turn, else with the secrets that both have told.

    --team and --host name who rolled; else those who agreed to the list did.
    """
    from fieldkit.capture import drawing
    from fieldkit.capture.draw_records import record_of

    vault, author = session.vault(), session.author()
    if dice is None:
        drawing.run(vault, draw_id, at=_moment(at), author=author)
    else:
        drawing.roll(
            vault, draw_id, _rolls(dice), sides=int(sides), first=first, by=_persons(session, team, host),
            at=_moment(at), author=author,
        )  # fmt: skip
    _emit_record(session, record_of(vault, draw_id))


@draw.command()
@click.argument("draw_id", metavar="DRAW")
@click.pass_obj
def show(session: Session, draw_id: str) -> None:
    """Show DRAW with what was drawn; with --json the whole record that 'draw replay' reads."""
    from fieldkit.capture.draw_records import record_of

    _emit_record(session, record_of(session.vault(), draw_id))


@draw.command()
@click.argument("record", metavar="DRAW|FILE.json")
@click.pass_obj
def replay(session: Session, record: str) -> int:
    """Repeat a draw from its record alone and tell every step; a FILE.json needs no mission.

    Leaves with 3 where anything comes out otherwise: a changed list, a late commitment, a false reveal, other numbers.
    """
    from fieldkit.domain import replaying

    path = Path(record)
    if path.is_file():
        if path.stat().st_size > LARGEST_RECORD:
            raise UnreadableError("this is too long for the record of a draw", where=record)
        found = replaying.read_record(path.read_bytes(), record)
    else:
        from fieldkit.capture.draw_records import record_of

        found = record_of(session.vault(), record)
    checks = replaying.replay(found)
    holds = all(check.holds for check in checks)
    session.emit(
        {
            "draw": found.draw,
            "holds": holds,
            "checks": [{"holds": check.holds, "text": check.text} for check in checks],
        },
        _replay_lines(found, checks, holds),
    )
    return 0 if holds else EXIT_ALTERED


def _emit_record(session: Session, record: DrawRecord) -> None:
    import msgspec

    session.emit(msgspec.to_builtins(record), _record_lines(record))


def _record_lines(record: DrawRecord) -> Iterator[str]:
    part = f", {record.stratum}" if record.stratum else ""
    yield f"{record.draw}  {record.size} of {record.population} pieces of {record.declaration}{part}"
    yield f"  list  {record.list_sha256}"
    for step in record.steps:
        if step.step != "rolled":
            who = f" by the {step.party}, {step.by}" if step.party else ""
            yield f"  {step.step}{who}{f' {step.at[:16]}Z' if step.at else ''}"
    rolled = [step for step in record.steps if step.step == "rolled"]
    if rolled:
        yield f"  {len(rolled)} rolls of dice with {record.sides} sides, the {rolled[0].party} first"
    if record.seed:
        yield f"  seed  {record.seed}"
    for number, line in zip(record.drawn, record.chosen, strict=False):
        yield f"{number:>8}  {line}"


def _replay_lines(record: DrawRecord, checks: tuple[Check, ...], holds: bool) -> Iterator[str]:
    from fieldkit.domain.replaying import by_hand

    for check in checks:
        yield f"{'holds ' if check.holds else 'FAILS '} {check.text}"
    yield "The draw is as recorded." if holds else "THE DRAW IS NOT AS RECORDED."
    yield "By hand:"
    for line in by_hand(record):
        yield f"  {line}"


def _rolls(text: str) -> list[int]:
    words = text.replace(",", " ").split()
    if not all(word.isascii() and word.isdecimal() and len(word) < 3 for word in words):
        raise UsageError("dice are written as numbers", where="--dice", remedy="As in --dice '3 5 1 …'.")
    return [int(word) for word in words]


def _persons(session: Session, team: str | None, host: str | None) -> dict[Party, str]:
    vault = session.vault()
    found: dict[Party, str] = {}
    if team:
        found["team"] = vault.person(team)
    if host:
        found["host"] = vault.person(host)
    return found


def _moment(text: str | None) -> Moment:
    from fieldkit.domain.moments import parse_moment
    from fieldkit.vault.clock import SystemClock

    stamp = SystemClock().read()
    now = Moment(at=stamp.at, offset=stamp.offset, source="clock")
    return parse_moment(text, now) if text else now
