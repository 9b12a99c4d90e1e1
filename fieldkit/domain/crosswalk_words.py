"""Which texts speak of the same as a few words: stems counted and weighed (BM25), with the words that decided it.

Latin words are cut to stems as English, Cyrillic ones as Russian, Arabic ones as Arabic. Nothing is translated: words of
one language meet only words of that language, or loans spelled alike.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Protocol

import snowballstemmer

_K1: Final = 1.2
_B: Final = 0.75
_SHORTEST: Final = 2
_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGES: Final = (("А", "ӿ", "russian"), ("\u0600", "\u06ff", "arabic"))
_EVERYWHERE: Final = """
    a an and any are as at be been by can for from had has have having if in into is it its not of on one or other out
    such than that the their them there these they this those to under up was were what where whether which while who
    will with within all each both also only
    above below controlled following item items entry entries specified specially designed usable use used
    complete equipment system systems therefor thereof
"""
_COMMON: Final = frozenset(_EVERYWHERE.split())


class Stemmer(Protocol):
    """What cuts a word to its stem."""

    def stemWord(self, word: str, /) -> str: ...  # noqa: N802 - the library's name


@dataclass(frozen=True, slots=True)
class Match:
    """A text that was found: its place, how near it is (0 to 1), the words that it shares, the weightiest first."""

    place: int
    nearness: float
    words: tuple[str, ...]


class Texts:
    """Texts to be searched, weighed once."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts = [Counter(stem for stem, _ in stems(text)) for text in texts]
        self._lengths = [sum(each.values()) for each in self._counts]
        self._mean = max(1.0, sum(self._lengths) / max(1, len(self._lengths)))
        self._met = Counter(stem for each in self._counts for stem in each)

    def near(self, words: str, also: str = "", *, most: int = 5) -> list[Match]:
        """The texts nearest to `words`, best first; those that share nothing are left out.

        `also` holds other names of the same: they add to the nearness where they are met, and take nothing where they are
        not; one word of them alone is chance.
        """
        named = dict(stems(words))
        wanted = dict(stems(also)) | named
        if not wanted:
            return []
        weights = {stem: self._rarity(stem) for stem in wanted}
        best = (sum(weights[stem] for stem in named) or sum(weights.values())) * (_K1 + 1)
        found = []
        for place, counts in enumerate(self._counts):
            shares = {
                stem: weights[stem] * self._saturated(place, counts[stem])
                for stem in wanted
                if stem in counts
            }
            if len(shares) > 1 or not shares.keys().isdisjoint(named):
                order = sorted(shares, key=lambda stem: (-shares[stem], stem))
                found.append(
                    Match(place, min(1.0, sum(shares.values()) / best), tuple(wanted[stem] for stem in order))
                )
        return sorted(found, key=lambda match: (-match.nearness, match.place))[:most]

    def _rarity(self, stem: str) -> float:
        met = self._met[stem]
        return math.log(1 + (len(self._counts) - met + 0.5) / (met + 0.5))

    def _saturated(self, place: int, times: int) -> float:
        length = 1 - _B + _B * self._lengths[place] / self._mean
        return times * (_K1 + 1) / (times + _K1 * length)


def stems(text: str) -> Sequence[tuple[str, str]]:
    """The stems in a text with the words they were cut from; words that every list is full of are left out."""
    plain = "".join(
        mark for mark in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(mark)
    )
    words = [word for word in _WORD.findall(plain) if len(word) >= _SHORTEST and word not in _COMMON]
    return [(_stem(word), word) for word in words]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    language = next((name for first, last, name in _LANGUAGES if first <= word[0] <= last), "english")
    return _stemmer(language).stemWord(word)


@cache
def _stemmer(language: str) -> Stemmer:
    stemmer: Stemmer = snowballstemmer.stemmer(language)
    return stemmer
