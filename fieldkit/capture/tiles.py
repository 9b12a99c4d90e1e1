"""Commitments to the pixels of originals, tile by tile, so that what was not blacked out can be proven later.

The upright picture is cut into tiles of 256 x 256 pixels, row by row; those at the right and below may be smaller. Each is
hashed with a salt of its own, and the root of the Merkle tree over them goes into the photo's record, before anybody knows
what will have to be blacked out. Salts come from the mission's key, so that nobody without it can try pictures against a
root, and opening one tile tells nothing of its neighbours.
"""

from __future__ import annotations

import hmac
import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from PIL import Image

from fieldkit.capture.apart import Decoders
from fieldkit.capture.custody import media_of
from fieldkit.capture.decoding import decoder
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.capture.previews import is_picture
from fieldkit.capture.redaction import Box
from fieldkit.capture.thumbnails import room_for
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.views import RecordView
from fieldkit.errors import FieldkitError, UnavailableError, UnreadableError
from fieldkit.journal.merkle import Tree, leaf_hash
from fieldkit.vault.recording import Amend
from fieldkit.vault.vault import Vault

EDGE: Final = 256
SALT_BYTES: Final = 16
LABEL: Final = b"fieldkit-tile/v1\0"
_SALT_INFO: Final = b"fieldkit/v1/tiles\0"
_REASON: Final = "committed to the pixels of the original"
_WORKERS: Final = 2
_GROUP: Final = 20


