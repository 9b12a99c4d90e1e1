"""Proving the untouched tiles of a redacted copy against the commitment in the journal, and checking such a proof.

A proof is a folder: the redacted copy, each untouched tile as PNG, its salt and its path in the tree, and the journal's entry
with the root, opened in nothing else, with the proof that it stands in the laptop's log. Whoever checks needs no vault: the
tiles must lead to the root, the root must be what the entry says, and the copy must show those very tiles, coded anew.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from fieldkit.capture.apart import Decoders
from fieldkit.capture.custody import one_photo, original
from fieldkit.capture.decoder_errors import HOSTILE_INPUT
from fieldkit.capture.decoding import decoder
from fieldkit.capture.outside import new_folder, write_file
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.capture.redaction import Box, check_copy, encode
from fieldkit.capture.tiles import SALT_BYTES, Commitment, salt_secret, salts, tile_hash, tree_of
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.domain.views import RecordView
from fieldkit.errors import AlteredError, FieldkitError, RefusedError, UnavailableError, UnreadableError
from fieldkit.journal import canonical
from fieldkit.journal.keys import log_id, parse_verifier_key, verifier_key
from fieldkit.journal.leaf import open_entry
from fieldkit.journal.merkle import Tree, inclusion_proof, verify_inclusion
from fieldkit.journal.proof import EntryProof, read_proof
from fieldkit.vault.vault import Vault

FORMAT: Final = "fieldkit-tile-proof/v1"
OPENINGS: Final = "openings.json"
COPY: Final = "copy.jpg"
ENTRY: Final = "entry.json"
ENTRY_PROOF: Final = "entry.tlog-proof"
TILES: Final = "tiles"
_OPENED: Final = frozenset({"kind", "act", "id", ".tiles"})
_LARGEST_TILE: Final = 4 << 20
_LARGEST_FILE: Final = 256 << 20
_TOLERANCE: Final = 3
"""Levels of 255 by which decoders of one JPEG may differ."""
_BEYOND: Final = [0] * (_TOLERANCE + 1) + [255] * (255 - _TOLERANCE)

SealedLeaf = Callable[[str, int], tuple[bytes, bytes]]
"""From a log's id and a number in it: the leaf as a bundle holds it, and the public key of the log that its seal names."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was written: how many tiles of how many are untouched and opened, and the root (hex)."""

    opened: int
    of: int
    root: str


@dataclass(slots=True)
class Check:
    """What a check found: tiles proven, tiles of the whole picture, where the root stands, and what is wrong."""

    proven: int = 0
    of: int = 0
    root: str = ""
    log: str = ""
    seq: int = 0
    in_bundle: bool = False
    problems: list[str] = field(default_factory=list)


def prove(vault: Vault, redacted: str, folder: Path) -> Proof:
    """Write the proof of a redacted photo's untouched tiles into `folder`, which must be new or empty.

    Raises `RefusedError` where there is nothing to prove, `UnavailableError` where this decoder does not give the pixels that were
    committed to.
    """
    copy = one_photo(vault, redacted)
    source = vault.peek(str(copy.doc.get("derivative_of")))
    if source is None or copy.doc.get("state") != "redacted":
        raise RefusedError(
            f"{copy.number} is no redacted copy that may travel",
            where=copy.number,
            remedy="Name the copy that `fieldkit photos redact` made.",
        )
    committed = _commitment(source)
    with quiet_decoders(), Decoders() as decoders:
        picture = decoders.upright(original(vault, source), source.number)
    grid = committed.grid
    salted = salts(salt_secret(vault, committed.epoch, str(source.doc["sha256"])), len(grid))
    tree = tree_of(picture, grid, salted) if picture.size == (grid.width, grid.height) else None
    if tree is None or tree.root() != committed.root:
        raise UnavailableError(
            f"this laptop's decoder ({decoder()}) gives other pixels than the one that committed to them",
            where=source.number,
            remedy=f"Prove it where there is: {committed.decoder}.",
        )
    indices = grid.untouched(_boxes(copy.doc.get("boxes")))
    jpeg = original(vault, copy)
    new_folder(folder)
    new_folder(folder / TILES)
    write_file(folder / COPY, [jpeg])
    for index in indices:
        out = io.BytesIO()
        picture.crop(grid.tile(index).corners).save(out, "PNG")
        write_file(folder / TILES / tile_name(index), [out.getvalue()])
    entry, proof = _entry(vault, source)
    write_file(folder / ENTRY, [canonical.encode(entry)])
    write_file(folder / ENTRY_PROOF, [proof])
    openings: Doc = {
        "format": FORMAT,
        "original": source.id,
        "copy_sha256": hashlib.sha256(jpeg).hexdigest(),
        "boxes": copy.doc.get("boxes", []),
        "tiles": [_opening(index, salted[index], tree) for index in indices],
    }
    write_file(folder / OPENINGS, [canonical.encode(openings)])
    return Proof(len(indices), len(grid), committed.root.hex())


