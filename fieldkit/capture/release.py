"""Photos on their way out: decrypted copies for the team's own use, and the set that is handed to the host.

A release set holds fresh copies, made from pixels alone, of photos that were released or redacted, with a redaction log. Every
file is read back and searched for leaks before the set stands under its name; then the copies are logged as given.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from fieldkit.capture.apart import Decoders
from fieldkit.capture.custody import REDACTED, RELEASED, WITHHELD, Given, log_copies, media_of, picture
from fieldkit.capture.outside import new_folder, safe_name, write_file
from fieldkit.capture.picture_kinds import format_of
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.capture.redaction import blacked_out, foreign_parts
from fieldkit.domain.hostile import cell, visible
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.moments import Moment, moment_text
from fieldkit.domain.views import RecordView
from fieldkit.errors import RefusedError, UnreadableError, UsageError
from fieldkit.vault.durable import reaching, sync_directory
from fieldkit.vault.vault import Vault

COPIES: Final = "copies"
LOG_HTML: Final = "redaction-log.html"
LOG_CSV: Final = "redaction-log.csv"
SUMS: Final = "SHA256SUMS"
_PARTIAL: Final = ".fieldkit-partial"
_SHORTEST_SERIAL: Final = 6
"""Shorter ones look like numbers of photos."""
_ALIKE_BITS: Final = 4
_HASH: Final = re.compile(r"[0-9a-f]{16}")
_COLUMNS: Final = (
    "number",
    "file",
    "sha256",
    "state",
    "reason",
    "decided by",
    "decided",
    "blacked out (x,y,w,h)",
)
_STYLE: Final = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:1.5em}table{border-collapse:collapse}"
    "td,th{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top}"
    "code{overflow-wrap:anywhere;font-size:.85em}"
)


@dataclass(frozen=True, slots=True)
class Exported:
    """One file that was written: the photo's number, the file's name, its SHA-256 (hex) and size."""

    number: str
    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ReleaseSet:
    """A finished set: its files, the numbers of frames that are kept back, and the number of the record of giving it.

    `alike` pairs a photo in it with a frame kept back that looks like it: somebody has to look at both. `no_copy` are released ones
    of which none can be made, with the reason: films, raw files, damaged pictures.
    """

    folder: Path
    files: tuple[Exported, ...]
    kept_back: tuple[str, ...]
    handout: str
    alike: tuple[tuple[str, str], ...]
    no_copy: tuple[tuple[str, str], ...]


def export_photos(
    vault: Vault, views: Sequence[RecordView], folder: Path, *, withheld: bool = False
) -> list[Exported]:
    """Decrypt originals into a folder, bit for bit, each named by its number and what it was called.

    `RefusedError` for frames without a file, and for held or withheld ones unless `withheld`: nothing is written then.
    """
    chosen = [(view, media_of(vault, view)) for view in views]
    closed = [view.number for view, _ in chosen if view.doc.get("state") in (WITHHELD, "held")]
    if closed and not withheld:
        raise RefusedError(
            f"held or withheld: {', '.join(closed[:10])}",
            remedy="Leave them out; --withheld writes them all the same.",
        )
    with reaching(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return [_decrypt(vault, view, doc, folder) for view, doc in chosen]


def release_set(
    vault: Vault,
    folder: Path,
    to: str,
    *,
    views: Sequence[RecordView] | None = None,
    forbidden: Sequence[str] = (),
    medium: str | None = None,
    at: Moment | None = None,
    author: str | None = None,
) -> ReleaseSet:
    """Make the set for a person in a new folder, search it for leaks and record that it was given.

    All released and redacted photos of which a copy can be made, or exactly `views`. `forbidden` are words that may stand in no file of it. Raises
    `RefusedError` where a photo may not go out or a leak is found; the folder is then not there.
    """
    vault.person(to)
    log = list(vault.list("photo"))
    chosen = list(views) if views is not None else [view for view in log if _may_go(view)]
    closed = [view.number for view in chosen if not _may_go(view)]
    if closed:
        raise RefusedError(
            f"neither released nor redacted: {', '.join(closed[:10])}",
            remedy="`fieldkit photos release` or `redact` them first, or leave them out.",
        )
    if not chosen:
        raise UsageError(
            "no photo is released or redacted yet", remedy="`fieldkit photos release SELECTION`."
        )
    kept_back = [view for view in log if view.doc.get("state") in (WITHHELD, "held")]
    if folder.exists():
        new_folder(folder).rmdir()
    partial = folder.with_name(f".{folder.name}{_PARTIAL}")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        new_folder(partial / COPIES)
        files, no_copy = _write(vault, partial, chosen, kept_back)
        if no_copy and (views is not None or not files):
            told = "; ".join(f"{number}: {why}" for number, why in list(no_copy.items())[:10])
            raise RefusedError(f"no copy can be made: {told}", remedy="Leave them out of the selection.")
        _refuse_leaks(vault, partial, log, kept_back, forbidden)
        with reaching(folder):
            partial.rename(folder)
            sync_directory(folder.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    chosen = [view for view in chosen if view.number in files]
    given = [Given(view.id, files[view.number].sha256, files[view.number].name) for view in chosen]
    try:
        recorded = log_copies(vault, given, to, medium=medium, at=at, author=author)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    numbers = tuple(view.number for view in kept_back)
    alike = tuple(look_alikes(chosen, kept_back))
    return ReleaseSet(folder, tuple(files.values()), numbers, recorded.number, alike, tuple(no_copy.items()))


def find_leaks(folder: Path, withheld: Collection[str] = (), words: Sequence[str] = ()) -> list[str]:
    """What in a folder's files may not go out: parts of a picture that are no pixels, frames whose SHA-256 is among
    `withheld`, and any of the words, in whatever case; in texts as whole words, in pictures beside their coded pixels."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        picture = path.parent.name == COPIES or bool(format_of(data[:32])[0])
        if picture:
            found += [f"{name}: {problem}" for problem in foreign_parts(data)]
        if hashlib.sha256(data).hexdigest() in withheld:
            found.append(f"{name}: is the file of a withheld frame")
        found += [
            f"{name}: holds the word {word!r}"
            for word in words
            if _stands_in(word, name.encode())
            or (_is_beside(word, data) if picture else _stands_in(word, data))
        ]
    return found


