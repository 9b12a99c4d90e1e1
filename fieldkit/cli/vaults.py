"""Looking after a vault: its passphrase and recovery words, backups, what it shows without a key, erasure."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from fieldkit.cli.session import Session, open_file
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.vault import head as heads
from fieldkit.vault import slots
from fieldkit.vault.backup import backup as write_backup
from fieldkit.vault.backup import restore as restore_backup
from fieldkit.vault.erasure import CAUTION
from fieldkit.vault.erasure import erase as erase_vault
from fieldkit.vault.files import held_files
from fieldkit.vault.recovery_words import said_written
from fieldkit.vault.slots import KeySlots, MasterKey
from fieldkit.vault.vault import Vault

_WORDS_OPTION = "--recovery-words-file"
_with_words = click.option(
    _WORDS_OPTION,
    "words_file",
    metavar="FILE",
    help="Open with the recovery words in FILE, or '-' to type them, in place of the passphrase.",
)


@click.group()
def vault() -> None:
    """Passphrase, recovery, backup and erasure of a vault."""


@vault.command()
@click.option(
    "--new-passphrase-file", "new_file", metavar="FILE", help="Read the new passphrase from FILE, or '-'."
)
@_with_words
@click.pass_obj
def passphrase(session: Session, new_file: str | None, words_file: str | None) -> None:
    """Change the passphrase. The earlier one opens this vault no longer, but still opens older copies of it."""
    opened = _opened(session, words_file)
    fresh = session.secret(new_file, "--new-passphrase-file", "New passphrase", confirm=True)
    opened.change_slots(opened.slots.with_passphrase(opened.master, fresh))
    session.emit({"changed": "passphrase"}, ["The passphrase is changed."])


@vault.command()
@_with_words
@click.pass_obj
def recovery(session: Session, words_file: str | None) -> None:
    """Make new recovery words. The earlier ones no longer open this vault."""
    opened = _opened(session, words_file)
    fresh, words = opened.slots.with_recovery(opened.master)
    opened.change_slots(fresh)
    said_written(opened)
    session.emit({"recovery_words": list(words)}, ["Write these on paper, now:", *word_lines(words)])


@vault.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(session: Session, file: Path) -> None:
    """Write the whole vault, encrypted as it is, into the new FILE, and read it back."""
    opened = session.vault()
    report = write_backup(opened.folder, opened.database, opened.slots, opened.master, file)
    for name in report.damaged:
        session.say(f"left out, damaged on disk: {name}")
    session.emit(
        {"file": str(file), "files": report.files, "size": report.size, "damaged": list(report.damaged)},
        [f"{file}: {report.files} files, {report.size} bytes, read back and whole."],
    )


@vault.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@_with_words
@click.pass_obj
def restore(session: Session, file: Path, folder: Path, words_file: str | None) -> None:
    """Make the vault of the backup FILE again in DIR, which must not exist or be empty.

    It goes on under a new log, because the laptop that was backed up may still be writing the old one.
    """
    open_file(file).close()
    secret = _secret(session, words_file)

    def unlock(key_slots: KeySlots) -> MasterKey:
        return key_slots.recover(secret) if words_file else key_slots.unlock(secret)

    report = restore_backup(file, folder, unlock)
    session.remember(folder)
    session.emit(
        {"folder": str(folder), "files": report.files, "size": report.size},
        [f"{folder}: {report.files} files, {report.size} bytes, every one as it was backed up."],
    )


@vault.command()
@click.option("--files", "by_file", is_flag=True, help="Name every file with its size and SHA-256.")
@click.pass_obj
def info(session: Session, by_file: bool) -> None:
    """Show what a vault is without opening it: files, sizes, key slots, how far the journal has come.

    Asks for no passphrase and shows no content, so that it can be shown to whoever inspects the laptop.
    """
    folder = session.mission_folder()
    key_slots = KeySlots.read(folder / slots.FILE_NAME)
    described = json.loads(key_slots.to_bytes())
    head = _head(folder, key_slots.store_id)
    files, size = _extent(folder)
    listed = held_files(folder) if by_file else ()
    session.emit(
        {
            "folder": str(folder),
            "format": described["format"],
            "store": key_slots.store_id,
            "slots": [{name: slot[name] for name in slot if name in _SHOWN} for slot in described["slots"]],
            "files": files,
            "size": size,
            "log": head.log if head else None,
            "entries": head.size if head else None,
            **({"held": [asdict(one) for one in listed]} if by_file else {}),
        },
        [
            f"{folder}: an encrypted vault, format {described['format']}, store {key_slots.store_id}",
            *(
                f"  opens with: {slot['kind']:<11} {slot['kdf']} {slot['memory_kib']} KiB, "
                f"{slot['iterations']} passes, {slot['lanes']} lanes"
                for slot in described["slots"]
            ),
            f"  {files} files, {size} bytes",
            _journal(head, key_slots),
            *(f"{one.sha256}  {one.size:>13}  {one.name}" for one in listed),
        ],
    )


_SHOWN = ("kind", "kdf", "memory_kib", "iterations", "lanes")


@vault.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(session: Session, yes: bool) -> None:
    """Destroy the keys of a vault, so that nobody can open it. Needs no passphrase and cannot be undone."""
    folder = session.mission_folder()
    with contextlib.suppress(FieldkitError):
        key_slots = KeySlots.read(folder / slots.FILE_NAME)
        if (head := _head(folder, key_slots.store_id)) is not None:
            session.say(f"{head.size} entries of log {head.log} exist only here, unless merged or exported.")
    files, size = _extent(folder)
    session.say(f"{folder}: {files} files, {size} bytes become unreadable for good.")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody can be asked here", remedy="Say --yes if it is meant.")
        click.confirm("Destroy the keys?", abort=True, err=True)
    report = erase_vault(folder)
    session.emit(
        {"destroyed": [str(path) for path in report.removed], "caution": CAUTION},
        [*(f"destroyed: {path}" for path in report.removed), CAUTION],
    )


def word_lines(words: tuple[str, ...]) -> Iterator[str]:
    """Recovery words in numbered rows of four."""
    numbered = [f"{n:>3} {word:<10}" for n, word in enumerate(words, start=1)]
    for start in range(0, len(numbered), 4):
        yield "  " + "".join(numbered[start : start + 4]).rstrip()


def _opened(session: Session, words_file: str | None) -> Vault:
    if words_file is None:
        return session.vault()
    return session.adopt(Vault.recover(session.mission_folder(), _secret(session, words_file)))


def _secret(session: Session, words_file: str | None) -> str:
    if words_file is None:
        return session.passphrase()
    return session.read(words_file, _WORDS_OPTION).decode("utf-8", "replace")


def _head(folder: Path, store_id: str) -> heads.Head | None:
    found = heads.HeadFiles(folder, store_id).read(folder / heads.FILE_NAME)
    return found if isinstance(found, heads.Head) else None


def _journal(head: heads.Head | None, key_slots: KeySlots) -> str:
    if not key_slots.has_recovery:
        return "  journal: none, the mission was never begun"
    return f"  journal: {head.size} entries in log {head.log}" if head else "  journal: no head kept"


def _extent(folder: Path) -> tuple[int, int]:
    """How many files lie in the folder, and their bytes."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)
