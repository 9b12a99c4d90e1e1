"""Bundles whose logs' heads or proofs of growth have one defect, sealed and signed by everybody as if they were sound."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from fieldkit.journal import merkle
from fieldkit.journal.checkpoint import Checkpoint, sign_checkpoint
from tests.bad.bundles import Maker, bundle, defect, genuine
from tests.bad.journals import FIRST, NOTE, SECOND, with_files
from tests.bundle.builders import (
    HOST,
    LEAD,
    MISSION,
    Laptop,
    b64,
    complete,
    consistency,
    later_visit,
    reissued,
    signed,
    small_visit,
    unsigned,
    write_folder,
)

HEADS: dict[str, Maker] = {}


def enter(exit_code: int, at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(HEADS, exit_code, at_fault)


def _sealed_as(folder: Path, old: bytes, new: bytes, note: bytes | None = None) -> Path:
    """The seal's text changed before everybody signed it."""
    files = unsigned(small_visit())
    if note is not None:
        files = {path: data for path, data in genuine().items() if path[:4] != "sign"} | {NOTE: note}
        files = reissued(files, small_visit())
        files = {path: data for path, data in files.items() if path[:4] != "sign"}
    assert old in files["seal.txt"]
    files["seal.txt"] = files["seal.txt"].replace(old, new)
    return bundle(folder, signed(signed(files, "host", HOST), "lead", LEAD))


def _note(laptop: Laptop, size: int, root: bytes, signer: Laptop | None = None) -> bytes:
    return sign_checkpoint(Checkpoint(laptop.origin, size, root), (signer or laptop).key)


def _head(laptop: Laptop) -> bytes:
    return f" {len(laptop.entries)} {b64(laptop.root)}\n".encode()


@enter(3, NOTE)
def sealed_root_that_no_laptop_signed(folder: Path) -> Path:
    laptop = small_visit().laptops[0]
    return _sealed_as(folder, b64(laptop.root).encode(), b64(bytes(32)).encode())


@enter(3, f"data/log/{FIRST}")
def root_over_leaves_without_prefix(folder: Path) -> Path:
    """A tree whose leaves are hashed like inner nodes: then a node can pass for a leaf."""
    laptop = small_visit().laptops[0]
    root = merkle.root_of([hashlib.sha256(b"\x01" + taken).digest() for taken, _ in laptop.entries])
    size = len(laptop.entries)
    return _sealed_as(folder, _head(laptop), f" {size} {b64(root)}\n".encode(), _note(laptop, size, root))


@enter(3, f"data/log/{FIRST}")
def head_of_more_entries_than_there_are(folder: Path) -> Path:
    laptop = small_visit().laptops[0]
    size = len(laptop.entries) + 1
    return _sealed_as(
        folder, _head(laptop), f" {size} {b64(laptop.root)}\n".encode(), _note(laptop, size, laptop.root)
    )


@enter(5, "seal.txt")
def log_of_size_zero(folder: Path) -> Path:
    laptop = small_visit().laptops[0]
    return _sealed_as(folder, _head(laptop), f" 0 {b64(laptop.root)}\n".encode())


@enter(3, NOTE)
def checkpoint_signed_by_another_laptop(folder: Path) -> Path:
    first, second = small_visit().laptops
    note = _note(first, len(first.entries), first.root, second)
    return with_files(folder, lambda files, visit: files | {NOTE: note})


@enter(3, NOTE)
def checkpoint_of_an_earlier_size(folder: Path) -> Path:
    laptop = small_visit().laptops[0]
    note = _note(laptop, 1, merkle.root_of(laptop.hashes[:1]))
    return with_files(folder, lambda files, visit: files | {NOTE: note})


@enter(3, NOTE)
def checkpoint_of_another_log(folder: Path) -> Path:
    return with_files(folder, lambda files, visit: files | {NOTE: files[f"checkpoints/{SECOND}.note"]})


