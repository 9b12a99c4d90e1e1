"""A picture with boxes on it that the arrows move; or what is left of it when they are black."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from PIL import Image, ImageDraw
from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from fieldkit.capture.redaction import Box
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.widgets.halfblocks import Colours, colours_of, drawn, fitting
from fieldkit.tui.widgets.painting import Painted
from fieldkit.tui.widgets.picture import Picture
from fieldkit.tui.widgets.settling import settling

_CLOSEST: Final = 32
_FIRST: Final = 5
"""A new box is this part of what is seen, each way."""
_CURRENT: Final = Style(color="#000000", bgcolor="#ffe000", bold=True)
_OTHER: Final = Style(color="#ffe000", bgcolor="#000000")


@dataclass(frozen=True, slots=True)
class View:
    """What part of a picture is seen (`part`, in its pixels) in how many cells."""

    part: Box
    columns: int
    rows: int

    @property
    def step(self) -> tuple[int, int]:
        """Pixels of one cell, across and down."""
        return max(1, round(self.part.width / self.columns)), max(1, round(self.part.height / self.rows))

    def cells(self, box: Box) -> tuple[int, int, int, int]:
        """First and last column and row of a box, which may lie beyond what is seen."""
        across, down = self.part.width / self.columns, self.part.height / self.rows
        left, top = box.x - self.part.x, box.y - self.part.y
        right, bottom = int((left + box.width - 1) // across), int((top + box.height - 1) // down)
        return int(left // across), int(top // down), right, bottom


class BoxPicture(Picture):
    """Boxes in pixels of the picture. Posts `Changed` when a box did, or what the arrows do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("n", "new", "new box", "Another box, in the middle of what is seen", HERE),
        bound("s", "sizing", "move/size", "The arrows move the box, or change its size", HERE),
        bound("z", "zoom(2)", "closer", "Look closer at the box; a step of the arrows gets finer", HERE),
        bound("Z", "zoom(-2)", "Farther", "Look from farther away", HERE, show=False),
        bound("p", "preview", "what is left", "The picture as its redacted copy will show it", HERE),
        bound("tab", "next", "Next box", "The next box", HERE, show=False),
        bound("x", "remove", "remove", "Take the box away", HERE),
        bound("delete", "remove", "Remove", "Take the box away", HERE, show=False),
        bound("left", "arrow(-1, 0)", "Left", "Move or size the box to the left", HERE, show=False),
        bound("right", "arrow(1, 0)", "Right", "Move or size the box to the right", HERE, show=False),
        bound("up", "arrow(0, -1)", "Up", "Move or size the box upwards", HERE, show=False),
        bound("down", "arrow(0, 1)", "Down", "Move or size the box downwards", HERE, show=False),
    ]

    @dataclass
    class Changed(Message):
        """A box, or how it is looked at."""

        picture: BoxPicture

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._image: Image.Image | None = None
        self.boxes: list[Box] = []
        self.current = 0
        self.sizing = False
        self.preview = False
        self.zoom = 1

    def put_image(self, image: Image.Image, boxes: Sequence[Box]) -> None:
        """Show the pixels of an original, upright, with boxes on it."""
        self._image = image
        self.boxes = [box for box in (self._inside(box) for box in boxes) if box]
        self.current = max(0, len(self.boxes) - 1)
        self._changed()

    def action_new(self) -> None:
        view = self._view()
        if view is not None:
            part = view.part
            size = max(1, part.width // _FIRST), max(1, part.height // _FIRST)
            self.boxes.append(
                Box(part.x + (part.width - size[0]) // 2, part.y + (part.height - size[1]) // 2, *size)
            )
            self.current, self.sizing = len(self.boxes) - 1, False
            self._changed()

    def action_remove(self) -> None:
        if self.boxes:
            del self.boxes[self.current]
            self.current = max(0, min(self.current, len(self.boxes) - 1))
            self._changed()

    def action_next(self) -> None:
        if self.boxes:
            self.current = (self.current + 1) % len(self.boxes)
            self._changed()

    def action_sizing(self) -> None:
        self.sizing = not self.sizing
        self._changed()

    def action_preview(self) -> None:
        self.preview = not self.preview
        self._changed()

    def action_zoom(self, by: int) -> None:
        self.zoom = max(1, min(_CLOSEST, self.zoom * by if by > 0 else self.zoom // -by))
        self._changed()

    def action_arrow(self, across: int, down: int) -> None:
        view = self._view()
        if view is None or not self.boxes:
            return
        step, box = view.step, self.boxes[self.current]
        dx, dy = across * step[0], down * step[1]
        if self.sizing:
            moved = replace(box, width=max(step[0], box.width + dx), height=max(step[1], box.height + dy))
        else:
            moved = replace(box, x=max(0, box.x + dx), y=max(0, box.y + dy))
        held = self._inside(moved)
        if held is not None:
            self.boxes[self.current] = held
            self._changed()

    @property
    def has_pixels(self) -> bool:
        """Whether there is a picture that boxes can be put on."""
        return self._image is not None

    @property
    def black(self) -> Sequence[Box]:
        """The boxes as they will be blacked out."""
        size = self._image.size if self._image else (0, 0)
        return [box.grown(size) for box in self.boxes]

    def _changed(self) -> None:
        self._draw()
        self.post_message(self.Changed(self))

    def _inside(self, box: Box) -> Box | None:
        """The box moved, and cut where it has to be, so that it lies within the picture."""
        if self._image is None:
            return None
        width, height = self._image.size
        wide, high = min(box.width, width), min(box.height, height)
        if self.sizing:
            wide, high = min(wide, width - box.x), min(high, height - box.y)
        return Box(min(box.x, width - wide), min(box.y, height - high), wide, high)

    def _view(self) -> View | None:
        """What is seen: the whole, or closer with the current box in the middle."""
        columns, rows = self.size
        if self._image is None or not columns or not rows:
            return None
        width, height = self._image.size
        wide, high = max(1, width // self.zoom), max(1, height // self.zoom)
        x, y = (width - wide) // 2, (height - high) // 2
        if self.boxes:
            box = self.boxes[self.current]
            x, y = box.x + box.width // 2 - wide // 2, box.y + box.height // 2 - high // 2
        part = Box(max(0, min(x, width - wide)), max(0, min(y, height - high)), wide, high)
        across, down = fitting((wide, high), columns, rows)
        return View(part, across, down // 2)

    @settling
    async def _draw(self) -> None:
        view, image = self._view(), self._image
        if view is None or image is None:
            self._painted = Painted()
        else:
            black = self.black if self.preview else ()
            lines = await asyncio.to_thread(
                _seen, image, view, black, colours_of(self.app), dark=self.app.current_theme.dark
            )
            if not self.preview:
                for place, box in enumerate(self.boxes):
                    if place != self.current:
                        lines = framed(lines, view.cells(box), _OTHER, "┌─┐│└┘")
                if self.boxes:
                    lines = framed(lines, view.cells(self.boxes[self.current]), _CURRENT, "╔═╗║╚╝")
            self._painted = Painted(lines)
        self.refresh()


def _seen(
    image: Image.Image, view: View, black: Sequence[Box], colours: Colours, *, dark: bool
) -> Sequence[Strip]:
    """The part of a picture that is seen, as it is or with boxes black."""
    part = view.part
    small = image.resize(
        (view.columns, view.rows * 2), Image.Resampling.BOX, box=part.corners, reducing_gap=2.0
    )
    pen = ImageDraw.Draw(small)
    for box in black:
        left, top, right, bottom = box.corners
        across, down = part.width / view.columns, part.height / (2 * view.rows)
        pen.rectangle(
            (
                (left - part.x) / across,
                (top - part.y) / down,
                (right - part.x) / across - 1,
                (bottom - part.y) / down - 1,
            ),
            fill=(0, 0, 0),
        )
    return drawn(small, view.columns, view.rows, colours, dark=dark)


def framed(
    lines: Sequence[Strip], cells: tuple[int, int, int, int], style: Style, corners: str
) -> Sequence[Strip]:
    """The lines with a frame of characters around these cells, as far as it is in sight."""
    left, top, right, bottom = cells
    framed_lines = list(lines)
    for row in range(max(0, top), min(len(framed_lines), bottom + 1)):
        strip = framed_lines[row]
        if top < row < bottom:
            marks = {left: corners[3], right: corners[3]}
        else:
            first, last = (corners[0], corners[2]) if row == top else (corners[4], corners[5])
            marks = {**dict.fromkeys(range(left + 1, right), corners[1]), right: last, left: first}
        for column in sorted(marks):
            if 0 <= column < strip.cell_length:
                before, after = strip.crop(0, column), strip.crop(column + 1)
                strip = Strip([*before, Segment(marks[column], style), *after], strip.cell_length)
        framed_lines[row] = strip
    return framed_lines
