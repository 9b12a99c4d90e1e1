"""Small teams for tests: real vaults that meet through real depots."""

from __future__ import annotations

from pathlib import Path

from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.team.admission import join, make_request, open_grant
from fieldkit.team.depot import Depot, open_depot
from fieldkit.team.members import admit
from fieldkit.team.syncing import Report, Sync
from fieldkit.vault.doctor import _COMPARED
from fieldkit.vault.recording import _Batch
from fieldkit.vault.vault import Vault
from tests.vault.missions import CHEAP, PASSPHRASE


def new_depot(place: Path | str) -> Depot:
    """An empty depot."""
    if isinstance(place, Path):
        place.mkdir(parents=True, exist_ok=True)
    depot = open_depot(str(place))
    depot.begin()
    return depot


def joined(
    folder: Path, lead: Vault, name: str = "Boris Khan", role: str = "inspector", *, history: bool = True
) -> Vault:
    """A laptop that `lead` admitted; it has not synced yet."""
    vault, _ = Vault.prepare(folder, PASSPHRASE, kdf=CHEAP)
    request = make_request(vault, name, f"laptop of {name}")
    data, words = admit(lead, request, role, history=history)
    grant = open_grant(vault, data)
    assert grant.words == words
    join(vault, grant)
    return vault


def sync(depot: Depot, *vaults: Vault) -> list[Report]:
    """Each in turn."""
    return [Sync(vault, depot).run() for vault in vaults]


def meet(depot: Depot, *vaults: Vault) -> None:
    """Sync until nobody has anything new."""
    for _ in range(6):
        if not any(report.entries or sum(report.sent.values()) for report in sync(depot, *vaults)):
            return
    raise AssertionError("they never come to rest")


def tables(vault: Vault) -> dict[str, list[tuple[object, ...]]]:
    """The folded tables, and what does not count, in an order of their own."""
    found = {
        table: sorted(vault.database.rows(f"SELECT {columns} FROM {table}"), key=repr)
        for table, columns in _COMPARED.items()
        if not table.endswith("_terms")
    }
    found["quarantine"] = vault.database.rows("SELECT hash, reason FROM quarantine ORDER BY hash")
    found["standings"] = vault.database.rows("SELECT * FROM standings ORDER BY log")
    return found


def forge(vault: Vault, kind: str, act: str, record: str, values: Doc, *, box: str = "", **more: JSON) -> str:
    """What altered or newer software makes: an entry of the vault's own log (sealed in the compartment `box`) that no rule was
    asked about, signed like every other, and not folded; its leaf hash."""
    said = {"." + name: value for name, value in values.items()}
    with vault.database.write():
        batch = _Batch(vault._own.recorder(), vault.author, 1)
        fields = {**batch._envelope(kind, act, record), **said, **more}
        batch._append(record, str(more.get("number", "")), fields, box)
        (made,), head = batch.finish()
        batch.close()
    vault._own.write_head(head)
    return made.hash
