"""The 2048 words that are read aloud or written down: a journal's head in six, a vault's recovery in twelve.

A word stands for 11 bits, its place in `data/words.txt`. The words are short, lower-case, no two share their first four
letters or differ in one letter only. The order and the words never change: papers bear them.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
from collections.abc import Iterable
from typing import Final

from fieldkit.errors import PassphraseError

COUNT: Final = 2048
BITS: Final = 11
SPOKEN_WORDS: Final = 6
RECOVERY_WORDS: Final = 12
ENTROPY_BYTES: Final = 16
_ENOUGH_LETTERS = 4
_CHECK_BITS = RECOVERY_WORDS * BITS - ENTROPY_BYTES * 8


@functools.cache
def word_list() -> tuple[str, ...]:
    """All 2048 words in order."""
    text = (
        importlib.resources.files("fieldkit.domain").joinpath("data", "words.txt").read_text(encoding="ascii")
    )
    return tuple(text.split())


def spoken(digest: bytes, count: int = SPOKEN_WORDS) -> tuple[str, ...]:
    """The first `count` * 11 bits of `digest` as words; six words are 66 bits. Raises ValueError if it is too short."""
    return _words(int.from_bytes(digest, "big"), len(digest) * 8, count)


def recovery_words(entropy: bytes) -> tuple[str, ...]:
    """Twelve words for 16 random bytes: the 128 bits, then the first four bits of their SHA-256."""
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"recovery words stand for {ENTROPY_BYTES} bytes")
    bits = int.from_bytes(entropy, "big") << _CHECK_BITS | _check(entropy)
    return _words(bits, RECOVERY_WORDS * BITS, RECOVERY_WORDS)


def recovery_entropy(words: str | Iterable[str]) -> bytes:
    """The 16 bytes that twelve words stand for; the first four letters of a word are enough.

    Raises `PassphraseError` naming the place of an unknown word, a wrong number of words, or a checksum that does
    not fit. It never repeats a word that was typed.
    """
    typed = words.split() if isinstance(words, str) else list(words)
    if len(typed) != RECOVERY_WORDS:
        raise PassphraseError(
            f"{len(typed)} words where {RECOVERY_WORDS} are asked for",
            where="recovery words",
            remedy="Give all twelve in their order, with spaces between.",
        )
    bits = 0
    for place, word in enumerate(typed, start=1):
        bits = bits << BITS | _index(word, place)
    entropy = (bits >> _CHECK_BITS).to_bytes(ENTROPY_BYTES, "big")
    if bits & ((1 << _CHECK_BITS) - 1) != _check(entropy):
        raise PassphraseError(
            "the words do not fit together: one of them is wrong, or their order is",
            where="recovery words",
            remedy="Compare each with the paper.",
        )
    return entropy


def _index(word: str, place: int) -> int:
    plain = word.strip(" ,.;").lower()
    index = _by_letters().get(plain[:_ENOUGH_LETTERS])
    if index is None or not word_list()[index].startswith(plain):
        raise PassphraseError(
            f"word {place} is none of the words that fieldkit uses",
            where="recovery words",
            remedy="Compare it with the paper; its first four letters are enough.",
        )
    return index


@functools.cache
def _by_letters() -> dict[str, int]:
    return {word[:_ENOUGH_LETTERS]: index for index, word in enumerate(word_list())}


def _words(bits: int, length: int, count: int) -> tuple[str, ...]:
    if length < count * BITS:
        raise ValueError(f"{count} words need {count * BITS} bits")
    listed = word_list()
    return tuple(listed[bits >> (length - (n + 1) * BITS) & (COUNT - 1)] for n in range(count))


def _check(entropy: bytes) -> int:
    return hashlib.sha256(entropy).digest()[0] >> (8 - _CHECK_BITS)
