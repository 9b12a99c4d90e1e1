"""Bundles of two laptops in which one of them saw something of the other that is not as the bundle has it.

Everything is sealed and signed by everybody: only what the laptops saw of each other betrays it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.bad.bundles import Maker, bundle, defect
from tests.bundle.builders import Laptop, complete, small_visit

WITNESSES: dict[str, Maker] = {}

FIRST, SECOND = (laptop.log for laptop in small_visit().laptops)
IN_SECOND = f"data/log/{SECOND}:{len(small_visit().laptops[1].entries) + 1}"


def enter(exit_code: int, at_fault: str) -> Callable[[Callable[[Path], Path]], Maker]:
    return defect(WITNESSES, exit_code, at_fault)


def with_second(folder: Path, change: Callable[[Laptop, Laptop], None]) -> Path:
    """The visit after its second laptop (the latter argument) did something with the first."""
    visit = small_visit()
    change(*visit.laptops)
    return bundle(folder, complete(visit))


def other_history(laptop: Laptop, entries: int) -> Laptop:
    """The same laptop, signing with the same key, after it wrote another last entry."""
    other = laptop.copy()
    del other.entries[entries - 1 :]
    other.add("observation", "other", text="Four crates.", basis="seen")
    return other


@enter(3, f"data/log/{FIRST}")
def log_of_which_another_history_was_witnessed(folder: Path) -> Path:
    return with_second(folder, lambda first, second: second.witness(other_history(first, len(first.entries))))


@enter(3, f"data/log/{FIRST}")
def log_whose_earlier_history_was_another_one(folder: Path) -> Path:
    return with_second(folder, lambda first, second: second.witness(other_history(first, 4)))


@enter(3, f"data/log/{FIRST}")
def log_that_goes_on_in_two_ways(folder: Path) -> Path:
    def change(first: Laptop, second: Laptop) -> None:
        for text in ("Four crates.", "Five crates."):
            other = first.copy()
            other.add("observation", "more", text=text, basis="seen")
            second.witness(other)

    return with_second(folder, change)


@enter(1, f"data/log/{FIRST}")
def log_cut_short_after_it_was_witnessed(folder: Path) -> Path:
    def change(first: Laptop, second: Laptop) -> None:
        second.witness(first)
        first.entries.pop()

    return with_second(folder, change)


@enter(1, IN_SECOND)
def log_left_out_after_it_was_witnessed(folder: Path) -> Path:
    third = Laptop("C")
    third.begin()
    return with_second(folder, lambda first, second: second.witness(third))


@enter(1, IN_SECOND)
def witness_whose_cosignature_is_by_somebody_else(folder: Path) -> Path:
    def change(first: Laptop, second: Laptop) -> None:
        stranger = Laptop("C")
        cosignature = stranger.witness_fields(first)[".cosignature"]
        second.append({**second.witness_fields(first), ".cosignature": cosignature})

    return with_second(folder, change)


@enter(1, IN_SECOND)
def witness_without_cosignature(folder: Path) -> Path:
    def change(first: Laptop, second: Laptop) -> None:
        fields = second.witness_fields(first)
        del fields[".cosignature"]
        second.append(fields)

    return with_second(folder, change)


@enter(1, IN_SECOND)
def witness_of_a_head_that_the_log_did_not_sign(folder: Path) -> Path:
    def change(first: Laptop, second: Laptop) -> None:
        second.append(second.witness_fields(first, signer=second))

    return with_second(folder, change)


@enter(1, IN_SECOND)
def witness_that_names_another_size_than_its_checkpoint(folder: Path) -> Path:
    return with_second(
        folder, lambda first, second: second.append({**second.witness_fields(first), ".size": 3})
    )


@enter(1, IN_SECOND)
def witness_of_a_head_of_another_log(folder: Path) -> Path:
    def change(first: Laptop, second: Laptop) -> None:
        second.append({**second.witness_fields(second), ".log": first.log})

    return with_second(folder, change)
