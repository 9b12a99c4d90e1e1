"""The options that encrypt a bundle for its way: the same wherever one is made into a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fieldkit.cli.session import Session

if TYPE_CHECKING:
    from fieldkit.bundle.transport import Encryption

_FROM_FILE = "--encrypt-passphrase-file"

Command = TypeVar("Command", bound=Callable[..., Any])


def encryption_options(command: Command) -> Command:
    """Give a command the options `recipients` and `encrypt_passphrase_file`."""
    command = click.option(
        _FROM_FILE,
        metavar="FILE",
        help="Encrypt with age under the passphrase in FILE, or '-' for standard input.",
    )(command)
    return click.option(
        "--encrypt-to",
        "recipients",
        metavar="RECIPIENT",
        multiple=True,
        help="Encrypt with age to a key (age1…, 'ssh-ed25519 …') or a file of keys (.pub). May be repeated.",
    )(command)


def encryption_asked(
    session: Session, recipients: tuple[str, ...], passphrase_file: str | None
) -> Encryption | None:
    """To whom, or with which passphrase; None where nothing of that was asked for."""
    from fieldkit.bundle.transport import Encryption, named_recipients

    if not recipients and not passphrase_file:
        return None
    keys = tuple(key for text in recipients for key in named_recipients(text))
    secret = ""
    if passphrase_file:
        secret = session.secret(passphrase_file, _FROM_FILE, "Passphrase of the bundle")
    return Encryption(keys, secret)
