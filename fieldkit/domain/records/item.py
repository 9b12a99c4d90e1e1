"""The inventory: the list handed over, its lines, the counts made of them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from fieldkit.domain.fields import About
from fieldkit.domain.places import Position
from fieldkit.domain.quantities import Quantity
from fieldkit.domain.records.base import Part, Record, refuse_without
from fieldkit.domain.values import (
    SET_LIMIT,
    Count,
    Digest,
    Line,
    Lines,
    Positive,
    RecordId,
    RecordIds,
    Sides,
    Text,
)

_PERSON = ("person",)
_PHOTO = ("photo",)
Legibility = Literal["legible", "partly", "illegible"]


class Column(Part, frozen=True, kw_only=True):
    """Which column of the sheet was read into which field."""

    column: Annotated[Line, About("Column", "Heading in the sheet.")]
    field: Annotated[Line, About("Field", "Field of the item.")]


class Declaration(Record, frozen=True, kw_only=True):
    """A list handed over by the inspected party, with its version and its file."""

    name: Annotated[Line, About("Name", "Title of the list.")]
    handed_over_by: Annotated[RecordId | None, About("Handed over by", "Who gave it.", targets=_PERSON)] = (
        None
    )
    version: Annotated[Line | None, About("Version", "Version or date on the list.")] = None
    media: Annotated[RecordId | None, About("File", "The file as received.", targets=("media",))] = None
    file_sha256: Annotated[Digest | None, About("SHA-256", "Of the file as received.")] = None
    sheet: Annotated[Line | None, About("Sheet", "Sheet of the workbook.")] = None
    encoding: Annotated[Line | None, About("Encoding", "In which a text was read, as utf-8.")] = None
    decimal: Annotated[
        Line | None,
        About("Decimal mark", "Before decimals, where the list leaves it open and somebody said it."),
    ] = None
    skipped_rows: Annotated[
        Line | None, About("Rows skipped", "Rows that whoever loaded it left out, as 15, 20-22.")
    ] = None
    lines: Annotated[Count | None, About("Lines", "Lines read.")] = None
    columns: Annotated[
        tuple[Column, ...], Meta(max_length=SET_LIMIT), About("Columns", "Which column became which field.")
    ] = ()


class Item(Record, frozen=True, kw_only=True):
    """One line of the inventory, declared or met on the spot. Serials are kept as read."""

    declaration: Annotated[
        RecordId | None, About("Declaration", "The list it stands in.", targets=("declaration",))
    ] = None
    sheet: Annotated[Line | None, About("Sheet", "Sheet of the workbook.")] = None
    row: Annotated[Positive | None, About("Row", "Row of the sheet, from 1.")] = None
    line: Annotated[Line | None, About("Line", "Line number as printed in the list.")] = None
    nomenclature: Annotated[Line | None, About("Item", "What it is called.")] = None
    type: Annotated[Line | None, About("Type", "Type or variant.")] = None
    maker: Annotated[Line | None, About("Maker")] = None
    serials: Annotated[Lines, About("Serials", "Serial numbers as declared.")] = frozenset()
    observed_serials: Annotated[Lines, About("Serials read", "Serial numbers as read on the spot.")] = (
        frozenset()
    )
    declared: Annotated[Count | None, About("Declared", "Number declared.")] = None
    counted: Annotated[Count | None, About("Counted", "Number counted.")] = None
    verified: Annotated[Count | None, About("Verified", "Number identified one by one.")] = None
    unit: Annotated[Line | None, About("Unit", "Of the number: pieces, sets.")] = None
    markings: Annotated[Text | None, About("Markings", "As read.")] = None
    legibility: Annotated[Legibility | None, About("Legibility", "Of markings and serials.")] = None
    dimensions_mm: Annotated[
        Sides | None, About("Dimensions", "In millimetres, as 1200 x 300 x 300; 1.2 x 0.3 m is converted.")
    ] = None
    mass: Annotated[Quantity | None, About("Mass", "As 12.5 kg.", dimension="mass")] = None
    condition: Annotated[Line | None, About("Condition")] = None
    control_entry: Annotated[Line | None, About("List entry", "Control-list entry, as 9.A.6.")] = None
    disposition: Annotated[
        Literal["in_place", "tagged", "sealed", "removed", "destroyed", "transferred", "consumed"] | None,
        About("Disposition", "What became of it. Destroyed needs method, two witnesses, two photos."),
    ] = None
    destruction_method: Annotated[Text | None, About("Method", "How it was destroyed.")] = None
    witnesses: Annotated[RecordIds, About("Witnesses", "Who saw it done.", targets=_PERSON)] = frozenset()
    before_photo: Annotated[RecordId | None, About("Photo before", targets=_PHOTO)] = None
    after_photo: Annotated[RecordId | None, About("Photo after", targets=_PHOTO)] = None
    photos: Annotated[RecordIds, About("Photos", "Photos that show it.", targets=_PHOTO)] = frozenset()
    access_status: Annotated[
        Literal["accessible", "not_accessible"] | None, About("Access", "Could it be got at?")
    ] = None
    not_accessible_reason: Annotated[Text | None, About("Why not", "Why it could not be got at.")] = None
    undeclared: Annotated[bool | None, About("Undeclared", "Met on the spot, in no list.")] = None

    def constrain(self) -> None:
        if self.counted is not None and self.verified is not None and self.verified > self.counted:
            _refuse_more_verified("item", self.verified, self.counted)
        if not (self.nomenclature or self.serials or self.type or self.markings or self.line):
            refuse_without(
                self.observed_serials or self.declaration,
                "nothing tells this item from another",
                where="item.nomenclature",
                remedy="Give its name, type, serial, markings or line.",
            )
        if self.access_status == "not_accessible":
            refuse_without(
                self.not_accessible_reason,
                "an item that could not be got at needs the reason",
                where="item.not_accessible_reason",
                remedy="Say why: what is not accessed must not read as not there.",
            )
        if self.disposition == "destroyed":
            self._constrain_destruction()

    def _constrain_destruction(self) -> None:
        needed = "a destroyed item needs"
        refuse_without(
            self.destruction_method,
            f"{needed} the method",
            where="item.destruction_method",
            remedy="Say how it was destroyed.",
        )
        refuse_without(
            len(self.witnesses) >= 2,
            f"{needed} two witnesses",
            where="item.witnesses",
            remedy="Name at least two persons who saw it.",
        )
        refuse_without(
            self.before_photo and self.after_photo and self.before_photo != self.after_photo,
            f"{needed} a photo before and another after",
            where="item.before_photo" if not self.before_photo else "item.after_photo",
            remedy="Link two different photos.",
        )


class Taken(Part, frozen=True, kw_only=True):
    """A serial as read that a person took for a declared one, although the two are not the same."""

    read: Annotated[Line, About("As read", "What stands on the thing.")]
    declared: Annotated[Line, About("Taken for", "The declared serial.")]
    difference: Annotated[Line, About("Difference", "What parts the two, in words.")]


class Counting(Record, frozen=True, kw_only=True):
    """One person's count of one item. Independent recounts stand side by side; none replaces another."""

    item: Annotated[RecordId, About("Item", "What was counted.", targets=("item",))]
    counter: Annotated[RecordId | None, About("Counted by", "Who counted.", targets=_PERSON)] = None
    status: Annotated[
        Literal["found", "not_found", "not_accessible"] | None, About("Status", "Found where it should be?")
    ] = None
    counted: Annotated[Count | None, About("Counted", "Number counted.")] = None
    verified: Annotated[Count | None, About("Verified", "Number identified one by one.")] = None
    serials: Annotated[Lines, About("Serials", "As read.")] = frozenset()
    taken: Annotated[
        tuple[Taken, ...],
        Meta(max_length=SET_LIMIT),
        About("Taken", "Serials as read that were taken for declared ones, and by what they differ."),
    ] = ()
    type: Annotated[Line | None, About("Type", "Type or variant, as read.")] = None
    markings: Annotated[Text | None, About("Markings", "As read.")] = None
    legibility: Annotated[Legibility | None, About("Legibility", "Of markings and serials.")] = None
    condition: Annotated[Line | None, About("Condition")] = None
    reason: Annotated[Text | None, About("Reason", "Why it was not found or not got at.")] = None
    position: Annotated[Position | None, About("Position", "Where it stood.")] = None

    def constrain(self) -> None:
        if self.counted is not None and self.verified is not None and self.verified > self.counted:
            _refuse_more_verified("count", self.verified, self.counted)
        refuse_without(
            {each.read for each in self.taken} <= self.serials,
            "a serial that was taken for another is among the serials as read",
            where="count.taken",
            remedy="Give it in serials= as well, as it was read.",
        )
        if self.status in (None, "found"):
            refuse_without(
                self.counted is not None or self.status == "found",
                "a count says how many, or that it was not found or not accessible",
                where="count.counted",
                remedy="Give counted=, or status=not_found, or status=not_accessible.",
            )
        elif self.status == "not_accessible":
            refuse_without(
                self.counted is None,
                "what could not be got at was not counted",
                where="count.counted",
                remedy="Leave the number out: none seen is not none there.",
            )
            refuse_without(
                self.reason,
                "not accessible needs the reason",
                where="count.reason",
                remedy="Say why, in the host's words.",
            )
        else:
            refuse_without(
                not self.counted,
                f"not found, and yet {self.counted} counted",
                where="count.counted",
                remedy="Give status=found, or counted=0.",
            )


def _refuse_more_verified(kind: str, verified: int, counted: int) -> None:
    refuse_without(
        False,
        f"{verified} verified but only {counted} counted",
        where=f"{kind}.verified",
        remedy="What is verified has been counted: raise counted or lower verified.",
    )