def check_tiles(folder: Path, sealed_leaf: SealedLeaf | None = None) -> Check:
    """Check a proof; what is wrong is in the `problems` of the result. With `sealed_leaf`, against a bundle's journal too.

    Raises `UnreadableError` for a folder that holds no proof at all.
    """
    openings = _document(folder, OPENINGS)
    if openings.get("format") != FORMAT:
        raise UnreadableError("this is no proof of tiles", where=str(folder / OPENINGS))
    check = Check()
    try:
        committed = _checked_entry(folder, openings, check, sealed_leaf)
        boxes = _boxes(openings.get("boxes"))
        with quiet_decoders():
            picture = _checked_copy(folder, openings, committed, boxes)
            check.of = len(committed.grid)
            check.problems += _tile_problems(folder, openings, committed, boxes, picture, check)
    except FieldkitError as error:
        check.problems.append(f"{error.where}: {error.problem}" if error.where else error.problem)
    return check


def tile_name(index: int) -> str:
    """The file of one tile."""
    return f"{index:05d}.png"


def _commitment(source: RecordView) -> Commitment:
    if "tiles" not in source.doc:
        raise RefusedError(
            f"nobody committed to the pixels of {source.number}",
            where=source.number,
            remedy="`fieldkit photos commit` does; it proves what stands from then on.",
        )
    return Commitment.of(source.doc["tiles"], where=source.number)


def _opening(index: int, salt: bytes, tree: Tree) -> Doc:
    return {"index": index, "salt": salt.hex(), "path": [node.hex() for node in tree.inclusion_proof(index)]}


def _entry(vault: Vault, source: RecordView) -> tuple[Doc, bytes]:
    """The entry that committed, opened as far as it says so, and the proof that it stands in its log."""
    said = next(entry for entry in vault.history(source.id) if "tiles" in entry.values)
    log = next(log for log in vault.logs() if log.log == said.log)
    stored = next(iter(vault.entries(said.log, said.seq, said.seq + 1)))
    path = inclusion_proof(vault.leaf_hashes(log.log, log.size), said.seq)
    opened = [piece for piece in _pieces(stored.disclosures) if _name(piece) in _OPENED]
    entry: Doc = {
        "leaf": stored.leaf.decode("ascii"),
        "disclosures": [*opened],
        "log": verifier_key(log.origin, log.public_key),
    }
    return entry, EntryProof(said.seq, tuple(path), vault.checkpoint(log.log)).encode()


def _checked_entry(folder: Path, openings: Doc, check: Check, sealed_leaf: SealedLeaf | None) -> Commitment:
    """The commitment as the journal's entry says it, the entry proven to stand in its log."""
    match _document(folder, ENTRY):
        case {"leaf": str(leaf), "disclosures": list(disclosures), "log": str(key)}:
            pieces = canonical.encode(disclosures)
        case _:
            raise UnreadableError("is not of the form of an entry", where=ENTRY)
    verifier = parse_verifier_key(key, where=ENTRY)
    entry = open_entry(leaf.encode(), pieces, where=ENTRY, complete=False)
    proof = read_proof(_read(folder / ENTRY_PROOF, canonical.MAX_BYTES), where=ENTRY_PROOF)
    proof.verify(entry.hash, verifier.public, origin=verifier.name, where=ENTRY_PROOF)
    if entry.log != log_id(verifier.public) or entry.seq != proof.index:
        raise AlteredError("the entry belongs to another log, or to another place in it", where=ENTRY)
    if entry.fields.get("kind") != "photo" or entry.fields.get("id") != openings.get("original"):
        raise AlteredError("the entry speaks of another record", where=ENTRY)
    committed = Commitment.of(entry.fields.get(".tiles"), where=ENTRY)
    check.root, check.log, check.seq = committed.root.hex(), verifier.name, entry.seq
    if sealed_leaf is not None:
        there, public = sealed_leaf(entry.log, entry.seq)
        if there != leaf.encode() or public != verifier.public:
            raise AlteredError("the bundle's journal has another entry at this place", where=ENTRY)
        check.in_bundle = True
    return committed


def _checked_copy(folder: Path, openings: Doc, committed: Commitment, boxes: list[Box]) -> Image.Image:
    """The redacted copy, decoded; it must be the one that is named, hold pixels alone and be black in its boxes."""
    jpeg = _read(folder / COPY, _LARGEST_FILE)
    if hashlib.sha256(jpeg).hexdigest() != openings.get("copy_sha256"):
        raise AlteredError("is not the copy that the proof was made for", where=COPY)
    picture = _planes(jpeg, "JPEG", COPY)
    size = (committed.grid.width, committed.grid.height)
    if picture.size != size:
        raise AlteredError(f"is not {size[0]} x {size[1]} pixels large, as the original is", where=COPY)
    for box in boxes:
        if box.x + box.width > size[0] or box.y + box.height > size[1]:
            raise AlteredError(f"the box {box} lies beyond the picture", where=OPENINGS)
    check_copy(jpeg, boxes, where=COPY)
    return picture


