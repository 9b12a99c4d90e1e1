"""A country's control list against the mission's: national entries, what was judged of them, and what is still to be looked at.

A judgement is a `crosswalk` record about one entry of the control list. It holds for the entries below that one too, unless
they have their own; only entries without any below them are counted, so that coverage is counted once.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

import msgspec

from fieldkit.domain.controls import ControlList
from fieldkit.domain.controls.forms import Entry, Item
from fieldkit.domain.controls.lists import ancestors, plain_number
from fieldkit.domain.nearness import suggestion
from fieldkit.errors import UnreadableError, UsageError

MOST_ENTRIES: Final = 20_000
LONGEST_CODE: Final = 60
LONGEST_TEXT: Final = 20_000

RELATIONS: Final = ("same", "narrower", "broader", "threshold_differs", "absent")
DIFFERING: Final = "differing"
OPEN: Final = "not_looked_at"
STATES: Final = (*RELATIONS, DIFFERING, OPEN)
WORDS: Final[Mapping[str, str]] = {
    "same": "same",
    "narrower": "narrower",
    "broader": "broader",
    "threshold_differs": "threshold differs",
    "absent": "absent",
    DIFFERING: "judged differently",
    OPEN: "not yet looked at",
}

_LOOK_ALIKES: Final = str.maketrans("АВСЕНКМОРТХавсеорх", "ABCEHKMOPTXabceopx")
_EUROPEAN = re.compile(r"[0-9][A-E][0-9]{3}(?![0-9])")
_Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


class NationalEntry(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One entry as read: its code as written in full, its words, the row it stood in; `part_of` is the code above it."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_CODE)]
    title: _Text = ""
    text: _Text = ""
    note: _Text = ""
    row: int = 0
    part_of: Annotated[str, msgspec.Meta(max_length=LONGEST_CODE)] = ""


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entries: Annotated[tuple[NationalEntry, ...], msgspec.Meta(max_length=MOST_ENTRIES)]


@dataclass(frozen=True, slots=True)
class Provision:
    """What a national list says under one code, with all that hangs under it."""

    code: str
    title: str
    text: str


@dataclass(frozen=True)
class NationalList:
    """A national list in use. `record` and `number` name its record in the mission, where it has one."""

    title: str
    entries: tuple[NationalEntry, ...]
    record: str = ""
    number: str = ""

    @cached_property
    def provisions(self) -> tuple[Provision, ...]:
        """The list by its codes, sub-paragraphs gathered under the code that carries them, in the list's order."""
        gathered: dict[str, list[NationalEntry]] = {}
        for entry in self.entries:
            gathered.setdefault(self._head(entry), []).append(entry)
        return tuple(
            Provision(
                parts[0].code if code_key(parts[0].code) == head else head.upper(),
                parts[0].title,
                "\n".join(part for each in parts for part in (each.title, each.text, each.note) if part),
            )
            for head, parts in gathered.items()
        )

    def entry(self, code: str) -> NationalEntry | None:
        """The entry of a code, however it is spaced or cased."""
        return self._by_code.get(code_key(code))

    def provision(self, code: str) -> Provision | None:
        """The provision that a code, or the code it hangs under, stands for."""
        key = code_key(code)
        entry = self._by_code.get(key)
        head = self._head(entry) if entry is not None else _european(key) or key
        return self._by_head.get(head)

    def named(self, code: str) -> str:
        """A code as the list writes it; `UsageError` where neither it nor what it hangs under stands in the list."""
        entry = self.entry(code)
        if entry is not None:
            return entry.code
        if (found := self.provision(code)) is not None and code_key(code) != code_key(found.code):
            return code.strip()
        raise UsageError(
            f"no entry {code!r} in {self.title}",
            where="national entry",
            remedy=f"{suggestion(code, [each.code for each in self.entries])}Or state the relation as absent.",
        )

    def _head(self, entry: NationalEntry) -> str:
        key = code_key(entry.code)
        for _ in range(8):
            if european := _european(key):
                return european
            above = self._by_code.get(key)
            if above is None or not above.part_of:
                break
            key = code_key(above.part_of)
        return key

    @cached_property
    def _by_code(self) -> dict[str, NationalEntry]:
        return {code_key(entry.code): entry for entry in reversed(self.entries)}

    @cached_property
    def _by_head(self) -> dict[str, Provision]:
        return {_european(code_key(each.code)) or code_key(each.code): each for each in self.provisions}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one record says of one entry. `differs`: values of the record stand against each other."""

    entry: str
    relation: str
    codes: tuple[str, ...]
    rationale: str
    record: str
    number: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the control list and what was judged of it, here or at `level` above it."""

    entry: Entry
    judgements: tuple[Judgement, ...]
    level: str

    @property
    def state(self) -> str:
        """One of `STATES`."""
        relations = {each.relation for each in self.judgements}
        if not relations:
            return OPEN
        if len(relations) > 1 or any(each.differs for each in self.judgements):
            return DIFFERING
        return self.judgements[0].relation

    @property
    def codes(self) -> tuple[str, ...]:
        """The national codes named, each once."""
        return tuple(dict.fromkeys(code for each in self.judgements for code in each.codes))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many entries are in each of the states; `item` is None for the whole list."""

    item: Item | None
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Entries to be looked at."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Entries looked at."""
        return self.total - self.counts[OPEN]

    @property
    def percent(self) -> int:
        """Looked at, in whole hundredths rounded down: 100 only when nothing is left."""
        return self.done * 100 // self.total if self.total else 100


