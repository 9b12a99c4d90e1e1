"""Compartments: making one, adding and removing its readers. Every act an entry, and its keys travel with the next sync.

A reader is a laptop of the team. Lead, deputies and headquarters say who reads, and only where they read themselves, for
nobody else holds the keys. Who was removed keeps what he could read; what follows is sealed under another key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldkit.domain.by_hand import check_by_hand
from fieldkit.domain.decode import normalise
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UsageError
from fieldkit.team.members import Member, disputed, member, members, same_laptop
from fieldkit.vault.belonging import compartment_record
from fieldkit.vault.compartments import KIND, OPEN_ALWAYS, TAKEN_IN
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.locks import Locks
from fieldkit.vault.recording import Add, Amend
from fieldkit.vault.standing import RANKS
from fieldkit.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Compartment:
    """A compartment: its record, the laptops that read it, how many of its entries are here, and how many are read here."""

    record: RecordView
    readers: tuple[Member, ...]
    entries: int
    read: int

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.record.doc.get("name"))


def compartments(vault: Vault) -> list[Compartment]:
    """Every compartment, by number."""
    counts = Exchange(vault).sealed_counts()
    team = members(vault)
    found = []
    for record in vault.list(KIND):
        logs = Locks(vault.database, vault).readers(record.id)
        readers = tuple(one for one in team if one.log in logs)
        found.append(Compartment(record, readers, *counts.get(record.id, (0, 0))))
    return found


def compartment(vault: Vault, ref: str) -> Compartment:
    """The compartment of this name, number or id. Raises `UsageError`."""
    wanted = ref.strip().casefold()
    for one in compartments(vault):
        if wanted in (one.name.casefold(), one.record.number.casefold(), one.record.id):
            return one
    raise UsageError(
        f"there is no compartment {ref!r}", remedy="'fieldkit members compartment list' shows them."
    )


def create(
    vault: Vault,
    name: str,
    readers: Sequence[str] = (),
    kinds: Sequence[str] = (),
    *,
    author: str | None = None,
) -> Compartment:
    """Make a compartment that this laptop and `readers` (letters, numbers or ids of laptops) read.

    Records of `kinds` go into it unless another is named. Raises `RefusedError`, `UsageError`.
    """
    _check_leads(vault)
    if any(one.name.casefold() == name.strip().casefold() for one in compartments(vault)):
        raise UsageError(
            f"there is a compartment {name!r} already", remedy="Choose another name, or add readers to it."
        )
    for kind in kinds:
        check_by_hand(kind, "add")
        if kind in OPEN_ALWAYS:
            raise RefusedError(f"a {kind} is read by the whole team", remedy="Name another kind.")
        if kind in TAKEN_IN:
            raise RefusedError(
                f"a {kind} is taken in with its file for the whole team",
                remedy="Attach single files to records of the compartment: fieldkit attach FILE --to ID.",
            )
    vault.begin_due_log()
    chosen = {vault.own_log.log: member(vault, vault.own_log.log)}
    for ref in readers:
        one = _belonging(vault, ref)
        chosen[one.log] = one
    name = str(normalise(KIND, {"name": name})["name"])
    values: Doc = {"name": name, "readers": [one.record.id for one in chosen.values()], "kinds": [*kinds]}
    record = compartment_record(vault.mission_id, vault.own_log.log, name)
    (recorded,) = vault.record([Add(KIND, values, id=record)], author=author)
    vault.renew_compartment(recorded.id)
    return compartment(vault, recorded.id)


def add_reader(
    vault: Vault, ref: str, laptop: str, *, history: bool = True, author: str | None = None
) -> Compartment:
    """Let a laptop read a compartment: what is in it so far, and what follows; without `history` only what follows."""
    found = _managed(vault, ref)
    one = _belonging(vault, laptop)
    if one in found.readers:
        raise UsageError(
            f"laptop {one.record.doc.get('letter')} reads {found.name!r} already",
            remedy="'fieldkit members compartment list' shows who reads it.",
        )
    why = f"laptop {one.record.doc.get('letter')} reads it"
    listed = found.record.doc.get("readers")
    changes = [Amend(found.record.id, why, add={"readers": [one.record.id]})]
    if isinstance(listed, list) and one.record.id in listed:
        # Said by a laptop that never read it, which does not count.
        changes.insert(0, Amend(found.record.id, why, remove={"readers": [one.record.id]}))
    vault.record(changes, author=author)
    if history:
        vault.give_compartment(found.record.id, {one.log: str(one.record.doc.get("encryption_key"))})
    else:
        vault.renew_compartment(found.record.id)
    return compartment(vault, found.record.id)


def remove_reader(
    vault: Vault, ref: str, laptop: str, reason: str, *, author: str | None = None
) -> Compartment:
    """Let a laptop no longer read what is recorded in a compartment from now on."""
    found = _managed(vault, ref)
    one = member(vault, laptop)
    logs = same_laptop(vault, one)
    listed = found.record.doc.get("readers")
    named = [each.record.id for each in logs if isinstance(listed, list) and each.record.id in listed]
    if not named:
        raise UsageError(
            f"laptop {one.record.doc.get('letter')} is no reader of {found.name!r}",
            remedy="'fieldkit members compartment list' shows who reads it.",
        )
    if any(each.log == vault.own_log.log for each in logs):
        raise RefusedError(
            "a laptop does not remove itself", remedy="Do it from another laptop that reads it and leads."
        )
    vault.record([Amend(found.record.id, reason, remove={"readers": [*named]})], author=author)
    vault.renew_compartment(found.record.id)
    return compartment(vault, found.record.id)


def _check_leads(vault: Vault) -> None:
    if vault.role not in RANKS:
        raise RefusedError(
            f"a laptop in the role {vault.role} does not say who reads a compartment",
            remedy="Let the lead, a deputy or headquarters do it.",
        )


def _managed(vault: Vault, ref: str) -> Compartment:
    _check_leads(vault)
    vault.begin_due_log()
    found = compartment(vault, ref)
    if all(one.log != vault.own_log.log for one in found.readers):
        raise RefusedError(
            f"this laptop does not read {found.name!r}, so it has no key to give",
            remedy="Let a laptop that reads it and leads do it.",
        )
    return found


def _belonging(vault: Vault, ref: str) -> Member:
    one = member(vault, ref)
    if not one.standing.belongs:
        raise RefusedError(
            f"laptop {one.record.doc.get('letter')} does not belong to the team", remedy="Admit it first."
        )
    if not one.standing.trusted:
        raise disputed(one)
    return one
