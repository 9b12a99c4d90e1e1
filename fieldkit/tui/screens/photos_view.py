"""One photo: as large as the screen allows, with everything that is known of it; the arrows go through the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll

from fieldkit.team.receipts import copies_of_original
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.photos_keys import PhotoKeys
from fieldkit.tui.screens.photos_shown import facts, no_picture, state_of
from fieldkit.tui.tasks import task
from fieldkit.tui.text import wrapped
from fieldkit.tui.widgets.picture import Picture
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

_LABEL = 12
_LEAST = 10
_COPIES = "Copies"
"""What is told of these is looked for in all that other laptops sent; its line is there from the beginning, so that none moves."""


class PhotoScreen(PhotoKeys):
    """One of several photos. `keys` are all of them, `key` the one to begin with."""

    HELP = "One photo and all that is known of it. Acts are about this one; the arrows go to its neighbours."
    AUTO_FOCUS = "#picture"
    DEFAULT_CSS = """
    PhotoScreen #picture { width: 3fr; }
    PhotoScreen #side { width: 2fr; padding: 0 1; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    PhotoScreen #facts { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("left", "step(-1)", "before", "The photo before", HERE),
        bound("right,space", "step(1)", "next", "The next photo", HERE),
        bound("up", "scroll(-1)", "Up", "Scroll the facts up", HERE, show=False),
        bound("down", "scroll(1)", "Down", "Scroll the facts down", HERE, show=False),
    ]

    def __init__(self, keys: Sequence[str], key: str) -> None:
        super().__init__()
        self._keys = keys
        self._place = keys.index(key)
        self._facts: Sequence[tuple[str, str]] = ()

    def body(self) -> ComposeResult:
        yield Plain(classes="title", id="head")
        with Horizontal():
            yield Picture(id="picture")
            with VerticalScroll(id="side", can_focus=False):
                yield Plain(id="facts")

    @property
    def under(self) -> str:
        return self._keys[self._place]

    @property
    def acted_on(self) -> Sequence[str]:
        return [self.under]

    @task
    async def load(self) -> None:
        photo, place = self.under, f"{self._place + 1:,} of {len(self._keys):,}"
        head, jpeg, instead, told = await self.store.read(lambda reader: _look(reader, photo))
        self.query_one("#head", Plain).put(f"{head}   {place}")
        self.query_one(Picture).put(jpeg, instead)
        self._told(told)
        copies = await self.store.write(lambda vault: _copies(vault, photo))
        if photo == self.under:
            self._told([(label, copies if label == _COPIES else text) for label, text in told])

    def action_step(self, by: int) -> None:
        """Another photo."""
        self._place = max(0, min(len(self._keys) - 1, self._place + by))
        self.query_one("#side", VerticalScroll).scroll_home(animate=False)
        self.load()

    def action_scroll(self, by: int) -> None:
        """Scroll the facts."""
        self.query_one("#side", VerticalScroll).scroll_relative(y=by, animate=False)

    def on_resize(self) -> None:
        self._told(self._facts)

    def _told(self, told: Sequence[tuple[str, str]]) -> None:
        self._facts = told
        width = self.query_one("#side", VerticalScroll).scrollable_content_region.width - _LABEL
        lines = []
        for label, text in told:
            first, *further = wrapped(text, max(_LEAST, width)) or [""]
            lines += [f"{label:<{_LABEL}}{first}", *(f"{'':<{_LABEL}}{line}" for line in further)]
        self.query_one("#facts", Plain).put("\n".join(lines))


def _look(reader: VaultReader, photo: str) -> tuple[str, bytes | None, str, list[tuple[str, str]]]:
    view = reader.get(photo)
    digest = view.doc.get("sha256")
    jpeg = reader.thumbnail(digest) if isinstance(digest, str) else None
    head = " · ".join(filter(None, (f"PHOTO {view.number}", state_of(view.doc), view.mark)))
    told = list(facts(reader, view))
    if reader.peek(str(view.doc.get("media") or "")) is not None:
        told.insert(0, (_COPIES, "…"))
    return head, jpeg, no_picture(view.doc), told


def _copies(vault: Vault, photo: str) -> str:
    media = vault.peek(str(vault.get(photo).doc.get("media") or ""))
    return str(copies_of_original(vault, media.doc)) if media else ""
