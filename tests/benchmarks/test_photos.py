"""What an intake of photos and a redaction cost, beside the disk alone, the decoder alone, and what people run instead."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PIL import Image

from fieldkit.capture.first_look import FirstLook
from fieldkit.capture.intake import Progress, ingest
from fieldkit.capture.pictures import glance, quiet_decoders
from fieldkit.capture.previews import improve
from fieldkit.capture.redaction import QUALITY, Box, redact
from fieldkit.tui.widgets.halfblocks import drawn, opened
from fieldkit.tui.widgets.photo_grid import HEIGHT, WIDTH
from fieldkit.vault.vault import Vault
from tests.bad.photos import (
    EVERY_BEYOND_OUR_LIMITS,
    EVERY_DAMAGED,
    EVERY_DAMAGED_WITHIN,
    exif_with_embedded,
    png_of_200_megapixels,
)
from tests.benchmarks.apart import apart
from tests.benchmarks.measuring import median_ms, row, times
from tests.vault.missions import PASSPHRASE, new_mission

PHOTOS = 60
PICTURES = 6
SIZE = (4000, 3000)
EDGE = 320
GRID = 2000


def card(folder: Path, photos: int = PHOTOS) -> list[Path]:
    """JPEGs of 12 megapixels and about 3 MB, noise, EXIF and an embedded small picture; no two alike."""
    folder.mkdir(parents=True)
    plain, small = folder / "picture.jpg", folder / "small.jpg"
    files = []
    for picture in range(PICTURES):
        noise = [Image.effect_noise(SIZE, 13 + picture % 3) for _ in range(3)]
        Image.merge("RGB", noise).save(plain, "JPEG", quality=82)
        pixels = plain.read_bytes()[2:]
        with Image.open(plain) as image:
            image.resize((160, 120)).save(small, "JPEG")
        for number in range(picture, photos, PICTURES):
            exif = Image.Exif()
            exif[0x010F], exif[0x0110] = "Acme", "Field 12"
            inner = exif.get_ifd(0x8769)
            inner[0x9003] = f"2026:02:12 {9 + number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}"
            inner[0x9011], inner[0xA431] = "+02:00", "0421337"
            place = exif.get_ifd(0x8825)
            place[1], place[2] = "N", (32.0, 52.0, float(number % 60))
            place[3], place[4] = "E", (13.0, 11.0, 0.0)
            told = exif_with_embedded(exif, small.read_bytes())
            file = folder / f"DSC{number:05d}.JPG"
            file.write_bytes(b"\xff\xd8\xff\xe1" + (len(told) + 2).to_bytes(2, "big") + told + pixels)
            files.append(file)
    plain.unlink()
    small.unlink()
    return sorted(files)


def take_in(mission: str, folder: str) -> None:
    """The intake itself."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        receipt = ingest(vault, [Path(folder)])
        assert (receipt.kept, receipt.damaged, receipt.finished) == (PHOTOS, [], True)


def take_in_while_looking(mission: str, folder: str, told: str) -> None:
    """The intake with the first look ahead of it; every tile of the grid is drawn as soon as its frame was looked at.

    Into the file `told`: the seconds until all of them were, those of processors, and how many frames were kept by then.
    """
    look, kept = FirstLook(), [0]

    def all_drawn() -> tuple[float, float, int]:
        began, busy = time.perf_counter(), time.process_time()
        for place in range(GRID):
            assert look.wait(place + 1, 60)
            frame = look.frame(place)
            if frame is not None:  # what is kept by now is shown from its record
                image = opened(frame.thumbnail)
                assert image is not None
                drawn(image, WIDTH, HEIGHT, "many")
        return time.perf_counter() - began, time.process_time() - busy, kept[0]

    def count(progress: Progress) -> None:
        kept[0] = progress.kept

    with Vault.open(Path(mission), PASSPHRASE) as vault, ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(all_drawn)
        assert ingest(vault, [Path(folder)], progress=count, look=look).kept == GRID
        Path(told).write_text(" ".join(map(str, drawing.result())))


