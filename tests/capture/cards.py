"""Photos taken in from a card, for tests that begin where the photos are there already."""

from __future__ import annotations

from pathlib import Path

from fieldkit.capture.intake import ingest
from fieldkit.vault.vault import Vault
from tests.bad.photos import camera_exif, sound_jpeg


def take_in(
    vault: Vault, folder: Path, count: int, *, minutes: tuple[int, ...] = (), owner: str = "team"
) -> list[str]:
    """The numbers of `count` photos, all different, taken at these minutes after ten o'clock (else one a minute)."""
    card = folder / f"card-{owner}"
    card.mkdir(exist_ok=True)
    for place in range(count):
        minute = minutes[place] if minutes else place
        exif = camera_exif(
            taken=f"2026:02:12 10:{minute:02d}:00", serial="WP5GA001234", position=(32.8872, 13.1913)
        )
        (card / f"DSC_{place + 1:04d}.JPG").write_bytes(sound_jpeg(320, 240, seed=place + 1, exif=exif))
    return ingest(vault, [card], owner=owner).photos