def _tile_problems(
    folder: Path, openings: Doc, committed: Commitment, boxes: list[Box], picture: Image.Image, check: Check
) -> Iterator[str]:
    grid = committed.grid
    listed = openings.get("tiles")
    expected = set(grid.untouched(boxes))
    seen: set[int] = set()
    for one in listed if isinstance(listed, list) else []:
        match one:
            case {"index": int(index), "salt": str(salt), "path": list(path)} if 0 <= index < len(grid):
                name = f"{TILES}/{tile_name(index)}"
                if index in seen or index not in expected:
                    yield f"{name}: is opened twice, or lies under a box"
                    continue
                seen.add(index)
                try:
                    _check_tile(folder / name, index, salt, path, committed, picture)
                except FieldkitError as error:
                    yield f"{name}: {error.problem}"
                else:
                    check.proven += 1
            case _:
                yield f"{OPENINGS}: an opening is not of the form index, salt, path"
    for index in sorted(expected - seen):
        yield f"{TILES}/{tile_name(index)}: no box touches this tile, and it is not opened"
    names = {tile_name(index) for index in seen}
    for path_there in sorted((folder / TILES).glob("*")):
        if path_there.name not in names:
            yield f"{TILES}/{path_there.name}: nothing opens this file"


def _check_tile(
    path: Path, index: int, salt: str, nodes: list[JSON], committed: Commitment, picture: Image.Image
) -> None:
    """`AlteredError` unless the tile leads to the root and the copy shows it."""
    grid = committed.grid
    place = grid.tile(index)
    data = _read(path, _LARGEST_TILE)
    tile = _open(data, "PNG", path.name)
    if tile.mode != "RGB" or tile.size != (place.width, place.height):
        raise AlteredError("is not a tile of this picture's grid")
    try:
        raw, steps = bytes.fromhex(salt), [bytes.fromhex(str(node)) for node in nodes]
    except ValueError:
        raise UnreadableError("its opening is not in hex") from None
    if len(raw) != SALT_BYTES:
        raise UnreadableError(f"its salt has not {SALT_BYTES} bytes")
    verify_inclusion(index, len(grid), tile_hash(raw, place, tile.tobytes()), steps, committed.root)
    if not _shows(picture, place, tile):
        raise AlteredError("is the original's tile, but the copy shows something else there")


def _shows(picture: Image.Image, place: Box, tile: Image.Image) -> bool:
    """Whether the copy is what the tile becomes when it is coded as copies are.

    Blocks are coded by themselves, so that one tile coded alone gives the same ones; only colours at its border blend with
    what lies beside it.
    """
    again = _planes(encode(tile), "JPEG", "")
    apart = ImageChops.difference(again, picture.crop(place.corners))
    beyond = apart.getchannel(0).point(_BEYOND).getbbox()
    inner = (2, 2, place.width - 2, place.height - 2)
    if beyond is None and min(place.width, place.height) > 4:
        colours = (apart.getchannel(plane).crop(inner).point(_BEYOND) for plane in (1, 2))
        return all(plane.getbbox() is None for plane in colours)
    return beyond is None


def _planes(data: bytes, kind: str, where: str) -> Image.Image:
    """A JPEG as brightness and two colours, as it was coded."""
    picture = _open(data, kind, where)
    if picture.mode != "YCbCr":
        raise AlteredError("is not a JPEG in colour", where=where)
    return picture


def _open(data: bytes, kind: str, where: str) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            if kind == "JPEG":
                image.draft("YCbCr", image.size)
            image.load()
            return image.copy()
    except HOSTILE_INPUT:
        raise UnreadableError("cannot be decoded", where=where) from None


def _boxes(value: JSON) -> list[Box]:
    boxes = [Box.of(one) for one in value] if isinstance(value, list) else []
    found = [box for box in boxes if box is not None and min(box.width, box.height) > 0 <= min(box.x, box.y)]
    if not found or len(found) != len(boxes):
        raise UnreadableError("the boxes are not rectangles in pixels", where=OPENINGS)
    return found


def _document(folder: Path, name: str) -> Doc:
    document = canonical.decode(_read(folder / name, canonical.MAX_BYTES), where=name)
    if not isinstance(document, dict):
        raise UnreadableError("is not a JSON object", where=name)
    return document


def _read(path: Path, limit: int) -> bytes:
    try:
        if path.is_symlink() or not path.is_file():
            raise UnreadableError("is not there", where=path.name)
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}", where=path.name) from None
    if len(data) > limit:
        raise UnreadableError(f"is longer than {limit} bytes", where=path.name)
    return data


def _pieces(disclosures: bytes) -> list[str]:
    listed = canonical.decode(disclosures)
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _name(piece: str) -> str:
    padded = piece + "=" * (-len(piece) % 4)
    disclosed = canonical.decode(base64.urlsafe_b64decode(padded))
    return str(disclosed[1]) if isinstance(disclosed, list) and len(disclosed) == 3 else ""
