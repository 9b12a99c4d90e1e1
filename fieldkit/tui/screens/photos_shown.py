"""What the photo screens say of a photo: its tile, three lines below the grid, all facts in the single view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from fieldkit.capture.first_look import NOT_KEPT, NOT_YET, FirstLook, Frame
from fieldkit.domain.clocks import span_of
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import moment_text
from fieldkit.domain.photo_times import IN_WORDS, clock_in, clock_text
from fieldkit.domain.render import render
from fieldkit.domain.views import RecordView
from fieldkit.tui.text import one_line
from fieldkit.tui.widgets.halfblocks import opened
from fieldkit.tui.widgets.painting import Paint, Painted
from fieldkit.tui.widgets.photo_grid import AHEAD, HEIGHT, WIDTH, Tile
from fieldkit.vault.pages import views
from fieldkit.vault.photo_lists import ALL, LAST_CARD, photos
from fieldkit.vault.places_tree import path_of
from fieldkit.vault.reading import VaultReader

_WORDS: Final = {"taken": "", "held": "HELD", "withheld": "WITHHELD"}
_LISTED: Final = 6
_DIGEST: Final = 12


class PhotoLog:
    """A part of the photo log, for the grid; behind it the frames of the card that is being taken in, as `look` sees them."""

    def __init__(self, part: str = ALL, look: FirstLook | None = None) -> None:
        self.part = part
        self._look = look if part in (ALL, LAST_CARD) else None

    def keys(self, reader: VaultReader) -> Sequence[str]:
        kept = photos(reader, self.part)
        return [*kept, *(f"{AHEAD}{place}" for place in self._look.waiting)] if self._look else kept

    def tiles(self, reader: VaultReader, keys: Sequence[str], paint: Paint) -> Sequence[Tile]:
        found = {view.id: view for view in views(reader, [key for key in keys if not key.startswith(AHEAD)])}
        return [
            _ahead(self._look, key, paint) if key.startswith(AHEAD) else _tile(reader, found.get(key), paint)
            for key in keys
        ]


def lines(reader: VaultReader, photo: str) -> str:
    """What a photo is, in three lines."""
    view = reader.peek(photo)
    if view is None:
        return ""
    doc = view.doc
    kept = (
        f"{state_of(doc)}: {_text(doc, 'state_reason')}" if state_of(doc) and doc.get("state_reason") else ""
    )
    first = (kept, _damage(doc), said(doc) or "no caption yet")
    second = (_taken(doc), _place(reader, doc), _camera(reader, doc))
    third = (_size(doc), _digest(doc), _links(reader, doc))
    return "\n".join(" · ".join(filter(None, parts)) for parts in (first, second, third))


def lines_ahead(look: FirstLook, key: str) -> str:
    """What a frame is that is not kept, in three lines."""
    frame = _frame(look, key)
    if frame is None:
        return ""
    said = {
        NOT_YET: "A first look at the card: leave it in. Its number comes once it is kept.",
        NOT_KEPT: "The file cannot be read. The receipt says why.",
    }
    return f"{frame.state} · {frame.name}\n{said[frame.state]}\n"


def facts(reader: VaultReader, view: RecordView) -> Iterator[tuple[str, str]]:
    """Everything that is known of a photo, each with its label; what is not known is left out."""
    doc = view.doc
    since = doc.get("state_since")
    decided = " · ".join(
        filter(
            None,
            (_text(doc, "state"), _text(doc, "state_reason"), _named(reader, doc, "state_by"))
            + ((moment_text(since)[:16],) if isinstance(since, dict) else ()),
        )
    )
    yield from (
        (label, text)
        for label, text in (
            ("State", decided),
            ("Damaged", _text(doc, "damaged")),
            ("Caption", _text(doc, "caption")),
            ("Subject", _text(doc, "subject")),
            ("Shows", _links(reader, doc)),
            ("Place", _place(reader, doc)),
            ("Position", _rendered(view, "position")),
            ("Taken", _taken(doc)),
            ("Time by", _text(doc, "taken_method")),
            ("Doubt", _text(doc, "taken_doubt")),
            ("Camera time", _text(doc, "taken_raw")),
            ("Camera", _camera(reader, doc)),
            ("By", _named(reader, doc, "operator")),
            ("Size", _size(doc)),
            ("File name", _text(doc, "file_name")),
            ("SHA-256", _text(doc, "sha256")),
            ("Mark", view.mark),
            ("Copy of", _named(reader, doc, "derivative_of")),
            ("Host's copy", "the host has a copy" if doc.get("copy_given_to_host") is True else ""),
            ("Remark", _text(doc, "remark")),
        )
        if text
    )


def state_of(doc: Doc) -> str:
    """The state of a photo in a word; nothing for one that was simply taken."""
    state = _text(doc, "state")
    return _WORDS.get(state, state)


def said(doc: Doc) -> str:
    """What people said a photo shows."""
    return _text(doc, "caption") or _text(doc, "subject")


def no_picture(doc: Doc) -> str:
    """Why there is no picture of a photo to be shown."""
    if not doc.get("media"):
        return "no file here: the host holds it" if doc.get("state") == "held" else "no file here"
    if doc.get("damaged"):
        return f"damaged: {_text(doc, 'damaged')}"
    if doc.get("form") in ("film", "sound"):
        seconds = _text(doc, "duration_s").partition(".")[0]
        return f"{_text(doc, 'form')}{f', {seconds} s' if seconds else ''}"
    return "no small picture"


def _tile(reader: VaultReader, view: RecordView | None, paint: Paint) -> Tile:
    if view is None:
        return Tile("", "", "", Painted(), "not here any more", alert=False)
    doc = view.doc
    jpeg = reader.thumbnail(_text(doc, "sha256"))
    image = opened(jpeg) if jpeg else None
    picture = paint(image, WIDTH, HEIGHT) if image else Painted()
    state = state_of(doc) or ("damaged" if doc.get("damaged") else "")
    kept_back = doc.get("state") in ("held", "withheld")
    return Tile(
        view.number, state, said(doc), picture, "" if picture.lines else no_picture(doc), alert=kept_back
    )


def _ahead(look: FirstLook | None, key: str, paint: Paint) -> Tile:
    frame = _frame(look, key) if look else None
    if frame is None:
        return Tile("", "", "", Painted(), "kept by now", alert=False)
    image = opened(frame.thumbnail) if frame.thumbnail else None
    picture = paint(image, WIDTH, HEIGHT) if image else Painted()
    instead = "its picture comes when it is kept" if frame.looked else "…"
    name = one_line(frame.name.rpartition("/")[2])
    return Tile("", frame.state, name, picture, instead, alert=frame.state == NOT_KEPT)


def _frame(look: FirstLook, key: str) -> Frame | None:
    return look.frame(int(key.removeprefix(AHEAD)))


def _camera(reader: VaultReader, doc: Doc) -> str:
    camera = reader.peek(_text(doc, "camera"))
    if camera is None:
        return "host's camera" if doc.get("camera_owner") == "host" else ""
    clock = clock_in(camera.doc)
    told = f"clock {clock_text(clock)} by {IN_WORDS[clock.method]}" if clock else "clock not checked"
    return f"{camera_name(camera)}, {told}"


def camera_name(camera: RecordView) -> str:
    """`A-T-0001 Canon EOS 5D #0421`."""
    doc = camera.doc
    serial = f"#{doc['serial']}" if doc.get("serial") else ""
    make, model = _text(doc, "make"), _text(doc, "model")
    named = " ".join(filter(None, ("" if model.startswith(make) else make, model, serial)))
    return f"{camera.number} {named or _text(doc, 'fingerprint')}".strip()


def _taken(doc: Doc) -> str:
    taken = doc.get("taken")
    if not isinstance(taken, dict):
        return f"camera says {doc['taken_raw']}" if doc.get("taken_raw") else "time not known"
    uncertainty = _text(doc, "taken_uncertainty_s")
    corrected = f" ±{span_of(float(uncertainty))[1:]} (corrected)" if uncertainty else ""
    return f"{moment_text(taken)}{corrected}"


def _place(reader: VaultReader, doc: Doc) -> str:
    return path_of(reader, _text(doc, "location")) if doc.get("location") else ""


def _size(doc: Doc) -> str:
    width, height = doc.get("width"), doc.get("height")
    return f"{width}×{height}" if isinstance(width, int) and isinstance(height, int) else ""


def _digest(doc: Doc) -> str:
    return f"SHA-256 {_text(doc, 'sha256')[:_DIGEST]}…" if doc.get("sha256") else ""


def _damage(doc: Doc) -> str:
    return f"damaged: {_text(doc, 'damaged')}" if doc.get("damaged") else ""


def _links(reader: VaultReader, doc: Doc) -> str:
    refs: list[str] = []
    for name in ("items", "observations"):
        held = doc.get(name)
        refs += map(str, held) if isinstance(held, list) else []
    shown = [
        f"{view.number} {kind_named(view.kind).summary(view.doc)}" for view in views(reader, refs[:_LISTED])
    ]
    more = [f"and {len(refs) - _LISTED} more"] if len(refs) > _LISTED else []
    return "; ".join([*shown, *more])


def _named(reader: VaultReader, doc: Doc, field: str) -> str:
    view = reader.peek(_text(doc, field))
    return "" if view is None else str(view.doc.get("name") or view.number)


def _rendered(view: RecordView, field: str) -> str:
    value = view.doc.get(field)
    return "" if value is None else render(kind_named(view.kind).fields[field], value)


def _text(doc: Doc, name: str) -> str:
    value = doc.get(name)
    return value if isinstance(value, str) else ""
