"""Handling marks: schemes ordered from the lowest to the highest, and what a container must carry.

Schemes are data (`data/marks.toml`), and a mission may state marks of its own. A mark that a scheme does not know ranks
above all that it knows: what cannot be judged is not let down.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.nearness import suggestion
from fieldkit.domain.values import canonical_text
from fieldkit.errors import UnreadableError, UsageError


@dataclass(frozen=True, slots=True)
class MarkScheme:
    """A scheme's name, its title and its marks, lowest first, as they are stored (lower case)."""

    name: str
    title: str
    marks: tuple[str, ...]

    def rank(self, mark: str | None) -> int:
        """How high a mark stands: 0 for none, 1 for the lowest, above all others if the scheme has no such mark."""
        stored = _one_writing(mark or "")
        if not stored:
            return 0
        return self.marks.index(stored) + 1 if stored in self.marks else len(self.marks) + 1

    def highest(self, marks: Iterable[str | None]) -> str | None:
        """The mark a container of these must carry at least; None if nothing in it is marked."""
        return max(
            (mark for mark in marks if mark is not None),
            key=lambda mark: (self.rank(mark), mark),
            default=None,
        )

    def covers(self, container: str | None, content: str | None) -> bool:
        """Whether a container's mark is at least as high as its content's."""
        return self.rank(container) >= self.rank(content)

    def parse(self, text: str) -> str:
        """The stored form of a typed mark; UsageError naming near and all marks if the scheme has no such one."""
        stored = canonical_mark(text)
        if stored not in self.marks:
            raise UsageError(
                f"{text!r} is no mark of the scheme {self.name}",
                where="mark",
                remedy=f"{suggestion(stored, self.marks)}Marks, lowest first: {', '.join(self.marks)}.",
            )
        return stored


def canonical_mark(text: str) -> str:
    """A mark as it is stored: lower case, single spaces for spaces and underscores. Any scheme's, also one not known here."""
    return canonical_text(_one_writing(canonical_text(text, 80)), 80)


def _one_writing(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").split())


@cache
def all_schemes() -> tuple[MarkScheme, ...]:
    """The schemes that come with fieldkit."""
    data = resources.files("fieldkit.domain").joinpath("data", "marks.toml").read_text("utf-8")
    return read_schemes(data, where="marks.toml")


def read_schemes(text: str, *, where: str) -> tuple[MarkScheme, ...]:
    """Schemes from TOML: per name a table with `title` and `marks`, lowest first. UnreadableError otherwise."""
    try:
        return tuple(
            MarkScheme(name, str(entry["title"]), tuple(canonical_mark(mark) for mark in entry["marks"]))
            for name, entry in tomllib.loads(text).items()
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(
            f"no schemes of marks: {error}",
            where=where,
            remedy='Write [name], title = "…" and marks = ["lowest", "highest"].',
        ) from None


def scheme(name: str) -> MarkScheme:
    """The scheme of a name (un, opcw, iaea…); UsageError naming near ones if there is none."""
    found = {known.name: known for known in all_schemes()}
    if name.lower() not in found:
        raise UsageError(
            f"no scheme of marks is called {name!r}",
            remedy=f"{suggestion(name, found)}Schemes: {', '.join(found)}.",
        )
    return found[name.lower()]


def named_scheme(mission: Doc) -> MarkScheme | None:
    """The scheme that a mission's record states: its own marks, else that called by `mark_scheme`, else its regime's."""
    called, own = mission.get("mark_scheme"), mission.get("marks")
    if isinstance(own, list) and (marks := [_one_writing(mark) for mark in own if isinstance(mark, str)]):
        title = called if isinstance(called, str) else "of the mission"
        return MarkScheme(title, title, tuple(dict.fromkeys(marks)))
    for name in (called, mission.get("regime")):
        if isinstance(name, str):
            for known in all_schemes():
                if known.name == name.strip().lower():
                    return known
    return None


def scheme_of(mission: Doc, held: Iterable[str] = ()) -> MarkScheme:
    """The scheme that a mission's record states; where it states none, one that has every mark in `held`, else the first."""
    stated = named_scheme(mission)
    if stated is not None:
        return stated
    marks = {_one_writing(mark) for mark in held} - {""}
    return next((known for known in all_schemes() if marks <= set(known.marks)), all_schemes()[0])