@enter(5, NOTE)
def missing_checkpoint(folder: Path) -> Path:
    return with_files(
        folder, lambda files, visit: {path: data for path, data in files.items() if path != NOTE}
    )


@enter(3, f"data/log/{FIRST}")
def log_that_does_not_begin_with_its_device(folder: Path) -> Path:
    visit = small_visit()
    visit.laptops[0].entries.clear()
    visit.laptops[0].add("observation", "first", text="Nothing.", basis="seen")
    return bundle(folder, complete(visit))


@enter(3, f"data/log/{FIRST}")
def log_that_names_another_key(folder: Path) -> Path:
    visit = small_visit()
    first, second = visit.laptops
    first.entries.clear()
    first.add("log", "log", device="laptop", letter="A", key=b64(second.key.public))
    return bundle(folder, complete(visit))


@enter(3, "seal.txt")
def device_key_of_low_order(folder: Path) -> Path:
    """The neutral element as a laptop's key: one signature would fit every checkpoint."""

    def named(key: bytes) -> tuple[str, str]:
        origin = f"fieldkit/{MISSION}/{hashlib.sha256(key).hexdigest()[:32]}"
        key_id = hashlib.sha256(origin.encode() + b"\n\x01" + key).hexdigest()[:8]
        return origin, f"{origin}+{key_id}+{b64(bytes([1]) + key)}"

    visit = small_visit()
    visit.laptops.pop()
    files = unsigned(visit)
    laptop = visit.laptops[0]
    origin, verifier_key = named(b"\x01" + bytes(31))
    sealed = files["seal.txt"].decode().replace(laptop.verifier_key, verifier_key)
    sealed = sealed.replace(f"log {laptop.origin} ", f"log {origin} ")
    files["seal.txt"] = sealed.encode()
    return bundle(folder, signed(signed(files, "host", HOST), "lead", LEAD))


# Proofs of growth


def _later(folder: Path, change: Callable[[bytes, Laptop, Laptop], bytes]) -> Path:
    visit = small_visit()
    later = later_visit(visit, complete(visit))
    path = f"checkpoints/{FIRST}.consistency"
    files = unsigned(later)
    files[path] = change(files[path], visit.laptops[0], later.laptops[0])
    return write_folder(reissued(files, later), folder / "visit-2")


@enter(3, f"checkpoints/{FIRST}.consistency")
def consistency_proof_with_an_element_left_over(folder: Path) -> Path:
    return _later(folder, lambda proof, before, after: proof + f"proof {b64(bytes(32))}\n".encode())


@enter(3, f"checkpoints/{FIRST}.consistency")
def consistency_proof_cut_short(folder: Path) -> Path:
    return _later(folder, lambda proof, before, after: b"".join(proof.splitlines(True)[:-1]))


@enter(3, f"checkpoints/{FIRST}.consistency")
def consistency_proof_to_another_head(folder: Path) -> Path:
    return _later(
        folder, lambda proof, before, after: consistency(before, 1, merkle.root_of(before.hashes[:1]))
    )


@enter(3, f"checkpoints/{FIRST}.consistency")
def consistency_proof_from_a_forged_head(folder: Path) -> Path:
    return _later(
        folder, lambda proof, before, after: proof.replace(b64(before.root).encode(), b64(bytes(32)).encode())
    )


@enter(3, "checkpoints/*.consistency")
def consistency_proofs_left_out(folder: Path) -> Path:
    visit = small_visit()
    later = later_visit(visit, complete(visit))
    files = {path: data for path, data in unsigned(later).items() if not path.endswith(".consistency")}
    return write_folder(reissued(files, later), folder / "visit-2")


@enter(5, f"checkpoints/{FIRST}.consistency")
def consistency_proof_from_size_zero(folder: Path) -> Path:
    return _later(
        folder,
        lambda proof, before, after: proof.replace(f"from {len(before.entries)} ".encode(), b"from 0 "),
    )
