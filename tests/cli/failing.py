"""Commands that fail as no command should, to see what of it reaches a screen."""

from __future__ import annotations

import threading

import click

SECRET = "planted-passphrase-4711"


@click.command()
def fault() -> None:
    """Fail with a secret in the message and in a local."""
    kept = SECRET
    raise RuntimeError(f"the passphrase is {kept}")


@click.command()
def thread() -> None:
    """Fail in a thread."""

    def work() -> None:
        kept = SECRET
        raise ValueError(kept)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


@click.command()
def memory() -> None:
    """Ask for more memory than there is."""
    raise MemoryError(SECRET)
