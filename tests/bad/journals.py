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
from tests.bad.bundles import Made, Maker, bundle, defect
from tests.bundle.builders import (
    Files,
    Laptop,
    Visit,
    complete,
    reissued,
    sealed_anew,
    small_visit,
    unsigned,
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


# Entries of a newer version, whose fields a holder of the laptop's key can withhold


def _newer(folder: Path, shown: int) -> Path:
    def make(laptop: Laptop) -> tuple[bytes, bytes]:
        taken, _ = entry(laptop, list(observation(laptop).values()))
        disclosures = [url64(each) for each in observation(laptop).values()]
        return taken.replace(b'"v":1}', b'"v":2}'), line(disclosures[:shown]) if shown else b"[]"

    return with_entry(folder, make)


@enter(9, f"data/log/{FIRST}")
def newer_entry_that_shows_three_of_its_fields(folder: Path) -> Path:
    return _newer(folder, 3)


@enter(9, f"data/log/{FIRST}")
def newer_entry_that_shows_nothing(folder: Path) -> Path:
    return _newer(folder, 0)


@enter(9, f"data/log/{FIRST}")
def newer_entry_that_lists_no_digests(folder: Path) -> Path:
    def make(laptop: Laptop) -> tuple[bytes, bytes]:
        return b'{"log":"%b","seq":%d,"v":2}' % (laptop.log.encode(), len(laptop.entries)), b"[]"

    return with_entry(folder, make)


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
