"""Redacting a photo at the keyboard: boxes over what may not be seen, a look at what is left, then the reason.

The original's pixels are in memory while this is open and nowhere else. Boxes are kept in the store as they are moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from PIL import Image
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.capture.apart import Decoders
from fieldkit.capture.custody import picture
from fieldkit.capture.pictures import quiet_decoders
from fieldkit.capture.redaction import Box, Redacted, redact
from fieldkit.domain.jsontypes import JSON, Doc
from fieldkit.errors import RefusedError
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.photos_acts import BY, REASON, PhotoAct
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.box_picture import BoxPicture
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.links import LinkRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.settling import settling
from fieldkit.vault.vault import Vault

_PREFIX: Final = "redaction/"
_MOST_BYTES: Final = 256 << 20


class RedactScreen(MissionScreen):
    """Boxes on one photo. Esc keeps them for the next time."""

    HELP = (
        "What lies in a box is black in the redacted copy; the original is withheld. The arrows move the box, "
        "after s they change its size; closer, they step finer. Esc keeps the boxes for the next time."
    )
    AUTO_FOCUS = "#picture"
    DEFAULT_CSS = "RedactScreen #state { padding: 0 1; height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+s", "go", "redact", "Make the copy with these boxes black", HERE, priority=True),
    ]

    def __init__(self, photo: str) -> None:
        super().__init__()
        self._photo = photo
        self._number = ""
        self._asked = False

    def body(self) -> ComposeResult:
        yield Plain("REDACT", classes="title", id="head")
        yield BoxPicture(id="picture")
        yield Plain("opening the original…", id="state")

    def load(self) -> None:
        if not self._asked:
            self._asked = True
            self._open()

    @task
    async def _open(self) -> None:
        try:
            self._number, data, boxes = await self.store.write(lambda vault: _original(vault, self._photo))
            image = await asyncio.to_thread(_pixels, data, self._number)
        except Exception:
            self.query_one("#state", Plain).put("there are no pixels to be redacted here")
            raise
        self.query_one(BoxPicture).put_image(image, boxes)

    @on(BoxPicture.Changed)
    def _changed(self) -> None:
        picture = self.query_one(BoxPicture)
        if not picture.has_pixels:
            return
        count = len(picture.boxes)
        boxes = "no box yet: n makes one" if not count else f"box {picture.current + 1} of {count}"
        self.query_one("#head", Plain).put(f"REDACT {self._number} · {boxes}")
        self.query_one("#state", Plain).put(_told(picture))
        self._keep()

    @settling
    async def _keep(self) -> None:
        name = _PREFIX + self._photo
        doc: Doc = {"boxes": [box.to_doc() for box in self.query_one(BoxPicture).boxes]}
        await self.store.write(
            lambda vault: vault.save_draft(name, doc) if doc["boxes"] else vault.drop_draft(name)
        )

    def action_go(self) -> None:
        """Ask for the reason; then make the copy."""
        picture = self.query_one(BoxPicture)
        if picture.boxes:
            self.app.push_screen(RedactReason(self._photo, tuple(picture.boxes), self._done))
        elif picture.has_pixels:
            self.tell("There is no box yet: n makes one.", "error")

    def _done(self) -> None:
        if self.app.screen is self:
            self.app.pop_screen()


class RedactReason(PhotoAct):
    """Why, and who decided; then the copy is made."""

    act = "redact"
    title_text = "REDACT: WHY?"
    about = (
        "A new picture with these boxes black gets a number of its own and travels; the original is withheld."
    )

    def __init__(self, photo: str, boxes: Sequence[Box], done: Callable[[], object]) -> None:
        super().__init__([photo], done)
        self._boxes = boxes

    def rows(self) -> list[FieldRow]:
        return [FieldRow(REASON), LinkRow(BY)]

    async def answer(self, texts: Mapping[str, str]) -> None:
        values, author = await self.values({"state_by": BY}, texts), self.store.author
        by, (photo,) = values.get("state_by"), self.photos

        def act(vault: Vault) -> Redacted:
            made = redact(
                vault,
                photo,
                self._boxes,
                texts["reason"].strip(),
                by=by if isinstance(by, str) else None,
                author=author,
            )
            vault.drop_draft(_PREFIX + photo)
            return made

        made = await self.store.write(act)
        others = f" {', '.join(made.others)}: an earlier copy, which still travels." if made.others else ""
        await self.finish(f"{made.number} is the redacted copy; {made.original} is withheld.{others}")


def _original(vault: Vault, photo: str) -> tuple[str, bytes, list[Box]]:
    """Number, bytes and the boxes of the last time."""
    view = vault.get(photo)
    if view.doc.get("derivative_of"):
        raise RefusedError(
            f"{view.number} is itself a redacted copy",
            where=view.number,
            remedy="Redact the original, naming every box that is to be black.",
        )
    media = vault.peek(str(view.doc.get("media") or ""))
    size = media.doc.get("size") if media else 0
    if isinstance(size, int) and size > _MOST_BYTES:
        raise RefusedError("the file is too large to be a picture", where=view.number)
    data = picture(vault, view)
    boxes: JSON = vault.drafts().get(_PREFIX + photo, {}).get("boxes")
    return (
        view.number,
        data,
        [box for one in (boxes if isinstance(boxes, list) else []) if (box := Box.of(one))],
    )


def _pixels(data: bytes, number: str) -> Image.Image:
    with quiet_decoders(), Decoders() as decoders:
        return decoders.upright(data, number)


def _told(picture: BoxPicture) -> str:
    """What the arrows do, how close one looks, what will be black."""
    if picture.preview:
        return "WHAT IS LEFT: so the copy will look · p goes back to the boxes"
    if not picture.boxes:
        return "Boxes grow to blocks of 16 pixels."
    arrows = "arrows SIZE the box" if picture.sizing else "arrows MOVE the box"
    box = picture.black[picture.current]
    return f"{arrows} · {picture.zoom}× · black: {box.width}×{box.height} pixels at {box.x},{box.y}"
