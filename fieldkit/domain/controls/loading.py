"""From TOML to a control list, strictly: a list that contradicts itself is refused, with the table and key.

Beyond the form of each table: numbers are unique and well formed, every entry stands in a known group of an item that is
not reserved, the concordance names entries of the list, thresholds are bounded, and the thresholds that classification
takes are stated alike by every entry that carries them.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from fieldkit.domain import tomldata
from fieldkit.domain.controls.classification import Limits
from fieldkit.domain.controls.forms import Entry, ListFile
from fieldkit.domain.controls.lists import ControlList, plain_number
from fieldkit.domain.nearness import suggestion
from fieldkit.errors import UnreadableError, UsageError

_FOLDER = "controls"


def load(text: str, where: str) -> ControlList:
    """A control list from its TOML; `where` names the source. Raises `UnreadableError` naming table and key."""
    file = tomldata.read_table(text, ListFile, where)
    _check_numbers(file, where)
    _check_thresholds(file, where)
    _check_references(file, where)
    return ControlList(file, _limits(file, where))


def shipped_names() -> tuple[str, ...]:
    """The lists that come with fieldkit."""
    return tomldata.shipped_names(_FOLDER)


def shipped_text(name: str = "mtcr") -> str:
    """The TOML of a shipped list, for a mission to edit; `UsageError` names what there is."""
    return tomldata.shipped_text(_FOLDER, name)


@cache
def shipped(name: str = "mtcr") -> ControlList:
    """A list that comes with fieldkit."""
    return load(shipped_text(name), f"{name}.toml")


def _check_numbers(file: ListFile, where: str) -> None:
    _unique((str(item.number) for item in file.item), "[[item]]", where)
    _unique((group.letter for group in file.group), "[[group]]", where)
    _unique((entry.id for entry in file.entry), "[[entry]]", where)
    items = {str(item.number): item for item in file.item}
    letters = {group.letter for group in file.group}
    for entry in file.entry:
        place = f"{where}: [[entry]] {entry.id}, id"
        try:
            plain = plain_number(entry.id)
        except UsageError as error:
            raise UnreadableError(error.problem, where=place, remedy=error.remedy) from None
        if plain != entry.id:
            raise UnreadableError(
                f"{entry.id!r} is written {plain!r} in full", where=place, remedy=f"Write {plain!r}."
            )
        number, letter, *_ = entry.id.split(".")
        if letter not in letters:
            raise UnreadableError(
                f"no group {letter}", where=place, remedy="Add its [[group]], or mend the number."
            )
        if number not in items:
            raise UnreadableError(
                f"no item {number}", where=place, remedy="Add its [[item]], or mend the number."
            )
        if items[number].reserved:
            raise UnreadableError(
                f"item {number} is reserved", where=place, remedy="Take `reserved` from the item."
            )


def _check_thresholds(file: ListFile, where: str) -> None:
    for entry in file.entry:
        place = f"{where}: [[entry]] {entry.id}, threshold"
        for bound in entry.threshold:
            lower, upper = (bound.at_least, bound.above), (bound.below, bound.at_most)
            low = [value for value in lower if value is not None]
            high = [value for value in upper if value is not None]
            if not low and not high:
                raise UnreadableError(
                    f"{bound.quantity} has no bound",
                    where=place,
                    remedy="Give at_least, above, below or at_most.",
                )
            if len(low) == 2 or len(high) == 2:
                raise UnreadableError(
                    f"{bound.quantity} has two bounds on one side", where=place, remedy="Keep one of them."
                )
            if low and high and low[0] >= high[0]:
                raise UnreadableError(
                    f"{bound.quantity} holds nothing", where=place, remedy="Mend the bounds."
                )


def _check_references(file: ListFile, where: str) -> None:
    known = {entry.id for entry in file.entry}
    for position, row in enumerate(file.concordance, start=1):
        for number in row.entries:
            _known(number, known, f"{where}: [[concordance]] {position}, entries")
    roles = file.classification
    if roles is not None:
        for key, numbers in (
            ("complete", roles.complete),
            ("range_only", roles.range_only),
            ("aerosol", (roles.aerosol,)),
        ):
            for number in numbers:
                _known(number, known, f"{where}: [classification], {key}")


def _known(number: str, known: set[str], place: str) -> None:
    if number not in known:
        raise UnreadableError(
            f"no entry {number!r} in this list",
            where=place,
            remedy=f"{suggestion(number, known)}Add its [[entry]].",
        )


def _unique(numbers: Iterable[str], table: str, where: str) -> None:
    seen: set[str] = set()
    for number in numbers:
        if number in seen:
            raise UnreadableError(
                f"{number} stands twice", where=f"{where}: {table}", remedy="Keep one of them."
            )
        seen.add(number)


def _limits(file: ListFile, where: str) -> Limits | None:
    roles = file.classification
    if roles is None:
        return None
    entries = {entry.id: entry for entry in file.entry}
    ranges = {
        number: _bound(entries[number], "range", "km", "at_least", where)
        for number in (*roles.complete, *roles.range_only)
    }
    payloads = {
        number: _bound(entries[number], "payload", "kg", "at_least", where) for number in roles.complete
    }
    return Limits(
        range_km=_agreed(ranges, "range", where),
        payload_kg=_agreed(payloads, "payload", where),
        aerosol_l=_bound(entries[roles.aerosol], "aerosol volume", "L", "above", where),
    )


def _bound(entry: Entry, quantity: str, unit: str, bound: str, where: str) -> Decimal:
    for threshold in entry.threshold:
        if threshold.quantity == quantity and threshold.unit == unit:
            value: Decimal | None = getattr(threshold, bound)
            if value is not None and value >= 0:
                return value
    raise UnreadableError(
        f"classification needs its {quantity}: {bound} so many {unit}",
        where=f"{where}: [[entry]] {entry.id}, threshold",
        remedy="State it, or take the entry out of [classification].",
    )


def _agreed(values: dict[str, Decimal], quantity: str, where: str) -> Decimal:
    if len(set(values.values())) > 1:
        said = ", ".join(f"{number} {value:f}" for number, value in values.items())
        raise UnreadableError(
            f"the {quantity} thresholds differ: {said}",
            where=f"{where}: [classification]",
            remedy="State one threshold in all of them.",
        )
    return next(iter(values.values()))
