"""What to record: a letter for each kind; drafts that are not saved yet stand first."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from fieldkit.domain.kinds import Kind
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.tui.drafts import Draft, read_drafts
from fieldkit.tui.recordable import LETTERS
from fieldkit.tui.screens.capture import CaptureScreen
from fieldkit.tui.screens.with_drafts import WithDraftsScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.plain import Plain


class KindsScreen(WithDraftsScreen):
    """The capture area's first screen."""

    HELP = (
        "A letter begins a record of that kind. What was begun and not saved stands above and goes on with "
        "Enter."
    )
    AUTO_FOCUS = "#kinds"

    def body(self) -> ComposeResult:
        self._drafts: dict[str, Draft] = {}
        yield Plain("RECORD WHAT?", classes="title")
        yield Choices(id="kinds")

    @task
    async def load(self) -> None:
        drafts = await self.store.read(read_drafts)
        self._drafts = {draft.name: draft for draft in drafts}
        lines = [Line(draft.name, f"draft  {draft.summary}", "", "choices--alert") for draft in drafts]
        self.query_one("#kinds", Choices).put([*lines, *(_line(kind_named(name)) for name in LETTERS)])

    def draft_here(self) -> Draft | None:
        return self._drafts.get(self.query_one("#kinds", Choices).key)

    @on(Choices.Taken)
    def _taken(self, event: Choices.Taken) -> None:
        draft = self._drafts.get(event.key)
        if draft is not None:
            self.fieldkit.resume(draft)
        else:
            self.app.push_screen(CaptureScreen(event.key))


def _line(kind: Kind) -> Line:
    what = " ".join((kind.struct.__doc__ or "").split()).partition(". ")[0].rstrip(".")
    return Line(kind.name, f"{kind.title:<22}{what}", LETTERS[kind.name])
