"""`wrap` and `unwrap`: a bundle as one file for its way, encrypted or not, and back. Neither loads a vault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldkit.cli.encrypting import encryption_asked, encryption_options
from fieldkit.cli.output import megabytes
from fieldkit.cli.session import Session, open_file
from fieldkit.errors import UsageError

if TYPE_CHECKING:
    from fieldkit.bundle.decrypting import Identity

_KEY_OPTION = "--key-passphrase-file"


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@encryption_options
@click.pass_obj
def wrap(
    session: Session,
    bundle: Path,
    folder: Path,
    recipients: tuple[str, ...],
    encrypt_passphrase_file: str | None,
) -> None:
    """Make one file of BUNDLE in DIR, and print its path: a zip, or an age file that holds the zip.

    The bundle, a folder or a zip, keeps its signatures and stays where it is. It is checked first: what is altered is not
    passed on.
    """
    from fieldkit.bundle.wrapping import wrap_bundle

    encryption = encryption_asked(session, recipients, encrypt_passphrase_file)
    with session.progress("written, MB") as shown:
        made = wrap_bundle(bundle, folder, encryption, progress=megabytes(shown))
    if encryption is None:
        session.say("The zip is not encrypted: whoever gets hold of it can read all of it.")
    session.emit({"path": str(made), "encrypted": encryption is not None}, [str(made)])


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--identity",
    "identities",
    metavar="FILE",
    multiple=True,
    help="Your age identity (AGE-SECRET-KEY-1…) or OpenSSH private key. May be repeated.",
)
@click.option(
    _KEY_OPTION,
    "key_passphrase_file",
    metavar="FILE",
    help="Read the passphrase of an OpenSSH key from FILE or '-'; else asked if needed.",
)
@click.option(
    "--decrypt-passphrase-file",
    metavar="FILE",
    help="Read the bundle's passphrase from FILE or '-'; else asked if needed.",
)
@click.pass_obj
def unwrap(
    session: Session,
    file: Path,
    folder: Path,
    identities: tuple[str, ...],
    key_passphrase_file: str | None,
    decrypt_passphrase_file: str | None,
) -> None:
    """Open FILE into DIR, and print the path: the zip in an age file, or the folder in a zip.

    What comes out is not encrypted. Whether it is whole and signed is what 'fieldkit verify' says.
    """
    from fieldkit.bundle.decrypting import Decryption
    from fieldkit.bundle.opening import is_age, is_locked_by_passphrase
    from fieldkit.bundle.wrapping import unwrap_bundle

    if identities and decrypt_passphrase_file:
        raise UsageError(
            "--identity and --decrypt-passphrase-file exclude each other",
            remedy="A file is encrypted to keys, or with a passphrase.",
        )
    decryption = None
    if identities:
        decryption = Decryption(_identities(session, identities, key_passphrase_file))
    elif is_age(file) and is_locked_by_passphrase(file):
        decryption = Decryption(
            passphrase=session.secret(
                decrypt_passphrase_file, "--decrypt-passphrase-file", "Passphrase of the bundle"
            )
        )
    with session.progress("written, MB") as shown:
        made = unwrap_bundle(file, folder, decryption, progress=megabytes(shown))
    session.say("What came out is not encrypted: whoever gets hold of it can read all of it.")
    session.emit({"path": str(made)}, [str(made)])


def _identities(
    session: Session, files: tuple[str, ...], passphrase_file: str | None
) -> tuple[Identity, ...]:
    from fieldkit.bundle.decrypting import IDENTITY_LIMIT, read_identities

    found: list[Identity] = []
    for name in files:
        with open_file(Path(name), "--identity") as stream:
            data = stream.read(IDENTITY_LIMIT + 1)
        found += read_identities(
            data,
            lambda name=name: session.secret(  # type: ignore[misc]
                passphrase_file, _KEY_OPTION, f"Passphrase of {Path(name).name}"
            ),
            where=name,
        )
    return tuple(found)
