"""One run of a command: which mission, whose passphrase, who acts, and how the answer is printed.

The passphrase never is an argument: it comes from a file, standard input or a prompt. Standard input has one reader.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fieldkit.cli.output import Progress, print_document, print_lines, say
from fieldkit.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from fieldkit.vault.recording import Change, Recorded
    from fieldkit.vault.vault import Vault

MISSION_VARIABLE = "FIELDKIT_MISSION"
UNLOCK_FILE_VARIABLE = "FIELDKIT_PASSPHRASE_FILE"

_LONGEST_PASSPHRASE_FILE = 4096
"""Bytes: far more than a passphrase; anything longer is the wrong file."""

STDIN = "-"
UNLOCK_OPTION = "--passphrase-file"


@dataclass
class Session:
    """The shared options as they stood on the line, and what they open. Closed by `close`."""

    mission: Path | None = None
    passphrase_file: str | None = None
    person: str | None = None
    json: bool = False
    _vault: Vault | None = field(default=None, repr=False)
    _stdin_reader: str = ""

    def mission_folder(self) -> Path:
        """The mission folder asked for, else the one opened last; UsageError if there is none."""
        if (named := self.named_mission()) is not None:
            return named
        from fieldkit.vault import missions

        if known := missions.known():
            return known[0]
        raise UsageError(
            "no mission is named, and none was opened before",
            remedy=f"Name its folder with -m DIR or {MISSION_VARIABLE}; 'fieldkit new DIR' makes one.",
        )

    def named_mission(self) -> Path | None:
        """The mission folder that the line or the environment names."""
        if self.mission is not None:
            return self.mission
        named = os.environ.get(MISSION_VARIABLE)
        return Path(named) if named else None

    def given_passphrase(self) -> str | None:
        """The passphrase from the file named; None where none is, and where it stands on standard input it is refused."""
        source = self._passphrase_source()
        if source == STDIN:
            raise UsageError(
                "the screens read keys from standard input", remedy=f"Name a file with {UNLOCK_OPTION} FILE."
            )
        return self.secret(source, UNLOCK_OPTION, "Passphrase") if source is not None else None

    def remember(self, folder: Path) -> None:
        """Make `folder` the mission that later commands open when none is named; without it they only have to name it."""
        from fieldkit.vault import missions

        missions.remember(folder)

    def passphrase(self, prompt: str = "Passphrase", *, confirm: bool = False) -> str:
        """The mission's passphrase: from the file named, else asked for at the terminal."""
        return self.secret(self._passphrase_source(), UNLOCK_OPTION, prompt, confirm=confirm)

    def secret(self, source: str | None, option: str, prompt: str, *, confirm: bool = False) -> str:
        """A secret from the file that `option` names ('-': standard input), else asked for at the terminal."""
        if source is None:
            return _ask(prompt, option, confirm=confirm)
        if source == STDIN:
            data = self.stdin(option).read(_LONGEST_PASSPHRASE_FILE + 1)
        else:
            with open_file(Path(source), option) as stream:
                data = stream.read(_LONGEST_PASSPHRASE_FILE + 1)
        return _one_line(data, "standard input" if source == STDIN else source)

    def read(self, source: str, option: str = "--from") -> bytes:
        """All bytes of the file that `option` names; '-' is standard input."""
        if source == STDIN:
            return self.stdin(option).read()
        with open_file(Path(source), option) as stream:
            return stream.read()

    def stdin(self, option: str) -> BinaryIO:
        """Standard input, for `option` alone; a second reader is a UsageError before anything is read."""
        first = self._stdin_reader or (UNLOCK_OPTION if self._passphrase_source() == STDIN else option)
        if first != option:
            raise UsageError(
                f"{first} and {option} both ask for standard input", remedy="Put one of them into a file."
            )
        self._stdin_reader = option
        return sys.stdin.buffer

    def _passphrase_source(self) -> str | None:
        return self.passphrase_file or os.environ.get(UNLOCK_FILE_VARIABLE) or None

    def vault(self) -> Vault:
        """The mission's vault, unlocked on the first call; notices about its state go to standard error."""
        if self._vault is None:
            from fieldkit.vault.vault import Vault

            folder = self.mission_folder()
            self._vault = Vault.open(folder, self.passphrase())
            self.remember(folder)
            for notice in self._vault.notices:
                self.say(f"Note: {notice.problem}\n  {notice.remedy}")
        return self._vault

    def author(self) -> str | None:
        """The record id of the person named with --as; None if nobody was named."""
        if not self.person:
            return None
        try:
            return self.vault().person(self.person)
        except UsageError as error:
            raise UsageError(error.problem, where="--as", remedy=error.remedy) from None

    def record(self, changes: Sequence[Change]) -> Sequence[Recorded]:
        """Record changes in the name of the person who acts, all or none; durable on return."""
        return self.vault().record(changes, author=self.author())

    def adopt(self, vault: Vault) -> Vault:
        """Use a vault that the command opened or made itself, and close it with the session."""
        self._vault = vault
        return vault

    def close(self) -> None:
        """Close the vault, if one was opened."""
        if self._vault is not None:
            vault, self._vault = self._vault, None
            vault.close()

    def emit(self, document: object, lines: Iterable[str]) -> None:
        """The command's answer: `document` with --json, else `lines`."""
        if self.json:
            print_document(document)
        else:
            print_lines(lines)

    def say(self, text: str) -> None:
        """A message for people, on standard error."""
        say(text)

    def progress(self, label: str, total: int | None = None) -> Progress:
        """A context that shows how far a long act has come, on standard error."""
        return Progress(label, total)


def open_file(path: Path, option: str = "") -> BinaryIO:
    """A file that was named on the command line, as an argument or for `option`. Raises `UsageError`."""
    where = f"{option} {path}".lstrip()
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError("there is no such file", where=where, remedy="Check its name and folder.") from None
    except IsADirectoryError:
        raise UsageError(
            "this is a folder, not a file", where=where, remedy="Name one of the files in it."
        ) from None


def _one_line(data: bytes, where: str) -> str:
    if len(data) > _LONGEST_PASSPHRASE_FILE:
        raise UsageError("this is too long to be a passphrase", where=where, remedy="Is it the right file?")
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise UnreadableError(
            "the passphrase is not UTF-8 text", where=where, remedy="Is it the right file?"
        ) from None
    if len(lines) != 1 or not lines[0]:
        raise UsageError(
            "a passphrase is exactly one line, not empty", where=where, remedy="Is it the right file?"
        )
    return lines[0]


def _ask(prompt: str, option: str, *, confirm: bool) -> str:
    import getpass
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            answer = getpass.getpass(f"{prompt}: ")
            if confirm and getpass.getpass(f"{prompt}, once more: ") != answer:
                raise UsageError("the two are not the same", remedy="Nothing was changed; try again.")
        except getpass.GetPassWarning:
            raise UsageError(
                f"{prompt.lower()}: nobody can be asked here",
                remedy=f"Name a file that holds it with {option} FILE, or - for standard input.",
            ) from None
    if not answer:
        raise UsageError(
            f"{prompt.lower()}: nothing was typed", remedy="Type it, or name a file that holds it."
        )
    return answer