@dataclass(frozen=True, slots=True)
class Grid:
    """How a picture is cut: its size and the edge of a tile, in pixels."""

    width: int
    height: int
    edge: int = EDGE

    @property
    def columns(self) -> int:
        """Tiles in a row."""
        return -(-self.width // self.edge)

    def __len__(self) -> int:
        return self.columns * -(-self.height // self.edge)

    def tile(self, index: int) -> Box:
        """Where a tile lies."""
        row, column = divmod(index, self.columns)
        x, y = column * self.edge, row * self.edge
        return Box(x, y, min(self.edge, self.width - x), min(self.edge, self.height - y))

    def untouched(self, boxes: Sequence[Box]) -> list[int]:
        """The tiles of which no box holds a pixel."""
        return [index for index in range(len(self)) if not any(self.tile(index).meets(box) for box in boxes)]


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a photo's record keeps: root (32 bytes), grid, decoder, epoch of the key that the salts come from."""

    root: bytes
    grid: Grid
    decoder: str
    epoch: str

    def to_doc(self) -> Doc:
        """As the field `tiles`."""
        return {
            "root": self.root.hex(),
            "edge": self.grid.edge,
            "width": self.grid.width,
            "height": self.grid.height,
            "decoder": self.decoder,
            "epoch": self.epoch,
        }

    @classmethod
    def of(cls, value: JSON, *, where: str = "") -> Commitment:
        """Read the field `tiles`; `UnreadableError` for anything else."""
        match value:
            case {
                "root": str(root), "edge": int(edge), "width": int(width), "height": int(height),
                "decoder": str(made_by), "epoch": str(epoch),
            } if len(root) == 64 and set(root) <= set("0123456789abcdef") and min(edge, width, height) > 0:  # fmt: skip
                return cls(bytes.fromhex(root), Grid(width, height, edge), made_by, epoch)
        raise UnreadableError("this is no commitment to tiles", where=where)


@dataclass(frozen=True, slots=True)
class Committed:
    """What one run did: numbers of photos now committed to, and of those that cannot be, each with the reason.

    `finished` is false when it was broken off by `cancel`.
    """

    done: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    finished: bool = True


def tile_hash(salt: bytes, place: Box, pixels: bytes) -> bytes:
    """The leaf of one tile; `pixels` are its RGB bytes, row by row."""
    return leaf_hash(LABEL + salt + struct.pack(">IIII", *place.corners) + pixels)


def salt_secret(vault: Vault, epoch: str, sha256: str) -> bytes:
    """The secret of one original, from the mission's key of an epoch. `UnavailableError` without that key."""
    key = vault.secret(f"epoch/{epoch}")
    if key is None:
        raise UnavailableError(
            f"this laptop does not hold the mission's key of epoch {epoch}",
            remedy="Ask a member who holds it to grant it.",
        )
    info = _SALT_INFO + bytes.fromhex(sha256)
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)


def salts(secret: bytes, count: int) -> list[bytes]:
    """The salts of an original's tiles. Any of them may be shown without a word about the others."""
    return [hmac.digest(secret, index.to_bytes(4, "big"), "sha256")[:SALT_BYTES] for index in range(count)]


def tree_of(picture: Image.Image, grid: Grid, salted: Sequence[bytes]) -> Tree:
    """The tree over all tiles of an upright picture."""
    places = map(grid.tile, range(len(grid)))
    return Tree(
        tile_hash(salt, place, picture.crop(place.corners).tobytes())
        for salt, place in zip(salted, places, strict=True)
    )


def uncommitted(vault: Vault) -> list[RecordView]:
    """Photos of a kind that is decoded here whose pixels are not committed to yet. Redacted copies need none."""
    return [
        view
        for view in vault.list("photo")
        if "tiles" not in view.doc and "derivative_of" not in view.doc and is_picture(vault, view.doc)
    ]


def commit(
    vault: Vault,
    views: Sequence[RecordView],
    *,
    author: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
    cancel: Callable[[], bool] = lambda: False,
) -> Committed:
    """Commit to the pixels of these photos: decoded on two threads, recorded in groups.

    What cannot be decoded (damaged files) is left out and named. `progress` is told how many more are done; `cancel` is asked
    between photos, and what was done by then is kept.
    """
    done: list[str] = []
    left_out: list[tuple[str, str]] = []
    group: list[Amend] = []

    def keep() -> None:
        vault.record(group, author=author)
        group.clear()

    epoch = str(vault.epoch)
    for view, found in _rooted(vault, views, epoch):
        if isinstance(found, Commitment):
            group.append(Amend(view.id, _REASON, set={"tiles": found.to_doc()}))
            done.append(view.number)
        else:
            left_out.append((view.number, found.problem))
        if len(group) == _GROUP:
            keep()
        progress(1)
        if cancel():
            break
    keep()
    return Committed(tuple(done), tuple(left_out), finished=len(done) + len(left_out) == len(views))


def _rooted(
    vault: Vault, views: Sequence[RecordView], epoch: str
) -> Iterator[tuple[RecordView, Commitment | FieldkitError]]:
    """Each photo with its commitment, or why there is none, in order."""
    waiting: deque[tuple[RecordView, Future[Commitment]]] = deque()
    left = iter(views)
    media = vault.media

    def root(doc: Doc, secret: bytes, where: str, size: tuple[int, int]) -> Commitment:
        with room_for(size):
            picture = decoders.upright(b"".join(media.open(doc)), where)
            grid = Grid(*picture.size)
            return Commitment(tree_of(picture, grid, salts(secret, len(grid))).root(), grid, decoder(), epoch)

    threads = ThreadPoolExecutor(_WORKERS, thread_name_prefix="tiles")
    with quiet_decoders(), Decoders() as decoders, threads as pool:
        while True:
            while len(waiting) < 2 * _WORKERS and (view := next(left, None)) is not None:
                doc = media_of(vault, view)
                secret = salt_secret(vault, epoch, str(doc["sha256"]))
                size = int(str(view.doc.get("width") or 0)), int(str(view.doc.get("height") or 0))
                waiting.append((view, pool.submit(root, doc, secret, view.number, size)))
            if not waiting:
                return
            view, future = waiting.popleft()
            try:
                yield view, future.result()
            except FieldkitError as error:
                yield view, error
