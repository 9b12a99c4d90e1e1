"""The first step of a draw: how many pieces of which list, exactly, and by the IAEA's approximation beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from textual import on
from textual.app import ComposeResult

from fieldkit.capture.planning import Stratum, parts_of, record_plans
from fieldkit.domain import sampling
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.sampling import SamplingPlan
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.draw_steps import DrawScreen, ShowDrawn
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.links import LinkRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.settling import settling
from fieldkit.vault.naming import target
from fieldkit.vault.reading import VaultReader

_LIST: Final = dataclasses.replace(kind_named("plan").fields["declaration"], required=True)
_MOST_ACCEPT: Final = 3


class PlanScreen(AskScreen):
    """What the sample has to show; the numbers that come out stand below while one types."""

    title_text = "1 PLAN · 2 list · 3 agree · 4 seed · 5 draw · 6 check"
    about = "How many pieces have to be looked at, so that defects do not go unseen. Ctrl+S records the plan."
    DEFAULT_CSS = "PlanScreen #figures { padding: 1 1; height: 8; text-style: bold; }"

    def __init__(self, show: ShowDrawn) -> None:
        super().__init__()
        self._show_items = show
        self._populations: dict[tuple[str, str], Stratum] = {}

    def rows(self) -> list[FieldRow]:
        return [
            LinkRow(_LIST),
            FieldRow(
                asked(
                    "stratum",
                    "Only this part",
                    "As type=GX or location=Hall; else all of it.",
                    required=False,
                )
            ),
            FieldRow(asked("defects", "Defects", "That must not be missed: a number, or a share as 5%.")),
            FieldRow(asked("probability", "Probability", "With which they are found: 95%."), "95%"),
            FieldRow(asked("accept", "Accept", "Defects still accepted; else none.", required=False)),
        ]

    def body(self) -> ComposeResult:
        yield from super().body()
        yield Plain(id="figures")

    async def prepare(self) -> None:
        """Where there is one list, it is that one."""
        numbers = await self.store.read(lambda reader: [view.number for view in reader.list("declaration")])
        if len(numbers) == 1:
            self._rows[0].text = numbers[0]

    def first_row(self) -> FieldRow:
        empty = (row for row in self._rows if not row.text and row.field.required)
        return next(empty, self._rows[0])

    @on(FieldRow.Changed)
    def _changed(self) -> None:
        self._figures()

    @settling
    async def _figures(self) -> None:
        texts = {row.field.name: row.text.strip() for row in self._rows}
        told = ""
        if texts["declaration"] and texts["defects"] and texts["probability"]:
            try:
                _, plan = await self._planned(texts)
                told = _told(plan)
            except FieldkitError as error:
                told = f"not yet: {error.problem}. {error.remedy}"
        self.query_one("#figures", Plain).put(told)

    async def _planned(self, texts: Mapping[str, str]) -> tuple[Stratum, SamplingPlan]:
        """The plan that the texts ask for. An error names the field."""
        name, part = texts["declaration"].strip(), texts["stratum"].strip()

        def counted(reader: VaultReader) -> Stratum:
            try:
                declaration = target(reader, name, _LIST.targets)
            except UsageError as error:
                error.where = "declaration"
                raise
            try:
                (found,) = parts_of(reader, declaration, [part] if part else [])
            except UsageError as error:
                error.where = "stratum"
                raise
            return found

        if (name, part) not in self._populations:
            self._populations[name, part] = await self.store.look_through(counted)
        stratum = self._populations[name, part]
        accept = texts["accept"].strip() or "0"
        if not (accept.isascii() and accept.isdecimal() and len(accept) <= _MOST_ACCEPT):
            raise UsageError(f"{accept!r} is no number", where="accept", remedy="Leave it empty for none.")
        defects = sampling.parse_defects(texts["defects"], stratum.population)
        probability = sampling.parse_probability(texts["probability"])
        return stratum, await self.store.look_through(
            lambda _: sampling.plan(stratum.population, defects, probability, int(accept))
        )

    async def answer(self, texts: Mapping[str, str]) -> None:
        stratum, plan = await self._planned(texts)
        author, name = self.store.author, texts["declaration"].strip()
        (made,) = await self.store.write(
            lambda vault: record_plans(
                vault, [(stratum, plan)], declaration=target(vault, name, _LIST.targets), author=author
            )
        )
        await self.forget()
        self.app.switch_screen(DrawScreen(self._show_items, plan=made.id))
        self.fieldkit.recorded()
        self.fieldkit.tell(f"{made.number}: the plan is recorded.", "done")


def _told(plan: SamplingPlan) -> str:
    near = "knows no acceptance number" if plan.approximation is None else f"gives {plan.approximation}"
    return "\n".join(
        (
            f"LOOK AT {plan.size} OF {plan.population} PIECES   (exact, hypergeometric)",
            f"The IAEA approximation, not used, {near}.",
            "",
            f"If {plan.defects} are defective, more than {plan.accept} are found with probability {plan.detection}",
            f"(asked for: {plan.probability:f}).",
        )
    )
