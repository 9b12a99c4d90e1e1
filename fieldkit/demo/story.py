"""The story of the demo: who meets whom where, what is declared, what is found. All of it is invented.

One day of an MTCR visit to a former missile establishment: eight inspectors, three sites, eleven buildings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Final

ZONE: Final = timezone(timedelta(hours=2))
TITLE: Final = "TRIPOLI-04"
MARK: Final = "confidential"
MANDATE: Final = (
    "Verify the declared inventory of rocket components and establish whether any complete system reaches a range of "
    "300 km with a payload of 500 kg."
)

TEAM: Final = (
    ("Amira Nasser", "lead", "Team leader"),
    ("Jonas Bauer", "deputy", "Propulsion"),
    ("Chidi Okafor", "inspector", "Guidance and navigation"),
    ("Élodie Marchand", "inspector", "Structures and materials"),
    ("Мария Соколова", "inspector", "Legislation"),
    ("Kenji Watanabe", "inspector", "Measurement"),
    ("Lucía Ferrer", "inspector", "Inventory"),
    ("Tomáš Dvořák", "inspector", "Seals and samples"),
)
HOST: Final = (
    ("اللواء سالم المبروك", "Maj. Gen. Salem al-Mabrouk", "host_representative", "Head of delegation"),
    ("Maj. Idris Fathi", "Maj. Idris Fathi", "escort", "Site security"),
    ("Eng. Huda Zayed", "Eng. Huda Zayed", "escort", "Chief engineer"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """A site, its position (degrees north and east) and its buildings."""

    name: str
    latitude: float
    longitude: float
    buildings: tuple[str, ...]


SITES: Final = (
    Site("Site 1, Assembly plant", 32.8872, 13.1913, ("Assembly hall", "Test stand", "Store 1", "Workshop")),
    Site(
        "Site 2, Guidance laboratory",
        32.8521,
        13.2240,
        ("Clean room", "Calibration hall", "Store 2", "Archive"),
    ),
    Site("Site 3, Propellant depot", 32.7903, 13.0831, ("Mixing house", "Magazine", "Gate house")),
)
MANAGED_BUILDING: Final = "Archive"

STOCK: Final = (
    ("Vertical gyroscope", "VG-24", "Acme Instruments", "Clean room", 24),
    ("Rate gyroscope", "RG-11", "Acme Instruments", "Calibration hall", 20),
    ("Accelerometer", "AC-7", "Nord Precision", "Calibration hall", 18),
    ("Servo actuator", "SA-3", "Tarhuna Works", "Store 2", 16),
    ("Turbopump housing", "TP-9", "Tarhuna Works", "Workshop", 12),
    ("Injector plate", "IP-40", "Tarhuna Works", "Store 1", 12),
    ("Motor case section", "MC-880", "Delta Metals", "Assembly hall", 10),
    ("Graphite throat insert", "GT-2", "Delta Metals", "Store 1", 6),
)
"""Name, type, maker, building, number of lines: 118 declared lines."""

MISREAD_LINES: Final = (7, 31, 52, 77)
"""Lines whose serial on the spot is another than the declared one."""

NEAR_LINE, NEAR_READING = 12, "4471I2"
"""A line whose serial, 447112, was read with a letter, and taken for it by the one who stood there."""

MISSING_LINES: Final = (64, 101)

UNDECLARED: Final = (
    ("Accelerometer", "AC-7", "Nord Precision", "ND-9901", "Calibration hall"),
    ("Accelerometer", "AC-7", "Nord Precision", "ND-9902", "Calibration hall"),
    ("Rate gyroscope", "RG-11", "Acme Instruments", "447990", "Clean room"),
    ("Motor case section", "MC-880", "Delta Metals", "DM-5510", "Assembly hall"),
    ("Filament winding mandrel", "FW-1", "Delta Metals", "FW-0007", "Workshop"),
)

MISSILES: Final = (
    ("Type R-17 derivative", ("300km,985kg",)),
    ("Extended-range variant", ("650km,500kg", "300km,800kg")),
    ("Light variant", ("320km,250kg", "450km,90kg")),
    ("Battlefield rocket", ("70km,200kg",)),
    ("Experimental glider", ("310km,180kg",)),
)
"""Name and the stated points of range and payload."""

INTERVIEWS: Final = (
    ("Technician K.", "When were the gyroscopes last calibrated?", "In autumn, before the transfer."),
    ("Storekeeper M.", "Who signs for parts that leave Store 2?", "The chief engineer, in the blue book."),
    ("Engineer T.", "What was the longest burn on the stand?", None),
    (
        "Archivist R.",
        "Are drawings of the light variant kept here?",
        "Copies only; originals went to the ministry.",
    ),
)

COMMENTS: Final = (
    (
        "ar",
        "العناصر الخمسة الإضافية قطع غيار لم تُدرج سهوًا.",
        "The five further items are spare parts left out by oversight.",
    ),
    (
        "fr",
        "Les numéros de série relevés sont ceux des boîtiers.",
        "The serials read are those of the housings.",
    ),
    ("en", "The frames kept back show the wiring of the gate.", None),
)
"""Language, the host's words, the interpreter's translation."""


def at(hour: int, minute: int, second: int = 0) -> datetime:
    """A time of the day of the visit, local."""
    return datetime(2026, 2, 12, hour, minute, second, tzinfo=ZONE)


EDITIONS: Final = ("10 February", "11 February")
"""The list as it was first handed over, and as the host corrected it on the eve of the visit."""

CORRECTED_LINE, FIRST_BUILDING, FIRST_MAKER = 44, "Store 1", "Acme Instruments"
"""A line that the first edition places elsewhere and ascribes to another maker."""

ADDED_LINE: Final = 118
"""A line that only the second edition has."""

WITHDRAWN: Final = ("Test equipment trolley", "TT-1", "Tarhuna Works", "770001", "Workshop")
"""A thing of the first edition that the second no longer declares."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the declaration."""

    number: int
    name: str
    model: str
    maker: str
    serial: str
    building: str


def first_edition() -> Iterator[Line]:
    """The list as it was first handed over: 118 lines as well, though not the same."""
    lines = {line.number: line for line in declared_lines()}
    wrong = lines[CORRECTED_LINE]
    lines[CORRECTED_LINE] = replace(wrong, building=FIRST_BUILDING, maker=FIRST_MAKER)
    name, model, maker, serial, building = WITHDRAWN
    lines[ADDED_LINE] = Line(ADDED_LINE, name, model, maker, serial, building)
    yield from lines.values()


def declared_lines() -> Iterator[Line]:
    """The 118 lines that the host hands over."""
    number = 0
    for group, (name, model, maker, building, count) in enumerate(STOCK):
        for position in range(count):
            number += 1
            yield Line(number, name, model, maker, f"{4471 + group}{position + 1:02d}", building)
