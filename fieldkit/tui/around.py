"""Where we are, who is with us, which mark holds: set once, inherited by every new record until it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import Kind
from fieldkit.vault.places_tree import path_of
from fieldkit.vault.reading import VaultReader

DRAFT: Final = "around"


@dataclass(frozen=True, slots=True)
class Around:
    """Record ids and the mark, with the words that the screen shows for them."""

    location: str = ""
    people: tuple[str, ...] = ()
    mark: str = ""
    place: str = "no place set"
    company: str = ""

    def as_draft(self) -> Doc:
        """As it is kept in the store."""
        return {"location": self.location, "people": list(self.people), "mark": self.mark}

    def inherited(self, kind: Kind) -> Doc:
        """The values that a new record of this kind begins with."""
        values: Doc = {}
        if self.location and kind.name != "location":
            values["location"] = self.location
        if self.mark:
            values["mark"] = self.mark
        for name in ("with_whom", "present"):
            if self.people and name in kind.fields:
                values[name] = list(self.people)
        return values


def kept(reader: VaultReader) -> Around:
    """What was set last, also before a restart."""
    return described(reader, reader.drafts().get(DRAFT, {}))


def described(reader: VaultReader, doc: Doc) -> Around:
    """The surroundings that a draft names, with the words for them; what is no longer there is left out."""
    place = reader.peek(str(doc.get("location") or ""))
    people = doc.get("people")
    found = [
        view for each in (people if isinstance(people, list) else []) if (view := reader.peek(str(each)))
    ]
    return Around(
        location=place.id if place else "",
        people=tuple(view.id for view in found),
        mark=str(doc.get("mark") or ""),
        place=path_of(reader, place.id) if place else "no place set",
        company=", ".join(str(view.doc.get("name", view.number)) for view in found),
    )