def take_in_all(mission: str, folder: str) -> None:
    """An intake of files of which most are damaged."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        assert ingest(vault, [Path(folder)]).finished


def look_again(mission: str) -> None:
    """The second look at the pixels, after the card was given back."""
    with Vault.open(Path(mission), PASSPHRASE) as vault:
        assert improve(vault).done == PHOTOS


def in_series(files: list[Path], work: Callable[[Path], object]) -> float:
    """Files a second, one after the other."""
    start = time.perf_counter()
    for file in files:
        work(file)
    return len(files) / (time.perf_counter() - start)


def first_look(file: Path) -> bytes:
    """Digest, EXIF and the embedded picture, and the file encrypted: all that a grid needs, and nothing kept."""
    data = file.read_bytes()
    hashlib.sha256(data).digest()
    AESGCM(bytes(32)).encrypt(bytes(12), data, None)
    facts = glance(data, file.name)
    assert facts is not None
    return facts.thumbnail


def three_tools(file: Path) -> None:
    """What people run instead, in series."""
    for command in (
        ["exiftool", "-json", file],
        ["sha256sum", file],
        ["convert", file, "-thumbnail", f"{EDGE}x{EDGE}", file.parents[1] / "small.jpg"],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def test_intake(tmp_path: Path) -> None:
    files = card(tmp_path / "DCIM")
    each = sum(file.stat().st_size for file in files) / len(files) / 1e6
    small = tmp_path / "small.jpg"

    def written(file: Path) -> None:
        with (tmp_path / "copies" / file.name).open("xb", buffering=0) as copy:
            copy.write(file.read_bytes())
            os.fsync(copy.fileno())

    def shrunk(file: Path) -> None:
        with Image.open(file) as image:
            image.draft("RGB", (EDGE, EDGE * 3 // 4))
            image.thumbnail((EDGE, EDGE), reducing_gap=None)
            image.save(small)

    def by_hand(file: Path) -> None:
        subprocess.run(["sha256sum", file], check=True, stdout=subprocess.DEVNULL)
        with Image.open(file) as image:
            image.thumbnail((EDGE, EDGE))
            image.save(small)

    row("processes waiting for two cores, at the start", f"{os.getloadavg()[0]:.1f}", "0")
    row("one photo", f"{each:.1f} MB, {SIZE[0] * SIZE[1] / 1e6:.0f} megapixels", "-")
    (tmp_path / "copies").mkdir()
    row("bare write and fsync, one at a time", f"{in_series(files, written):.0f} photos/s", "-")
    decoding = in_series(files[:20], shrunk)
    row("Pillow's scaled thumbnail alone, one thread", f"{decoding:.0f} photos/s", "-")
    if shutil.which("sha256sum"):
        row(
            "sha256sum, then a thumbnail, nothing kept", f"{in_series(files[:20], by_hand):.0f} photos/s", "-"
        )
    missing = [tool for tool in ("exiftool", "sha256sum", "convert") if not shutil.which(tool)]
    peer = 0.0 if missing else in_series(files[:12], three_tools)
    row("exiftool, sha256sum, convert in series", _not_here(missing) or f"{peer:.1f} photos/s", "-")
    with quiet_decoders(), ThreadPoolExecutor(2) as pool:
        start = time.perf_counter()
        assert all(pool.map(first_look, files))
        first = len(files) / (time.perf_counter() - start)
    row(
        f"first look alone, nothing kept: {GRID:,} photos", f"{GRID / first:.1f} s ({first:.0f}/s)", "<= 10 s"
    )
    for run in (1, 2, 3):
        mission = tmp_path / f"mission-{run}"
        new_mission(mission).close()
        spent = apart(f"{__name__}:take_in", mission, tmp_path / "DCIM")
        again = apart(f"{__name__}:look_again", mission)
        shutil.rmtree(mission)
        row(
            f"intake, everything durable and read back, run {run}",
            f"{spent.rate(PHOTOS, 'photos')}, {spent.memory}",
            ">= 35/s on two cores, < 150 MB",
        )
        rate = PHOTOS / spent.seconds
        ratio = f", {rate / peer:.1f} times the three tools" if peer else ""
        row(f"{GRID:,} photos at that rate{ratio}", f"{GRID / rate:.0f} s", "(the disk's pace)")
        row("the second look at the pixels", f"{again.rate(PHOTOS, 'photos')}, {again.memory}", "< 150 MB")
    shutil.rmtree(tmp_path)


def test_first_grid(tmp_path: Path) -> None:
    """Needs 13 GB on the disk for a while."""
    card(tmp_path / "DCIM", GRID)
    new_mission(tmp_path / "mission").close()
    told = tmp_path / "told"
    row("processes waiting for two cores, at the start", f"{os.getloadavg()[0]:.1f}", "0")
    spent = apart(f"{__name__}:take_in_while_looking", tmp_path / "mission", tmp_path / "DCIM", told)
    seconds, busy, kept = told.read_text().split()
    row(
        f"first grid of {GRID:,} photos, the intake running behind it",
        f"{float(seconds):.1f} s ({float(busy):.1f} of processors, {kept} kept by then)",
        "<= 10 s",
    )
    row(
        f"that intake of {GRID:,} photos, everything durable and read back",
        f"{spent.rate(GRID, 'photos')}, {spent.memory}",
        ">= 35/s on two cores, < 150 MB",
    )
    shutil.rmtree(tmp_path)


def test_redaction(tmp_path: Path) -> None:
    files = card(tmp_path / "DCIM")[:PICTURES]
    data = files[0].read_bytes()

    def bare() -> None:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            image.save(io.BytesIO(), "JPEG", quality=QUALITY)

    row("processes waiting for two cores, at the start", f"{os.getloadavg()[0]:.1f}", "0")
    alone = statistics.median(times(bare, 8))
    row("Pillow: decode and encode 12 megapixels", f"{alone * 1e3:.0f} ms", "-")
    with new_mission(tmp_path / "mission") as vault:
        numbers = ingest(vault, files).photos
        left, boxes = iter(numbers), [Box(512, 512, 640, 400), Box(2000, 1000, 300, 300)]
        busy = time.process_time()
        spent = times(lambda: redact(vault, next(left), boxes, "a face"), len(numbers))
        busy = (time.process_time() - busy) / len(numbers)
    row(
        "a redaction: checked, recorded, durable",
        f"{median_ms(spent):.0f} ms ({busy * 1e3:.0f} ms of processor)",
        "<= 200 ms",
    )
    row("  beside that decoding and encoding", f"{statistics.median(spent) / alone:.1f} times", "-")


def test_hostile_pictures(tmp_path: Path) -> None:
    card = tmp_path / "DCIM"
    card.mkdir()
    for build in (*EVERY_DAMAGED, *EVERY_DAMAGED_WITHIN, *EVERY_BEYOND_OUR_LIMITS, png_of_200_megapixels):
        (card / f"{build.__name__}.png").write_bytes(build())
    Image.new("RGB", (8000, 7900), "red").save(card / "63-megapixels.png")
    Image.new("P", (8000, 7900)).save(card / "63-megapixels-palette.png")
    new_mission(tmp_path / "mission").close()
    spent = apart(f"{__name__}:take_in_all", tmp_path / "mission", card)
    row("a card of hostile pictures", spent.memory, "helpers <= 1 GiB each")


def _not_here(missing: list[str]) -> str:
    return f"not installed: {', '.join(missing)}" if missing else ""
