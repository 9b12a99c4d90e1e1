"""One line of a bundle's journal, as it was sealed: for checking something small against a bundle without reading all of it.

Whether the bundle itself is whole and signed is what `verify` says.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from fieldkit.bundle.opening import open_source
from fieldkit.bundle.seal import SEAL_LIMIT, SEAL_NAME, parse_seal
from fieldkit.errors import AlteredError
from fieldkit.journal.canonical import MAX_BYTES


def sealed_leaf(bundle: Path) -> Callable[[str, int], tuple[bytes, bytes]]:
    """Asks the bundle for a leaf by log and number: its bytes, and the public key of the log that the seal names."""
    source = open_source(bundle)
    seal = parse_seal(source.read(SEAL_NAME, limit=SEAL_LIMIT))

    def ask(log: str, seq: int) -> tuple[bytes, bytes]:
        sealed = next((one for one in seal.logs if one.log_id == log), None)
        path = f"data/log/{log}/leaves.jsonl"
        if sealed is None or path not in source.files or not 0 <= seq < sealed.size:
            raise AlteredError("the bundle's journal has no such entry", where=f"{bundle}, log {log}, {seq}")
        with source.files[path].open(buffering=1 << 16) as stream:
            lines = iter(lambda: stream.readline(MAX_BYTES), b"")
            line = next(islice(lines, seq, None), b"")
        return line.rstrip(b"\n"), sealed.public_key

    return ask
