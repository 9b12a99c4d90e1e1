"""Attestations: what a signer says stays exact, readable, and cannot be read two ways."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.bundle.attestation import (
    Attestation,
    Position,
    RecordedFor,
    attestation_path,
    format_attestation,
    parse_attestation,
    parse_path,
)
from fieldkit.errors import NewerFormatError, UnreadableError

KEY = "SHA256:" + base64.b64encode(hashlib.sha256(b"key").digest()).decode().rstrip("=")
ARABIC = "المفتش لم يدخل المستودع الثاني"
REORDERING = ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def an_attestation(**changes: object) -> Attestation:
    attestation = Attestation(
        seal_sha256="ab" * 32,
        role="host",
        key=KEY,
        position=Position.WITH_REMARKS,
        remark=f'Hall 2 was shown.\n{ARABIC}\n\nThe word "refused" is not ours.',
        recorded_for=(RecordedFor("observer", Position.REFUSES, "ef" * 32, "Ľudovít Ó Súilleabháin"),),
        saw=("12" * 32, "34" * 32),
        claimed_time="2026-02-12T17:00:00Z",
    )
    return dataclasses.replace(attestation, **changes)


def test_an_attestation_reads_back_as_it_was_written() -> None:
    attestation = an_attestation()
    assert parse_attestation(format_attestation(attestation)) == attestation


def test_a_person_can_read_the_remark_in_the_file() -> None:
    lines = format_attestation(an_attestation()).decode().splitlines()
    assert 'remark "Hall 2 was shown."' in lines
    assert f'remark "{ARABIC}"' in lines
    assert 'remark ""' in lines
    assert 'remark "The word "refused" is not ours."' in lines


@given(remark=TEXT, name=TEXT.filter(str.strip))
def test_every_text_is_exact_and_nothing_hides_in_the_file(remark: str, name: str) -> None:
    attestation = an_attestation(
        remark=remark,
        position=Position.REFUSES,
        recorded_for=(RecordedFor("observer", Position.ACCEPTS, "ef" * 32, name),),
    )
    data = format_attestation(attestation)
    assert parse_attestation(data) == attestation
    text = data.decode().replace("\n", "")
    assert not {char for char in text if unicodedata.category(char) in ("Cc", "Zl", "Zp")}
    assert not {char for char in text if unicodedata.bidirectional(char) in REORDERING}
    assert not set(text) & set("\u200b\u200e\u200f\u2060\ufeff\u00ad\u061c\U000e0041")


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u200b", "\ufeff", "\u00ad", "\x1b", "\x85", "\u2066", "\U000e0041", "\\"]
)
def test_what_could_hide_or_reorder_is_written_out(hidden: str) -> None:
    attestation = an_attestation(remark=f"before{hidden}after")
    data = format_attestation(attestation)
    assert f"before\\u{{{ord(hidden):x}}}after".encode() in data
    assert parse_attestation(data) == attestation


def test_joiners_that_a_script_needs_stay_readable() -> None:
    assert "می\u200cخواهم".encode() in format_attestation(an_attestation(remark="می\u200cخواهم"))


def test_a_remark_cannot_forge_a_line() -> None:
    data = format_attestation(
        an_attestation(remark="fine\nposition accepts\rposition accepts\u2028position accepts")
    )
    assert data.count(b"\nposition ") == 1
    assert b'\nremark "position accepts\\u{d}position accepts\\u{2028}position accepts"\n' in data


def test_a_newer_attestation_is_told_apart() -> None:
    with pytest.raises(NewerFormatError):
        parse_attestation(format_attestation(an_attestation()).replace(b"/v1", b"/v7", 1))


def damages() -> dict[str, bytes]:
    data = format_attestation(an_attestation())
    return {
        "unknown line": data + b"also true\n",
        "unknown position": data.replace(b"position with-remarks", b"position agrees"),
        "two positions": data.replace(
            b"position with-remarks\n", b"position with-remarks\nposition accepts\n"
        ),
        "with remarks, without any": format_attestation(
            an_attestation(position=Position.ACCEPTS, remark="")
        ).replace(b"position accepts", b"position with-remarks"),
        "empty remark": format_attestation(an_attestation(position=Position.ACCEPTS, remark="")).replace(
            b"recorded-for", b'remark ""\nrecorded-for'
        ),
        "raw reordering character": data.replace(b"Hall", "\u202eHall".encode()),
        "raw zero width space": data.replace(b"Hall", "\u200bHall".encode()),
        "escape that is not needed": data.replace(b"Hall", b"\\u{48}all"),
        "escape with a leading zero": data.replace(b"Hall", b"\\u{00a}Hall"),
        "escape of nothing": data.replace(b"Hall", b"\\u{110000}Hall"),
        "escape of a surrogate": data.replace(b"Hall", b"\\u{d800}Hall"),
        "bare backslash": data.replace(b"Hall", b"Hall\\"),
        "escaped line feed": data.replace(b"Hall", b"Hall\\u{ag}"),
        "remark without quotes": data.replace(b'"Hall 2 was shown."', b"Hall 2 was shown."),
        "bytes that are not UTF-8": data.replace(b"Hall", b"Hall\xff"),
        "a signature seen twice": data.replace(b"34" * 32, b"12" * 32),
        "seen is no digest": data.replace(b"34" * 32, b"34" * 31),
        "nobody recorded for": data.replace("Ľudovít Ó Súilleabháin".encode(), b"  "),
        "paper without a hash": data.replace(b"ef" * 32, b"none"),
        "key of another kind": data.replace(b"SHA256:", b"MD5:"),
        "role with a path": data.replace(b"role host", b"role ../host"),
        "no time": data.replace(b"claimed-time 2026-02-12T17:00:00Z\n", b""),
        "no last line feed": data[:-1],
        "too large": data + b"x" * (256 << 10),
    }


@pytest.mark.parametrize("defect", damages())
def test_an_attestation_with_a_defect_is_refused(defect: str) -> None:
    with pytest.raises(UnreadableError) as refusal:
        parse_attestation(damages()[defect], where="signatures/01-host.att")
    assert "signatures/01-host.att" in refusal.value.where


def test_files_are_named_by_number_and_role() -> None:
    assert attestation_path(1, "host") == "signatures/01-host.att"
    named = parse_path("signatures/12-team-lead.att.sig")
    assert named is not None
    assert (named.number, named.role, named.is_signature) == (12, "team-lead", True)
    for other in (
        "signatures/00-host.att",
        "signatures/1-host.att",
        "signatures/01-Host.att",
        "signatures/01-host.txt",
        "01-host.att",
        "signatures/01-host.att.sig.sig",
        "signatures/01-host.att\n",
        "signatures/०१-host.att",
    ):
        assert parse_path(other) is None, other
