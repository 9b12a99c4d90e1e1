"""Screens whose letters act on what is marked in a list, or else on what is under the cursor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from fieldkit.tui.screens.ask import AskScreen
from fieldkit.tui.screens.base import MissionScreen


class MarkedScreen(MissionScreen):
    """`acted_on` are the record ids that an act is about, `under` the one under the cursor; `nothing` is said where there is none."""

    nothing: ClassVar[str] = ""

    @property
    def acted_on(self) -> Sequence[str]:
        """What the next act is about."""
        return ()

    @property
    def under(self) -> str:
        """What is under the cursor; empty where there is nothing."""
        return ""

    def acted(self) -> None:
        """An act on them was recorded."""

    def begin_act(self, act: Callable[[Sequence[str], Callable[[], object]], AskScreen]) -> None:
        """Ask for what an act on all of them needs."""
        records = list(self.acted_on)
        if records:
            self.app.push_screen(act(records, self.acted))
        else:
            self.tell(self.nothing, "error")
