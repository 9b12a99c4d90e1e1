"""The tree: roots and proofs that agree with the RFCs, and forgeries that do not pass."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import AlteredError, UnreadableError, UsageError
from fieldkit.journal import merkle
from fieldkit.journal.merkle import Frontier, Tree
from tests.shared_data import shared_data

# The leaves and roots of the Certificate Transparency reference tests (github.com/google/certificate-transparency).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
MANY = [hashlib.sha256(b"%d" % i).digest() for i in range(130)]


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, as written: split at the largest power of two below the size."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return merkle.node_hash(by_definition(hashes[:split]), by_definition(hashes[split:]))


def grown(hashes: list[bytes]) -> Frontier:
    frontier = Frontier()
    for value in hashes:
        frontier.append(value)
    return frontier


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    wanted = bytes.fromhex(ROOTS[size - 1])
    assert merkle.root_of(HASHES[:size]) == wanted
    assert merkle.root_of(b"".join(HASHES[:size])) == wanted
    assert grown(HASHES[:size]).root() == wanted


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65, 127, 128, 129, 130])
def test_every_way_to_the_root_agrees_with_the_definition(size: int) -> None:
    wanted = by_definition(MANY[:size])
    assert merkle.root_of(MANY[:size]) == wanted
    frontier = grown(MANY[:size])
    assert (frontier.size, frontier.root()) == (size, wanted)
    assert Frontier.decode(frontier.encode()).root() == wanted


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 33, 65])
def test_every_leaf_and_every_earlier_size_can_be_proved(size: int) -> None:
    tree = Tree(MANY[:size])
    for index in range(size):
        merkle.verify_inclusion(index, size, MANY[index], tree.inclusion_proof(index), tree.root())
        earlier = by_definition(MANY[: index + 1])
        merkle.verify_consistency(index + 1, size, earlier, tree.root(), tree.consistency_proof(index + 1))
    assert merkle.inclusion_proof(MANY[:size], 0) == tree.inclusion_proof(0)
    assert merkle.consistency_proof(MANY[:size], 1) == tree.consistency_proof(1)


@settings(max_examples=200)
@given(st.data())
def test_a_proof_of_inclusion_proves_one_thing_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 130))
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(MANY[:size])
    proof = tree.inclusion_proof(index)
    bends: list[Callable[[], tuple[int, int, bytes, list[bytes], bytes]]] = [
        lambda: (index ^ 1, size, MANY[index], proof, tree.root()),
        lambda: (index, size, MANY[index], [*proof, tree.root()], tree.root()),
        lambda: (index, size, MANY[index], [MANY[0], *proof], tree.root()),
        lambda: (index, size, MANY[index], proof[:-1], tree.root()),
        lambda: (index, size, MANY[index], proof[1:], tree.root()),
        lambda: (index, size, MANY[(index + 1) % size], proof, tree.root()),
        lambda: (index, size, MANY[index], [*proof[:-1], bytes(32)], tree.root()),
        lambda: (index, size, MANY[index], proof, bytes(32)),
        lambda: (size, size, MANY[index], proof, tree.root()),
        lambda: (-1, size, MANY[index], proof, tree.root()),
        lambda: (index + size, size, MANY[index], proof, tree.root()),
        lambda: (0, 0, MANY[index], [], MANY[index]),
        lambda: (index, size, MANY[index][:31], proof, tree.root()),
        lambda: (index, size, MANY[index], [step + b"\x00" for step in proof], tree.root()),
    ]
    with pytest.raises(AlteredError):
        merkle.verify_inclusion(*data.draw(st.sampled_from(bends))())


@settings(max_examples=200)
@given(st.data())
def test_a_proof_of_extension_hides_no_change(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 130))
    old = data.draw(st.integers(1, size - 1))
    tree = Tree(MANY[:size])
    root1, root2, proof = merkle.root_of(MANY[:old]), tree.root(), tree.consistency_proof(old)
    changed = data.draw(st.integers(0, old - 1))
    other = [*MANY[:size]]
    other[changed] = bytes(32)
    bends: list[Callable[[], tuple[int, int, bytes, bytes, list[bytes]]]] = [
        lambda: (old, size, root1, merkle.root_of(other), merkle.consistency_proof(other, old)),
        lambda: (old, size, root2, root1, proof),
        lambda: (old, size, root1, root2, [*proof, root2]),
        lambda: (old, size, root1, root2, [root1, *proof]),
        lambda: (old, size, root1, root2, proof[:-1]),
        lambda: (old, size, root1, root2, []),
        lambda: (size, old, root1, root2, proof),
        lambda: (0, size, root1, root2, proof),
        lambda: (0, size, hashlib.sha256(b"").digest(), root2, []),
        lambda: (old, old, root1, root1, proof),
        lambda: (old, old, root1, root2, []),
        lambda: (old, size, root1, bytes(32), proof),
        lambda: (old, size, root1, root2[:31], proof),
    ]
    with pytest.raises(AlteredError):
        merkle.verify_consistency(*data.draw(st.sampled_from(bends))())


def test_an_inner_node_cannot_pass_for_a_leaf() -> None:
    left, right = MANY[:2]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
    assert merkle.leaf_hash(b"\x01" + left + right) != merkle.node_hash(left, right)


def test_equal_sizes_need_no_proof_but_equal_roots() -> None:
    merkle.verify_consistency(3, 3, MANY[0], MANY[0], [])


def test_no_tree_is_empty() -> None:
    with pytest.raises(UsageError):
        Frontier().root()
    for nothing in ([], b"", [b"short"]):
        with pytest.raises(UsageError):
            merkle.root_of(nothing)


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_no_proof_of_an_entry_that_is_not_there(index: int) -> None:
    with pytest.raises(UsageError):
        Tree(MANY[:5]).inclusion_proof(index)


@pytest.mark.parametrize("size", [-1, 0, 6])
def test_no_proof_of_extending_what_never_was(size: int) -> None:
    with pytest.raises(UsageError):
        Tree(MANY[:5]).consistency_proof(size)


@pytest.mark.parametrize("data", [b"", b"\x00" * 7, b"\x00" * 9, grown(MANY[:5]).encode()[:-1], b"\xff" * 8])
def test_a_frontier_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        Frontier.decode(data)


def test_a_frontier_has_one_root_for_each_subtree() -> None:
    with pytest.raises(UnreadableError):
        Frontier(3, MANY[:1])
    with pytest.raises(UnreadableError):
        Frontier(1, [b"short"])


def test_a_copied_frontier_grows_alone() -> None:
    frontier = grown(MANY[:5])
    other = frontier.copy()
    other.append(MANY[5])
    assert (frontier.size, frontier.root()) == (5, by_definition(MANY[:5]))
    assert (other.size, other.root()) == (6, by_definition(MANY[:6]))


def load(kind: str) -> list[tuple[str, dict[str, Any]]]:
    folder = shared_data("vectors", "merkle", kind)
    return [(str(path), json.loads(path.read_text())) for path in sorted(folder.rglob("*.json"))]


def b64(text: str) -> bytes:
    return base64.b64decode(text)


def holds(check: Callable[..., None], *args: Any) -> bool:
    try:
        check(*args)
    except AlteredError:
        return False
    return True


@pytest.mark.shared_data
def test_published_inclusion_vectors() -> None:
    vectors = load("inclusion")
    assert len(vectors) > 50
    for name, vector in vectors:
        proof = [b64(step) for step in vector["proof"] or []]
        args = (vector["leafIdx"], vector["treeSize"], b64(vector["leafHash"]), proof, b64(vector["root"]))
        assert holds(merkle.verify_inclusion, *args) is not vector["wantErr"], name


@pytest.mark.shared_data
def test_published_consistency_vectors() -> None:
    vectors = load("consistency")
    assert len(vectors) > 50
    for name, vector in vectors:
        proof = [b64(step) for step in vector["proof"] or []]
        args = (vector["size1"], vector["size2"], b64(vector["root1"]), b64(vector["root2"]), proof)
        assert holds(merkle.verify_consistency, *args) is not vector["wantErr"], name
