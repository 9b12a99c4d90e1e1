"""Screens that list drafts: one that is not wanted any more is dropped by a key, and brought back by another."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from fieldkit.tui.drafts import Draft
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task


class WithDraftsScreen(MissionScreen):
    """`draft_here` is the draft under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("delete", "drop_draft", "Drop draft", "Take away the draft under the cursor", HERE, show=False),
        bound("ctrl+z", "bring_back", "Bring back", "The draft that was dropped last", HERE, show=False),
    ]
    _dropped: Draft | None = None

    def draft_here(self) -> Draft | None:
        """The draft that a key would drop."""
        return None

    @task
    async def action_drop_draft(self) -> None:
        draft = self.draft_here()
        if draft is None:
            self.tell("Only drafts can be dropped; what is recorded stays.")
            return
        await self.store.write(lambda vault: vault.drop_draft(draft.name))
        self._dropped = draft
        self.fieldkit.recorded()
        self.tell(f"Dropped: draft {draft.summary}. Ctrl+Z brings it back.", "done")

    @task
    async def action_bring_back(self) -> None:
        draft, self._dropped = self._dropped, None
        if draft is None:
            return
        await self.store.write(lambda vault: vault.save_draft(draft.name, draft.as_doc()))
        self.fieldkit.recorded()
        self.tell("The draft is back.", "done")
