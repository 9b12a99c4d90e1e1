"""What the team saw, was told, measured or concluded; incidents on the way."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fieldkit.domain.fields import About
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.quantities import Measured, Quantity, dimension_of
from fieldkit.domain.records.base import Record, refuse_without
from fieldkit.domain.values import DateText, Line, RecordId, RecordIds, Text


class Observation(Record, frozen=True, kw_only=True):
    """A fact and how it is known. What is concluded from it stands apart, in `inference`."""

    text: Annotated[Text, About("What", "The fact alone.")]
    basis: Annotated[
        Literal["seen", "told", "document", "measured", "inferred"],
        About("Basis", "How it is known: told needs an interview, measured a measurement."),
    ]
    confidence: Annotated[
        Literal["low", "medium", "high"] | None, About("Confidence", "The observer's own.")
    ] = None
    inference: Annotated[Text | None, About("Inference", "What is concluded from it.")] = None
    open_question: Annotated[Text | None, About("Open question", "What is still to be cleared up.")] = None
    interview: Annotated[RecordId | None, About("Interview", "Who told it.", targets=("interview",))] = None
    measurement: Annotated[
        RecordId | None, About("Measurement", "What was measured.", targets=("measurement",))
    ] = None
    documents: Annotated[
        RecordIds, About("Documents", "Documents it is known from.", targets=("document",))
    ] = frozenset()
    items: Annotated[RecordIds, About("Items", "Inventory lines it speaks of.", targets=("item",))] = (
        frozenset()
    )
    photos: Annotated[RecordIds, About("Photos", "Photos that show it.", targets=("photo",))] = frozenset()
    control_entry: Annotated[Line | None, About("List entry", "Control-list entry, as 9.A.6.")] = None

    def constrain(self) -> None:
        refuse_without(
            self.basis != "told" or self.interview,
            'basis "told" needs the interview it was told in',
            where="observation.interview",
            remedy="Link an interview, or choose another basis.",
        )
        refuse_without(
            self.basis != "measured" or self.measurement,
            'basis "measured" needs a measurement',
            where="observation.measurement",
            remedy="Link a measurement, or choose another basis.",
        )


class Measurement(Record, frozen=True, kw_only=True):
    """A value read with an instrument. A lapsed calibration is flagged, not refused."""

    quantity: Annotated[Line, About("Quantity", "What was measured: outer diameter, mass, dose rate.")]
    value: Annotated[Measured, About("Value", "With unit, uncertainty and k: 5.2 ± 0.1 mm (k=2).")]
    declared: Annotated[Quantity | None, About("Declared", "The declared value.")] = None
    item: Annotated[RecordId | None, About("Item", "What was measured.", targets=("item", "sample"))] = None
    instrument: Annotated[Line | None, About("Instrument", "Make and model.")] = None
    instrument_serial: Annotated[Line | None, About("Instrument serial", "Serial number as read.")] = None
    calibration_due: Annotated[DateText | None, About("Calibration due", "Day the calibration lapses.")] = (
        None
    )
    raw_file: Annotated[
        RecordId | None, About("Raw file", "The instrument's own file.", targets=("media",))
    ] = None
    method: Annotated[Text | None, About("Method", "How it was measured.")] = None

    def constrain(self) -> None:
        refuse_without(
            self.declared is None or dimension_of(self.declared) == dimension_of(self.value),
            "the declared and the measured value are of different dimensions",
            where="measurement.declared",
            remedy="Give both in units of the same dimension.",
        )


class Incident(Record, frozen=True, kw_only=True):
    """Something that went wrong: accident, obstruction, loss."""

    text: Annotated[Text, About("Incident", "What happened.")]
    incident_type: Annotated[
        Literal["safety", "security", "obstruction", "equipment", "other"] | None,
        About("Type", "What sort of incident."),
    ] = None
    persons: Annotated[RecordIds, About("Persons", "Who was involved.", targets=("person",))] = frozenset()


def calibration_lapsed(doc: Doc, on: date) -> bool:
    """Whether a measurement's instrument was past its calibration on the day it was used."""
    due = doc.get("calibration_due")
    return isinstance(due, str) and date.fromisoformat(due) < on
