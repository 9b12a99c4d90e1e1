"""Bundles whose signatures have one defect: stripped, stolen, added, exchanged, or by keys that fit everything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from fieldkit.journal.sshsig import sign
from tests.bad.bundles import HOST_SAYS, LEAD_SAYS, Maker, bundle, defect, genuine, without
from tests.bundle.builders import (
    HOST,
    LEAD,
    NAMESPACE,
    STRANGER,
    Files,
    attestation,
    b64,
    complete,
    put_signature,
    reissued,
    signed,
    small_visit,
    unsigned,
)

SIGNATURES: dict[str, Maker] = {}


def altered(at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(SIGNATURES, 3, at_fault)


def unknown(at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(SIGNATURES, 4, at_fault)


@unknown("nobody has signed")
def unsigned_bundle(folder: Path) -> Path:
    return bundle(folder, unsigned(small_visit()))


@altered("signatures/zz.html")
def page_among_the_signatures(folder: Path) -> Path:
    return bundle(folder, genuine() | {"signatures/zz.html": b"<p>All signed.</p>"})


@unknown("lead")
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


@unknown("lead")
def stranger_in_place_of_the_lead(folder: Path) -> Path:
    files = signed(unsigned(small_visit()), "host", HOST)
    return bundle(folder, signed(files, "lead", STRANGER))


@unknown("signatures/03-observer.att")
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


@defect(SIGNATURES, 5, "roster/allowed_signers")
def wildcard_principal_reissued(folder: Path) -> Path:
    files = genuine() | {"roster/allowed_signers": f"* {STRANGER.public}\n".encode()}
    return bundle(folder, reissued(files, small_visit()))
