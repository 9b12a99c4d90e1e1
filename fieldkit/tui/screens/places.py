"""The tree of places, with how much is recorded in each; from here one looks, records and says where one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.records import RecordKeys
from fieldkit.tui.tasks import act, task
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.places_tree import PlaceTree
from fieldkit.vault.reading import VaultReader

_COUNTED: Final = {
    "observation": "obs",
    "item": "items",
    "photo": "photos",
    "access": "access",
    "seal": "seals",
}
_NOWHERE: Final = ""


class Places:
    """The places that are not folded away, each with its counts, as far as those are known."""

    columns: Sequence[Column] = (
        Column("place"),
        Column("level", 8),
        *(Column(title, 6, right=True) for title in _COUNTED.values()),
    )

    def __init__(self) -> None:
        self.tree = PlaceTree(())
        self.folded: set[str] = set()
        self.counts: dict[str, dict[str, int]] = {}

    def keys(self, reader: VaultReader) -> Sequence[str]:
        self.tree = PlaceTree.read(reader)
        return [record for record in self.tree.places if not self._hidden(record)]

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [self._row(key) for key in keys]

    def _hidden(self, record: str) -> bool:
        while record := self.tree.parent(record):
            if record in self.folded:
                return True
        return False

    def _row(self, record: str) -> Row:
        place = self.tree.places[record]
        lead = "  " if not place.within else "+ " if record in self.folded else "- "
        also = f"  (also {', '.join(place.aliases)})" if place.aliases else ""
        counts = [f"{count:,}" if (count := self._count(kind, record)) else "·" for kind in _COUNTED]
        level = str(place.view.doc.get("level") or "")
        return Row((f"{'  ' * place.depth}{lead}{place.name}{also}", level, *(counts if self.counts else ())))

    def _count(self, kind: str, record: str) -> int:
        return self.counts.get(kind, {}).get(record, 0)

    def nowhere(self) -> str:
        """What names no place, in words."""
        found = [
            f"{count:,} {title}" for kind, title in _COUNTED.items() if (count := self._count(kind, _NOWHERE))
        ]
        return f"no place named: {', '.join(found)}" if found else ""


class PlacesScreen(RecordKeys):
    """Enter shows what is recorded in a place and within it; left and right fold."""

    HELP = (
        "The tree of places with what is recorded in each and within it. w says that we are there: new "
        "records then are, too."
    )
    AUTO_FOCUS = "#places"
    DEFAULT_CSS = "PlacesScreen #nowhere { padding: 0 1; color: $text-muted; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("r", "open", "the place", "The place's own record: names, position, plan", HERE),
        bound("w", "here", "we are here", "New records are at this place from now on", HERE),
        bound("n", "new", "new place", "A place within this one", HERE),
        bound("left", "fold(True)", "Fold", "Hide what lies within", HERE, show=False),
        bound("right", "fold(False)", "Unfold", "Show what lies within", HERE, show=False),
    ]

    def body(self) -> ComposeResult:
        self._source = Places()
        yield Plain("PLACES   counts are with what lies within", classes="title")
        yield PagedList(self._source, empty="no place is recorded yet: n records one", id="places")
        yield Plain(id="nowhere")

    @task
    async def load(self) -> None:
        places = self.query_one(PagedList)
        places.reload()
        self._source.counts = await self.store.read(lambda reader: PlaceTree.read(reader).counts(reader))
        places.reload()
        self.query_one("#nowhere", Plain).put(self._source.nowhere())

    def action_fold(self, fold: bool) -> None:
        """Hide or show what lies within the place under the cursor; where that is done already, go one up."""
        places, tree = self.query_one(PagedList), self._source.tree
        record = self.under
        if not record:
            return
        if fold and (record in self._source.folded or not tree.places[record].within):
            places.go_to(tree.parent(record))
            return
        self._source.folded ^= {record} if fold or record in self._source.folded else set()
        places.reload()

    def action_open(self) -> None:
        """Open the place's record."""
        if self.under:
            self.fieldkit.show_record(self.under)

    @act
    async def action_here(self) -> None:
        """We are at this place."""
        if self.under:
            await self.fieldkit.move_to(self.under)

    def action_new(self) -> None:
        """Record a place within this one."""
        place = self._source.tree.places.get(self.under)
        self.fieldkit.capture("location", {"parent": place.view.number} if place else {})

    @on(PagedList.Chosen)
    def _chosen(self, event: PagedList.Chosen) -> None:
        event.stop()
        event.prevent_default()
        place = self._source.tree.places.get(event.key)
        if place is not None:
            self.fieldkit.find(f"at:{place.view.number} ")
