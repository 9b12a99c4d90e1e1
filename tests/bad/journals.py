"""Bundles whose journal has one defect, sealed and signed by everybody as if it were sound: a forger's or a bad tool's.

Leaves are put together here byte by byte, so that nothing of fieldkit refuses to make them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from fieldkit.domain.jsontypes import JSON
from fieldkit.journal import merkle
from fieldkit.journal.checkpoint import Checkpoint, sign_checkpoint
from tests.bad.bundles import Made, Maker, bundle, defect, genuine
from tests.bundle.builders import (
    HOST,
    LEAD,
    MISSION,
    Files,
    Laptop,
    Visit,
    b64,
    complete,
    consistency,
    later_visit,
    reissued,
    sealed_anew,
    signed,
    small_visit,
    unsigned,
    write_folder,
)

JOURNALS: dict[str, Maker] = {}

FIRST, SECOND = (laptop.log for laptop in small_visit().laptops)
LEAVES = f"data/log/{FIRST}/leaves.jsonl"
DISCLOSURES = f"data/log/{FIRST}/disclosures.jsonl"
NOTE = f"checkpoints/{FIRST}.note"
LAST = f"data/log/{FIRST}:{len(small_visit().laptops[0].entries) + 1}"
SALT = "AAAAAAAAAAAAAAAAAAAAAA"


def url64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def digest_of(disclosure: bytes) -> bytes:
    return url64(hashlib.sha256(disclosure).digest())


def contents(fields: dict[str, JSON]) -> dict[str, bytes]:
    """What each disclosure of an entry holds, as JSON bytes by field name, decoys and `fields` included."""
    names = sorted([*fields, "fields"])
    values: dict[str, JSON] = {**fields, "fields": [*names]}
    values |= {f"~{number}": "" for number in range(-len(names) % 8)}
    return {
        name: piece(name, json.dumps(values[name], ensure_ascii=False).encode()) for name in sorted(values)
    }


def piece(name: str, value: bytes, salt: str = SALT) -> bytes:
    return b'["%b","%b",%b]' % (salt.encode(), name.encode(), value)


def leaf(log: str, seq: int, digests: list[bytes]) -> bytes:
    return b'{"_sd":["%b"],"_sd_alg":"sha-256","log":"%b","seq":%d,"v":1}' % (
        b'","'.join(digests),
        log.encode(),
        seq,
    )


def line(disclosures: list[bytes]) -> bytes:
    return b'["%b"]' % b'","'.join(disclosures)


def entry(
    laptop: Laptop, pieces: list[bytes], *, seq: int | None = None, log: str | None = None
) -> tuple[bytes, bytes]:
    """Leaf and disclosures over these contents, whatever they are."""
    disclosures = [url64(each) for each in pieces]
    place = len(laptop.entries) if seq is None else seq
    return leaf(log or laptop.log, place, sorted(map(digest_of, disclosures))), line(disclosures)


def observation(laptop: Laptop) -> dict[str, bytes]:
    return contents(laptop.fields("observation", "hostile", text="Three crates.", basis="seen"))


def with_entry(folder: Path, make: Callable[[Laptop], tuple[bytes, bytes]]) -> Path:
    """A visit whose first laptop has one more entry, sealed and signed by everybody."""
    visit = small_visit()
    visit.laptops[0].entries.append(make(visit.laptops[0]))
    return bundle(folder, complete(visit))


def with_files(folder: Path, change: Callable[[Files, Visit], Files]) -> Path:
    """Journal files changed after the log was sealed, manifests and signatures made to fit."""
    visit = small_visit()
    return bundle(folder, reissued(change(unsigned(visit), visit), visit))


def enter(exit_code: int, at_fault: str = LAST) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(JOURNALS, exit_code, at_fault)


# Values that two readers would read differently

_VALUES = {
    "json_names_twice": b'{"a":1,"a":2}',
    "json_float": b"1.5",
    "json_float_too_large": b"1E400",
    "json_not_a_number": b"NaN",
    "json_infinity": b"-Infinity",
    "json_minus_zero": b"-0",
    "json_integer_beyond_exactness": b"9007199254740993",
    "json_lone_surrogate": b'"\\ud800"',
    "json_raw_surrogate": b'"\xed\xa0\x80"',
    "json_bytes_that_are_not_utf8": b'"\xff"',
    "json_overlong_utf8": b'"\xc0\xaf"',
    "json_nesting_ten_thousand_deep": b"[" * 10_000 + b"]" * 10_000,
    "json_two_values": b'"a"] ["b"',
    "json_comment": b'"a"/* b */',
    "json_raw_control_character": b'"a\x00b"',
    "json_single_quotes": b"'a'",
    "json_trailing_comma": b"[1,]",
}


def _enter_value(name: str, value: bytes) -> None:
    def make(folder: Path) -> Made:
        def hostile(laptop: Laptop) -> tuple[bytes, bytes]:
            pieces = observation(laptop)
            pieces[".text"] = piece(".text", value)
            return entry(laptop, list(pieces.values()))

        return Made(with_entry(folder, hostile), 5, LAST)

    JOURNALS[name] = make


for _name, _value in _VALUES.items():
    _enter_value(_name, _value)


# Disclosures and digests


def _with_pieces(folder: Path, change: Callable[[dict[str, bytes]], list[bytes]]) -> Path:
    return with_entry(folder, lambda laptop: entry(laptop, change(observation(laptop))))


@enter(5)
def json_byte_order_mark(folder: Path) -> Path:
    return _with_pieces(folder, lambda pieces: [b"\xef\xbb\xbf" + pieces.pop("kind"), *pieces.values()])


@enter(5)
def short_salt(folder: Path) -> Path:
    return _with_pieces(
        folder, lambda pieces: [piece("kind", b'"observation"', "AAAA"), *list(pieces.values())[1:]]
    )


@enter(3)
def field_with_two_versions(folder: Path) -> Path:
    """Two openings of one field: the forger shows whichever suits later."""

    def change(pieces: dict[str, bytes]) -> list[bytes]:
        decoy = max(pieces)
        pieces[decoy] = piece(".text", b'"Four crates."')
        return list(pieces.values())

    return _with_pieces(folder, change)


@enter(3)
def field_that_the_list_of_fields_hides(folder: Path) -> Path:
    def change(pieces: dict[str, bytes]) -> list[bytes]:
        pieces[max(pieces)] = piece(".remark", b'"not to be seen"')
        return list(pieces.values())

    return _with_pieces(folder, change)


@enter(3)
def reserved_field_name(folder: Path) -> Path:
    def change(pieces: dict[str, bytes]) -> list[bytes]:
        pieces[max(pieces)] = piece("_sd", b'""')
        return list(pieces.values())

    return _with_pieces(folder, change)


@enter(3)
def decoy_that_carries_something(folder: Path) -> Path:
    def change(pieces: dict[str, bytes]) -> list[bytes]:
        name = max(pieces)
        pieces[name] = piece(name, b'"a message"')
        return list(pieces.values())

    return _with_pieces(folder, change)


@enter(3)
def entry_without_list_of_fields(folder: Path) -> Path:
    def change(pieces: dict[str, bytes]) -> list[bytes]:
        pieces["fields"] = piece("~7", b'""')
        return list(pieces.values())

    return _with_pieces(folder, change)


@enter(3)
def withheld_field_in_a_complete_copy(folder: Path) -> Path:
    def make(laptop: Laptop) -> tuple[bytes, bytes]:
        taken, _ = entry(laptop, list(observation(laptop).values()))
        shown = [each for name, each in observation(laptop).items() if name != ".text"]
        return taken, line([url64(each) for each in shown])

    return with_entry(folder, make)


@enter(3)
def disclosure_for_nobody(folder: Path) -> Path:
    def make(laptop: Laptop) -> tuple[bytes, bytes]:
        pieces = list(observation(laptop).values())
        taken, _ = entry(laptop, pieces)
        return taken, line([url64(each) for each in [*pieces, piece(".remark", b'"put in later"')]])

    return with_entry(folder, make)


@enter(3)
def digest_used_twice(folder: Path) -> Path:
    def make(laptop: Laptop) -> tuple[bytes, bytes]:
        pieces = list(observation(laptop).values())
        disclosures = [url64(each) for each in [*pieces[:-1], pieces[0]]]
        return leaf(laptop.log, len(laptop.entries), sorted(map(digest_of, disclosures))), line(disclosures)

    return with_entry(folder, make)


@enter(3)
def digests_out_of_order(folder: Path) -> Path:
    def make(laptop: Laptop) -> tuple[bytes, bytes]:
        disclosures = [url64(each) for each in observation(laptop).values()]
        digests = sorted(map(digest_of, disclosures), reverse=True)
        return leaf(laptop.log, len(laptop.entries), digests), line(disclosures)

    return with_entry(folder, make)


@enter(5)
def leaf_with_spaces(folder: Path) -> Path:
    def make(laptop: Laptop) -> tuple[bytes, bytes]:
        taken, disclosures = entry(laptop, list(observation(laptop).values()))
        return taken.replace(b":", b": "), disclosures

    return with_entry(folder, make)


@enter(3)
def entry_of_another_log(folder: Path) -> Path:
    return with_entry(folder, lambda laptop: entry(laptop, list(observation(laptop).values()), log=SECOND))


@enter(3)
def number_of_an_entry_skipped(folder: Path) -> Path:
    return with_entry(
        folder, lambda laptop: entry(laptop, list(observation(laptop).values()), seq=len(laptop.entries) + 1)
    )


@enter(3)
def number_of_an_entry_repeated(folder: Path) -> Path:
    return with_entry(folder, lambda laptop: entry(laptop, list(observation(laptop).values()), seq=0))


# Files of the log


@enter(3, f"data/log/{FIRST}")
def last_entry_left_out(folder: Path) -> Path:
    def change(files: Files, visit: Visit) -> Files:
        return files | {path: b"".join(files[path].splitlines(True)[:-1]) for path in (LEAVES, DISCLOSURES)}

    return with_files(folder, change)


@enter(3, DISCLOSURES)
def disclosures_of_the_last_entry_left_out(folder: Path) -> Path:
    def change(files: Files, visit: Visit) -> Files:
        return files | {DISCLOSURES: b"".join(files[DISCLOSURES].splitlines(True)[:-1])}

    return with_files(folder, change)


@enter(5, LEAVES)
def last_line_without_end(folder: Path) -> Path:
    return with_files(folder, lambda files, visit: files | {LEAVES: files[LEAVES][:-1]})


@enter(5, f"data/log/{FIRST}:1")
def carriage_returns_in_the_log(folder: Path) -> Path:
    return with_files(folder, lambda files, visit: files | {LEAVES: files[LEAVES].replace(b"\n", b"\r\n")})


@enter(3, f"data/log/{FIRST}:2")
def two_entries_in_each_others_place(folder: Path) -> Path:
    def swapped(data: bytes) -> bytes:
        lines = data.splitlines(True)
        return b"".join([lines[0], lines[2], lines[1], *lines[3:]])

    return with_files(
        folder, lambda files, visit: files | {path: swapped(files[path]) for path in (LEAVES, DISCLOSURES)}
    )


@enter(3, LEAVES)
def missing_leaves(folder: Path) -> Path:
    return with_files(
        folder, lambda files, visit: {path: data for path, data in files.items() if path != LEAVES}
    )


@enter(3, "data/log/" + "0" * 32 + "/leaves.jsonl")
def log_that_the_seal_does_not_name(folder: Path) -> Path:
    return with_files(
        folder, lambda files, visit: files | {"data/log/" + "0" * 32 + "/leaves.jsonl": b"{}\n"}
    )


@enter(3, f"data/log/{SECOND}/leaves.jsonl")
def log_taken_out_of_the_seal_only(folder: Path) -> Path:
    visit = small_visit()
    files = unsigned(visit)
    visit.laptops.pop()
    return bundle(folder, sealed_anew(files, visit))


# Heads and the tree


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


@enter(5, f"checkpoints/{FIRST}.consistency")
def consistency_proof_from_size_zero(folder: Path) -> Path:
    return _later(
        folder,
        lambda proof, before, after: proof.replace(f"from {len(before.entries)} ".encode(), b"from 0 "),
    )