def look_alikes(chosen: Iterable[RecordView], kept_back: Iterable[RecordView]) -> list[tuple[str, str]]:
    """Pairs of numbers: a photo that goes out, and a frame kept back that looks like it and is not its original."""
    closed = [(view, _hash(view)) for view in kept_back]
    return [
        (view.number, other.number)
        for view in chosen
        for other, theirs in closed
        if (ours := _hash(view)) is not None
        and theirs is not None
        and other.id != view.doc.get("derivative_of")
        and (ours ^ theirs).bit_count() <= _ALIKE_BITS
    ]


def _may_go(view: RecordView) -> bool:
    return view.doc.get("state") in (RELEASED, REDACTED)


def _decrypt(vault: Vault, view: RecordView, doc: Doc, folder: Path) -> Exported:
    name = safe_name(f"{view.number}_{_base(view)}", _extension(doc, view))
    write_file(folder / name, vault.media.open(doc))
    return Exported(view.number, name, str(doc["sha256"]), int(str(doc["size"])))


def _base(view: RecordView) -> str:
    return str(view.doc.get("file_name", "")).replace("\\", "/").rpartition("/")[2]


def _extension(doc: Doc, view: RecordView) -> str:
    """As the file was called, where that is plain letters, so that programs open it; else by its type."""
    called = _base(view).rpartition(".")[2].lower()
    if called.isascii() and called.isalnum() and 2 <= len(called) <= 4:
        return called
    return str(doc.get("media_type", "")).rpartition("/")[2].replace("jpeg", "jpg") or "bin"


