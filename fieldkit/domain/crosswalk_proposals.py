"""Which national provisions may correspond to an entry of the control list, each with the reason; a person decides.

Three reasons, the surest first: the national list numbers as the control list does (alone or behind a prefix); the
concordance names the code; the words are near. The concordance and the numbering schemes say themselves whether they were
verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from fieldkit.domain.controls import ControlList
from fieldkit.domain.controls.forms import Entry
from fieldkit.domain.controls.lists import plain_number
from fieldkit.domain.crosswalk import NationalList, Provision, code_key
from fieldkit.domain.crosswalk_figures import DIFFERS, Compared, compare
from fieldkit.domain.crosswalk_words import Texts
from fieldkit.errors import UsageError

NUMBER: Final = "number"
CONCORDANCE: Final = "concordance"
WORDS: Final = "words"
_ORDER: Final = (NUMBER, CONCORDANCE, WORDS)
_NEAREST: Final = 3
_NEAR_ENOUGH: Final = 0.22
_HALF_OF_THE_BEST: Final = 0.5
_WORDS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a provision is proposed; `source` is `number`, `concordance` or `words`."""

    source: str
    text: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A provision that may correspond to an entry; `nearness` (0 to 1) is that of the words."""

    entry: str
    code: str
    title: str
    reasons: tuple[Reason, ...]
    nearness: float
    figures: tuple[Compared, ...]

    @property
    def threshold_differs(self) -> bool:
        """Whether a threshold stands in the national text with another figure."""
        return any(each.verdict == DIFFERS for each in self.figures)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is proposed for one entry, and the codes of the concordance that the national list does not have."""

    entry: Entry
    proposals: tuple[Proposal, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Proposer:
    """Proposes correspondences between two lists."""

    controls: ControlList
    national: NationalList

    def propose(self, entry: Entry) -> Proposed:
        """The provisions that may correspond to `entry`, the surest reason first."""
        reasons: dict[str, list[Reason]] = {}
        provisions: dict[str, Provision] = {}
        missing = []
        for code, reason in (*self._numbered(entry), *self._noted(entry)):
            provision = self.national.provision(code)
            if provision is None:
                missing.append(code)
            else:
                provisions[provision.code] = provision
                reasons.setdefault(provision.code, []).append(reason)
        nearness: dict[str, float] = {}
        for provision, near, reason in self._worded(entry):
            provisions[provision.code] = provision
            reasons.setdefault(provision.code, []).append(reason)
            nearness[provision.code] = near
        proposals = [
            Proposal(
                entry.id,
                code,
                provisions[code].title or provisions[code].text.partition("\n")[0],
                tuple(found),
                nearness.get(code, 0.0),
                compare(entry.threshold, provisions[code].text),
            )
            for code, found in reasons.items()
        ]
        proposals.sort(key=lambda each: (_ORDER.index(each.reasons[0].source), -each.nearness, each.code))
        return Proposed(entry, tuple(proposals), tuple(dict.fromkeys(missing)))

    def _numbered(self, entry: Entry) -> list[tuple[str, Reason]]:
        return [
            (provision.code, Reason(NUMBER, f"numbered {provision.code}, as {said}", verified))
            for provision, said, verified in self._by_number.get(entry.id, [])
        ]

    def _noted(self, entry: Entry) -> list[tuple[str, Reason]]:
        return [
            (
                code,
                Reason(CONCORDANCE, f"the concordance names {code}{_noted_at(level, entry)}", row.verified),
            )
            for level, row in self.controls.national(entry.id)
            for code in row.national
        ]

    def _worded(self, entry: Entry) -> list[tuple[Provision, float, Reason]]:
        matches = self._texts.near(entry.title, " ".join(entry.words), most=_NEAREST)
        least = max(_NEAR_ENOUGH, matches[0].nearness * _HALF_OF_THE_BEST) if matches else 1.0
        return [
            (
                self.national.provisions[match.place],
                match.nearness,
                Reason(WORDS, f"shares {', '.join(match.words[:_WORDS_SHOWN])} ({match.nearness:.2f})", True),
            )
            for match in matches
            if match.nearness >= least
        ]

    @cached_property
    def _texts(self) -> Texts:
        return Texts(f"{each.title} {each.title} {each.text}" for each in self.national.provisions)

    @cached_property
    def _by_number(self) -> dict[str, list[tuple[Provision, str, bool]]]:
        """Provisions whose code is the number of an entry, alone or behind the prefix of a scheme."""
        found: dict[str, list[tuple[Provision, str, bool]]] = {}
        for provision in self.national.provisions:
            for prefix, said, verified in (
                *((scheme.prefix, scheme.name, scheme.verified) for scheme in self.controls.schemes),
                ("", f"the list {self.controls.name!r}", True),
            ):
                key = code_key(provision.code)
                if key.startswith(code_key(prefix)) and (number := _number(key[len(code_key(prefix)) :])):
                    found.setdefault(number, []).append((provision, said, verified))
                    break
        return found


def _noted_at(level: str, entry: Entry) -> str:
    return "" if level == entry.id else f", noted at {level}"


def _number(text: str) -> str:
    try:
        return plain_number(text)
    except UsageError:
        return ""
