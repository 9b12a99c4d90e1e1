"""What keeps evidence whole: seals, samples, custody, documents, signatures."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from fieldkit.domain.fields import About
from fieldkit.domain.moments import Moment, instant
from fieldkit.domain.quantities import Quantity, dimension_of, to_base
from fieldkit.domain.records.base import Part, Record, refuse_without
from fieldkit.domain.values import EXACT, SET_LIMIT, Digest, Line, Positive, RecordId, RecordIds, Text

_PERSON = ("person",)


class SealCheck(Part, frozen=True, kw_only=True):
    """One look at a seal."""

    at: Annotated[Moment, About("When")]
    result: Annotated[Literal["intact", "broken", "missing", "mismatch"], About("Result")]
    by: Annotated[RecordId | None, About("By", "Who looked.", targets=_PERSON)] = None
    remark: Annotated[Text | None, About("Remark")] = None


class SealRemoval(Part, frozen=True, kw_only=True):
    """The taking off of a seal."""

    at: Annotated[Moment, About("When")]
    by: Annotated[RecordId, About("By", "Who took it off.", targets=_PERSON)]
    reason: Annotated[Text, About("Reason", "Why.")]


class Seal(Record, frozen=True, kw_only=True):
    """A numbered seal. The team never applies a number twice."""

    number: Annotated[Line, About("Number", "As printed on the seal.")]
    seal_type: Annotated[Line | None, About("Type", "Metal cup, adhesive, electronic…")] = None
    applied_to: Annotated[RecordId | None, About("Applied to", "Item, sample, place or document.")] = None
    applied_by: Annotated[RecordId | None, About("Applied by", targets=_PERSON)] = None
    witness: Annotated[RecordId | None, About("Witness", "Who saw it applied.", targets=_PERSON)] = None
    checks: Annotated[
        tuple[SealCheck, ...], Meta(max_length=SET_LIMIT), About("Checks", "Each look at it, in order.")
    ] = ()
    interval_hours: Annotated[
        Positive | None, About("Interval", "Hours after which it is to be looked at again; else daily.")
    ] = None
    removed: Annotated[SealRemoval | None, About("Removed", "When, by whom and why it was taken off.")] = None

    def constrain(self) -> None:
        off = self.removed
        refuse_without(
            off is None or all(instant(check.at.at) <= instant(off.at.at) for check in self.checks),
            "a seal is not looked at after it was taken off",
            where="seal.checks",
            remedy="Correct the time of the check, or that of the removal.",
        )


class Split(Part, frozen=True, kw_only=True):
    """One part of a divided sample."""

    label: Annotated[Line, About("Label")]
    amount: Annotated[Quantity, About("Amount")]
    holder: Annotated[Line | None, About("Holder", "Who keeps it: team, host, laboratory.")] = None
    container: Annotated[Line | None, About("Container")] = None
    seal: Annotated[RecordId | None, About("Seal", targets=("seal",))] = None


class Sample(Record, frozen=True, kw_only=True):
    """Material taken. Taking and splitting are witnessed, and the parts add up."""

    point: Annotated[Line, About("Point", "Where exactly it was taken.")]
    amount: Annotated[Quantity, About("Amount", "As 250 g or 40 mL.")]
    splits: Annotated[
        tuple[Split, ...], Meta(max_length=1000), About("Splits", "The parts; they add up to the amount.")
    ] = ()
    container: Annotated[Line | None, About("Container")] = None
    seal: Annotated[RecordId | None, About("Seal", targets=("seal",))] = None
    taken_by: Annotated[RecordId | None, About("Taken by", targets=_PERSON)] = None
    witnesses: Annotated[RecordIds, About("Witnesses", "Who saw it taken and split.", targets=_PERSON)] = (
        frozenset()
    )
    item: Annotated[RecordId | None, About("Item", "What it was taken from.", targets=("item",))] = None

    def constrain(self) -> None:
        refuse_without(
            self.witnesses,
            "a sample is taken and split before a witness",
            where="sample.witnesses",
            remedy="Name who saw it.",
        )
        if not self.splits:
            return
        refuse_without(
            len({part.label for part in self.splits}) == len(self.splits),
            "two parts of a sample bear the same label",
            where="sample.splits",
            remedy="Label each part differently.",
        )
        refuse_without(
            all(dimension_of(part.amount) == dimension_of(self.amount) for part in self.splits),
            "the parts of a sample are measured as the sample is",
            where="sample.splits",
            remedy="Give every part in a unit of the same dimension.",
        )
        total = Decimal(0)
        for part in self.splits:
            total = EXACT.add(total, to_base(part.amount))
        refuse_without(
            total == to_base(self.amount),
            "the parts do not add up to the sample",
            where="sample.splits",
            remedy=f"They must make {self.amount.value} {self.amount.unit}; record what was lost as a part.",
        )


class Document(Record, frozen=True, kw_only=True):
    """A paper or file shown or handed over."""

    title: Annotated[Line, About("Title", "As printed on it.")]
    pages: Annotated[Positive, About("Pages", "Number of pages.")]
    original_seen: Annotated[bool, About("Original seen", "Was the original seen, or only a copy?")]
    language: Annotated[Line | None, About("Language")] = None
    reference: Annotated[Line | None, About("Reference", "Number or date on it.")] = None
    copied_by: Annotated[RecordId | None, About("Copied by", targets=_PERSON)] = None
    handed_over_by: Annotated[RecordId | None, About("Handed over by", targets=_PERSON)] = None
    sha256: Annotated[Digest | None, About("SHA-256", "Of the file.")] = None
    media: Annotated[RecordId | None, About("File", "The scan or copy.", targets=("media",))] = None


class Custody(Record, frozen=True, kw_only=True):
    """One handing over of one thing, at the time it occurred."""

    thing: Annotated[RecordId, About("Thing", "What was handed over.")]
    from_whom: Annotated[
        RecordId | None, About("From", "Left out where custody begins.", targets=_PERSON)
    ] = None
    to_whom: Annotated[RecordId, About("To", "Who has it now.", targets=_PERSON)]
    reason: Annotated[Text | None, About("Reason", "Why it changed hands.")] = None
    seal_state: Annotated[
        Literal["intact", "broken", "missing", "mismatch", "none"] | None, About("Seal", "State of its seal.")
    ] = None

    def constrain(self) -> None:
        refuse_without(
            self.from_whom != self.to_whom,
            "a thing is not handed to whom has it already",
            where="custody.to_whom",
            remedy="Name the one who receives it.",
        )


class Signoff(Record, frozen=True, kw_only=True):
    """A signature on something frozen, and what it means. A host's signature is not agreement."""

    digest: Annotated[Digest, About("Digest", "SHA-256 of what was signed.")]
    position: Annotated[
        Literal["authored", "notice_taken", "agreed", "with_remarks", "refused"],
        About("Meaning", "A refusal is a valid outcome."),
    ]
    role: Annotated[Line | None, About("Role", "In which role it was signed.")] = None
    signer: Annotated[RecordId | None, About("Signer", targets=_PERSON)] = None
    target: Annotated[RecordId | None, About("What", "The record that was signed.")] = None
    paper: Annotated[
        RecordId | None, About("Paper", "Scan of the signed paper.", targets=("media", "document"))
    ] = None