def _write(
    vault: Vault, folder: Path, chosen: Sequence[RecordView], kept_back: Sequence[RecordView]
) -> tuple[dict[str, Exported], dict[str, str]]:
    """Every copy, the log in two forms, and the list of digests. Gives the copies, and why there is none, by the photo's number."""
    files: dict[str, Exported] = {}
    no_copy: dict[str, str] = {}
    with quiet_decoders(), Decoders() as decoders:
        for view in chosen:
            try:
                fresh = picture(vault, view)
                if view.doc.get("state") != REDACTED or foreign_parts(fresh):
                    fresh = blacked_out(decoders.upright(fresh, view.number))
            except UnreadableError as error:
                no_copy[view.number] = error.problem
                continue
            name = safe_name(view.number, "jpg")
            write_file(folder / COPIES / name, [fresh])
            files[view.number] = Exported(view.number, name, hashlib.sha256(fresh).hexdigest(), len(fresh))
    rows = [
        _row(vault, view, files.get(view.number), no_copy.get(view.number, ""))
        for view in (*chosen, *kept_back)
    ]
    rows.sort(key=lambda row: row[0])
    write_file(folder / LOG_CSV, [_csv(rows)])
    write_file(folder / LOG_HTML, _html(rows))
    listed = [f"{file.sha256}  {COPIES}/{file.name}\n" for file in files.values()]
    write_file(folder / SUMS, ["".join(listed).encode()])
    return files, no_copy


def _row(vault: Vault, view: RecordView, file: Exported | None, no_copy: str) -> list[str]:
    doc = view.doc
    who = vault.peek(str(doc.get("state_by")))
    since = doc.get("state_since")
    boxes = doc.get("boxes")
    black = [
        f"{box['x']},{box['y']},{box['width']},{box['height']}"
        for box in (boxes if isinstance(boxes, list) else [])
        if isinstance(box, dict)
    ]
    return [
        view.number,
        f"{COPIES}/{file.name}" if file else no_copy and f"no copy: {no_copy}",
        file.sha256 if file else "",
        str(doc.get("state")),
        str(doc.get("state_reason", "")),
        str(who.doc.get("transliteration") or who.doc.get("name")) if who else "",
        moment_text(since) if isinstance(since, dict) else "",
        "; ".join(black),
    ]


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([cell(each) if each else each for each in row] for row in rows)
    return ("\ufeff" + out.getvalue()).encode()


def _html(rows: Sequence[Sequence[str]]) -> Iterator[bytes]:
    heads = "".join(f"<th>{column}</th>" for column in _COLUMNS)
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Redaction log</title><style>{_STYLE}</style></head><body><h1>Redaction log</h1>"
        "<p>Frames that are held or withheld keep their number and the reason; their pictures are not in this set. "
        "Boxes are in pixels from the upper left.</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n"
    ).encode()
    for row in rows:
        cells = "".join(f"<td><bdi>{escape(visible(value))}</bdi></td>" for value in row)
        yield f"<tr>{cells}</tr>\n".encode()
    yield b"</tbody></table></body></html>\n"


def _refuse_leaks(
    vault: Vault,
    folder: Path,
    log: Sequence[RecordView],
    kept_back: Sequence[RecordView],
    forbidden: Sequence[str],
) -> None:
    serials = [str(view.doc["serial"]) for view in vault.list("camera") if view.doc.get("serial")]
    words = [*forbidden, *(serial for serial in serials if len(serial) >= _SHORTEST_SERIAL)]
    withheld = [str(view.doc.get("sha256")) for view in kept_back]
    originals = [str(view.doc.get("sha256")) for view in log if view.doc.get("state") != REDACTED]
    leaks = find_leaks(folder, [*withheld, *originals], words)
    if leaks:
        more = f" and {len(leaks) - 10} more" if len(leaks) > 10 else ""
        raise RefusedError(
            f"the set would give away: {'; '.join(leaks[:10])}{more}",
            where=str(folder.name),
            remedy="Nothing was handed over. Correct what is named, or leave the photo out.",
        )


def _stands_in(word: str, text: bytes) -> bool:
    """Whether a word stands by itself in a text."""
    pattern = rf"(?<![^\W_]){re.escape(word)}(?![^\W_])"
    return re.search(pattern, text.decode(errors="replace"), re.IGNORECASE) is not None


def _is_beside(word: str, picture: bytes) -> bool:
    """Whether a word, in UTF-8 or UTF-16, is in what stands before and behind a picture's coded pixels."""
    scan, end = picture.find(b"\xff\xda"), picture.rfind(b"\xff\xd9")
    beside = (picture[:scan] + picture[end:] if 0 <= scan < end else picture).lower()
    return any(word.lower().encode(code) in beside for code in ("utf-8", "utf-16-le", "utf-16-be"))


def _hash(view: RecordView) -> int | None:
    text = view.doc.get("perceptual_hash")
    return int(text, 16) if isinstance(text, str) and _HASH.fullmatch(text) else None
