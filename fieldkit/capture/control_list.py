"""A mission's own control list: kept as a file of the mission, and used instead of the one that ships with fieldkit."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.capture.adopting import adopt_file
from fieldkit.domain.controls import ControlList, load
from fieldkit.errors import UsageError
from fieldkit.vault.legislation import carried_file, read_text
from fieldkit.vault.recording import Recorded
from fieldkit.vault.vault import Vault


def adopt(vault: Vault, data: bytes, name: str, *, author: str | None = None) -> Sequence[Recorded]:
    """Make the list in `data` (TOML, `name` names it) the mission's own; the file's record and the mission's.

    Raises `UnreadableError` naming table and key where the list does not hold together; nothing is recorded then.
    """
    chosen = read(data, name)
    edition = f"{chosen.title}, {chosen.edition}"
    return adopt_file(vault, data, name, "control_list", "control list", {"controls": edition}, author=author)


def carried(vault: Vault) -> ControlList:
    """The list that the mission carries. `UsageError` where it carries none."""
    found = carried_file(vault, "control_list")
    if found is None:
        raise UsageError(
            "this mission carries no control list of its own",
            remedy="`fieldkit controls adopt FILE` gives it one; without one the shipped list is used.",
        )
    return read(*found)


def read(data: bytes, where: str) -> ControlList:
    """A control list from the bytes of its TOML file."""
    return load(read_text(data, where), where)
