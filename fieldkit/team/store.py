"""What a depot lies in: anything that keeps named, immutable objects. Four methods are all that is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from fieldkit.errors import UnreadableError


class Listed(NamedTuple):
    """An object as a listing shows it."""

    name: str
    size: int


class ObjectGoneError(UnreadableError):
    """There is no object of this name (any more)."""


class Store(Protocol):
    """A store of objects. Every method may raise `UnavailableError`; several threads may use one store."""

    @property
    def where(self) -> str:
        """How people know it: a path or an address."""
        ...

    def names(self, prefix: str) -> Iterator[Listed]:
        """Every object below a prefix (which ends in `/`), in any order."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """An object's bytes. `ObjectGoneError`; `UnreadableError` where it has more than `limit`."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Keep an object: durable and whole on return. What was there under this name is replaced."""
        ...

    def remove(self, name: str) -> None:
        """Take an object away. `ObjectGoneError` where there is none."""
        ...


def too_large(where: str, limit: int) -> UnreadableError:
    """The error for an object beyond its bound."""
    return UnreadableError(
        f"larger than the {limit} bytes that it may have",
        where=where,
        remedy="Do not use this depot any more: nothing of that size belongs in one.",
    )


def gone(where: str) -> ObjectGoneError:
    """The error for an object that is not there."""
    return ObjectGoneError(
        "there is no such object",
        where=where,
        remedy="Sync again; if it stays away, another laptop or depot has it.",
    )
