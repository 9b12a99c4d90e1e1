"""`checkpoints/<log>.consistency`: proof that a log only grew since the seal of the export before (RFC 6962, 2.1.2).

Both heads are written out, so that the file reads by itself: the former is the one that the previous seal gives for
this log, the latter the one of this seal.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from fieldkit.bundle.lines import Lines, decode_base64
from fieldkit.journal.merkle import Frontier

HEADER = "fieldkit-consistency/v1"
CONSISTENCY_LIMIT = 16 << 10
MAX_PROOF = 64

_HEAD = re.compile(r"(?P<size>[1-9][0-9]{0,15}) (?P<root>[A-Za-z0-9+/]{43}=)")


@dataclass(frozen=True, slots=True)
class Consistency:
    """The heads of one log at two exports, and the proof between them. Hashes are 32 raw bytes."""

    origin: str
    old_size: int
    old_root: bytes
    new_size: int
    new_root: bytes
    proof: tuple[bytes, ...]


def consistency_path(log_id: str) -> str:
    """Where the proof for a log lies in the bundle."""
    return f"checkpoints/{log_id}.consistency"


def format_consistency(consistency: Consistency) -> bytes:
    """The file's bytes."""
    lines = [
        HEADER,
        f"log {consistency.origin}",
        f"from {consistency.old_size} {_text(consistency.old_root)}",
        f"to {consistency.new_size} {_text(consistency.new_root)}",
        *(f"proof {_text(node)}" for node in consistency.proof),
    ]
    return "".join(line + "\n" for line in lines).encode()


def parse_consistency(data: bytes, *, where: str = "consistency") -> Consistency:
    """Read the file strictly; the proof itself is not checked here. Raises `UnreadableError`, `NewerFormatError`."""
    lines = Lines(data, where=where, header=HEADER, limit=CONSISTENCY_LIMIT)
    origin = lines.take("log")
    old_size, old_root = _head(lines, "from")
    new_size, new_root = _head(lines, "to")
    proof = lines.take_all("proof")
    if len(proof) > MAX_PROOF:
        lines.refuse("a proof longer than any log needs")
    nodes = tuple(_hash(lines, node) for node in proof)
    lines.end()
    return Consistency(origin, old_size, old_root, new_size, new_root, nodes)


def _head(lines: Lines, name: str) -> tuple[int, bytes]:
    head = _HEAD.fullmatch(lines.take(name))
    if head is None:
        lines.refuse("is not: size from 1, root in base64")
    return int(head["size"]), _hash(lines, head["root"])


def _hash(lines: Lines, text: str) -> bytes:
    try:
        return decode_base64(text, length=32)
    except ValueError:
        lines.refuse("is not a hash of 32 bytes in base64")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def prove(hashes: Iterable[bytes], old_size: int, new_size: int) -> tuple[bytes, ...]:
    """The proof between two sizes of a log, from its leaf hashes (32 bytes each) read once, in order.

    RFC 6962, 2.1.2. Memory grows with the logarithm of the size. 1 <= old_size <= new_size.
    """
    wanted = list(_subtrees(old_size, 0, new_size, known=True))
    roots: dict[tuple[int, int], bytes] = {}
    source = iter(hashes)
    position = 0
    for start, stop in sorted(wanted):
        frontier = Frontier()
        for leaf in islice(source, start - position, stop - position):
            frontier.append(leaf)
        position = stop
        roots[start, stop] = frontier.root()
    return tuple(roots[subtree] for subtree in wanted)


def _subtrees(old_size: int, start: int, stop: int, *, known: bool) -> Iterator[tuple[int, int]]:
    """The subtrees (first leaf, past the last one) whose roots make the proof, in its order."""
    size = stop - start
    if old_size == size:
        if not known:
            yield start, stop
        return
    half = 1 << (size - 1).bit_length() - 1
    if old_size <= half:
        yield from _subtrees(old_size, start, start + half, known=known)
        yield start + half, stop
    else:
        yield from _subtrees(old_size - half, start + half, stop, known=False)
        yield start, start + half
