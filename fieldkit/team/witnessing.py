"""Laptops that meet witness each other's heads: what one saw of another's log, the other can no longer take back."""

from __future__ import annotations

import base64
import time
from collections.abc import Collection, Iterable, Iterator

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import UnreadableError
from fieldkit.journal.checkpoint import cosign, open_checkpoint
from fieldkit.journal.leaf import read_fields
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.gaps import is_signed_head
from fieldkit.vault.merging import Fork
from fieldkit.vault.recording import Add, Change
from fieldkit.vault.vault import Vault


def incidents(vault: Vault, forks: Iterable[Fork]) -> Iterator[Change]:
    """An incident for each log written twice of which none speaks yet."""
    known = " ".join(str(view.doc.get("text")) for view in vault.list("incident"))
    for fork in forks:
        if f"log {fork.log} " not in known:
            text = (
                f"Two different histories of log {fork.log} are known from entry {fork.seq + 1} on: its laptop was"
                " copied, put back from a backup, or somebody has its key. Both are kept."
            )
            yield Add("incident", {"incident_type": "security", "text": text})


def contradictions(vault: Vault, told: Collection[str]) -> list[Fork]:
    """Logs of which another laptop witnessed a head, signed by the log's own key, that the log as it is here never had."""
    known = {log.log: log for log in vault.logs()}
    found: dict[str, Fork] = {}
    for view in vault.list("witness"):
        match view.doc:
            case {"log": str(log), "size": int(size), "root": str(root), "checkpoint": str(note)}:
                own = known.get(log)
                if own is None or size > own.size or log in told or log in found:
                    continue
                if Exchange(vault).is_head(log, size, _decoded(root)):
                    continue
                if is_signed_head(note, own.public_key, own.origin, size):
                    found[log] = Fork(log, size - 1, (view.id, ""))
    return list(found.values())


def witness(vault: Vault) -> Iterator[Change]:
    """The head of every other log that says more than it did when it was last witnessed here."""
    mine = vault.own_log.log
    seen: dict[str, int] = {}
    for view in vault.list("witness"):
        named, size = view.doc.get("log"), view.doc.get("size")
        if view.log == mine and isinstance(named, str) and isinstance(size, int):
            seen[named] = max(size, seen.get(named, 0))
    ours = set(Exchange(vault).own_logs())
    key = vault.device_key()
    for log in vault.logs():
        if log.log in ours or log.size <= seen.get(log.log, 0):
            continue
        if not _says_more(vault, log.log, seen.get(log.log, 0), log.size):
            continue
        note = vault.checkpoint(log.log)
        head = open_checkpoint(note, log.public_key, origin=log.origin)
        values: Doc = {
            "log": log.log,
            "size": head.size,
            "root": base64.b64encode(head.root).decode(),
            "cosignature": cosign(note, key, vault.own_log.origin, int(time.time())).strip(),
            "checkpoint": note.decode().strip(),
        }
        yield Add("witness", values)


def _says_more(vault: Vault, log: str, start: int, stop: int) -> bool:
    """Whether entries of other kinds than heads that were seen stand there."""
    for entry in vault.entries(log, start, stop):
        try:
            if read_fields(entry.disclosures).get("kind") != "witness":
                return True
        except UnreadableError:
            return True
    return False


def _decoded(root: str) -> bytes:
    """The bytes of a root, nothing where it is none."""
    try:
        return base64.b64decode(root, validate=True)
    except ValueError:
        return b""
