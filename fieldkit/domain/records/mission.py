"""The mission and what governs it: mandate, comparison of lists, findings."""

from __future__ import annotations

from typing import Annotated, Literal

from fieldkit.domain.fields import About
from fieldkit.domain.moments import Period
from fieldkit.domain.quantities import Quantity
from fieldkit.domain.records.base import Record, refuse_without
from fieldkit.domain.values import Digest, Line, RecordId, RecordIds, Text


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
    mark_scheme: Annotated[Line | None, About("Marks", "Scheme of handling marks: un, opcw, iaea…")] = None
    controls: Annotated[Line | None, About("Control list", "Edition of the control list in use.")] = None
    control_list: Annotated[
        RecordId | None, About("List's file", "The mission's own control list.", targets=("media",))
    ] = None


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


class Crosswalk(Record, frozen=True, kw_only=True):
    """How an entry of the control list stands to an entry of a national list."""

    control_entry: Annotated[Line, About("List entry", "Entry of the control list, as 9.A.6.")]
    national_list: Annotated[Line | None, About("National list", "Which law or regulation.")] = None
    national_entry: Annotated[Line | None, About("National entry", "Entry of that list, as 7A101.")] = None
    relation: Annotated[
        Literal["same", "narrower", "broader", "absent", "threshold_differs"],
        About("Relation", "The national entry against the control list's."),
    ]
    rationale: Annotated[Text | None, About("Rationale", "Why.")] = None

    def constrain(self) -> None:
        refuse_without(
            self.relation == "absent" or self.national_entry,
            f"{self.relation.replace('_', ' ')} to which national entry?",
            where="crosswalk.national_entry",
            remedy="Name the national entry, or state the relation as absent.",
        )
