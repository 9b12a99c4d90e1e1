"""Rules of handling marks: a mark is one of the mission's scheme, and a container's is at least its highest content's.

Raising the mark of a content is never refused, since it protects more: containers that are too low then are told before
the day is closed, as are those that arrive from elsewhere.
"""

from __future__ import annotations

from typing import Final

from fieldkit.domain.acts import Change
from fieldkit.domain.marks import all_schemes, named_scheme, scheme, scheme_of
from fieldkit.domain.nearness import suggestion
from fieldkit.errors import UsageError

CONTENTS: Final = {"finding": ("rests_on", "evidence"), "document": ("evidence",), "handout": ("files",)}
"""Kinds that contain others, and by which links: a finding what it rests on, a document the files of its pages, a handout the
photos of which copies were given. The mission contains everything.
"""


def scheme_is_known(change: Change) -> None:
    """UsageError for a mission whose scheme is neither among those that come along nor stated by its own marks."""
    called = change.after.get("mark_scheme")
    if called is None or change.after.get("marks"):
        return
    try:
        scheme(str(called))
    except UsageError as error:
        raise UsageError(
            error.problem,
            where="mission.mark_scheme",
            remedy=f"{error.remedy} A scheme of the mission's own is stated by its marks: marks='LOWEST, …, HIGHEST'.",
        ) from None


def mark_is_of_the_scheme(change: Change) -> None:
    """UsageError for a mark that the mission's scheme lacks; where it states none, one that no scheme has."""
    mark = change.after.get("mark")
    if mark is None:
        return
    mission = change.after if change.kind.name == "mission" else change.lookup.mission()
    stated = named_scheme(mission)
    try:
        if stated is not None:
            stated.parse(str(mark))
        elif all(mark not in known.marks for known in all_schemes()):
            every = [each for known in all_schemes() for each in known.marks]
            raise UsageError(
                f"{str(mark)!r} is no mark of any scheme",
                remedy=f"{suggestion(str(mark), every)}Marks: {', '.join(every)}.",
            )
    except UsageError as error:
        raise UsageError(error.problem, where=f"{change.kind.name}.mark", remedy=error.remedy) from None


def container_is_marked_enough(change: Change) -> None:
    """RefusedError naming the content with the highest mark, where it is above the container's."""
    contents = [
        view
        for name in CONTENTS[change.kind.name]
        for target in _ids(change.after.get(name))
        if (view := change.lookup.get(target)) is not None and view.mark and not view.retracted
    ]
    own = change.after.get("mark")
    held = [view.mark for view in contents]
    known = scheme_of(change.lookup.mission(), [*held, *([own] if isinstance(own, str) else [])])
    highest = max(contents, key=lambda view: known.rank(view.mark), default=None)
    if highest is not None and not known.covers(str(own or ""), highest.mark):
        change.refuse(
            f"{highest.number} in it is {highest.mark}, the {change.kind.title.lower()}"
            f" {f'only {own}' if own else 'has no mark'}",
            field="mark",
            remedy=f"Mark it at least {highest.mark}: mark='{highest.mark}'.",
        )


def mission_is_marked_enough(change: Change) -> None:
    """RefusedError where the mission's own mark is below the highest that stands in it."""
    own, held = change.after.get("mark"), change.lookup.marks_within()
    known = scheme_of(change.after, held)
    highest = known.highest(held)
    if highest is not None and not known.covers(str(own or ""), highest):
        change.refuse(
            f"what is recorded in it is marked up to {highest}, the mission {f'only {own}' if own else 'has no mark'}",
            field="mark",
            remedy=f"Mark it at least {highest}: mark='{highest}'.",
        )


def _ids(value: object) -> list[str]:
    """Record ids in a list of them, or of photos as they were handed over."""
    listed = value if isinstance(value, list) else []
    found = [each.get("photo") if isinstance(each, dict) else each for each in listed]
    return [each for each in found if isinstance(each, str)]
