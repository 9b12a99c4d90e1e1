"""Bundles from the command line: `export`, `sign`, `verify`. What verifies loads no vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldkit.bundle.attestation import Position
from fieldkit.cli.encrypting import encryption_asked, encryption_options
from fieldkit.cli.output import megabytes
from fieldkit.cli.session import Session, open_file
from fieldkit.errors import PassphraseError, UsageError

if TYPE_CHECKING:
    from fieldkit.bundle.export import Exported
    from fieldkit.bundle.signing import Signed
    from fieldkit.cli.output import Progress
    from fieldkit.journal.sshsig import PrivateKey

_KEY_FILE_LIMIT = 64 << 10
_LISTED = 10
_FOUND = 1


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--zip", "zipped", is_flag=True, help="One zip file instead of a folder.")
@click.option(
    "--require",
    "required",
    metavar="ROLE=KEYFILE",
    multiple=True,
    help="Who has to sign, by public key (.pub): a signature taken away will show. May be repeated.",
)
@encryption_options
@click.pass_obj
def export(
    session: Session,
    folder: Path,
    zipped: bool,
    required: tuple[str, ...],
    recipients: tuple[str, ...],
    encrypt_passphrase_file: str | None,
) -> None:
    """Seal the journal and every original into a bundle in DIR, and print its path.

    The bundle is a folder, or a zip, or an encrypted age file that holds that zip. While nothing new is recorded,
    exporting again gives the same bundle, byte for byte. Originals of withheld photos stay behind. Leaves with 1 when
    originals that this laptop recorded are lost here: the bundle is made without them.
    """
    from fieldkit.bundle.export import export_bundle
    from fieldkit.bundle.roster import required_signer

    signers = [required_signer(text) for text in required]
    encryption = encryption_asked(session, recipients, encrypt_passphrase_file)
    vault = session.vault()
    with session.progress("exported, MB") as shown:
        step = megabytes(shown)
        exported = export_bundle(
            vault,
            folder,
            zipped=zipped,
            encryption=encryption,
            required=signers,
            progress=lambda done, _: step(done),
        )
    for line in _remarks(exported, encrypted=encryption is not None):
        session.say(line)
    session.emit(_exported_document(exported, encrypted=encryption is not None), [str(exported.path)])
    if exported.omissions.lost:
        click.get_current_context().exit(_FOUND)


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--role", metavar="ROLE", required=True, help="In which role: lead, host, inspector-2…")
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="OpenSSH private key; else your key in the vault.",
)
@click.option(
    "--key-passphrase-file",
    metavar="FILE",
    help="Read the key's passphrase from FILE or '-'; else asked if needed.",
)
@click.option(
    "--position",
    required=True,
    type=click.Choice([position.value for position in Position]),
    help="What the signer makes of the content.",
)
@click.option(
    "--remark", metavar="TEXT", help="The signer's remark, in any language; may have several lines."
)
@click.option("--remark-from", metavar="FILE", help="Read the remark from FILE or '-'.")
@click.option(
    "--recorded-for",
    "papers",
    metavar="ROLE POSITION SCAN NAME",
    nargs=4,
    multiple=True,
    help="Somebody without a key signed on paper: role, position, the scanned paper, name.",
)
@click.pass_obj
def sign(
    session: Session,
    bundle: Path,
    role: str,
    key_file: Path | None,
    key_passphrase_file: str | None,
    position: str,
    remark: str | None,
    remark_from: str | None,
    papers: tuple[tuple[str, str, str, str], ...],
) -> None:
    """Sign BUNDLE, a folder or a zip, as team or as host; print the path of the attestation.

    The whole copy is checked first: what does not verify is not signed. A signature says which position the signer
    takes, and is not agreement by itself. Whoever signs later pins the earlier signatures; the lead signs last.
    """
    from fieldkit.bundle.attestation import RecordedFor
    from fieldkit.bundle.signing import Statement, paper_digest, sign_bundle

    if remark is not None and remark_from is not None:
        raise UsageError("--remark and --remark-from exclude each other", remedy="Give one of the two.")
    if remark_from is not None:
        remark = _text(session.read(remark_from, "--remark-from"), remark_from)
    recorded = tuple(
        RecordedFor(of, _position(given), paper_digest(Path(scan)), name) for of, given, scan, name in papers
    )
    statement = Statement(role, Position(position), remark or "", recorded)
    key = _person_key(session) if key_file is None else _file_key(session, key_file, key_passphrase_file)
    with session.progress("checked, MB") as shown:
        signed = sign_bundle(bundle, statement, key, progress=_checking(shown))
    if signed.remaining:
        session.say(f"Still to sign: {', '.join(signed.remaining)}.")
    session.emit(_signed_document(bundle, signed), [signed.path])


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Your own list of signers (OpenSSH allowed_signers).",
)
@click.option(
    "--previous",
    metavar="BUNDLE",
    type=click.Path(path_type=Path),
    help="An earlier bundle, or its seal.txt: nothing of it may be missing now.",
)
@click.pass_obj
def verify(session: Session, bundle: Path, keys: Path | None, previous: Path | None) -> None:
    """Check BUNDLE, a folder or a zip: every byte, every entry, every signature. Needs no vault and no network.

    Leaves with 0 when it is intact and signed by everybody who had to; 3 altered or forged; 4 signatures incomplete or keys
    unknown; 5 unreadable; 9 of a newer format; 1 when there is something else to look at. Without --keys nobody's key is
    known: the list inside the bundle proves nothing.
    """
    from fieldkit.bundle.verify import verify_bundle

    with session.progress("checked, MB") as shown:
        report = verify_bundle(bundle, keys=keys, previous=previous, progress=_checking(shown))
    session.emit(report.to_json(), report.to_text().splitlines())
    if report.exit_code:
        click.get_current_context().exit(report.exit_code)


def _remarks(exported: Exported, *, encrypted: bool) -> Iterator[str]:
    if exported.present:
        yield "This bundle lies there already, as it would be now; it was left as it is, with its signatures."
    elif exported.repeated:
        yield f"Nothing was recorded since export {exported.number}: this is the same bundle again."
    if withheld := exported.omissions.withheld:
        yield f"Withheld photos, whose originals are not in it: {_some(withheld)}."
    if held := exported.omissions.held:
        yield f"Photos that the host holds, whose originals are not in it: {_some(held)}."
    if lost := exported.omissions.lost:
        yield (
            f"LOST HERE: originals that this laptop recorded itself are gone, and not in the bundle: {_some(lost)}.\n"
            "  'fieldkit doctor' names them. Bring them back by 'fieldkit sync' with a depot or a laptop that has them,"
            " or from a backup, and export again."
        )
    for gap in exported.omissions.entries[:_LISTED]:
        yield f"NOT IN IT: {gap}."
    if absent := exported.omissions.absent:
        yield f"Originals that have not reached this laptop and are not in it: {_some(absent)}."
    if encrypted:
        yield (
            "Nobody has signed it, and nobody can while it is encrypted. To send a signed one: 'fieldkit export' without"
            " encryption, 'fieldkit sign', then 'fieldkit wrap'."
        )
    else:
        yield "The bundle is not encrypted: whoever gets hold of it can read all of it. --encrypt-to RECIPIENT encrypts."


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _exported_document(exported: Exported, *, encrypted: bool) -> dict[str, object]:
    return {
        "path": str(exported.path),
        "bundle": exported.bundle,
        "number": exported.number,
        "seal_sha256": exported.seal,
        "encrypted": encrypted,
        "repeated": exported.repeated,
        "already_there": exported.present,
        "originals": exported.omissions.files,
        "withheld": [*exported.omissions.withheld],
        "held": [*exported.omissions.held],
        "absent": [*exported.omissions.absent],
        "lost": [*exported.omissions.lost],
        "entries_missing": [
            {"log": gap.log, "first": gap.first + 1, "last": gap.last + 1, "sealed": gap.sealed}
            for gap in exported.omissions.entries
        ],
    }


def _signed_document(bundle: Path, signed: Signed) -> dict[str, object]:
    return {
        "bundle": str(bundle),
        "attestation": signed.path,
        "key": signed.key,
        "seal_sha256": signed.seal,
        "still_to_sign": [*signed.remaining],
    }


def _person_key(session: Session) -> PrivateKey:
    from fieldkit.bundle.person_keys import person_key

    vault = session.vault()
    return person_key(vault, vault.person(session.person) if session.person else vault.author)


def _file_key(session: Session, file: Path, passphrase_file: str | None) -> PrivateKey:
    from fieldkit.journal.sshsig import load_private

    with open_file(file, "--key") as stream:
        data = stream.read(_KEY_FILE_LIMIT + 1)
    try:
        return load_private(data, where=str(file))
    except PassphraseError:
        secret = session.secret(passphrase_file, "--key-passphrase-file", f"Passphrase of {file.name}")
        return load_private(data, secret.encode(), where=str(file))


def _position(text: str) -> Position:
    try:
        return Position(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no position", where="--recorded-for", remedy=f"One of: {', '.join(Position)}."
        ) from None


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("the remark is not UTF-8 text", where=where, remedy="Save it as UTF-8.") from None


def _checking(shown: Progress) -> Callable[[str, int, int], None]:
    step = megabytes(shown)
    return lambda what, done, _: step(done) if what == "files" else None
