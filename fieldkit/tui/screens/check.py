"""Checking a bundle, without a mission."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from textual.app import ComposeResult

from fieldkit.bundle.verify import Report, verify_bundle
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.pages import Pages
from fieldkit.tui.widgets.plain import Plain


class CheckScreen(AskScreen):
    """Which bundle, and whose keys are known; `bundle` and `keys` are offered."""

    title_text = "VERIFY A BUNDLE"
    about = "Every byte, every entry, every signature. The list of signers inside a bundle proves nothing."

    def __init__(self, bundle: str = "", keys: str = "") -> None:
        super().__init__()
        self._bundle = bundle
        self._keys = keys

    def rows(self) -> list[FieldRow]:
        signers = asked("keys", "Known signers", "An allowed_signers file of your own.", required=False)
        return [
            FieldRow(asked("bundle", "Bundle", "Its folder or its zip."), self._bundle),
            FieldRow(signers, self._keys),
            FieldRow(asked("previous", "Earlier bundle", "Of the same mission.", required=False)),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        bundle, keys, previous = (_path(texts[name]) for name in ("bundle", "keys", "previous"))
        self.tell("Checking…")
        report = await self.store.apart(lambda: verify_bundle(bundle or Path(), keys=keys, previous=previous))
        self.tell("")
        self.app.push_screen(ReportScreen(report))


class ReportScreen(FieldkitScreen):
    """What the check found, as the command line tells it, the result first."""

    AUTO_FOCUS = "#report"
    DEFAULT_CSS = "ReportScreen #result { height: auto; padding: 0 1 1 1; text-style: bold; }"

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def body(self) -> ComposeResult:
        yield Plain(self._report.result, id="result")
        with Pages(id="report"):
            yield Plain(self._report.to_text())


def _path(text: str) -> Path | None:
    return Path(text.strip()).expanduser() if text.strip() else None
