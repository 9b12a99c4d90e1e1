"""Putting the files of a bundle into a target: hashed as they pass, originals on a few threads."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Final, TypeAlias

from fieldkit.bundle.targets import Fill, Target
from fieldkit.bundle.zipform import Buffer

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the bytes of originals done and in all; from any thread, never from two at once."""

WORKERS: Final = 3  # one may be waiting for the disk while two cores decrypt and hash
_QUEUED: Final = 2 * WORKERS


class Writer:
    """Puts files into a target and keeps the payload's digests for the manifest."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._pool: ThreadPoolExecutor | None = None
        self._running: deque[Future[None]] = deque()
        self.digests: dict[str, str] = {}
        self.size = 0

    def stream(self, path: str, source: Callable[[], Iterable[Buffer]]) -> None:
        """A payload file that is hashed while it is written."""
        last = hashlib.sha256()
        size = 0

        def hashed() -> Iterator[Buffer]:
            nonlocal last, size
            last, size = hashlib.sha256(), 0
            for block in source():
                last.update(block)
                size += len(block)
                yield block

        self._target.stream(path, hashed)
        self.digests[path] = last.hexdigest()
        self.size += size

    def original(self, path: str, size: int, digest: str, content: Iterable[Buffer]) -> None:
        """A payload file whose size and SHA-256 are known, and checked by whoever reads `content`."""
        self._start(self._target.place(path, size), content)
        self.digests[path] = digest
        self.size += size

    def small(self, path: str, content: bytes) -> None:
        """A tag file."""
        self._target.place(path, len(content))([content])

    @contextmanager
    def crew(self) -> Iterator[None]:
        """Fill originals on a few threads, where the target allows it; all are filled when this ends."""
        if not self._target.parallel:
            yield
            return
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="export") as pool:
            self._pool = pool
            try:
                yield
                while self._running:
                    self._running.popleft().result()
            finally:
                self._pool = None
                pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, fill: Fill, content: Iterable[Buffer]) -> None:
        if self._pool is None:
            fill(content)
            return
        self._running.append(self._pool.submit(fill, content))
        while len(self._running) > _QUEUED:
            self._running.popleft().result()


class Meter:
    """Adds up what several threads have done."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._lock = Lock()

    def start(self) -> None:
        """Begin (again) at nothing."""
        self._done = 0

    def counted(self, blocks: Iterable[Buffer]) -> Iterable[Buffer]:
        """The same blocks, told of as they pass."""
        return blocks if self._progress is None else self._count(blocks, self._progress)

    def _count(self, blocks: Iterable[Buffer], progress: Progress) -> Iterator[Buffer]:
        for block in blocks:
            yield block
            with self._lock:
                self._done += len(block)
                progress(self._done, self._total)
