"""Commands that end as no command should, while the vault is open and its records are in their hands."""

from __future__ import annotations

import os
import time

import click

from fieldkit.cli import main
from fieldkit.cli.frame import Entry
from fieldkit.cli.session import Session


@click.command()
@click.pass_obj
def fault(session: Session) -> None:
    """Fail over a record, whose text is in the error and in a local."""
    record = next(session.vault().list("observation"))
    passphrase = session.passphrase()
    raise RuntimeError(f"{record} under {passphrase}")


@click.command()
@click.pass_obj
def die(session: Session) -> None:
    """End by SIGABRT, as a library written in C would."""
    kept = list(session.vault().list())
    passphrase = session.passphrase()
    assert kept
    assert passphrase
    os.abort()


@click.command()
@click.pass_obj
def hang(session: Session) -> None:
    """Hold the records and wait to be ended."""
    kept = list(session.vault().list())
    click.echo(len(kept))
    time.sleep(60)


def run() -> None:
    """`fieldkit`, with these commands besides its own."""
    main.COMMANDS["Crashing"] = tuple(
        Entry(name, f"tests.trials.crashing:{name}", "Ends badly.") for name in ("fault", "die", "hang")
    )
    main.run()
