"""A small log to test with: made entry by entry as a device would, so that a test can bend one thing."""

from __future__ import annotations

import base64
import hashlib
from binascii import a2b_base64
from dataclasses import dataclass
from typing import Any

from fieldkit.journal import canonical
from fieldkit.journal.checkpoint import Checkpoint, log_origin, sign_checkpoint
from fieldkit.journal.keys import DeviceKey
from fieldkit.journal.leaf import SealedEntry, seal
from fieldkit.journal.merkle import root_of

MISSION = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f0a"
AUTHOR = "0198c1f2-7a54-7c31-9f60-3d2a5b8e1f0b"


def secret(seq: int) -> bytes:
    return hashlib.sha256(b"secret of %d" % seq).digest()


def device(name: str) -> DeviceKey:
    return DeviceKey.from_bytes(hashlib.sha256(name.encode()).digest())


def fields(seq: int, **values: Any) -> dict[str, Any]:
    return {
        "kind": "observation",
        "act": "add",
        "id": f"0198c1f2-7a54-7c31-9f60-{seq:012x}",
        "author": AUTHOR,
        "recorded": {"at": f"2026-02-12T08:{seq // 60:02}:{seq % 60:02}.000000Z", "offset": "+02:00"},
        ".text": f"canister {seq}, seen from the gate",
        **values,
    }


def founding(key: DeviceKey, **values: Any) -> dict[str, Any]:
    public = base64.b64encode(key.public).decode()
    return fields(0, **{"kind": "log", ".key": public, ".device": "first laptop", ".letter": "A", **values})


@dataclass
class Log:
    key: DeviceKey
    entries: list[SealedEntry]

    @property
    def id(self) -> str:
        return self.key.log_id

    @property
    def origin(self) -> str:
        return log_origin(MISSION, self.id)

    @property
    def hashes(self) -> list[bytes]:
        return [entry.hash for entry in self.entries]

    def note(self, size: int | None = None) -> bytes:
        hashes = self.hashes[:size]
        return sign_checkpoint(Checkpoint(self.origin, len(hashes), root_of(hashes)), self.key)


def make_log(size: int, name: str = "one") -> Log:
    key = device(name)
    entries = [seal(key.log_id, 0, founding(key), secret(0))]
    entries += [seal(key.log_id, seq, fields(seq), secret(seq)) for seq in range(1, size)]
    return Log(key, entries)


def disclosed(disclosure: str) -> list[Any]:
    """[salt, name, value] of one disclosure."""
    item = canonical.decode(
        a2b_base64(disclosure.translate({45: "+", 95: "/"}) + "=" * (-len(disclosure) % 4))
    )
    assert isinstance(item, list)
    return item


def disclosure(item: Any) -> str:
    return base64.urlsafe_b64encode(canonical.encode(item)).decode().rstrip("=")


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def leaf(disclosures: list[str], log: str, seq: int = 0, *, digests: list[str] | None = None) -> bytes:
    """A leaf over these disclosures, by the format's words and not by the project's code for it."""
    listed = sorted(map(digest, disclosures)) if digests is None else digests
    return canonical.encode({"_sd": listed, "_sd_alg": "sha-256", "log": log, "seq": seq, "v": 1})


def line(disclosures: list[str]) -> bytes:
    return canonical.encode(list(disclosures))
