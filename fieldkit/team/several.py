"""Several at a time: how objects are read from a store and written to one, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, TypeVar

AT_ONCE: Final = 4
T = TypeVar("T")
U = TypeVar("U")


def some(items: Iterable[T], count: int) -> Iterator[list[T]]:
    """The items in groups of so many."""
    iterator = iter(items)
    while group := list(islice(iterator, count)):
        yield group


def at_once(work: Callable[[T], U], items: Sequence[T]) -> Iterator[U]:
    """What the work makes of each, in order; few more are begun than are asked for."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ahead = [pool.submit(work, item) for item in items[: 2 * AT_ONCE]]
        for following in range(2 * AT_ONCE, len(items) + 2 * AT_ONCE):
            if not ahead:
                return
            yield ahead.pop(0).result()
            if following < len(items):
                ahead.append(pool.submit(work, items[following]))
