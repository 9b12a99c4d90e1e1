"""Opening what lies in a depot with a mission's keys, to see whether each object lies under its own name."""

from __future__ import annotations

from collections.abc import Callable

from fieldkit.errors import AlteredError, UnreadableError
from fieldkit.team import names
from fieldkit.team.keyring import Keyring
from fieldkit.team.names import Name
from fieldkit.team.receipts import read_receipt
from fieldkit.team.segment import LockedError, open_segment
from fieldkit.vault.sealed_keys import read_key
from fieldkit.vault.vault import Vault


def own_names(vault: Vault) -> Callable[[Name, bytes], str]:
    """What finds the fault of an object (empty: none), given its name and its bytes. Other missions' objects, and those of
    keys that are not here, pass."""
    mission = vault.mission_id
    keys = Keyring(vault).keys()

    def fault(name: Name, data: bytes) -> str:
        if name.mission != mission:
            return ""
        try:
            if name.kind == names.LOG:
                open_segment(name, data, keys)
            elif name.kind == names.RECEIPT:
                read_receipt(name, data, keys)
            elif name.kind == names.KEYRING:
                read_key(mission, data, str(name))
        except LockedError:
            return ""
        except (AlteredError, UnreadableError) as error:
            return f"does not open under this name: {error.problem}"
        return ""

    return fault
