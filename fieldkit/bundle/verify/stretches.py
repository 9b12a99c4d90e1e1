"""A log's two files cut into stretches of whole lines, and the opening of one stretch, in this process or another.

A stretch is named by byte ranges, so that whoever opens it reads it by himself and nothing large travels between
processes. Line i of leaves.jsonl belongs to line i of disclosures.jsonl.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple, TypeAlias

from fieldkit.bundle.sources import Span
from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import AlteredError, UnreadableError
from fieldkit.journal.canonical import MAX_BYTES as MAX_LINE
from fieldkit.journal.leaf import VERSION, OpenedEntry
from fieldkit.journal.verification import OpenedChunk, open_chunk

LOGS = "data/log/"
ENTRIES = 1000
STRETCH_BYTES = 8 << 20
_READ_AHEAD = 1 << 20


class Stretch(NamedTuple):
    """Lines `start`... of one log. `where` names the log's folder in messages."""

    log: str
    start: int
    leaves: Span
    disclosures: Span
    where: str


class MediaFact(NamedTuple):
    """What an entry says that decides which originals belong to the bundle.

    For a `media` record its SHA-256 (hex), for a `photo` the media record it links and the state it is given. `leaf` is
    the entry's leaf hash and `replaces` those of the entries whose state it takes the place of, in hex.
    """

    record: str
    sha256: str = ""
    media: str = ""
    state: str = ""
    leaf: str = ""
    replaces: tuple[str, ...] = ()


class WitnessClaim(NamedTuple):
    """What the `witness` entry number `seq` (from 0) of a log says: the head of another log, signed and cosigned.

    All texts are as they stand in the entry, unchecked. `root` is base64, `checkpoint` a signed note without its last
    line feed, `cosignature` a line without its own.
    """

    seq: int
    log: str
    size: int
    root: str
    checkpoint: str
    cosignature: str


Fact: TypeAlias = MediaFact | WitnessClaim
"""What is picked out of entries while they are opened."""


def cut(log: str, leaves: Span, disclosures: Span, folder: str) -> Iterator[Stretch]:
    """The stretches of a log, in order. Refuses files of unequal numbers of lines, or with a last line unended."""
    start = count = 0
    lengths = [0, 0]
    ends = [0, 0]
    both = (leaves, disclosures)
    names = (f"{folder}leaves.jsonl", f"{folder}disclosures.jsonl")

    def stretch() -> Stretch:
        taken, opening = (
            Span(span.file, span.offset + end - length, length)
            for span, end, length in zip(both, ends, lengths, strict=True)
        )
        return Stretch(log, start, taken, opening, folder.rstrip("/"))

    lines = zip_longest(_lengths(leaves, names[0]), _lengths(disclosures, names[1]))
    for leaf, opened in lines:
        if leaf is None or opened is None:
            shorter, longer = names if leaf is None else names[::-1]
            raise AlteredError(f"has {start + count} lines, and {longer} has more", where=shorter)
        lengths[0] += leaf
        lengths[1] += opened
        ends[0] += leaf
        ends[1] += opened
        count += 1
        if count == ENTRIES or lengths[0] + lengths[1] >= STRETCH_BYTES:
            yield stretch()
            start, count, lengths = start + count, 0, [0, 0]
    if count:
        yield stretch()


def open_stretch(stretch: Stretch) -> OpenedChunk[Fact]:
    """Open every entry of a stretch, checking each digest."""
    leaves, disclosures = (_lines(span) for span in (stretch.leaves, stretch.disclosures))
    return open_chunk(stretch.log, stretch.start, leaves, disclosures, pick=_fact, where=stretch.where)


def _lengths(span: Span, name: str) -> Iterator[int]:
    """The length of every line with its line feed."""
    left = span.size
    with span.open(buffering=_READ_AHEAD) as stream:
        while left:
            line = stream.readline(min(left, MAX_LINE + 1))
            if line[-1:] != b"\n":
                problem = "a line is too long" if len(line) > MAX_LINE else "does not end with a line feed"
                raise UnreadableError(problem, where=name)
            left -= len(line)
            yield len(line)


def _lines(span: Span) -> list[bytes]:
    return b"".join(span.blocks()).split(b"\n")[:-1]


def _fact(entry: OpenedEntry) -> Fact | None:
    fields = entry.fields
    kind = fields.get("kind")
    if kind == "media":
        return MediaFact(str(fields.get("id")), sha256=str(fields.get(".sha256", "")))
    if kind == "photo":
        return MediaFact(
            str(fields.get("id")),
            media=str(fields.get(".media") or ""),
            state=str(fields.get(".state", "")),
            leaf=entry.hash.hex(),
            replaces=_replaced_states(fields.get("supersedes")),
        )
    if kind == "witness" and fields.get("act") == "add" and entry.version == VERSION:
        size = fields.get(".size")
        log, root, checkpoint, cosignature = (
            str(fields.get(name, "")) for name in (".log", ".root", ".checkpoint", ".cosignature")
        )
        return WitnessClaim(entry.seq, log, size if type(size) is int else 0, root, checkpoint, cosignature)
    return None


def _replaced_states(supersedes: JSON) -> tuple[str, ...]:
    replaced = supersedes.get("state") if isinstance(supersedes, dict) else None
    return tuple(map(str, replaced)) if isinstance(replaced, list) else ()
