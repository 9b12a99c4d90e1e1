"""SHA-256 of many files at once, at constant memory.

Threads are enough: hashlib and reading release the interpreter's lock, and with blocks of 256 KiB, which stay in a
core's cache, processes were no faster and cost their start. A zip's members are checked against its CRC-32 too.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from fieldkit.bundle.sources import Span
from fieldkit.errors import FieldkitError

BLOCK = 256 << 10
_FEW_BYTES = 1 << 20
_QUEUED = 64


class Hashed(NamedTuple):
    """One file: its path in the bundle and its SHA-256 in hex, or what kept it from being read."""

    path: str
    digest: str
    problem: str = ""


def hash_files(
    files: Iterable[tuple[str, Span]],
    *,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Hashed]:
    """Hash files as they come, results in the same order. `progress` is called with the bytes just finished.

    `workers` is the number of threads, by default one per processor; small bundles are hashed without any.
    """
    jobs = list(files)
    workers = workers or os.cpu_count() or 1
    if workers == 1 or sum(span.size for _, span in jobs) < _FEW_BYTES:
        for path, span in jobs:
            yield _hash(path, span)
            if progress:
                progress(span.size)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="hash") as pool:
        running: list[tuple[int, Future[Hashed]]] = []
        for path, span in jobs:
            running.append((span.size, pool.submit(_hash, path, span)))
            if len(running) >= _QUEUED:
                yield _finish(running, progress)
        while running:
            yield _finish(running, progress)


def _finish(running: list[tuple[int, Future[Hashed]]], progress: Callable[[int], None] | None) -> Hashed:
    size, future = running.pop(0)
    hashed = future.result()
    if progress:
        progress(size)
    return hashed


def _hash(path: str, span: Span) -> Hashed:
    digest = hashlib.sha256()
    crc = 0
    buffer = memoryview(bytearray(min(BLOCK, max(span.size, 1))))
    left = span.size
    try:
        with span.open() as stream:
            while left:
                count = stream.readinto(buffer[: min(left, len(buffer))])  # type: ignore[attr-defined]
                if not count:
                    return Hashed(path, "", "became shorter while it was read")
                digest.update(buffer[:count])
                if span.crc is not None:
                    crc = zlib.crc32(buffer[:count], crc)
                left -= count
    except OSError as cause:
        return Hashed(path, "", f"cannot be read: {cause.strerror}")
    except FieldkitError as cause:
        return Hashed(path, "", cause.problem)
    if span.crc is not None and crc != span.crc:
        return Hashed(path, "", "its CRC-32 in the zip is not that of its bytes")
    return Hashed(path, digest.hexdigest())
