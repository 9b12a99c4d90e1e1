"""A depot: the objects of a mission in some store, listed within bounds and read no further than their names allow."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fieldkit.errors import UnavailableError, UnreadableError, UsageError
from fieldkit.team import names
from fieldkit.team.folder import FolderStore
from fieldkit.team.names import Name
from fieldkit.team.store import ObjectGoneError, Store

MOST_NAMES = 4_000_000
_IDENTITY = re.compile(rb"^Depot ([0-9a-f]{32})$", re.MULTILINE)
_MARKER = (
    b"A depot of fieldkit: encrypted, signed objects by which the laptops of a mission meet.\n"
    b"Copy it as it is. Changing or removing a file harms nobody but delays them.\n"
)


@dataclass(slots=True)
class Contents:
    """What a depot holds of one mission: sizes by name, and how many names are none of fieldkit's."""

    objects: dict[Name, int] = field(default_factory=dict)
    strange: int = 0

    def of(self, kind: str) -> dict[Name, int]:
        """The objects of one kind."""
        return {name: size for name, size in self.objects.items() if name.kind == kind}

    def doubled(self) -> list[Name]:
        """Objects that lie there under two names, of which one at most is their own."""
        names_of: dict[str, list[Name]] = {}
        for name in self.objects:
            names_of.setdefault(name.hash, []).append(name)
        return [name for some in names_of.values() if len(some) > 1 for name in some]

    def holes(self) -> Iterator[tuple[str, int, int]]:
        """What no segment there is said to hold, though one beyond it is: log, first and last entry, numbers from 0."""
        log, following = "", 0
        for name in sorted(self.of(names.LOG), key=lambda name: (name.mission, name.log, name.first)):
            if name.log != log:
                log, following = name.log, 0
            if name.first > following:
                yield log, following, name.first - 1
            following = max(following, name.last + 1)


class Depot:
    """The door to a store."""

    def __init__(self, store: Store, *, most_names: int = MOST_NAMES) -> None:
        self._store = store
        self._most = most_names
        self.identity = ""

    @property
    def where(self) -> str:
        """How people know it."""
        return self._store.where

    def begin(self) -> None:
        """Make the store a depot. Does nothing to one."""
        if self._marker() is None:
            self._store.write(names.MARKER, _MARKER + f"Depot {secrets.token_hex(16)}\n".encode())

    def check_begun(self) -> None:
        """Refuse a place that nobody made a depot: a stick that is not plugged in leaves an empty folder behind. Of a depot,
        `identity` is known afterwards: by it a laptop knows it again, wherever it lies."""
        marker = self._marker()
        if marker is None:
            raise UnavailableError(
                "this is no depot",
                where=self.where,
                remedy=f"Is the stick plugged in? Else make it one: fieldkit depot init {self.where}",
            )
        found = _IDENTITY.search(marker)
        self.identity = found[1].decode() if found else self.where

    def _marker(self) -> bytes | None:
        try:
            return self._store.read(names.MARKER, len(_MARKER) + 1024)
        except ObjectGoneError:
            return None

    def contents(self, mission: str = "", kinds: tuple[str, ...] = names.KINDS) -> Contents:
        """Everything there of a mission (of all missions). `UnreadableError` where it is more than there can be."""
        found = Contents()
        seen = 0
        for prefix in (
            [f"{names.ROOT}/{mission}/{kind}/" for kind in kinds] if mission else [f"{names.ROOT}/"]
        ):
            for listed in self._store.names(prefix):
                seen += 1
                if seen > self._most:
                    raise UnreadableError(
                        f"lists more than {self._most} objects",
                        where=self.where,
                        remedy="This is no depot of a mission, or a hostile one: use another.",
                    )
                name = names.parse(listed.name)
                if name is None or (mission and name.mission != mission):
                    found.strange += 1
                else:
                    found.objects[name] = listed.size
        return found

    def read(self, name: Name) -> bytes:
        """An object whose bytes fit its name. `UnreadableError` for anything else, `ObjectGoneError` among it."""
        data = self._store.read(str(name), names.LIMITS[name.kind])
        if not name.fits(data):
            raise UnreadableError(
                "not what its name says: cut short or altered", where=str(name), remedy=names.FETCH_AGAIN
            )
        return data

    def write(self, name: Name, data: bytes) -> None:
        """Keep an object."""
        self._store.write(str(name), data)

    def remove(self, name: Name) -> None:
        """Take an object away that is none."""
        self._store.remove(str(name))

    def check(
        self,
        progress: Callable[[int], object] = lambda _: None,
        look: Callable[[Name, bytes], str] = lambda _name, _data: "",
    ) -> Iterator[tuple[Name, str]]:
        """Read every object; name and fault of each that does not fit its name, or in which `look` finds a fault."""
        for name, size in self.contents().objects.items():
            try:
                data = self.read(name)
                fault = "" if name.looks_right(data) else f"no object of the kind {name.kind}"
                fault = fault or look(name, data)
            except UnreadableError as error:
                fault = error.problem
            if fault:
                yield name, fault
            progress(size)


def open_depot(place: str) -> Depot:
    """The depot at a path or an address (`s3://bucket/prefix`, …)."""
    scheme, mark, _ = place.partition("://")
    if not mark:
        return Depot(FolderStore(Path(place)))
    if scheme == "file":
        raise UsageError(
            "name a folder by its path",
            where=place,
            remedy="Leave 'file://' out, or name a store as s3://bucket/prefix.",
        )
    from fieldkit.team.objects import ObjectStore

    return Depot(ObjectStore(place))
