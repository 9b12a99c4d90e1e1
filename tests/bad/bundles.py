"""Bundles each with one defect: what attackers and bad tools do to the bag, its seal and its signatures.

Every maker is named by the defect it makes and says what a verifier has to answer: the exit code, and the file that
must be named. Most start from a genuine, signed bundle; where the text says `reissued`, a bad tool made the defect
before everybody signed, so that no digest and no signature betrays it.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from fieldkit.journal.sshsig import sign
from tests.bundle.builders import (
    HOST,
    LEAD,
    NAMESPACE,
    STRANGER,
    Files,
    attestation,
    b64,
    complete,
    digest,
    is_tag,
    manifest,
    photograph,
    put_signature,
    reissued,
    seal_text,
    sealed_anew,
    signed,
    small_visit,
    unsigned,
    with_manifests,
    write_folder,
)

ORIGINAL = f"data/media/{digest(photograph('a'))}.jpg"
TAG_MANIFEST = "tagmanifest-sha256.txt"
HOST_SAYS, LEAD_SAYS = "signatures/01-host.att", "signatures/02-lead.att"


class Made(NamedTuple):
    """A defective bundle, the exit code it must give, and what the report must name."""

    path: Path
    exit_code: int
    at_fault: str


Maker = Callable[[Path], Made]
BUNDLES: dict[str, Maker] = {}


def defect(
    registry: dict[str, Maker], exit_code: int, at_fault: str
) -> Callable[[Callable[[Path], Path]], Maker]:
    """Enter a maker under its own name."""

    def enter(make: Callable[[Path], Path]) -> Maker:
        def made(folder: Path) -> Made:
            return Made(make(folder), exit_code, at_fault)

        registry[make.__name__] = made
        return made

    return enter


def altered(at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(BUNDLES, 3, at_fault)


def unreadable(at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(BUNDLES, 5, at_fault)


def genuine() -> Files:
    return complete(small_visit())


def bundle(folder: Path, files: Files) -> Path:
    return write_folder(files, folder / "visit-1")


def without(files: Files, *gone: str) -> Files:
    return {path: data for path, data in files.items() if path not in gone}


# The bag


@altered(ORIGINAL)
def same_size_change(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {ORIGINAL: files[ORIGINAL][:-1] + b"!"})


@altered(ORIGINAL)
def truncated_original(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {ORIGINAL: files[ORIGINAL][:-1]})


@altered(ORIGINAL)
def missing_original(folder: Path) -> Path:
    return bundle(folder, without(genuine(), ORIGINAL))


@altered(TAG_MANIFEST)
def dropped_payload_with_manifests_rewritten(folder: Path) -> Path:
    return bundle(folder, with_manifests(without(genuine(), ORIGINAL)))


@altered(HOST_SAYS)
def dropped_payload_with_seal_rewritten(folder: Path) -> Path:
    files = with_manifests(without(genuine(), ORIGINAL))
    return bundle(folder, files | {"seal.txt": seal_text(small_visit(), files)})


@altered(TAG_MANIFEST)
def deleted_tag_manifest(folder: Path) -> Path:
    return bundle(folder, without(genuine(), TAG_MANIFEST))


@altered("manifest-sha256.txt")
def deleted_manifest(folder: Path) -> Path:
    return bundle(folder, without(genuine(), "manifest-sha256.txt"))


@altered("manifest-md5.txt")
def md5_downgrade(folder: Path) -> Path:
    files = without(genuine(), TAG_MANIFEST, "manifest-sha256.txt")
    files["manifest-md5.txt"] = "".join(
        f"{hashlib.md5(data).hexdigest()}  {path}\n"
        for path, data in sorted(files.items())
        if path[:5] == "data/"
    ).encode()
    files["tagmanifest-md5.txt"] = "".join(
        f"{hashlib.md5(data).hexdigest()}  {path}\n" for path, data in sorted(files.items()) if is_tag(path)
    ).encode()
    return bundle(folder, files)


@altered("manifest-md5.txt")
def md5_manifest_beside_it_reissued(folder: Path) -> Path:
    md5 = f"{hashlib.md5(photograph('a')).hexdigest()}  {ORIGINAL}\n".encode()
    return bundle(folder, reissued(genuine() | {"manifest-md5.txt": md5}, small_visit()))


@altered("note.txt")
def unlisted_tag_file(folder: Path) -> Path:
    return bundle(folder, genuine() | {"note.txt": b"Nothing was found.\n"})


@altered("data/views/other.html")
def unlisted_payload_file(folder: Path) -> Path:
    return bundle(folder, genuine() | {"data/views/other.html": b"<p>Nothing was found.</p>"})


@altered("data/views/report.html")
def rewritten_view(folder: Path) -> Path:
    return bundle(folder, genuine() | {"data/views/report.html": b"<p>Hall 3</p>\n"})


@altered("data/views/empty/")
def empty_folder(folder: Path) -> Path:
    made = bundle(folder, genuine())
    (made / "data/views/empty").mkdir()
    return made


@altered("bag-info.txt")
def wrong_payload_count_reissued(folder: Path) -> Path:
    files = genuine() | {"bag-info.txt": b"Payload-Oxum: 1.1\n"}
    files[TAG_MANIFEST] = manifest(files, filter(is_tag, files))
    return bundle(folder, sealed_anew(files, small_visit()))


@unreadable("bagit.txt")
def latin_bag_declaration_reissued(folder: Path) -> Path:
    declaration = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: ISO-8859-1\n"
    return bundle(folder, reissued(genuine() | {"bagit.txt": declaration}, small_visit()))


@altered("data/media/" + "0" * 64 + ".jpg")
def original_under_another_name_reissued(folder: Path) -> Path:
    files = genuine()
    files["data/media/" + "0" * 64 + ".jpg"] = files.pop(ORIGINAL)
    return bundle(folder, reissued(files, small_visit()))


@defect(BUNDLES, 1, digest(b"stray"))
def original_that_nobody_names_reissued(folder: Path) -> Path:
    files = genuine() | {f"data/media/{digest(b'stray')}.jpg": b"stray"}
    return bundle(folder, reissued(files, small_visit()))


def _with_manifest(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> Path:
    """The manifest's lines changed, everything above it made to fit, and signed by everybody."""
    files = genuine()
    files["manifest-sha256.txt"] = b"".join(change(files["manifest-sha256.txt"].splitlines(keepends=True)))
    files[TAG_MANIFEST] = manifest(files, filter(is_tag, files))
    return bundle(folder, sealed_anew(files, small_visit()))