@dataclass(frozen=True)
class Comparison:
    """A control list, a national list and what was judged of it; `strays` are about what is no entry of the control list."""

    controls: ControlList
    national: NationalList
    judgements: tuple[Judgement, ...]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every lowest entry of the control list, in its order."""
        judged: dict[str, list[Judgement]] = {}
        for each in self.judgements:
            judged.setdefault(_number(each.entry), []).append(each)
        return tuple(_row(entry, judged) for entry in lowest(self.controls))

    @cached_property
    def strays(self) -> tuple[Judgement, ...]:
        """Judgements about what is no entry of this control list."""
        known = {entry.id for entry in self.controls.entries}
        return tuple(each for each in self.judgements if _number(each.entry) not in known)

    @cached_property
    def coverage(self) -> tuple[Coverage, ...]:
        """Per item that has entries."""
        by_item: dict[int, Counter[str]] = {}
        for row in self.rows:
            by_item.setdefault(int(row.entry.id.partition(".")[0]), Counter())[row.state] += 1
        return tuple(
            Coverage(item, _counts(by_item[item.number]))
            for item in self.controls.items
            if item.number in by_item
        )

    @cached_property
    def whole(self) -> Coverage:
        """Over all items."""
        return Coverage(None, _counts(Counter(row.state for row in self.rows)))


def lowest(controls: ControlList) -> Iterator[Entry]:
    """The entries that have none below them."""
    above = {level for entry in controls.entries for level in ancestors(entry.id)}
    return (entry for entry in controls.entries if entry.id not in above)


def code_key(code: str) -> str:
    """A code for comparison: without spaces and case, Cyrillic look-alikes as Latin letters, without a dot at its end."""
    text = unicodedata.normalize("NFKC", code).translate(_LOOK_ALIKES)
    return re.sub(r"\s", "", text).rstrip(".:").casefold()


def kept(entries: Sequence[NationalEntry]) -> bytes:
    """The entries as JSON, the same bytes for the same entries."""
    return msgspec.json.encode(_Kept(tuple(entries)))


def from_kept(data: bytes, where: str) -> tuple[NationalEntry, ...]:
    """The entries from their JSON. Raises `UnreadableError`."""
    try:
        return msgspec.json.decode(data, type=_Kept).entries
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(
            f"no list of entries: {error}", where=where, remedy="Load the national list again."
        ) from None


def states_in_words(counts: Mapping[str, int]) -> str:
    """`12 same, 3 broader`: what there is, in the order of `STATES`."""
    return ", ".join(f"{counts[state]} {WORDS[state]}" for state in STATES if counts[state])


def _european(key: str) -> str:
    found = _EUROPEAN.match(key.upper())
    return found[0].casefold() if found else ""


def _number(text: str) -> str:
    try:
        return plain_number(text)
    except UsageError:
        return text


def _row(entry: Entry, judged: Mapping[str, Sequence[Judgement]]) -> Row:
    for level in (entry.id, *ancestors(entry.id)):
        if level in judged:
            return Row(entry, tuple(judged[level]), level)
    return Row(entry, (), "")


def _counts(counted: Mapping[str, int]) -> Mapping[str, int]:
    return {state: counted.get(state, 0) for state in STATES}


def judgements_of(entry: str, judgements: Iterable[Judgement]) -> list[Judgement]:
    """What was recorded for exactly this entry."""
    return [each for each in judgements if _number(each.entry) == entry]
