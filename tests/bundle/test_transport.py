"""age files: what goes in comes out of another implementation, however it was cut into blocks."""

from __future__ import annotations

import random
from pathlib import Path

import pyrage
import pytest

from fieldkit.bundle import transport
from fieldkit.bundle.transport import CHUNK, AgeWriter, Encryption, named_recipients
from fieldkit.errors import UsageError


@pytest.fixture(autouse=True)
def cheap_scrypt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried here does not depend on how long a passphrase takes to try."""
    monkeypatch.setattr(transport, "SCRYPT_LOG_N", 4)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 17])
def test_every_length_in_blocks_of_every_size(tmp_path: Path, size: int) -> None:
    plain = random.Random(size).randbytes(size)
    identity = pyrage.x25519.Identity.generate()
    for number, encryption in enumerate(
        (Encryption(passphrase="průkaz"), Encryption(recipients=(str(identity.to_public()),)))
    ):
        for cut in (1000, CHUNK, CHUNK + 1, 1 << 20):
            path = tmp_path / f"{number}-{cut}.age"
            with AgeWriter(path, encryption) as age:
                for start in range(0, size, cut):
                    age.write(memoryview(plain)[start : start + cut])
            sealed = path.read_bytes()
            opened = (
                pyrage.decrypt(sealed, [identity])
                if encryption.recipients
                else pyrage.passphrase.decrypt(sealed, "průkaz")
            )
            assert opened == plain


def test_a_changed_bit_or_a_cut_is_told(tmp_path: Path) -> None:
    with AgeWriter(tmp_path / "a.age", Encryption(passphrase="x")) as age:
        age.write(bytes(3 * CHUNK))
    sealed = (tmp_path / "a.age").read_bytes()
    flipped = bytearray(sealed)
    flipped[-CHUNK] ^= 1
    for damaged in (bytes(flipped), sealed[:-1], sealed[: -CHUNK - 16]):
        with pytest.raises(pyrage.DecryptError):
            pyrage.passphrase.decrypt(damaged, "x")


@pytest.mark.parametrize("encryption", [Encryption(passphrase="x"), None])
def test_an_interrupted_file_does_not_open(tmp_path: Path, encryption: Encryption | None) -> None:
    identity = pyrage.x25519.Identity.generate()
    path = tmp_path / "a.age"
    with pytest.raises(KeyboardInterrupt):
        interrupted(path, encryption or Encryption(recipients=(str(identity.to_public()),)))
    if encryption:
        with pytest.raises(pyrage.DecryptError):
            pyrage.passphrase.decrypt(path.read_bytes(), "x")


def interrupted(path: Path, encryption: Encryption) -> None:
    with AgeWriter(path, encryption) as age:
        age.write(bytes(10 * CHUNK))
        raise KeyboardInterrupt


def test_recipients_or_a_passphrase_not_both_not_neither() -> None:
    for arguments in ((), (("age1x",), "x")):
        with pytest.raises(UsageError):
            Encryption(*arguments)
    with pytest.raises(UsageError, match="no recipient"):
        Encryption(("AGE-SECRET-KEY-1",))


def test_a_passphrase_given_as_a_file_of_recipients_is_not_shown(tmp_path: Path) -> None:
    mistaken = tmp_path / "passphrase.txt"
    mistaken.write_text("furrow evict colony vanilla sullen\n")
    with pytest.raises(UsageError, match="line 1: is no recipient") as caught:
        named_recipients(str(mistaken))
    assert "evict" not in str(caught.value)
