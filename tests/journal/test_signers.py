"""Lists of signers: one key, one name, and nobody slips in as anybody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldkit.errors import AlteredError, FieldkitError, SignaturesError, UnreadableError
from fieldkit.journal import sshsig
from fieldkit.journal.signers import AllowedSigners
from fieldkit.journal.sshsig import PublicKey
from tests.journal import logs


def person(name: str) -> PublicKey:
    return sshsig.public_of(Ed25519PrivateKey.from_private_bytes(logs.device(name).seed))


LEAD, HOST = person("lead"), person("host")
K, L = sshsig.public_line(LEAD), sshsig.public_line(HOST)


def test_a_list_says_who_holds_a_key() -> None:
    text = f"# keys of the mission\n\nlead {K} key of the lead\n\t host@example.org \t{L}\r\n"
    signers = AllowedSigners.parse(text)
    lead, host = signers.lookup(LEAD), signers.lookup(HOST)
    assert lead is not None
    assert host is not None
    assert (lead.principal, lead.fingerprint, lead.comment) == ("lead", LEAD.fingerprint, "key of the lead")
    assert host.principal == "host@example.org"
    assert signers.lookup(person("stranger")) is None
    assert len(signers) == len(list(signers)) == 2


def test_a_name_of_several_words_is_quoted() -> None:
    signer = AllowedSigners.parse(f'"team lead" {K}').lookup(LEAD)
    assert signer is not None
    assert signer.principal == "team lead"


@pytest.mark.parametrize(
    "line",
    [
        f"* {K}",
        f'"*" {K}',
        f"*@example.org {K}",
        f"lea? {K}",
        f"!lead {K}",
        f"lead,host {K}",
        f"lead,* {K}",
        f'"" {K}',
        f"lead cert-authority {K}",
        f"lead CERT-AUTHORITY {K}",
        f'lead namespaces="file",cert-authority {K}',
        f'lead namespaces="*" {K}',
        f'lead namespaces="a,,b" {K}',
        f'lead namespaces="" {K}',
        f"lead namespaces {K}",
        f'lead namespaces="a",namespaces="b" {K}',
        f'lead valid-after="20260101" {K}',
        f'lead valid-after="20261301Z" {K}',
        f'lead valid-after="tomorrow" {K}',
        f"lead no-touch-required {K}",
        'lead namespaces="a" ',
        f'lead namespaces="a"{K}',
        f'lead namespaces="a {K}',
        "lead",
        "lead ssh-ed25519",
        "lead ssh-ed25519 !!!",
        f"{K}",
        f"lead ssh-rsa {K.split()[1]}",
    ],
)
def test_lines_that_could_let_anybody_in_are_refused_by_number(line: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        AllowedSigners.parse(f"host {L}\n{line}\n", "allowed_signers")
    assert caught.value.where == "allowed_signers:2"


def test_certificate_authorities_are_refused_as_such() -> None:
    with pytest.raises(UnreadableError, match="certificate authorities"):
        AllowedSigners.parse(f"lead cert-authority {K}")


def test_a_key_has_one_role() -> None:
    with pytest.raises(UnreadableError, match="listed again"):
        AllowedSigners.parse(f"lead {K}\nhost {K}\n")
    with pytest.raises(UnreadableError, match="listed again"):
        AllowedSigners.parse(f'lead {K}\nlead namespaces="file" {K}\n')
    assert len(AllowedSigners.parse(f"lead {K} one\nlead {K} two\n")) == 1
    assert len(AllowedSigners.parse(f"lead {K}\nlead {L}\n")) == 2


def test_a_low_order_key_cannot_be_listed() -> None:
    blob = PublicKey("ssh-ed25519", b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20\x01" + bytes(31))
    with pytest.raises(AlteredError, match="low order"):
        AllowedSigners.parse(f"lead {sshsig.public_line(blob)}")


def test_key_types_that_are_not_used_here_are_passed_over_and_told() -> None:
    text = f"lead {K}\ncard sk-ssh-ed25519@openssh.com AAAA comment\ncert ssh-ed25519-cert-v01@openssh.com AAAA\n"
    signers = AllowedSigners.parse(text)
    assert signers.passed_over == (2, 3)
    assert len(signers) == 1


def test_options_bound_what_a_key_may_sign_and_when() -> None:
    line = (
        f'lead namespaces="attest.v1@fieldkit,file",valid-after="20260101Z",valid-before="202602010930Z" {K}'
    )
    signer = AllowedSigners.parse(line).lookup(LEAD)
    assert signer is not None
    signer.check("attest.v1@fieldkit")
    signer.check("file", datetime(2026, 1, 1, tzinfo=UTC))
    signer.check("file", datetime(2026, 2, 1, 9, 29, 59, tzinfo=UTC))
    with pytest.raises(SignaturesError, match="not allowed to sign for git"):
        signer.check("git")
    with pytest.raises(SignaturesError, match="not yet valid"):
        signer.check("file", datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
    with pytest.raises(SignaturesError, match="no longer valid"):
        signer.check("file", datetime(2026, 2, 1, 9, 30, tzinfo=UTC))


def test_a_key_without_options_may_sign_for_anything() -> None:
    signer = AllowedSigners.parse(f"lead {K}").lookup(LEAD)
    assert signer is not None
    signer.check("anything", datetime(1970, 1, 1, tzinfo=UTC))


def test_a_list_too_long_is_refused() -> None:
    with pytest.raises(FieldkitError):
        AllowedSigners.parse("#" * 5_000_000)


@pytest.mark.parametrize("text", ["furrow evict colony vanilla sullen", "furrow", "furrow evict"])
def test_a_file_given_by_mistake_is_not_shown(text: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        AllowedSigners.parse(text, "passphrase.txt")
    assert caught.value.remedy
    assert not any(word in str(caught.value) for word in text.split())
