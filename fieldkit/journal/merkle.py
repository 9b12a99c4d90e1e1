"""The log's Merkle tree: roots, inclusion proofs and consistency proofs (RFC 6962 section 2, RFC 9162 section 2.1).

leaf = SHA-256(00 || bytes), node = SHA-256(01 || left || right). Hashes are 32 bytes. Proof lists run from the
leaf's side to the root, as in the RFCs. A tree of size 0 has no root that anybody may claim here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from fieldkit.errors import AlteredError, UnreadableError, UsageError

HASH_BYTES: Final = 32
_MAX_SIZE = 2**63 - 1
_sha256 = hashlib.sha256


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return _sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return _sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first.

    Enough to append and to know the root, in memory that grows with the logarithm of the size.
    """

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if not 0 <= size <= _MAX_SIZE or len(nodes) != size.bit_count():
            raise UnreadableError(f"{len(nodes)} subtree roots do not make a tree of size {size}")
        if any(len(node) != HASH_BYTES for node in nodes):
            raise UnreadableError("a subtree root has 32 bytes")
        self.size = size
        self.nodes = list(nodes)

    def append(self, leaf: bytes) -> None:
        """Add the next leaf by its leaf hash."""
        nodes = self.nodes
        size = self.size
        while size & 1:
            leaf = _sha256(b"\x01" + nodes.pop() + leaf).digest()
            size >>= 1
        nodes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree so far. UsageError for the empty tree."""
        if not self.nodes:
            raise UsageError("an empty log has no root")
        root = self.nodes[-1]
        for node in self.nodes[-2::-1]:
            root = node_hash(node, root)
        return root

    def copy(self) -> Frontier:
        """A frontier that grows on its own."""
        return Frontier(self.size, self.nodes)

    def encode(self) -> bytes:
        """Size as 8 bytes, big-endian, then the subtree roots, largest first."""
        return self.size.to_bytes(8, "big") + b"".join(self.nodes)

    @classmethod
    def decode(cls, data: bytes) -> Frontier:
        """Read what `encode` gave. UnreadableError for anything else."""
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_BYTES * size.bit_count():
            raise UnreadableError("not the frontier of a log")
        return cls(size, [data[i : i + HASH_BYTES] for i in range(8, len(data), HASH_BYTES)])


class Tree:
    """A whole tree in memory, for making many proofs: about 64 bytes a leaf.

    Takes leaf hashes as one run of bytes or one by one.
    """

    def __init__(self, hashes: bytes | Iterable[bytes]) -> None:
        level = bytes(hashes) if isinstance(hashes, bytes | bytearray | memoryview) else b"".join(hashes)
        if not level or len(level) % HASH_BYTES:
            raise UsageError("a tree is made of one or more leaf hashes of 32 bytes")
        self.size = len(level) // HASH_BYTES
        self._levels = [level]
        while len(level) > HASH_BYTES:
            paired = len(level) - len(level) % (2 * HASH_BYTES)
            above = [
                _sha256(b"\x01" + level[i : i + 2 * HASH_BYTES]).digest()
                for i in range(0, paired, 2 * HASH_BYTES)
            ]
            level = b"".join(above) + level[paired:]
            self._levels.append(level)

    def root(self) -> bytes:
        """The root over all leaves."""
        return self._levels[-1]

    def inclusion_proof(self, index: int) -> list[bytes]:
        """The audit path of the leaf `index` (from 0). UsageError where there is no such leaf."""
        if not 0 <= index < self.size:
            raise UsageError(f"a log of {self.size} entries has no entry {index}")
        proof = []
        for level in self._levels[:-1]:
            start = (index ^ 1) * HASH_BYTES
            if start < len(level):
                proof.append(level[start : start + HASH_BYTES])
            index >>= 1
        return proof

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """Proof that this tree extends its first `old_size` leaves. UsageError unless 1 <= old_size <= size."""
        if not 1 <= old_size <= self.size:
            raise UsageError(f"a log of {self.size} entries does not extend one of {old_size}")
        if old_size == self.size:
            return []
        height = (old_size & -old_size).bit_length() - 1
        index = old_size // (1 << height) - 1
        proof = [] if old_size.bit_count() == 1 else [self._node(height, index)]
        for level in self._levels[height:-1]:
            start = (index ^ 1) * HASH_BYTES
            if start < len(level):
                proof.append(level[start : start + HASH_BYTES])
            index >>= 1
        return proof

    def _node(self, height: int, index: int) -> bytes:
        start = index * HASH_BYTES
        return self._levels[height][start : start + HASH_BYTES]


def root_of(hashes: bytes | Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    return Tree(hashes).root()


def inclusion_proof(hashes: bytes | Iterable[bytes], index: int) -> list[bytes]:
    """One audit path; make a `Tree` for several."""
    return Tree(hashes).inclusion_proof(index)


def consistency_proof(hashes: bytes | Iterable[bytes], old_size: int) -> list[bytes]:
    """One proof of extension; make a `Tree` for several."""
    return Tree(hashes).consistency_proof(old_size)


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `leaf` stands at `index` in the tree of `size` leaves with this root.

    RFC 9162 section 2.1.3.2. AlteredError otherwise, also for a proof that is too long or too short.
    """
    _check_hashes(leaf, root, *proof)
    if not 0 <= index < size:
        raise AlteredError(f"the proof speaks of entry {index} in a log of {size}")
    place, last = index, size - 1
    result = leaf
    for sibling in proof:
        if last == 0:
            raise AlteredError("the inclusion proof is longer than the tree is high")
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        place >>= 1
        last >>= 1
    if last:
        raise AlteredError("the inclusion proof is too short")
    if result != root:
        raise AlteredError("the inclusion proof does not lead to the root")


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (size2, root2) extends the tree (size1, root1): nothing dropped, changed or inserted.

    RFC 9162 section 2.1.4.2. AlteredError otherwise; size 0 is refused, for it would prove nothing.
    """
    _check_hashes(root1, root2, *proof)
    if not 1 <= size1 <= size2:
        raise AlteredError(f"a log of {size2} entries cannot extend one of {size1}")
    if size1 == size2:
        if proof:
            raise AlteredError("a consistency proof between equal sizes is empty")
        if root1 != root2:
            raise AlteredError("two different logs of the same size")
        return
    path = list(proof)
    if size1.bit_count() == 1:
        path.insert(0, root1)
    if not path:
        raise AlteredError("the consistency proof is too short")
    place, last = size1 - 1, size2 - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise AlteredError("the consistency proof is longer than the tree is high")
        if place & 1 or place == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        place >>= 1
        last >>= 1
    if last:
        raise AlteredError("the consistency proof is too short")
    if old != root1 or new != root2:
        raise AlteredError("the consistency proof does not join the two roots")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise AlteredError("a hash in the proof has not 32 bytes")