@unreadable("manifest-sha256.txt")
def manifest_out_of_order_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: lines[::-1])


@unreadable("manifest-sha256.txt")
def manifest_with_a_line_twice_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: [lines[0], *lines])


@unreadable("manifest-sha256.txt")
def manifest_in_upper_case_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: [lines[0].upper(), *lines[1:]])


@unreadable("manifest-sha256.txt")
def manifest_with_carriage_returns_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: [line.replace(b"\n", b"\r\n") for line in lines])


@unreadable("manifest-sha256.txt")
def manifest_that_leads_outside_reissued(folder: Path) -> Path:
    (folder / "outside").write_bytes(b"x")
    return _with_manifest(folder, lambda lines: [f"{digest(b'x')}  data/../../outside\n".encode(), *lines])


@unreadable("manifest-sha256.txt")
def manifest_with_an_escaped_newline_reissued(folder: Path) -> Path:
    return _with_manifest(folder, lambda lines: [*lines, f"{digest(b'x')}  data/x%0ay\n".encode()])


@unreadable("fetch.txt")
def fetch_file(folder: Path) -> Path:
    fetch = f"https://198.51.100.7/a.jpg 300 {ORIGINAL}\n".encode()
    return bundle(folder, without(genuine(), ORIGINAL) | {"fetch.txt": fetch})


# Things that are no files, and names that are none of the format


@unreadable(ORIGINAL)
def symlink_to_an_original(folder: Path) -> Path:
    made = bundle(folder, genuine())
    (made / ORIGINAL).rename(folder / "elsewhere.jpg")
    (made / ORIGINAL).symlink_to(folder / "elsewhere.jpg")
    return made


@unreadable("data/views")
def symlink_to_a_folder(folder: Path) -> Path:
    made = bundle(folder, genuine())
    (made / "data/views").rename(folder / "elsewhere")
    (made / "data/views").symlink_to(folder / "elsewhere")
    return made


@unreadable("data/views/pipe")
def named_pipe(folder: Path) -> Path:
    made = bundle(folder, genuine())
    os.mkfifo(made / "data/views/pipe")
    return made


@unreadable(ORIGINAL)
def named_pipe_in_place_of_an_original(folder: Path) -> Path:
    made = bundle(folder, without(genuine(), ORIGINAL))
    os.mkfifo(made / ORIGINAL)
    return made


@unreadable("signatures/03-x")
def unix_socket(folder: Path) -> Path:
    made = bundle(folder, genuine())
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(made)
        try:
            listener.bind("signatures/03-x")
        finally:
            os.chdir(here)
    return made


