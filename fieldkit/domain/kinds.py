"""The kinds of record: their names for people, their number series, the class that holds their fields.

What can be listed, searched, typed or shown of a kind is found here, so that no command and no screen keeps a list of
fields of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final, cast

import msgspec

from fieldkit.domain.canonical import Canoniser, canoniser
from fieldkit.domain.fields import Field, FieldType, fields_of
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.nearness import suggestion
from fieldkit.domain.records import (
    bookkeeping,
    chain,
    item,
    mission,
    observation,
    people,
    photo,
    places,
    sampling,
)
from fieldkit.domain.records.base import Record
from fieldkit.domain.render import render
from fieldkit.errors import UsageError

SUMMARY_LENGTH: Final = 160
_OF_PROCEDURES: Final = frozenset({("mission", "regime"), ("event", "event")})
"""Kinds and their lines in which names of procedures stand, as a rule."""
_SEARCHED: Final = frozenset({FieldType.LINE, FieldType.TEXT, FieldType.STRUCT})
_PLAIN: Final = frozenset({FieldType.LINE, FieldType.TEXT})


@dataclass(frozen=True)
class Kind:
    """A kind of record. `series` is the letter in its human numbers; `leading` names the fields of its summary.

    What is derived from the class is derived when first asked for: most commands meet few kinds.
    """

    name: str
    title: str
    plural: str
    series: str
    struct: type[Record]
    leading: tuple[str, ...]

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """The fields by name, the kind's own first."""
        return fields_of(self.struct)

    @cached_property
    def canonisers(self) -> Mapping[str, Canoniser | None]:
        """What brings each field's value into its one form."""
        return MappingProxyType({name: canoniser(each) for name, each in self.fields.items()})

    @cached_property
    def defaults(self) -> Mapping[str, JSON]:
        """Values that a new record has unless it is given others."""
        found = msgspec.structs.fields(self.struct)
        return {info.encode_name: info.default for info in found if isinstance(info.default, str)}

    @cached_property
    def links(self) -> tuple[Field, ...]:
        """The fields that are, or hold, links to other records."""
        return tuple(each for each in self.fields.values() if _links(each))

    @cached_property
    def constrained(self) -> bool:
        """Whether records of this kind can contradict themselves."""
        return self.struct.constrain is not Record.constrain

    def field(self, name: str) -> Field:
        """The field of a name; UsageError naming near ones if the kind has none such."""
        found = self.fields.get(name)
        if found is None:
            raise UsageError(
                f"there is no field {name[:80]!r}",
                where=self.name,
                remedy=f"{suggestion(name, self.fields)}Fields: {', '.join(self.fields)}.",
            )
        return found

    def summary(self, doc: Doc) -> str:
        """One line that tells this record from others, at most 160 characters; as recorded, not yet made visible."""
        parts: list[str] = []
        for name in self.leading:
            value = doc.get(name)
            if value is None or value == []:
                continue
            shown = self.as_said(name, _shown(self.fields[name], value))
            parts.append(" ".join(shown[: 2 * SUMMARY_LENGTH].split()))
        text = " · ".join(parts)
        return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1] + "…"

    def as_said(self, name: str, text: str) -> str:
        """A field's text as people say it: names of procedures are kept as `inspection_completed`."""
        return text.replace("_", " ") if (self.name, name) in _OF_PROCEDURES else text

    def searchable(self, doc: Doc) -> list[str]:
        """Every text people wrote in the record, those in fields of newer versions included."""
        found: list[str] = []
        passed_over = self._not_searched
        for name, value in doc.items():
            if name in passed_over:
                continue
            if isinstance(value, str):
                found.append(value)
            elif value is not None:
                found.extend(_texts(self.fields.get(name), value))
        return found

    @cached_property
    def _not_searched(self) -> frozenset[str]:
        return frozenset(
            name for name, each in self.fields.items() if each.type not in _SEARCHED or each.encoded
        )


def kind(name: str) -> Kind:
    """The kind of a name; UsageError naming near ones if there is none."""
    found = _KINDS.get(name)
    if found is None:
        raise UsageError(
            f"there is no kind of record called {name!r}",
            remedy=f"{suggestion(name, _KINDS)}Kinds: {', '.join(sorted(_KINDS))}.",
        )
    return found


def all_kinds() -> tuple[Kind, ...]:
    """Every kind, in the order people meet them."""
    return tuple(_KINDS.values())


def _links(each: Field) -> bool:
    return each.type is FieldType.RECORD or any(_links(part) for part in each.parts)


def _shown(each: Field, value: JSON) -> str:
    """A value in short; of parts, the words of the first, and how many more there are."""
    if isinstance(value, str) and each.type is not FieldType.CHOICE:
        return value
    if each.type is not FieldType.STRUCT:
        return render(each, value)
    members = value if isinstance(value, list) else [value]
    words = " · ".join(list(_texts(each, members[0])))
    more = f"(+{len(members) - 1})" if len(members) > 1 else ""
    return f"{words} {more}".strip()


