"""Making a mission: a folder, a title, who leads it, a passphrase; then the recovery words, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.domain.commalists import split_list
from fieldkit.domain.deadlines import regime_names
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.errors import UsageError
from fieldkit.tui.forms.typed import now, read_texts
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.screens.kept import SecretRow
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from fieldkit.tui.opened import Opened

SHORTEST: Final = 12
"""The fewest characters of a passphrase: four short words have more."""
_WORDS_A_LINE: Final = 4
_MISSION = kind_named("mission").fields
_MANDATE: Final = {
    name: replace(_MISSION[name], required=False)
    for name in ("mandate", "range_limit", "payload_limit", "mark_scheme", "mark")
}


class NewMissionScreen(AskScreen):
    """The wizard, on one page."""

    title_text = "NEW MISSION"
    about = "An encrypted vault in a new folder. This laptop becomes laptop A, you its lead."

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("folder", "Folder", "A new or an empty one."), "~/visit"),
            FieldRow(asked("title", "Title", "What the mission is called.")),
            FieldRow(asked("author", "Your name", "Who leads it and records here.")),
            FieldRow(asked("regime", "Regime", choices=regime_names()), "mtcr"),
            *(FieldRow(field) for field in _MANDATE.values()),
            FieldRow(
                asked("team", "Team", "Others of the team: names, separated by commas.", required=False)
            ),
            SecretRow(asked("passphrase", "Passphrase", "Several words of your own.")),
            SecretRow(asked("again", "Once more", "The same passphrase.")),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        if len(texts["passphrase"]) < SHORTEST:
            raise UsageError(
                f"A passphrase of fewer than {SHORTEST} characters is guessed too soon",
                where="passphrase",
                remedy="Take several words of your own.",
            )
        if texts["passphrase"] != texts["again"]:
            raise UsageError("The two passphrases are not the same", where="again", remedy="Type it again.")
        read = read_texts(_MANDATE, {name: texts[name] for name in _MANDATE if texts[name].strip()}, now())
        for name, error in read.errors.items():
            raise UsageError(error.problem, where=name, remedy=error.remedy)
        self.tell("Making the vault…")
        opened, words = await self.store.create(
            Path(texts["folder"]).expanduser(),
            title=texts["title"],
            author=texts["author"],
            passphrase=texts["passphrase"],
            regime=texts["regime"],
            mission=read.values,
            team=split_list(texts["team"]),
            kdf=self.fieldkit.kdf,
        )
        self.app.switch_screen(RecoveryScreen(opened, words))


class RecoveryScreen(FieldkitScreen):
    """The twelve words that open the vault without its passphrase. They are kept nowhere."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+s", "written", "I have written them down", "Go on to the visit", WRITE, priority=True),
    ]
    DEFAULT_CSS = """
    RecoveryScreen #words { padding: 1 4; text-style: bold; height: 1fr; }
    RecoveryScreen #about { padding: 0 1; }
    """

    def __init__(self, opened: Opened, words: tuple[str, ...]) -> None:
        super().__init__()
        self._opened = opened
        self._words = words

    def body(self) -> ComposeResult:
        yield Plain("RECOVERY WORDS", classes="title")
        yield Plain(
            "These words open the vault when the passphrase is lost. They are shown now and never again."
            " Write them on paper, and keep the paper apart from the laptop.",
            id="about",
        )
        rows = [self._words[at : at + _WORDS_A_LINE] for at in range(0, len(self._words), _WORDS_A_LINE)]
        yield Plain(
            "\n".join("".join(f"{place * _WORDS_A_LINE + n:>2} {word:<14}" for n, word in enumerate(row, start=1))
                      for place, row in enumerate(rows)),
            id="words",
        )  # fmt: skip

    @task
    async def action_written(self) -> None:
        self._words = ()
        await self.fieldkit.enter(self._opened)

    def action_back(self) -> None:
        self.tell("Ctrl+S goes on once the words are on paper.")
