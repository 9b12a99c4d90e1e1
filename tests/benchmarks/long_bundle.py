"""A genuine, signed bundle of one very long log: entries sealed by several processes, never all in memory."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO

from fieldkit.bundle import bag
from fieldkit.domain.jsontypes import JSON
from fieldkit.journal.checkpoint import Checkpoint, sign_checkpoint
from fieldkit.journal.leaf import seal
from fieldkit.journal.merkle import Frontier
from tests.bundle.builders import HOST, LEAD, MISSION, Laptop, b64, record_id, signed, write_folder

STRETCH = 25_000
SECOND = 100


def long_bundle(folder: Path, entries: int) -> Path:
    """Write the bundle, signed by host and lead; 16 digests an entry, as a short observation has."""
    laptop = Laptop("A")
    place = folder / "data" / "log" / laptop.log
    place.mkdir(parents=True)
    frontier = Frontier()
    paths = [place / "leaves.jsonl", place / "disclosures.jsonl"]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        ranges = [(start, min(start + STRETCH, entries)) for start in range(0, entries, STRETCH)]
        parts = pool.map(_stretch, [str(place)] * len(ranges), *zip(*ranges, strict=True))
        with paths[0].open("wb") as leaves, paths[1].open("wb") as disclosures:
            for (start, _), hashes in zip(ranges, parts, strict=True):
                _append(leaves, place / f"leaves.{start}")
                _append(disclosures, place / f"disclosures.{start}")
                for at in range(0, len(hashes), 32):
                    frontier.append(hashes[at : at + 32])
    _close(folder, laptop, frontier, paths)
    return folder


def _stretch(place: str, start: int, stop: int) -> bytes:
    """Seal one stretch into two files of its own; the leaf hashes as one run of bytes."""
    laptop = Laptop("A")
    log, head = laptop.log, b64(laptop.key.public)
    hashes = []
    with (
        Path(place, f"leaves.{start}").open("wb") as leaves,
        Path(place, f"disclosures.{start}").open("wb") as opened,
    ):
        for seq in range(start, stop):
            entry = seal(log, seq, _fields(seq, head), hashlib.sha256(b"%d" % seq).digest())
            leaves.write(entry.leaf + b"\n")
            opened.write(entry.disclosures + b"\n")
            hashes.append(entry.hash)
    return b"".join(hashes)


def _fields(seq: int, key: str) -> dict[str, JSON]:
    at = _time(seq)
    fields: dict[str, JSON] = {
        "kind": "observation" if seq else "log",
        "act": "add",
        "id": record_id(str(seq)),
        "number": f"A-{seq + 1:04d}",
        "author": record_id("inspector"),
        "recorded": {"at": at, "offset": "+02:00", "mono_ms": 1000 * seq, "boot": "00ff"},
    }
    if seq == 0:
        return {**fields, ".key": key, ".device": "laptop A", ".letter": "A"}
    return {
        **fields,
        ".text": f"Crate {seq}, two bands, the seal whole.",
        ".basis": "seen",
        ".occurred": {"at": at, "offset": "+02:00", "source": "clock"},
    }


def _time(seq: int) -> str:
    second = seq // SECOND
    return f"2026-02-12T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{seq % SECOND:06d}Z"


def _append(whole: BinaryIO, part: Path) -> None:
    with part.open("rb") as stream:
        shutil.copyfileobj(stream, whole, 1 << 20)
    part.unlink()


def _close(folder: Path, laptop: Laptop, frontier: Frontier, paths: list[Path]) -> None:
    """Tag files, manifests, seal and signatures around the two files of the log."""
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in paths}
    size = sum(path.stat().st_size for path in paths)
    tags = {
        "bagit.txt": bag.DECLARATION,
        "bag-info.txt": f"Payload-Oxum: {size}.{len(paths)}\n".encode(),
        "manifest-sha256.txt": bag.manifest(digests),
        f"checkpoints/{laptop.log}.note": sign_checkpoint(
            Checkpoint(laptop.origin, frontier.size, frontier.root()), laptop.key
        ),
    }
    files = {**tags, "tagmanifest-sha256.txt": bag.tag_manifest(tags)}
    files["seal.txt"] = "".join(line + "\n" for line in _seal(laptop, frontier, files)).encode()
    write_folder(signed(signed(files, "host", HOST), "lead", LEAD), folder)


def _seal(laptop: Laptop, frontier: Frontier, files: dict[str, bytes]) -> Iterator[str]:
    yield "fieldkit-seal/v1"
    yield f"bundle {MISSION}/{laptop.log}/1"
    yield f"tagmanifest-sha256 {hashlib.sha256(files['tagmanifest-sha256.txt']).hexdigest()}"
    yield f"log {laptop.origin} {laptop.verifier_key} {frontier.size} {b64(frontier.root())}"
    yield "previous-seal none"
    yield from sorted(f"required {role} {who.fingerprint}" for role, who in (("host", HOST), ("lead", LEAD)))
    yield f"claimed-time {_time(frontier.size - 1)}"


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
