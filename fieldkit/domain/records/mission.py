"""The mission and what governs it: mandate, findings, a country's control list and its comparison, procedural events."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from fieldkit.domain.fields import About
from fieldkit.domain.marks import canonical_mark
from fieldkit.domain.moments import Period
from fieldkit.domain.quantities import Quantity
from fieldkit.domain.records.base import Record, refuse_without
from fieldkit.domain.records.item import Column
from fieldkit.domain.values import (
    SET_LIMIT,
    Count,
    Digest,
    Line,
    Lines,
    MarkName,
    RecordId,
    RecordIds,
    Text,
)


class Mission(Record, frozen=True, kw_only=True):
    """The visit itself. Limits are the mission's own parameters, never constants."""

    title: Annotated[Line, About("Title", "Short name of the mission, as on every page.")]
    legal_basis: Annotated[
        Text | None, About("Legal basis", "Treaty, resolution or agreement it rests on.")
    ] = None
    visit_type: Annotated[
        Literal[
            "visit", "routine", "challenge", "complementary_access", "inventory_verification", "end_use_check"
        ]
        | None,
        About("Type", "What sort of visit it is."),
    ] = None
    regime: Annotated[Line | None, About("Regime", "Whose procedures and clocks hold: mtcr, opcw, iaea…")] = (
        None
    )
    mandate: Annotated[Text | None, About("Mandate", "The text of the mandate.")] = None
    scope: Annotated[Text | None, About("Scope", "What findings may speak of.")] = None
    range_limit: Annotated[
        Quantity | None, About("Range limit", "Greatest range allowed, as 300 km.", dimension="length")
    ] = None
    payload_limit: Annotated[
        Quantity | None, About("Payload limit", "Greatest payload allowed, as 500 kg.", dimension="mass")
    ] = None
    period: Annotated[Period | None, About("Period", "First and last day.")] = None
    issuer: Annotated[Line | None, About("Issuer", "Who issued the mandate.")] = None
    document_sha256: Annotated[Digest | None, About("Mandate's hash", "SHA-256 of the mandate document.")] = (
        None
    )
    mark_scheme: Annotated[
        Line | None,
        About(
            "Scheme of marks", "Scheme of handling marks: un, opcw, iaea, or what its own marks are called."
        ),
    ] = None
    marks: Annotated[
        tuple[MarkName, ...],
        Meta(max_length=SET_LIMIT),
        About(
            "Own marks",
            "Handling marks of the mission's own scheme, lowest first, instead of those of a known one.",
        ),
    ] = ()
    controls: Annotated[Line | None, About("Control list", "Edition of the control list in use.")] = None
    control_list: Annotated[
        RecordId | None, About("List's file", "The mission's own control list.", targets=("media",))
    ] = None
    procedures: Annotated[
        RecordId | None, About("Clocks' file", "The mission's own procedures and clocks.", targets=("media",))
    ] = None

    def constrain(self) -> None:
        refuse_without(
            len({canonical_mark(mark) for mark in self.marks}) == len(self.marks),
            "a mark stands twice in the scheme",
            where="mission.marks",
            remedy="Name each mark once, the lowest first.",
        )


class Finding(Record, frozen=True, kw_only=True):
    """A statement of the team and what it rests on."""

    statement: Annotated[Text, About("Statement", "What was found, within the mandate's scope.")]
    rests_on: Annotated[RecordIds, About("Rests on", "Records that carry the statement.")] = frozenset()
    status: Annotated[Literal["open", "closed"], About("Status", "Open until it is settled.")] = "open"
    control_entry: Annotated[Line | None, About("List entry", "Control-list entry, as 9.A.6.")] = None
    mandate_part: Annotated[
        Line | None, About("Part of the mandate", "Which part of the mandate covers it.")
    ] = None

    def constrain(self) -> None:
        refuse_without(
            self.status == "open" or self.rests_on,
            "a finding is closed only on something it rests on",
            where="finding.rests_on",
            remedy="Name the records that carry it, or leave it open.",
        )


class NationalList(Record, frozen=True, kw_only=True):
    """A country's control list: its file as it was found, and the entries that were read from it."""

    title: Annotated[Line, About("Title", "Which law or regulation.")]
    edition: Annotated[Line | None, About("Edition", "Version or date on it.")] = None
    media: Annotated[RecordId, About("File", "The file as it was found.", targets=("media",))]
    file_sha256: Annotated[Digest, About("SHA-256", "Of the file as it was found.")]
    entries: Annotated[RecordId, About("Entries", "What was read from it, as JSON.", targets=("media",))]
    lines: Annotated[Count, About("Lines", "Entries read.")]
    sheet: Annotated[Line | None, About("Sheet", "Sheet of the workbook.")] = None
    columns: Annotated[
        tuple[Column, ...], Meta(max_length=SET_LIMIT), About("Columns", "Which column was read as what.")
    ] = ()


class Crosswalk(Record, frozen=True, kw_only=True):
    """How an entry of the control list stands to the entries of a national list."""

    control_entry: Annotated[Line, About("List entry", "Entry of the control list, as 9.A.6.")]
    law: Annotated[
        RecordId | None, About("National list", "The list as it was loaded.", targets=("national_list",))
    ] = None
    national_entries: Annotated[Lines, About("National entries", "Entries of that list, as 7A101.")] = (
        frozenset()
    )
    relation: Annotated[
        Literal["same", "narrower", "broader", "absent", "threshold_differs"],
        About("Relation", "The national entries against the control list's."),
    ]
    rationale: Annotated[Text | None, About("Rationale", "Why.")] = None

    def constrain(self) -> None:
        refuse_without(
            self.relation == "absent" or self.national_entries,
            f"{self.relation.replace('_', ' ')} to which national entry?",
            where="crosswalk.national_entries",
            remedy="Name the national entry, or state the relation as absent.",
        )


class Event(Record, frozen=True, kw_only=True):
    """A step of the procedure, from or to which a clock may run. `occurred` says when it happened."""

    event: Annotated[Line, About("Event", "Its name in the procedures, as inspection_completed.")]
    subject: Annotated[
        Line | None, About("About", "Which site or report, where several run side by side.")
    ] = None