@unreadable("data/views/null")
def device(folder: Path) -> Path:
    made = bundle(folder, genuine())
    try:
        os.mknod(made / "data/views/null", 0o20644, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices can be made by the superuser only")
    return made


def _named(folder: Path, name: str | bytes) -> Path:
    made = bundle(folder, genuine())
    (made / os.fsdecode(name)).write_bytes(b"x")
    return made


@unreadable("a␊b")
def newline_in_a_name(folder: Path) -> Path:
    return _named(folder, "data/views/a\nb")


@unreadable("a%0Ab")
def escaped_newline_in_a_name(folder: Path) -> Path:
    return _named(folder, "data/views/a%0Ab")


@unreadable("gpj.exe")
def reordering_character_in_a_name(folder: Path) -> Path:
    return _named(folder, "data/views/photo\u202egpj.exe")


@unreadable("data/views/")
def name_that_is_not_utf8(folder: Path) -> Path:
    return _named(folder, b"data/views/\xff\xfe")


@unreadable("verify.txt")
def names_that_differ_in_case(folder: Path) -> Path:
    return _named(folder, "verify.txt")


@unreadable("data/views/.hidden")
def hidden_file(folder: Path) -> Path:
    return _named(folder, "data/views/.hidden")


@unreadable("data/views/con.txt")
def name_of_a_windows_device(folder: Path) -> Path:
    return _named(folder, "data/views/con.txt")


# The seal


@unreadable("seal.txt")
def missing_seal(folder: Path) -> Path:
    return bundle(folder, without(genuine(), "seal.txt"))


@unreadable("seal.txt")
def seal_with_a_line_more(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {"seal.txt": files["seal.txt"] + b"note all is well\n"})


@altered(HOST_SAYS)
def seal_of_another_time(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {"seal.txt": files["seal.txt"].replace(b"08:00:08", b"08:00:09")})


@altered(LEAD_SAYS)
def seal_without_required_signatures(folder: Path) -> Path:
    lines = genuine()["seal.txt"].splitlines(keepends=True)
    return bundle(
        folder, genuine() | {"seal.txt": b"".join(line for line in lines if line[:8] != b"required")}
    )


@altered(HOST_SAYS)
def seal_passed_off_as_newer(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {"seal.txt": files["seal.txt"].replace(b"seal/v1", b"seal/v3")})


@defect(BUNDLES, 9, "seal.txt")
def seal_of_a_newer_version_reissued(folder: Path) -> Path:
    files = unsigned(small_visit())
    files["seal.txt"] = files["seal.txt"].replace(b"seal/v1", b"seal/v2")
    return bundle(folder, signed(signed(files, "host", HOST), "lead", LEAD))


# Signatures


@defect(BUNDLES, 4, "nobody has signed")
def unsigned_bundle(folder: Path) -> Path:
    return bundle(folder, unsigned(small_visit()))


@defect(BUNDLES, 4, "lead")
def stripped_last_signature(folder: Path) -> Path:
    return bundle(folder, without(genuine(), LEAD_SAYS, LEAD_SAYS + ".sig"))


def _refused() -> Files:
    files = signed(unsigned(small_visit()), "host", HOST, position="refuses", remark="We were not heard.")
    return signed(files, "lead", LEAD)


@altered("signatures/01")
def stripped_refusal(folder: Path) -> Path:
    return bundle(folder, without(_refused(), HOST_SAYS, HOST_SAYS + ".sig"))


@altered("signatures/01-lead.att")
def stripped_refusal_renumbered(folder: Path) -> Path:
    files = without(_refused(), HOST_SAYS, HOST_SAYS + ".sig")
    files["signatures/01-lead.att"] = files.pop(LEAD_SAYS)
    files["signatures/01-lead.att.sig"] = files.pop(LEAD_SAYS + ".sig")
    return bundle(folder, files)


@altered(LEAD_SAYS)
def refusal_replaced_by_acceptance(folder: Path) -> Path:
    """The host changes its mind, with its own key, after the lead has signed over the refusal."""
    refused, accepted = _refused(), signed(unsigned(small_visit()), "host", HOST)
    return bundle(folder, refused | {path: accepted[path] for path in (HOST_SAYS, HOST_SAYS + ".sig")})


@altered(HOST_SAYS)
def rewritten_remark(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {HOST_SAYS: files[HOST_SAYS].replace(b"not shown", b"all shown")})


@altered(HOST_SAYS)
def signatures_of_another_bundle(folder: Path) -> Path:
    other = small_visit()
    other.number = 2
    theirs = {path: data for path, data in complete(other).items() if path.startswith("signatures/")}
    return bundle(folder, genuine() | theirs)


@altered(HOST_SAYS)
def signature_for_another_purpose(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {HOST_SAYS + ".sig": sign(files[HOST_SAYS], "file", HOST.key).encode()})


@altered(HOST_SAYS + ".sig")
def trailing_junk_after_signature(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {HOST_SAYS + ".sig": files[HOST_SAYS + ".sig"] + b"junk\n"})


@altered(HOST_SAYS + ".sig")
def junk_before_signature(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, files | {HOST_SAYS + ".sig": b"junk\n" + files[HOST_SAYS + ".sig"]})


@altered(HOST_SAYS + ".sig")
def concatenated_signatures(folder: Path) -> Path:
    files = genuine()
    second = sign(files[HOST_SAYS], NAMESPACE, STRANGER.key).encode()
    return bundle(folder, files | {HOST_SAYS + ".sig": files[HOST_SAYS + ".sig"] + second})


@altered("signatures/03-observer.att")
def identity_point_key_signature(folder: Path) -> Path:
    """The key is the curve's neutral element: R neutral and S zero fit every message ever written."""
    files = genuine()
    neutral = b"\x01" + bytes(31)
    text = attestation(files, "observer", STRANGER)
    wire = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + neutral
    text = text.replace(
        STRANGER.fingerprint.encode(), b"SHA256:" + b64(hashlib.sha256(wire).digest()).rstrip("=").encode()
    )
    files["signatures/03-observer.att"] = text
    files["signatures/03-observer.att.sig"] = _armor(wire, neutral + bytes(32))
    return bundle(folder, files)


def _armor(key: bytes, signature: bytes) -> bytes:
    def text(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    inner = text(b"ssh-ed25519") + text(signature)
    blob = (
        b"SSHSIG\x00\x00\x00\x01"
        + text(key)
        + text(NAMESPACE.encode())
        + text(b"")
        + text(b"sha512")
        + text(inner)
    )
    body = b64(blob)
    rows = [body[at : at + 70] for at in range(0, len(body), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *rows, "-----END SSH SIGNATURE-----", ""]).encode()


@altered("signatures/03-observer.att")
def key_with_two_roles(folder: Path) -> Path:
    return bundle(folder, signed(genuine(), "observer", LEAD))


@altered("signatures/03-lead.att")
def signed_as_another_role_than_filed(folder: Path) -> Path:
    files = genuine()
    return bundle(folder, put_signature(files, "lead", STRANGER, attestation(files, "observer", STRANGER)))


@defect(BUNDLES, 4, "lead")
def stranger_in_place_of_the_lead(folder: Path) -> Path:
    files = signed(unsigned(small_visit()), "host", HOST)
    return bundle(folder, signed(files, "lead", STRANGER))


@defect(BUNDLES, 4, "signatures/03-observer.att")
def stranger_beside_the_others(folder: Path) -> Path:
    return bundle(folder, signed(genuine(), "observer", STRANGER))


@altered(LEAD_SAYS)
def attestation_that_names_another_key(folder: Path) -> Path:
    files = signed(unsigned(small_visit()), "host", HOST)
    return bundle(folder, put_signature(files, "lead", STRANGER, attestation(files, "lead", LEAD)))


@altered("signatures/03-observer.att")
def signature_that_saw_nothing(folder: Path) -> Path:
    """Made early, kept back, and put behind those that it does not pin."""
    files = genuine()
    return bundle(
        folder, put_signature(files, "observer", STRANGER, attestation(files, "observer", STRANGER, saw=[]))
    )


@altered(HOST_SAYS + ".sig")
def attestation_without_signature(folder: Path) -> Path:
    return bundle(folder, without(genuine(), HOST_SAYS + ".sig"))


@altered(HOST_SAYS)
def signature_without_attestation(folder: Path) -> Path:
    return bundle(folder, without(genuine(), HOST_SAYS))


@altered("signatures/02-observer.att")
def number_given_twice(folder: Path) -> Path:
    files = genuine()
    text = attestation(files, "observer", STRANGER)
    sig = sign(text, NAMESPACE, STRANGER.key).encode()
    return bundle(folder, files | {"signatures/02-observer.att": text, "signatures/02-observer.att.sig": sig})


@altered("signatures/readme.txt")
def stray_file_among_the_signatures(folder: Path) -> Path:
    return bundle(folder, genuine() | {"signatures/readme.txt": b"All signed, all well."})


@unreadable("roster/allowed_signers")
def wildcard_principal_reissued(folder: Path) -> Path:
    files = genuine() | {"roster/allowed_signers": f"* {STRANGER.public}\n".encode()}
    return bundle(folder, reissued(files, small_visit()))
