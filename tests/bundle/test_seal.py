"""`seal.txt`: one spelling, and nothing in it that a reader could take two ways."""

from __future__ import annotations

import base64
import dataclasses
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.bundle.seal import RequiredSignature, Seal, SealedLog, format_seal, parse_seal, seal_digest
from fieldkit.errors import NewerFormatError, UnreadableError

MISSION = "0198c0de-0000-7000-8000-000000000001"


def sealed_log(key: bytes, *, mission: str = MISSION, size: int = 637) -> SealedLog:
    origin = f"fieldkit/{mission}/{hashlib.sha256(key).hexdigest()[:32]}"
    typed = b"\x01" + key
    key_id = hashlib.sha256(origin.encode() + b"\n" + typed).hexdigest()[:8]
    return SealedLog(origin, f"{origin}+{key_id}+{base64.b64encode(typed).decode()}", size, b"\x07" * 32)


def fingerprint(seed: str) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(seed.encode()).digest()).decode().rstrip("=")


def a_seal(**changes: object) -> Seal:
    logs = tuple(sorted((sealed_log(b"a" * 32), sealed_log(b"b" * 32, size=1))))
    seal = Seal(
        mission=MISSION,
        log=logs[0].log_id,
        number=3,
        tagmanifest="ab" * 32,
        logs=logs,
        previous="cd" * 32,
        required=(RequiredSignature("host", fingerprint("h")), RequiredSignature("lead", fingerprint("l"))),
        claimed_time="2026-02-12T08:41:07.123456Z",
    )
    return dataclasses.replace(seal, **changes)


def test_a_seal_reads_back_as_it_was_written() -> None:
    seal = a_seal()
    data = format_seal(seal)
    assert parse_seal(data) == seal
    assert data.isascii()
    assert data.splitlines()[0] == b"fieldkit-seal/v1"
    assert data.splitlines()[1] == f"bundle {MISSION}/{seal.log}/3".encode()
    assert seal_digest(data) == hashlib.sha256(data).hexdigest()
    assert seal.logs[0].public_key in (b"a" * 32, b"b" * 32)


def test_the_first_export_has_no_previous_seal() -> None:
    data = format_seal(a_seal(previous=None, required=()))
    assert b"\nprevious-seal none\nclaimed-time " in data
    assert parse_seal(data).previous is None


def test_a_newer_seal_is_told_apart_from_a_damaged_one() -> None:
    data = format_seal(a_seal())
    with pytest.raises(NewerFormatError):
        parse_seal(data.replace(b"seal/v1", b"seal/v2", 1))
    with pytest.raises(UnreadableError):
        parse_seal(data.replace(b"seal/v1", b"seal/v0", 1))


def damages() -> dict[str, bytes]:
    seal = a_seal()
    data = format_seal(seal)
    lines = data.splitlines(keepends=True)
    key = seal.logs[0].verifier_key.encode()
    return {
        "empty": b"",
        "no last line feed": data[:-1],
        "byte order mark": b"\xef\xbb\xbf" + data,
        "carriage returns": data.replace(b"\n", b"\r\n"),
        "blank line at the end": data + b"\n",
        "unknown line": data + b"note all is well\n",
        "unknown line inside": data.replace(b"previous-seal", b"colour red\nprevious-seal"),
        "second claimed time": data + lines[-1],
        "claimed time missing": b"".join(lines[:-1]),
        "order of lines": b"".join([*lines[:2], *lines[3:5], lines[2], *lines[5:]]),
        "logs out of order": b"".join([*lines[:3], lines[4], lines[3], *lines[5:]]),
        "log twice": b"".join([*lines[:4], lines[3], *lines[4:]]),
        "no log": b"".join([*lines[:3], *lines[5:]]),
        "size 0": data.replace(b" 637 ", b" 0 "),
        "size with a leading zero": data.replace(b" 637 ", b" 0637 "),
        "size beyond exact numbers": data.replace(b" 637 ", b" 9007199254740993 "),
        "size in other digits": data.replace(b" 637 ", " ٦٣٧ ".encode()),
        "two spaces": data.replace(b" 637 ", b"  637 "),
        "uppercase digest": data.replace(b"ab" * 32, b"AB" * 32),
        "short digest": data.replace(b"ab" * 32, b"ab" * 31),
        "number 0": data.replace(b"/3\n", b"/0\n"),
        "number with a leading zero": data.replace(b"/3\n", b"/03\n"),
        "log of another mission": data.replace(b"fieldkit/0198", b"fieldkit/0199", 2),
        "foreign verification key": data.replace(key, a_seal().logs[1].verifier_key.encode()),
        "wrong key id": data.replace(b"+" + key.split(b"+")[1] + b"+", b"+00000000+"),
        "root in a second spelling": data.replace(b"BwcHBwc=", b"BwcHBwd=", 1),
        "root too short": data.replace(b"BwcHBwc=", b"BwcH", 1),
        "required out of order": b"".join([*lines[:6], lines[7], lines[6], lines[8]]),
        "required twice": b"".join([*lines[:7], *lines[6:]]),
        "key with two roles": data.replace(fingerprint("l").encode(), fingerprint("h").encode()),
        "role in capitals": data.replace(b"required lead", b"required Lead"),
        "fingerprint in a second spelling": data.replace(fingerprint("l").encode(), b"SHA256:" + b"/" * 43),
        "month 13": data.replace(b"2026-02-12T", b"2026-13-12T"),
        "local time": data.replace(b"123456Z", b"123456+02:00"),
        "not ASCII": data.replace(b"claimed-time 2026", "claimed-time 202６".encode()),
        "too large": data + b"x" * (1 << 20),
    }


@pytest.mark.parametrize("defect", damages())
def test_a_seal_with_a_defect_is_refused(defect: str) -> None:
    damaged = damages()[defect]
    assert damaged != format_seal(a_seal()), "the defect was not made"
    with pytest.raises(UnreadableError) as refusal:
        parse_seal(damaged, where="bundle/seal.txt")
    assert refusal.value.where.startswith("bundle/seal.txt")


@given(st.integers(0, 700), st.integers(0, 255))
def test_no_changed_byte_gives_a_second_spelling(at: int, byte: int) -> None:
    data = bytearray(format_seal(a_seal()))
    data[at % len(data)] = byte
    try:
        seal = parse_seal(bytes(data))
    except (UnreadableError, NewerFormatError):
        return
    assert format_seal(seal) == bytes(data)


def test_what_could_not_be_read_back_is_not_written() -> None:
    with pytest.raises(UnreadableError):
        format_seal(a_seal(claimed_time="2026-02-12T08:41:07Z\nrequired host x"))
    with pytest.raises(UnreadableError):
        format_seal(a_seal(logs=()))
