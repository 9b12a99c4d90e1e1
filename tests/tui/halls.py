"""A hall with a declaration, for tests of the inventory on the screen."""

from __future__ import annotations

from pathlib import Path

from fieldkit.vault.recording import Add
from fieldkit.vault.vault import Vault
from tests.vault.missions import new_mission


def a_hall(folder: Path, *, further: int = 0) -> Path:
    """A mission with `declared` lines."""
    with new_mission(folder) as vault:
        declared(vault, further)
    return folder


def declared(vault: Vault, further: int = 0) -> None:
    """Seven lines at two shelves of a hall: one of 250 connectors, one of three serials; `further` lines of one piece."""
    vault.record(
        [
            Add("person", {"name": "Maj. Salem", "party": "host", "role": "escort"}),
            Add("person", {"name": "J. Bauer", "party": "team", "role": "interpreter"}),
        ]
    )
    (hall,) = vault.record([Add("location", {"name": "Assembly hall", "level": "building"})])
    near, far = vault.record(
        [
            Add("location", {"name": name, "level": "position", "parent": hall.id})
            for name in ("Shelf 2", "Shelf 10")
        ]
    )
    (listed,) = vault.record([Add("declaration", {"name": "Declaration 2", "version": "30 Jan"})])

    def line(number: int, what: str, serials: list[str], declared: int, place: str) -> Add:
        return Add(
            "item",
            {
                "declaration": listed.id,
                "line": str(number),
                "nomenclature": what,
                "serials": serials,
                "declared": declared,
                "location": place,
            },
        )

    vault.record(
        [
            line(61, "Rate gyroscope", ["447101"], 1, near.id),
            line(63, "Vertical gyroscope", ["447108"], 1, near.id),
            line(64, "Gyroscope test stand", ["GT-9"], 1, hall.id),
            line(65, "Accelerometer", ["AC-1001", "AC-1002", "AC-1003"], 3, far.id),
            line(66, "Connector, 19 pin", [], 250, far.id),
            line(67, "Servo valve", ["SV-1001"], 1, far.id),
            line(68, "Servo valve", ["SV-1002"], 1, far.id),
            *(line(100 + n, "Servo valve", [f"{2000000 + 7 * n}"], 1, far.id) for n in range(further)),
        ]
    )
