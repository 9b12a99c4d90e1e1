"""A control list in use: entries by number, search by word or national code, and the concordance.

Numbers are `item.group[.paragraph…]` (`9.A.6`, `2.A.1.c`). People leave out dots and case; `9a6` is taken for `9.A.6`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from fieldkit.domain.controls.classification import Limits
from fieldkit.domain.controls.forms import (
    Concordance,
    Definition,
    Entry,
    Group,
    Item,
    ListFile,
    Origin,
    Scheme,
)
from fieldkit.domain.nearness import suggestion
from fieldkit.errors import UsageError

_NUMBER = re.compile(
    r"(?P<item>[0-9]{1,2})\.?(?P<group>[A-Za-z])(?P<rest>(?:\.?[0-9]{1,2}(?:\.?[a-z](?:\.?[0-9]{1,2})?)?)?)"
)
_PARTS = re.compile(r"[0-9]+|[a-z]")
_WORD = re.compile(r"\w+")
_NATIONAL = re.compile(r"[0-9][A-E]([0-9])[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something a search found: its number, its title, and why it was found."""

    id: str
    title: str
    why: str
    verified: bool


class ControlList:
    """A control list whose parts agree with each other (see `loading.load`)."""

    def __init__(self, file: ListFile, limits: Limits | None) -> None:
        self._file = file
        self.name = file.name
        self.title = file.title
        self.edition = file.edition
        self.source = file.source
        self.note = file.note
        self.limits = limits
        self.groups: tuple[Group, ...] = file.group
        self.items: tuple[Item, ...] = file.item
        self.entries: tuple[Entry, ...] = file.entry
        self.definitions: tuple[Definition, ...] = file.definition
        self.concordance: tuple[Concordance, ...] = file.concordance
        self.origins: tuple[Origin, ...] = file.origin
        self.schemes: tuple[Scheme, ...] = file.scheme

    def limits_or_refuse(self) -> Limits:
        """The thresholds for complete systems; `UsageError` where the list names none."""
        if self.limits is None:
            raise UsageError(
                f"the list {self.name!r} names no thresholds for complete systems",
                where="classify",
                remedy="Use another list, or add its [classification] table.",
            )
        return self.limits

    def item(self, number: int) -> Item:
        """The numbered item; `UsageError` where there is none."""
        for item in self.items:
            if item.number == number:
                return item
        numbers = ", ".join(str(item.number) for item in self.items)
        raise UsageError(f"no item {number}", where=self.name, remedy=f"There are: {numbers}.")

    def entry(self, number: str) -> Entry:
        """The entry of this number, dots and case as people write them; `UsageError` names what is near."""
        own = plain_number(number)
        if own in self._entries:
            return self._entries[own]
        item = next((item for item in self.items if own.startswith(f"{item.number}.")), None)
        if item is not None and item.reserved:
            raise UsageError(
                f"no entry {number!r}: item {item.number} is reserved",
                where="control-list entry",
                remedy=item.note or "Nothing is controlled under it.",
            )
        above = next((a for a in ancestors(own) if a in self._entries), "")
        hint = f"It would stand under {above}. " if above else suggestion(own, self._entries)
        raise UsageError(
            f"no entry {number!r} in the list {self.name!r}",
            where="control-list entry",
            remedy=f"{hint}Search with a word: fieldkit controls search WORD.",
        )

    def group(self, number: str) -> tuple[Item, Group, tuple[Entry, ...]] | None:
        """The group that a number such as `2.A` names and that is no entry itself, with its entries; None for any other."""
        own = plain_number(number)
        parts = own.split(".")
        group = next((each for each in self.groups if each.letter == parts[1]), None)
        item = next((each for each in self.items if str(each.number) == parts[0]), None)
        if own in self._entries or len(parts) > 2 or group is None or item is None or item.reserved:
            return None
        return item, group, tuple(each for each in self.entries if each.id.startswith(f"{own}."))

    def definition(self, term: str) -> Definition | None:
        """What the list understands by a word."""
        wanted = term.strip().casefold()
        return next((each for each in self.definitions if each.term.casefold() == wanted), None)

    def national(self, number: str) -> tuple[tuple[str, Concordance], ...]:
        """The concordance for an entry, its own first, then what is noted at the levels above: (entry, row) pairs."""
        own = plain_number(number)
        return tuple(
            (level, row)
            for level in (own, *ancestors(own))
            for row in self.concordance
            if level in row.entries
        )

    def from_national(self, code: str) -> tuple[Concordance, ...]:
        """The concordance rows that name a national code such as `9A101`, or a deeper one (`9A101.b`)."""
        own = re.sub(r"\s", "", code).upper().partition(".")[0]
        return tuple(row for row in self.concordance if own in row.national)

    def origin(self, code: str) -> Origin | None:
        """The regime that a national code points to by its first of three digits."""
        match = _NATIONAL.match(re.sub(r"\s", "", code).upper())
        return next((o for o in self.origins if match and o.digit == match[1]), None)

    def search(self, text: str, *, limit: int = 50) -> list[Hit]:
        """Entries and items by number or national code, else by words: the best first, at most `limit`."""
        words = _words(text)
        if not words:
            return []
        hits = [*self._by_number(text), *self._by_code(text)] or [*self._by_words(words)]
        found: dict[str, tuple[int, Hit]] = {}
        for rank, hit in hits:
            if hit.id not in found or rank < found[hit.id][0]:
                found[hit.id] = (rank, hit)
        ranked = sorted(found.values(), key=lambda pair: pair[0])
        return [hit for _, hit in ranked[:limit]]

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    def _by_number(self, text: str) -> Iterator[tuple[int, Hit]]:
        try:
            own = plain_number(text)
        except UsageError:
            own = text.strip().rstrip(".")
        for item in self.items:
            if own == str(item.number):
                yield 0, Hit(str(item.number), item.title, "number", item.verified)
        for entry in self.entries:
            if entry.id == own:
                yield 0, Hit(entry.id, entry.title, "number", entry.verified)
            elif entry.id.startswith(f"{own}."):
                yield 1, Hit(entry.id, entry.title, f"under {own}", entry.verified)

    def _by_code(self, text: str) -> Iterator[tuple[int, Hit]]:
        for row in self.from_national(text):
            for number in row.entries:
                entry = self._entries[number]
                yield (
                    0,
                    Hit(entry.id, entry.title, f"concordance with {', '.join(row.national)}", row.verified),
                )

    def _by_words(self, words: list[str]) -> Iterator[tuple[int, Hit]]:
        for entry in self.entries:
            title = _words(entry.title)
            if _begun(words, title):
                yield 2, Hit(entry.id, entry.title, "title", entry.verified)
            elif _begun(words, title + _words(" ".join((*entry.words, entry.note)))):
                yield 3, Hit(entry.id, entry.title, "also called", entry.verified)
        for item in self.items:
            if _begun(words, _words(item.title)):
                yield 4, Hit(str(item.number), item.title, "item", item.verified)


def plain_number(text: str) -> str:
    """`9a6`, `9.A.6` or `MTCR 9.A.6` as `9.A.6`; `UsageError` for what is no entry number."""
    bare = re.sub(r"^(?:[A-Za-z]{2,10}\s+)?(?:item\s+)?", "", text.strip(), flags=re.IGNORECASE)
    match = _NUMBER.fullmatch(re.sub(r"\s", "", bare).rstrip("."))
    if match is None:
        raise UsageError(
            f"{text!r} is not the number of an entry",
            where="control-list entry",
            remedy="Write item, group and paragraph: 9.A.6 or 2.A.1.c.",
        )
    return ".".join((str(int(match["item"])), match["group"].upper(), *_PARTS.findall(match["rest"])))


def ancestors(number: str) -> tuple[str, ...]:
    """The levels above an entry, nearest first, down to its group: `2.A.1.c` gives `2.A.1`, `2.A`."""
    parts = number.split(".")
    return tuple(".".join(parts[:n]) for n in range(len(parts) - 1, 1, -1))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _begun(words: list[str], among: list[str]) -> bool:
    """Whether each of `words` begins one `among` others: `gyro` finds gyros, `imu` no simulators."""
    return all(any(other.startswith(word) for other in among) for word in words)