def _texts(known: Field | None, value: JSON) -> Iterator[str]:
    """The texts within a set, a list or a structure, but no ids, digests, decimals or times of known parts."""
    if isinstance(value, str):
        if known is None or known.type in _PLAIN:
            yield value
    elif isinstance(value, list):
        for member in value:
            yield from _texts(known, member)
    elif isinstance(value, dict):
        parts = {part.name: part for part in known.parts} if known else {}
        for name, member in value.items():
            part = parts.get(name)
            if part is None or part.type in _SEARCHED:
                yield from _texts(part, member)


def _kinds() -> Iterator[Kind]:
    """Name, title, plural, class, summary fields; the letter of the series where it has one."""
    yield Kind("mission", "Mission", "Missions", "", mission.Mission, ("title", "visit_type", "regime"))
    yield Kind(
        "person",
        "Person",
        "People",
        "",
        people.Person,
        ("name", "transliteration", "party", "role", "function"),
    )
    yield Kind("location", "Location", "Locations", "", places.Location, ("name", "level"))
    yield Kind("access", "Access", "Accesses", "", places.Access, ("outcome", "reason", "measures"))
    yield Kind("meeting", "Meeting", "Meetings", "", people.Meeting, ("topics",))
    yield Kind("interview", "Interview", "Interviews", "", people.Interview, ("interviewee", "exchanges"))
    yield Kind("observation", "Observation", "Observations", "", observation.Observation, ("basis", "text"))
    yield Kind(
        "measurement", "Measurement", "Measurements", "", observation.Measurement, ("quantity", "value")
    )
    yield Kind("photo", "Photo", "Photos", "P", photo.Photo, ("state", "subject", "caption", "file_name"))
    yield Kind(
        "handout", "Handing over of copies", "Copies handed over", "", photo.Handout, ("medium", "files")
    )
    yield Kind(
        "item", "Item", "Items", "I", item.Item, ("line", "nomenclature", "type", "serials", "disposition")
    )
    yield Kind("count", "Count", "Counts", "C", item.Counting, ("status", "counted", "verified", "serials"))
    yield Kind("seal", "Seal", "Seals", "", chain.Seal, ("number", "seal_type"))
    yield Kind("sample", "Sample", "Samples", "", chain.Sample, ("point", "amount"))
    yield Kind("custody", "Custody", "Custody", "", chain.Custody, ("reason", "seal_state"))
    yield Kind("document", "Document", "Documents", "", chain.Document, ("title", "reference", "language"))
    yield Kind("commitment", "Commitment", "Commitments", "", people.Commitment, ("status", "text"))
    yield Kind("comment", "Comment", "Comments", "", people.Comment, ("language", "text"))
    yield Kind("signoff", "Signature", "Signatures", "", chain.Signoff, ("position", "role"))
    yield Kind("finding", "Finding", "Findings", "", mission.Finding, ("status", "statement"))
    yield Kind(
        "crosswalk",
        "Crosswalk",
        "Crosswalk",
        "",
        mission.Crosswalk,
        ("control_entry", "relation", "national_entries"),
    )
    yield Kind(
        "national_list", "National list", "National lists", "T", mission.NationalList, ("title", "edition")
    )
    yield Kind(
        "event", "Step of the procedure", "Steps of the procedure", "", mission.Event, ("event", "subject")
    )
    yield Kind("incident", "Incident", "Incidents", "", observation.Incident, ("incident_type", "text"))
    yield Kind(
        "plan", "Sampling plan", "Sampling plans", "", sampling.Plan, ("stratum", "population", "size")
    )
    yield Kind("draw", "Draw", "Draws", "", sampling.Draw, ("seed", "population", "size"))
    yield Kind("declaration", "Declaration", "Declarations", "T", item.Declaration, ("name", "version"))
    yield Kind(
        "camera", "Camera", "Cameras", "T", photo.Camera, ("make", "model", "serial", "fingerprint", "owner")
    )
    yield Kind("intake", "Intake", "Intakes", "T", photo.Intake, ("source", "files", "kept"))
    yield Kind("media", "File", "Files", "F", bookkeeping.Media, ("name", "media_type", "size"))
    yield Kind("member", "Member", "Members", "T", bookkeeping.Member, ("device", "letter", "role", "status"))
    yield Kind("compartment", "Compartment", "Compartments", "T", bookkeeping.Compartment, ("name", "kinds"))
    yield Kind("log", "Log", "Logs", "T", bookkeeping.Log, ("device", "letter", "reason"))
    yield Kind("witness", "Witnessed head", "Witnessed heads", "T", bookkeeping.Witness, ("log", "size"))
    yield Kind(
        "differing",
        "Differing observation",
        "Differing observations",
        "T",
        bookkeeping.Differing,
        ("field", "reason"),
    )


_KINDS: Final = cast("Mapping[str, Kind]", MappingProxyType({each.name: each for each in _kinds()}))
