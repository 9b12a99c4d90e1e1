"""Sealing entries into leaves, by this process or, for long imports, by helping processes.

Sealing is most of the work of an import and needs nothing but the fields, so it is handed out in chunks; the leaves
come back in the order in which the entries were put.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor

import msgspec

from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import UnavailableError
from fieldkit.journal.leaf import contents_of, disclose, leaf_of
from fieldkit.journal.merkle import leaf_hash
from fieldkit.vault.packing import pack_sealed

HELP_FROM = 5_000
_CHUNK = 500
_AHEAD = 6

Sealed = tuple[bytes, bytes]
"""Leaf hash and packed disclosures."""


class Sealer:
    """Seals entries of one log from `start` on; `expected` of them decide whether help is worth its start-up."""

    def __init__(self, log: str, start: int, expected: int) -> None:
        self._log = log
        self._next = start
        self._waiting: list[Mapping[str, JSON]] = []
        self._running: deque[Future[list[Sealed]]] = deque()
        self._pool = (
            ProcessPoolExecutor(min(2, os.cpu_count() or 1), multiprocessing.get_context("spawn"))
            if expected >= HELP_FROM
            else None
        )

    def put(self, fields: Mapping[str, JSON]) -> list[Sealed]:
        """Take one entry; gives back what has been sealed meanwhile, in order."""
        if self._pool is None:
            self._next += 1
            return [_seal(self._log, self._next - 1, fields, os.urandom(32))]
        self._waiting.append(fields)
        if len(self._waiting) < _CHUNK:
            return []
        self._hand_out(self._pool)
        return _result(self._running.popleft()) if len(self._running) > _AHEAD else []

    def drain(self) -> list[Sealed]:
        """Everything not yet given back, in order."""
        if self._pool is None or not (self._waiting or self._running):
            return []
        self._hand_out(self._pool)
        sealed: list[Sealed] = []
        while self._running:
            sealed.extend(_result(self._running.popleft()))
        return sealed

    def close(self) -> None:
        """End the helping processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _hand_out(self, pool: ProcessPoolExecutor) -> None:
        if self._waiting:
            chunk = msgspec.msgpack.encode(self._waiting)
            self._running.append(pool.submit(_seal_chunk, self._log, self._next, chunk))
            self._next += len(self._waiting)
            self._waiting = []


def _result(future: Future[list[Sealed]]) -> list[Sealed]:
    try:
        return future.result()
    except (OSError, BrokenExecutor) as error:
        raise UnavailableError(
            "a helping process ended before its work was done",
            remedy="Close other programs and load again; nothing of this import was recorded.",
        ) from error


def _seal_chunk(log: str, start: int, chunk: bytes) -> list[Sealed]:
    """Seal entries that come as MessagePack, which takes a third of the time of pickling them."""
    entries: list[dict[str, JSON]] = msgspec.msgpack.decode(chunk)
    return [_seal(log, seq, fields, os.urandom(32)) for seq, fields in enumerate(entries, start)]


def _seal(log: str, seq: int, fields: Mapping[str, JSON], secret: bytes) -> Sealed:
    contents = contents_of(fields)
    leaf = leaf_of(disclose(contents, secret), log, seq)
    return leaf_hash(leaf), pack_sealed(contents, secret)
