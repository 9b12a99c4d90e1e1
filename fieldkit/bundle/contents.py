"""What goes into a bundle, read from the vault: heads of the logs, entries, originals, and what is left out.

Photos that are withheld, or held by the host, keep their number and their reason in the journal, but their originals do
not travel. An original that has not arrived on this laptop, or that it recorded itself and lost, is left out and named. Nothing here is held in memory but the list of names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import AlteredError, UsageError
from fieldkit.journal.checkpoint import open_checkpoint
from fieldkit.journal.leaf import read_fields
from fieldkit.journal.merkle import Frontier
from fieldkit.vault.exchange import Exchange
from fieldkit.vault.gaps import Gap, gaps
from fieldkit.vault.media import MediaStore
from fieldkit.vault.vault import Vault

BLOCK = 1 << 20
EXTENSIONS = {
    "application/gpx+xml": "gpx",
    "application/json": "json",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/zip": "zip",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "image/avif": "avif",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "image/webp": "webp",
    "text/csv": "csv",
    "text/plain": "txt",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
}
OTHER_EXTENSION = "bin"
_KEPT_BACK = frozenset({"held", "withheld"})
"""States in which a photo's original stays behind, also where only one of several accounts says so."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one log as its laptop signed it: `note` is the checkpoint, `root` 32 bytes."""

    log: str
    origin: str
    public_key: bytes
    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class Omissions:
    """What is not in the bundle: numbers of withheld photos and of held ones, SHA-256 (hex) of what they show, and of what is
    not here.

    `absent` has never been on this laptop, or was given up here because others have it; `lost` was recorded here and is
    gone; `entries` are those that the team knows of and that have not arrived. `size` and `files` count the originals that are in the bundle.
    """

    withheld: tuple[str, ...]
    held: tuple[str, ...]
    left_out: frozenset[str]
    absent: tuple[str, ...]
    lost: tuple[str, ...]
    entries: tuple[Gap, ...]
    size: int
    files: int


def signed_heads(vault: Vault) -> list[Head]:
    """The last signed head of every log that has entries, sorted by origin, each signature checked."""
    heads = []
    for log in vault.logs():
        if log.size:
            note = vault.checkpoint(log.log)
            signed = open_checkpoint(note, log.public_key, origin=log.origin, where=f"log {log.log}")
            heads.append(Head(log.log, log.origin, log.public_key, signed.size, signed.root, note))
    if not heads:
        raise UsageError("nothing is recorded yet", remedy="Record something, then export.")
    return sorted(heads, key=lambda head: head.origin)


def leaves(vault: Vault, head: Head) -> Iterator[bytes]:
    """`leaves.jsonl` in blocks. `AlteredError` at the end where the entries do not make up the signed head."""
    frontier = Frontier()
    held: list[bytes] = []
    size = 0
    for entry in vault.entries(head.log, 0, head.size):
        frontier.append(entry.hash)
        held += (entry.leaf, b"\n")
        size += len(entry.leaf) + 1
        if size >= BLOCK:
            yield b"".join(held)
            held.clear()
            size = 0
    yield b"".join(held)
    if frontier.size != head.size or frontier.root() != head.root:
        raise AlteredError(
            "the entries are not those that the laptop signed",
            where=f"log {head.log}",
            remedy="Run `fieldkit doctor`; restore from a backup or a depot.",
        )


def disclosures(vault: Vault, head: Head) -> Iterator[bytes]:
    """`disclosures.jsonl` in blocks: line i opens line i of `leaves.jsonl`."""
    held: list[bytes] = []
    size = 0
    for entry in vault.entries(head.log, 0, head.size):
        held += (entry.disclosures, b"\n")
        size += len(entry.disclosures) + 1
        if size >= BLOCK:
            yield b"".join(held)
            held.clear()
            size = 0
    yield b"".join(held)


def claimed_time(vault: Vault, heads: list[Head]) -> str:
    """When the last entry of any log was recorded, by the clock of the laptop that recorded it."""
    times = []
    for head in heads:
        for entry in vault.entries(head.log, head.size - 1, head.size):
            match read_fields(entry.disclosures):
                case {"recorded": {"at": str(at)}}:
                    times.append(at)
    return max(times)


def find_omissions(vault: Vault) -> Omissions:
    """Look through photos and files for what does not travel."""
    withheld: set[str] = set()
    held: set[str] = set()
    left_out: set[str] = set()
    contested: dict[str, set[str]] = {}
    for one in vault.differences():
        if one.field == "state":
            contested.setdefault(one.record.id, set()).update(
                value for value, _ in one.values if isinstance(value, str)
            )
    for photo in vault.list("photo", retracted=True):
        states = contested.get(photo.id, set()) | {str(photo.doc.get("state"))}
        if states.isdisjoint(_KEPT_BACK):
            continue
        (withheld if "withheld" in states else held).add(photo.number)
        digests = [photo.doc.get("sha256")]
        media = photo.doc.get("media")
        view = vault.peek(media) if isinstance(media, str) else None
        if view is not None:
            digests.append(view.doc.get("sha256"))
        left_out.update(digest for digest in digests if isinstance(digest, str))
    present: dict[str, int] = {}
    absent = set()
    lost = set()
    store = vault.media
    exchange = Exchange(vault)
    own, shed = set(exchange.own_logs()), exchange.shed()
    for view in vault.list("media", retracted=True):
        digest, size = view.doc.get("sha256"), view.doc.get("size")
        if isinstance(digest, str) and isinstance(size, int) and digest not in left_out:
            if _is_here(store, view.doc):
                present[digest] = size
            elif view.log in own and not shed.issuperset(_missing(store, view.doc)):
                lost.add(digest)
            else:
                absent.add(digest)
    return Omissions(
        tuple(sorted(withheld)),
        tuple(sorted(held)),
        frozenset(left_out),
        tuple(sorted(absent - present.keys() - lost)),
        tuple(sorted(lost - present.keys())),
        tuple(gaps(vault)),
        sum(present.values()),
        len(present),
    )


def originals(vault: Vault, omissions: Omissions) -> Iterator[tuple[str, int, Doc]]:
    """Path in the bundle, size and `media` document of every original that travels, each content once."""
    done: set[str] = set()
    store = vault.media
    for view in vault.list("media", retracted=True):
        digest, size = view.doc.get("sha256"), view.doc.get("size")
        if not isinstance(digest, str) or not isinstance(size, int):
            continue
        if digest in done or digest in omissions.left_out or not _is_here(store, view.doc):
            continue
        done.add(digest)
        yield f"data/media/{digest}.{_extension(view.doc)}", size, view.doc


def _is_here(store: MediaStore, doc: Doc) -> bool:
    return _names_parts(doc) and not store.missing(doc)


def _missing(store: MediaStore, doc: Doc) -> list[str]:
    """Parts that are not here. Who does not say which parts there are, never had them."""
    return store.missing(doc) if _names_parts(doc) else []


def _names_parts(doc: Doc) -> bool:
    parts = doc.get("parts", [])
    return isinstance(parts, list) and bool(parts or not doc["size"])


def _extension(doc: Doc) -> str:
    media_type = doc.get("media_type")
    plain = media_type.partition(";")[0].strip().lower() if isinstance(media_type, str) else ""
    return EXTENSIONS.get(plain, OTHER_EXTENSION)
