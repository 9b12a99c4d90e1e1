"""Differences between laptops: all that stand, each side by side, ended by a person with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.domain.kinds import kind as kind_named
from fieldkit.errors import UsageError
from fieldkit.team import differences as team
from fieldkit.team.differences import Standing
from fieldkit.tui.forms.typed import linked, now, read_texts
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.ask import asked
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.corrections import CorrectionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.form import row_for
from fieldkit.tui.widgets.paged import Column, PagedList, Row
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.sides import Side, Sides
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.tables import known_kind
from fieldkit.vault.vault import Vault
from fieldkit.vault.wording import Wording, label_of, to_the_second

BOTH: Final = 0
OTHER: Final = -1
_MOST: Final = 9
_SHOWN: Final = 40
End = int
"""The value that is kept, from 1; or `BOTH`, or `OTHER`."""


class Differing:
    """Every difference: which record, which field, the values, and whether it was left standing."""

    columns: Sequence[Column] = (Column("number", 9), Column("field", 15), Column("values that stand"))

    def __init__(self, *, everything: bool) -> None:
        self.everything = everything
        self._rows: dict[str, Row] = {}

    def keys(self, reader: VaultReader) -> Sequence[str]:
        wording = Wording(reader)
        self._rows = {
            f"{one.record.id}/{one.field}": _row(wording, one)
            for one in team.standing(reader, kept=self.everything)
        }
        return list(self._rows)

    def rows(self, reader: VaultReader, keys: Sequence[str]) -> Sequence[Row]:
        return [self._rows[key] for key in keys]


class DifferencesScreen(MissionScreen):
    """All of them; Enter opens one."""

    HELP = (
        "Where laptops recorded different values of the same field, both stand until somebody decides. Enter "
        "shows them side by side."
    )
    AUTO_FOCUS = "#differences"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("l", "left", "left standing", "Also those that were left as differing observations", HERE),
    ]

    def body(self) -> ComposeResult:
        self._source = Differing(everything=False)
        yield Plain("DIFFERENCES", classes="title", id="head")
        yield PagedList(
            self._source, empty="no values of several laptops stand against each other", id="differences"
        )

    def load(self) -> None:
        self.query_one(PagedList).reload()

    def action_left(self) -> None:
        """Show or hide those that were left standing."""
        self._source.everything = not self._source.everything
        self.load()

    @on(PagedList.Loaded)
    def _loaded(self, event: PagedList.Loaded) -> None:
        also = ", those left standing among them" if self._source.everything else " to be settled"
        self.query_one("#head", Plain).put(f"DIFFERENCES   {event.count:,}{also}")

    @on(PagedList.Chosen)
    def _chosen(self, event: PagedList.Chosen) -> None:
        record, _, field = event.key.partition("/")
        self.app.push_screen(DifferenceScreen(record, field))


class DifferenceScreen(MissionScreen):
    """The values of one field beside each other: who wrote each, where, when, why, and what its author had seen."""

    HELP = (
        "The values side by side, with who wrote each, when and why. 1 keeps this, 2 that, b both as "
        "differing observations, v another value; each asks for the reason."
    )
    AUTO_FOCUS = "#sides"
    DEFAULT_CSS = "DifferenceScreen #about { padding: 0 1 1 1; color: $text-muted; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("1", "keep(1)", "keep this", "The first value stands, the others no longer", HERE),
        bound("2", "keep(2)", "keep that", "The second value stands, the others no longer", HERE),
        *(bound(str(n), f"keep({n})", f"keep {n}", f"Value {n} stands, the others no longer", HERE, show=False) for n in range(3, _MOST + 1)),
        bound("b", "keep(0)", "keep both", "All stay, as differing observations: a legitimate outcome", HERE),
        bound("v", "keep(-1)", "another value", "Another value takes the place of all", HERE),
        bound("r", "record", "record", "The record with all its fields", HERE, show=False),
        bound("h", "history", "history", "Every value that ever stood, who wrote it and why", HERE, show=False),
    ]  # fmt: skip

    def __init__(self, record: str, field: str) -> None:
        super().__init__()
        self.record = record
        self.field = field
        self._one: Standing | None = None
        self._values: list[str] = []

    def body(self) -> ComposeResult:
        yield Plain(classes="title", id="head")
        yield Plain(id="about")
        yield Sides(id="sides")

    @task
    async def load(self) -> None:
        def look(reader: VaultReader) -> tuple[Standing, str, str, list[Side]] | None:
            found = [
                one
                for one in team.standing(reader, kept=True)
                if (one.record.id, one.field) == (self.record, self.field)
            ]
            wording = Wording(reader)
            return (found[0], *_told(wording, found[0])) if found else None

        found = await self.store.read(look)
        if found is None:
            self._one = None
            self.query_one("#head", Plain).put("NOTHING DIFFERS HERE ANY MORE")
            self.query_one(Sides).put([])
            return
        self._one, head, about, sides = found
        self._values = [side.value for side in sides]
        self.query_one("#head", Plain).put(head)
        self.query_one("#about", Plain).put(about)
        self.query_one(Sides).put(sides)

    def action_keep(self, end: End) -> None:
        """End it in one of the ways."""
        if self._one is None or end > len(self._one.sides):
            return
        self.app.push_screen(SettleScreen(self._one, end, self._values[end - 1] if end > 0 else ""))

    def action_record(self) -> None:
        """Open the record."""
        self.fieldkit.show_record(self.record)

    def action_history(self) -> None:
        """Show the history of the record."""
        self.fieldkit.show_history(self.record)


class SettleScreen(CorrectionScreen):
    """Why a difference ends so; for another value, which."""

    def __init__(self, one: Standing, end: End, value: str = "") -> None:
        super().__init__(one.record.id)
        self._one = one
        self._end = end
        self.draft = f"difference/{one.record.id}/{one.field}"
        label = label_of(one.record.kind, one.field)
        if end == BOTH:
            self.title_text = f"KEEP {'BOTH' if len(one.sides) == 2 else 'ALL'} AS DIFFERING OBSERVATIONS"
            self.about = f"{label}: every value stays, and the report names each with its author."
        elif end == OTHER:
            self.title_text = "ANOTHER VALUE"
            self.about = f"{label}: it takes the place of all {len(one.sides)}; those stay in the history."
        else:
            self.title_text = f"KEEP VALUE {end}"
            self.about = f"{label}: this stands, the others stay in the history:\n{value}"

    def rows(self) -> list[FieldRow]:
        found = [FieldRow(asked("reason", "Reason", "Why it ends so; it is signed and stays."))]
        kind = known_kind(self._one.record.kind)
        field = kind.fields.get(self._one.field) if kind else None
        if self._end == OTHER and field is not None:
            found.insert(0, row_for(field, "", self.fieldkit.opened.marks))
        return found

    async def answer(self, texts: Mapping[str, str]) -> None:
        one, end, reason, author = self._one, self._end, texts["reason"], self.store.author
        kind, name = kind_named(one.record.kind), one.field

        def settle(vault: Vault) -> None:
            if end == BOTH:
                team.leave(vault, one, reason, author=author)
            elif end == OTHER:
                read = read_texts({name: kind.field(name)}, texts, now())
                for error in read.errors.values():
                    raise UsageError(error.problem, where=name, remedy=error.remedy)
                team.put(vault, one, linked(vault, kind, read.values).get(name), reason, author=author)
            else:
                team.keep(vault, one, end, reason, author=author)

        await self.store.write(settle)
        outcome = "left as differing observations" if end == BOTH else "settled"
        await self.done(f"{one.record.number} {label_of(kind.name, name).lower()}: {outcome}.")

    async def done(self, told: str) -> None:
        """The difference that was settled is not shown any more."""
        await super().done(told)
        if isinstance(self.app.screen, DifferenceScreen):
            self.app.pop_screen()
            self.fieldkit.tell(told, "done")


def _row(wording: Wording, one: Standing) -> Row:
    values = " ≠ ".join(
        " ".join(wording.text(one.record.kind, one.field, side.value).split())[:_SHOWN] for side in one.sides
    )
    left = "left standing: " if one.kept else ""
    return Row(
        (one.record.number, label_of(one.record.kind, one.field), f"{left}{values}"),
        "paged--dim" if left else "",
    )


def _told(wording: Wording, one: Standing) -> tuple[str, str, list[Side]]:
    kind, field = one.record.kind, one.field
    head = f"{one.record.number} {label_of(kind, field).upper()}   {len(one.sides)} VALUES STAND"
    keys = "1 or 2 keeps one, b both" if len(one.sides) == 2 else "its number keeps one, b all"
    about = f"{wording.about(one.record)}\n{keys} as differing observations, v puts another value"
    if one.kept:
        about += f"\nleft as differing observations: {one.kept}"
    sides = []
    for place, side in enumerate(one.sides, start=1):
        entry = side.entry
        seen = [wording.text(kind, field, value) for value in side.seen.values()]
        sides.append(
            Side(
                f"{place}  {wording.laptop(entry.log)}",
                wording.text(kind, field, side.value) if side.value is not None else "(none)",
                [
                    f"{wording.person(entry.author)}",
                    to_the_second(entry.recorded),
                    *([f"why: {entry.reason}"] if entry.reason else []),
                    f"had seen: {', '.join(seen)}" if seen else "had seen no other value",
                    *([f"! {side.absent} more that has not arrived here: sync first"] if side.absent else []),
                    *([f"{side.apart} more that is kept and does not count"] if side.apart else []),
                ],
            )
        )
    return head, about, sides
