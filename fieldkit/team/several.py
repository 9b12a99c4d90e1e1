"""Several at a time: how objects are read from a store and written to one, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
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


def rounds(items: Iterable[T], group: Callable[[T], object]) -> Iterator[list[T]]:
    """The items in rounds, of each group one a round, in order: what is done at once in a round overtakes nothing of its own
    group."""
    groups: dict[object, list[T]] = {}
    for item in items:
        groups.setdefault(group(item), []).append(item)
    for place in range(max(map(len, groups.values()), default=0)):
        yield [several[place] for several in groups.values() if place < len(several)]


def at_once(work: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
    """What the work makes of each, in order; few more are begun than are asked for. Items are drawn in the caller's thread."""
    drawn = iter(items)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ahead = deque(pool.submit(work, item) for item in islice(drawn, 2 * AT_ONCE))
        while ahead:
            yield ahead.popleft().result()
            ahead.extend(pool.submit(work, item) for item in islice(drawn, 1))


def as_done(work: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
    """The same as each is done, so that one that takes long holds up no other."""
    drawn = iter(items)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        going = {pool.submit(work, item) for item in islice(drawn, 2 * AT_ONCE)}
        while going:
            done, going = wait(going, return_when=FIRST_COMPLETED)
            going |= {pool.submit(work, item) for item in islice(drawn, len(done))}
            for one in done:
                yield one.result()
