"""Words read aloud and written down: distinct, stable, checked."""

from __future__ import annotations

import contextlib
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.domain import words
from fieldkit.errors import PassphraseError


def test_the_list_is_2048_short_words_told_apart_by_four_letters() -> None:
    listed = words.word_list()
    assert len(listed) == len(set(listed)) == 2048
    assert len({word[:4] for word in listed}) == 2048
    assert all(
        word.isascii() and word.isalpha() and word.islower() and 4 <= len(word) <= 8 for word in listed
    )
    assert list(listed) == sorted(listed)


def test_the_list_never_changes_because_papers_bear_its_words() -> None:
    joined = "\n".join(words.word_list()).encode()
    assert (
        hashlib.sha256(joined).hexdigest()
        == "8eff8d6bf5e673cffe4d01685450ea1294eb566a74f2b3b06d695d0bf9084d13"
    )


def test_no_two_words_differ_in_one_letter_only() -> None:
    seen: dict[str, str] = {}
    for word in words.word_list():
        for i in range(len(word)):
            hole = f"{word[:i]}_{word[i + 1 :]}"
            assert hole not in seen, (word, seen[hole])
            seen[hole] = word


def test_a_head_is_read_in_six_words_of_its_first_66_bits() -> None:
    listed = words.word_list()
    assert words.spoken(bytes(32)) == (listed[0],) * 6
    assert words.spoken(b"\xff" * 32) == (listed[-1],) * 6
    assert words.spoken(bytes([0, 32]) + bytes(30))[0] == listed[1]


@given(st.binary(min_size=32, max_size=32), st.integers(0, 65))
def test_changing_any_of_the_first_66_bits_changes_the_words(digest: bytes, bit: int) -> None:
    other = bytearray(digest)
    other[bit // 8] ^= 0x80 >> bit % 8
    assert words.spoken(digest) != words.spoken(bytes(other))


def test_a_digest_too_short_for_six_words_is_refused() -> None:
    with pytest.raises(ValueError, match="66 bits"):
        words.spoken(bytes(8))


@given(st.binary(min_size=16, max_size=16))
def test_recovery_words_give_their_bytes_back(entropy: bytes) -> None:
    written = words.recovery_words(entropy)
    assert words.recovery_entropy(written) == entropy
    assert words.recovery_entropy("  ".join(word[:4].upper() for word in written)) == entropy


@given(st.binary(min_size=16, max_size=16), st.integers(0, 11), st.integers(1, 2047))
def test_a_wrong_word_never_gives_the_same_bytes(entropy: bytes, place: int, shift: int) -> None:
    listed = words.word_list()
    written = list(words.recovery_words(entropy))
    written[place] = listed[(listed.index(written[place]) + shift) % 2048]
    with contextlib.suppress(PassphraseError):
        assert words.recovery_entropy(written) != entropy


def test_the_checksum_catches_nearly_all_swapped_words() -> None:
    caught = 0
    for n in range(200):
        written = list(words.recovery_words(hashlib.sha256(bytes([n])).digest()[:16]))
        written[3], written[4] = written[4], written[3]
        try:
            words.recovery_entropy(written)
        except PassphraseError:
            caught += 1
    assert caught > 170


def test_an_unknown_word_is_named_by_its_place_and_not_repeated() -> None:
    written = [*words.recovery_words(bytes(16))[:11], "xylograph"]
    with pytest.raises(PassphraseError, match="word 12") as caught:
        words.recovery_entropy(written)
    assert "xylograph" not in str(caught.value)


@pytest.mark.parametrize("typed", ["", "abacus", "abacus " * 13])
def test_another_number_of_words_is_refused(typed: str) -> None:
    with pytest.raises(PassphraseError, match="12 are asked for"):
        words.recovery_entropy(typed)
