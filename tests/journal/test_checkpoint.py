"""Signed heads of logs, the witnesses' cosignatures over them, and the proofs of single entries under them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.errors import AlteredError, FieldkitError, SignaturesError, UnreadableError, UsageError
from fieldkit.journal import checkpoint as checkpoints
from fieldkit.journal import keys
from fieldkit.journal.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from fieldkit.journal.keys import DeviceKey, VerifierKey
from fieldkit.journal.merkle import Tree
from fieldkit.journal.note import Signature, read_note, read_signature, write_note
from fieldkit.journal.proof import EntryProof, read_proof
from tests.journal import logs

# golang.org/x/mod/sumdb/note, the reference implementation of signed notes: its example key, text and signature.
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT
    + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
# The example of c2sp.org/tlog-cosignature.
SOFA = (
    b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    b"\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    b"\xe2\x80\x94 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
LOG = logs.make_log(7)
NOTE = LOG.note()
ROOT = NOTE.decode().split("\n")[2]
WITNESS = logs.device("two")
WITNESS_NAME = checkpoints.log_origin(logs.MISSION, WITNESS.log_id)
TIME = 1_770_000_000


def test_notes_are_those_of_the_reference_byte_for_byte() -> None:
    key = DeviceKey.from_bytes(GO_SEED)
    verifier = VerifierKey("PeterNeumann", key.public)
    assert str(verifier) == GO_KEY
    signature = Signature(verifier.name, verifier.key_id, key.sign(GO_TEXT.encode()))
    assert write_note(GO_TEXT, [signature]) == GO_NOTE
    note = read_note(GO_NOTE)
    assert note.text == GO_TEXT
    keys.verify(key.public, note.text.encode(), note.of(verifier).value)


def test_a_published_checkpoint_with_a_cosignature_is_read() -> None:
    head = checkpoints.unverified_checkpoint(SOFA)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
    assert head.root.hex().startswith("0ac5186a91863e8e")
    assert [s.name for s in read_note(SOFA).signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert read_note(SOFA).encode() == SOFA


def test_a_signed_head_is_opened_with_the_logs_key() -> None:
    assert open_checkpoint(NOTE, LOG.key.public, origin=LOG.origin) == Checkpoint(
        LOG.origin, 7, Tree(LOG.hashes).root()
    )
    assert NOTE.startswith(f"{LOG.origin}\n7\n".encode())


def test_the_origin_names_mission_and_log() -> None:
    assert checkpoints.split_origin(LOG.origin) == (logs.MISSION, LOG.id)
    for bad in [
        "",
        "fieldkit/x",
        f"fieldkit/a b/{LOG.id}",
        f"other/m/{LOG.id}",
        f"fieldkit/m/{LOG.id}/x",
        "fieldkit//" + LOG.id,
    ]:
        with pytest.raises(UnreadableError):
            checkpoints.split_origin(bad)


def test_a_head_of_another_log_is_refused() -> None:
    with pytest.raises(AlteredError, match="not of"):
        open_checkpoint(NOTE, LOG.key.public, origin=WITNESS_NAME)


def test_an_unsigned_head_is_refused() -> None:
    with pytest.raises(SignaturesError):
        open_checkpoint(NOTE, WITNESS.public)


def test_another_keys_signature_under_the_logs_name_is_refused() -> None:
    text = Checkpoint(LOG.origin, 8, bytes(32)).text
    verifier = VerifierKey(LOG.origin, LOG.key.public)
    forged = write_note(text, [Signature(LOG.origin, verifier.key_id, WITNESS.sign(text.encode()))])
    with pytest.raises(AlteredError, match="signature does not fit"):
        open_checkpoint(forged, LOG.key.public)


def test_a_head_signed_twice_is_refused() -> None:
    note = read_note(NOTE)
    with pytest.raises(AlteredError, match="2 signatures"):
        open_checkpoint(write_note(note.text, note.signatures * 2), LOG.key.public)


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    note = read_note(NOTE)
    stranger = Signature("stranger", b"1234", b"nothing of ours")
    assert open_checkpoint(write_note(note.text, [stranger, *note.signatures]), LOG.key.public).size == 7


def test_extension_lines_are_kept_and_signed() -> None:
    head = Checkpoint(LOG.origin, 1, bytes(32), ("one", "two"))
    note = sign_checkpoint(head, LOG.key)
    assert open_checkpoint(note, LOG.key.public) == head
    with pytest.raises(AlteredError):
        open_checkpoint(note.replace(b"two", b"owt"), LOG.key.public)


@pytest.mark.parametrize("head", [(0, bytes(32)), (-1, bytes(32)), (2**63, bytes(32)), (1, bytes(31))])
def test_heads_that_may_not_be_signed(head: tuple[int, bytes]) -> None:
    with pytest.raises(UsageError):
        sign_checkpoint(Checkpoint(LOG.origin, *head), LOG.key)


def bent_text(old: str, new: str) -> bytes:
    """The head signed again by its own key after a change, so that only its form is wrong."""
    text = read_note(NOTE).text.replace(old, new, 1)
    verifier = VerifierKey(text.split("\n")[0], LOG.key.public)
    signature = Signature(verifier.name, verifier.key_id, LOG.key.sign(text.encode()))
    return f"{text}\n{signature}".encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n7\n", "\n0\n"),
        ("\n7\n", "\n07\n"),
        ("\n7\n", "\n-7\n"),
        ("\n7\n", "\n+7\n"),
        ("\n7\n", "\n7.0\n"),
        ("\n7\n", "\n\u0667\n"),
        ("\n7\n", "\n9223372036854775808\n"),
        ("\n7\n", "\n7 \n"),
        ("\n7\n", "\n\n7\n"),
        ("\n7\n", "\n"),
        ("=\n", "\n"),
        ("=\n", "=\n\nx\n"),
        ("=\n", " =\n"),
        ("=\n", "==\n"),
        (LOG.origin, ""),
        (ROOT, ROOT[:-2] + chr(ord(ROOT[-2]) + 1) + "="),
        ("=\n", "=\nx\x01y\n"),
    ],
)
def test_heads_in_another_form_are_unreadable(old: str, new: str) -> None:
    with pytest.raises(UnreadableError):
        open_checkpoint(bent_text(old, new), LOG.key.public)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        NOTE[:-1],
        NOTE + b"\n",
        NOTE + b"junk",
        NOTE + b"\n\n\xe2\x80\x94 x y\n",
        b"\xff" + NOTE,
        NOTE.replace(b"\n", b"\r\n"),
        NOTE.replace(b"\xe2\x80\x94", b"-"),
        NOTE.replace(b"\xe2\x80\x94 ", b"\xe2\x80\x94  "),
        NOTE.replace(b"\n\n", b"\n"),
        NOTE[:-1] + b"=\n",
        NOTE[:-1] + b" \n",
        NOTE + b"\xe2\x80\x94 name AAAA\n",
        NOTE + b"\xe2\x80\x94 name AAAAAAB=\n",
        NOTE + b"\xe2\x80\x94 na+me AAAAAAAA\n",
        NOTE + "\u2014 x AAAAAAAA\n".encode() * 300,
        b"x" * 2_000_000,
    ],
)
def test_what_is_no_note_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        open_checkpoint(data, LOG.key.public)


@settings(max_examples=200)
@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_no_byte_of_a_checkpoint_can_change(at: int, flip: int) -> None:
    bent = bytearray(NOTE)
    bent[at] ^= flip
    with pytest.raises(FieldkitError):
        open_checkpoint(bytes(bent), LOG.key.public)


@pytest.mark.parametrize("text", ["no newline", "a\x00b\n", "a\tb\n"])
def test_texts_that_no_note_may_hold(text: str) -> None:
    with pytest.raises(UsageError):
        write_note(text, [])


# --- witnesses --------------------------------------------------------------------------------------------------


def cosigned() -> bytes:
    return checkpoints.add_cosignature(NOTE, checkpoints.cosign(NOTE, WITNESS, WITNESS_NAME, TIME))


def test_a_cosigned_head_is_still_the_logs_head_and_tells_when_it_was_seen() -> None:
    note = cosigned()
    assert open_checkpoint(note, LOG.key.public).size == 7
    assert checkpoints.verify_cosignature(note, WITNESS_NAME, WITNESS.public) == TIME
    again = checkpoints.add_cosignature(note, checkpoints.cosign(note, WITNESS, WITNESS_NAME, TIME))
    assert again == note


def test_a_cosignature_is_over_the_lines_that_the_standard_names() -> None:
    value = read_signature(checkpoints.cosign(NOTE, WITNESS, WITNESS_NAME, TIME)).value
    assert int.from_bytes(value[:8], "big") == TIME
    keys.verify(WITNESS.public, f"cosignature/v1\ntime {TIME}\n{read_note(NOTE).text}".encode(), value[8:])


def test_a_cosignature_cannot_be_moved() -> None:
    line = checkpoints.cosign(NOTE, WITNESS, WITNESS_NAME, TIME)
    signature = read_signature(line)
    with pytest.raises(AlteredError):
        checkpoints.verify_cosignature(
            checkpoints.add_cosignature(LOG.note(6), line), WITNESS_NAME, WITNESS.public
        )
    for value in [
        (TIME + 1).to_bytes(8, "big") + signature.value[8:],
        signature.value[8:],
        signature.value + b"\x00",
        (2**63).to_bytes(8, "big") + signature.value[8:],
    ]:
        moved = write_note(read_note(NOTE).text, [signature._replace(value=value)])
        with pytest.raises(AlteredError):
            checkpoints.verify_cosignature(moved, WITNESS_NAME, WITNESS.public)


def test_the_logs_own_signature_is_no_cosignature() -> None:
    with pytest.raises(SignaturesError):
        checkpoints.verify_cosignature(NOTE, LOG.origin, LOG.key.public)
    with pytest.raises(SignaturesError):
        checkpoints.verify_cosignature(cosigned(), WITNESS_NAME, LOG.key.public)


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_cosignature_has_a_posix_time(time: int) -> None:
    with pytest.raises(UsageError):
        checkpoints.cosign(NOTE, WITNESS, WITNESS_NAME, time)


# --- proofs of single entries -----------------------------------------------------------------------------------


def proof(index: int, extra: bytes = b"") -> EntryProof:
    return EntryProof(index, tuple(Tree(LOG.hashes).inclusion_proof(index)), NOTE, extra)


@pytest.mark.parametrize("index", range(7))
def test_an_entry_is_proved_by_its_text_form(index: int) -> None:
    for made in (proof(index), proof(index, b"what the reader makes of it")):
        text = made.encode()
        assert text.startswith(b"c2sp.org/tlog-proof@v1\n")
        assert text.endswith(b"\n\n" + NOTE)
        read = read_proof(text)
        assert read == made
        assert read.verify(LOG.hashes[index], LOG.key.public, origin=LOG.origin).size == 7


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    lone = EntryProof(0, (), LOG.note(1))
    assert read_proof(lone.encode()).verify(LOG.hashes[0], LOG.key.public, origin=LOG.origin).size == 1


def test_a_proof_proves_no_other_entry_log_or_key() -> None:
    made = proof(3)
    with pytest.raises(AlteredError):
        made.verify(LOG.hashes[4], LOG.key.public, origin=LOG.origin)
    with pytest.raises(AlteredError):
        made.verify(LOG.hashes[3], LOG.key.public, origin=WITNESS_NAME)
    with pytest.raises(SignaturesError):
        made.verify(LOG.hashes[3], WITNESS.public, origin=LOG.origin)
    with pytest.raises(AlteredError):
        EntryProof(3, (*made.hashes, bytes(32)), NOTE).verify(
            LOG.hashes[3], LOG.key.public, origin=LOG.origin
        )


TEXT = proof(3, b"extra").encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 3", b"index 03"),
        (b"index 3", b"index -3"),
        (b"index 3", b"index"),
        (b"index 3\n", b""),
        (b"index 3", b"index 3\r"),
        (b"index 3\n", b"index 3\nindex 3\n"),
        (b"extra ZXh0cmE=", b"extra"),
        (b"extra ZXh0cmE=", b"extra ZXh0cmF="),
        (b"extra ZXh0cmE=", b"extra !"),
        (b"extra ZXh0cmE=\n", b"extra ZXh0cmE=\nextra ZXh0cmE=\n"),
        (b"=\n\n", b"=\nAAAA\n\n"),
        (b"=\n\n", b"\n\n"),
        (b"\n\n", b"\n"),
        (b"index 3", "index \u0663".encode()),
    ],
)
def test_proofs_in_another_form_are_unreadable(old: bytes, new: bytes) -> None:
    assert old in TEXT
    with pytest.raises(UnreadableError):
        read_proof(TEXT.replace(old, new, 1))


def test_a_proof_higher_than_any_log_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        read_proof(EntryProof(0, (bytes(32),) * 64, NOTE).encode())


@settings(max_examples=200)
@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_no_byte_of_a_proof_can_change_but_its_extra(at: int, flip: int) -> None:
    bent = bytearray(TEXT)
    bent[at] ^= flip
    try:
        read = read_proof(bytes(bent))
        read.verify(LOG.hashes[3], LOG.key.public, origin=LOG.origin)
    except FieldkitError:
        return
    assert read.extra != b"extra"
