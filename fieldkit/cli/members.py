"""The team's laptops: ask to join, admit, join, list, strike off, and give what was recorded before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from fieldkit.cli.compartments import compartment
from fieldkit.cli.reading import kept_apart, kept_apart_lines
from fieldkit.cli.session import Session
from fieldkit.cli.vaults import word_lines
from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import RefusedError, UsageError
from fieldkit.team import admission, striking
from fieldkit.team import members as team
from fieldkit.team.members import Member
from fieldkit.team.striking import Falling
from fieldkit.team.telling import counted
from fieldkit.vault.durable import replace_file
from fieldkit.vault.gaps import Gap, gaps
from fieldkit.vault.quarantine import quarantined
from fieldkit.vault.stages import JoinedError
from fieldkit.vault.standing import ROLES
from fieldkit.vault.vault import Vault


@click.group()
def members() -> None:
    """The laptops of the team: who belongs to it, and in which role."""


members.add_command(compartment)


@members.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--device", metavar="NAME", help="What this laptop is called; else: laptop of its owner.")
@click.pass_obj
def request(session: Session, file: Path, device: str | None) -> None:
    """Ask to join a mission: make an empty vault in -m DIR, and the request FILE to hand to the lead.

    A laptop that belongs to a mission writes the request by which it was admitted: should that admission fall, who leads
    admits it by the same one again.

    --as names the laptop's owner. The passphrase is asked for twice unless it comes from a file; the recovery words are
    shown once. Read the six words of the request aloud to the lead, who admits this laptop only if they are the same.
    """
    folder = session.mission_folder()
    words: tuple[str, ...] = ()
    if (folder / "vault.json").exists():
        passphrase = session.passphrase()
        try:
            vault = session.adopt(Vault.open_prepared(folder, passphrase))
        except JoinedError:
            vault = session.adopt(Vault.open(folder, passphrase))
    else:
        _check_person(session)
        vault, words = Vault.prepare(folder, session.passphrase("Passphrase of this laptop", confirm=True))
        session.adopt(vault)
    if vault.mission_id:
        asked = admission.request_again(vault)
    else:
        asked = admission.make_request(vault, _check_person(session), device or f"laptop of {session.person}")
    _write(file, asked.data)
    session.remember(folder)
    session.emit(
        {
            "request": str(file),
            "log": asked.log,
            "words": list(asked.words),
            "recovery_words": list(words),
        },
        _asked(file, asked.words, words),
    )


@members.command()
@click.argument("request_file", metavar="REQUEST", type=click.Path(path_type=Path))
@click.option("--role", type=click.Choice(ROLES), default="inspector", show_default=True, help="Its role.")
@click.option("--words", metavar="WORDS", help="The six words as the other side read them aloud.")
@click.option(
    "--to", "target", metavar="FILE", type=click.Path(path_type=Path), help="Where to put the grant."
)
@click.option(
    "--no-history", is_flag=True, help="It gets no keys of what was recorded before; see 'members history'."
)
@click.pass_obj
def admit(
    session: Session, request_file: Path, role: str, words: str | None, target: Path | None, no_history: bool
) -> None:
    """Admit the laptop that made REQUEST, and write the grant FILE to hand back to it.

    Its owner reads six words aloud; they are asked for before any key is sealed. The grant has six words of its own: read
    them to its owner, who compares them before anything is recorded. Lead, deputy and headquarters may admit.
    """
    asked = admission.read_request(session.read(str(request_file), "REQUEST"), where=str(request_file))
    session.say(f"{asked.name} asks to join with {asked.device!r}.")
    _compare(session, asked.words, words, "Nothing was granted.")
    vault = session.vault()
    data, spoken = team.admit(vault, asked, role, history=not no_history, author=session.author())
    grant = target or request_file.with_suffix(".grant")
    _write(grant, data)
    one = team.member(vault, asked.log)
    session.emit(
        {"grant": str(grant), "words": list(spoken), **_document(one)},
        [
            f"{one.record.number}  laptop {one.record.doc['letter']}, {role}: admitted.",
            f"Hand over {grant}, and read aloud:",
            f"  {' '.join(spoken)}",
        ],
    )


@members.command()
@click.argument("grant_file", metavar="GRANT", type=click.Path(path_type=Path))
@click.option("--words", metavar="WORDS", help="The six words as the lead read them aloud.")
@click.pass_obj
def join(session: Session, grant_file: Path, words: str | None) -> None:
    """Join the mission with the file GRANT, in the vault that made the request (-m DIR).

    The six words that the lead reads aloud are asked for before anything is recorded. Then sync with the team's depot.
    """
    folder = session.mission_folder()
    vault = session.adopt(Vault.open_prepared(folder, session.passphrase()))
    grant = admission.open_grant(vault, session.read(str(grant_file), "GRANT"), where=str(grant_file))
    session.say(f"The mission is called {grant.title!r}.")
    _compare(session, grant.words, words, "Nothing was joined.")
    admission.join(vault, grant)
    session.remember(folder)
    session.emit(
        {"mission": vault.mission_id, "log": vault.own_log.log, "letter": vault.letter, "role": vault.role},
        [
            f"Joined; this is laptop {vault.letter}, {vault.role}.",
            "Sync now: fieldkit sync DEPOT",
        ],
    )


@members.command("list")
@click.pass_obj
def list_members(session: Session) -> None:
    """List the laptops of the team: letter, role, owner, how much of each is here, and what has not arrived."""
    vault = session.vault()
    found = team.members(vault)
    missing: dict[str, list[Gap]] = {}
    for gap in gaps(vault):
        missing.setdefault(gap.log, []).append(gap)
    session.emit(
        [
            {
                **_document(one),
                "gaps": [
                    {"first": gap.first + 1, "last": gap.last + 1, "sealed": gap.sealed}
                    for gap in missing.get(one.log, ())
                ],
            }
            for one in found
        ],
        (
            text
            for one in found
            for text in (_line(one), *(f"    GAP: {gap}" for gap in missing.get(one.log, ())))
        ),
    )


@members.command()
@click.argument("laptop", metavar="LAPTOP")
@click.option("--reason", metavar="TEXT", required=True, help="Why: lost, stolen, left the team.")
@click.option(
    "--keep", metavar="N", type=int, help="Only its first N entries count; by default all that are here."
)
@click.option(
    "--history",
    metavar="N",
    type=int,
    multiple=True,
    help="Of a log that was written twice, only this history counts; without it they are named, and nothing is done.",
)
@click.option("--all-histories", is_flag=True, help="Of a log that was written twice, all of it counts.")
@click.option("--renew", is_flag=True, help="Strike off again, in your name, whom it struck off after that.")
@click.option("--let-fall", is_flag=True, help="Let fall whom it admitted and struck off after that.")
@click.pass_obj
def revoke(
    session: Session,
    laptop: str,
    reason: str,
    keep: int | None,
    history: tuple[int, ...],
    all_histories: bool,
    renew: bool,
    let_fall: bool,
) -> None:
    """Strike off LAPTOP (letter, number or id).

    What it recorded and the team has counts on; what comes later is kept, but does not count. From now on everything is
    sealed under a new key, which it is not given. Where it admitted or struck off others in what does not count, they
    are named, and nothing is done unless --renew or --let-fall says what becomes of them.
    """
    if renew and let_fall:
        raise UsageError("--renew and --let-fall exclude each other", remedy="Give one of them.")
    if history and all_histories:
        raise UsageError("--history and --all-histories exclude each other", remedy="Give one of them.")
    falling: Falling = "renew" if renew else "let fall" if let_fall else "refuse"
    one = striking.revoke(
        session.vault(),
        laptop,
        reason,
        keep=keep,
        history="all" if all_histories else history or "refuse",
        falling=falling,
        author=session.author(),
    )
    session.emit(
        _document(one),
        [
            _line(one),
            "Sync soon with every depot that the team uses: other laptops hear of it at their next sync only,",
            "and what they seal until then it can read.",
        ],
    )


@members.command()
@click.argument("laptop", metavar="LAPTOP")
@click.option("--reason", metavar="TEXT", required=True, help="Why it is to be trusted all the same.")
@click.pass_obj
def readmit(session: Session, laptop: str, reason: str) -> None:
    """Give keys again to LAPTOP, which an entry struck off that does not count.

    That is so where whoever struck it off was struck off himself. The laptop may have been stolen all the same: it stays
    in the team, but no key is sealed to it until this command, or 'members revoke', settles it.
    """
    one = striking.readmit(session.vault(), laptop, reason, author=session.author())
    session.emit(_document(one), [_line(one), "Sync to hand over the keys: fieldkit sync DEPOT"])


@members.command()
@click.argument("laptop", metavar="LAPTOP")
@click.pass_obj
def history(session: Session, laptop: str) -> None:
    """Give LAPTOP, admitted without it, the keys of everything recorded before. Sync to hand them over."""
    one = team.give_history(session.vault(), laptop, author=session.author())
    session.emit(_document(one), [_line(one)])


@members.command("new-key")
@click.option("--reason", metavar="TEXT", required=True, help="Why: the newest one is lost, or is kept back.")
@click.pass_obj
def new_key(session: Session, reason: str) -> None:
    """Make a new key, under which everybody seals from the next sync on.

    It is for a laptop that leads, where the newest key of the team does not come. It goes to every laptop that belongs to
    the team as far as this one knows; so strike off first whom you know to be lost: 'members revoke' makes a new key by itself.
    """
    epoch = team.new_key(session.vault(), reason, author=session.author())
    session.emit({"epoch": epoch}, ["A new key was made. Sync to hand it over: fieldkit sync DEPOT"])


@members.command()
@click.pass_obj
def quarantine(session: Session) -> None:
    """List the entries that are kept but do not count: of laptops not admitted or struck off, or beyond their role.

    Each with what it says, which is nowhere among what counts. They are kept for good and leave with every bundle; should
    their laptop be admitted, they count.
    """
    vault = session.vault()
    found = quarantined(vault)
    session.emit(
        [kept_apart(one) for one in found], (text for one in found for text in kept_apart_lines(vault, one))
    )


def _check_person(session: Session) -> str:
    if not session.person:
        raise UsageError("who asks to join?", remedy='Name yourself with --as "FIRST LAST".')
    return session.person


def _compare(session: Session, words: tuple[str, ...], heard: str | None, otherwise: str) -> None:
    """Ask for the words that the other side reads aloud; `RefusedError` where they are others."""
    if heard is None:
        if not sys.stdin.isatty():
            raise UsageError(
                "nobody can be asked for the words here",
                remedy="Give them as they were read aloud: --words WORDS.",
            )
        session.say("Have the other side read its six words aloud, and type them.")
        heard = click.prompt("Words", err=True)
    if not admission.same_words(words, str(heard)):
        raise RefusedError(
            f"these are not the words of this file. {otherwise}",
            remedy="Have them read once more; if they differ again, somebody exchanged the file on the way.",
        )


def _write(path: Path, data: bytes) -> None:
    if path.parent.name and not path.parent.is_dir():
        raise UsageError(
            "there is no such folder",
            where=str(path.parent),
            remedy="Make it, or name a file in another folder.",
        )
    replace_file(path, data)


def _asked(file: Path, words: tuple[str, ...], recovery: tuple[str, ...]) -> Iterator[str]:
    yield f"Hand over {file}, and read aloud:"
    yield f"  {' '.join(words)}"
    if recovery:
        yield ""
        yield "Recovery words of this laptop's vault. Write them on paper, now:"
        yield from word_lines(recovery)


def _document(one: Member) -> Doc:
    doc = one.record.doc
    return {
        "id": one.record.id,
        "number": one.record.number,
        "letter": doc.get("letter"),
        "device": doc.get("device"),
        "person": one.person.id if one.person else None,
        "name": one.person.doc.get("name") if one.person else None,
        "role": one.standing.role,
        "log": one.log,
        "key_words": list(one.words),
        "entries": one.size,
        "left": one.left,
        "struck_off_at": one.standing.cut,
        "disputed": one.standing.belongs and not one.standing.trusted,
        "history": doc.get("history"),
    }


def _line(one: Member) -> str:
    doc = one.record.doc
    name = one.person.doc.get("name") if one.person else "?"
    cut = (
        ""
        if one.standing.cut is None
        else f", struck off: {counted(one.standing.cut, 'entry counts', 'entries count')}"
    )
    if one.left:
        cut += ", left: this laptop goes on in a later log"
    if one.standing.belongs and not one.standing.trusted:
        cut = ", GIVEN NO KEYS: struck off by an entry that does not count ('members readmit' or 'members revoke')"
    return (
        f"{doc.get('letter')!s:<3} {one.record.number:<9} {one.standing.role or 'not admitted':<12} {name},"
        f" {doc.get('device')}, {counted(one.size, 'entry', 'entries')} here{cut}"
    )
