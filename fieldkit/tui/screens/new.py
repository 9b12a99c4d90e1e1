"""Making a mission: first its vault (folder, passphrase), in which everything that is typed for the mission is kept; then title,
mandate and team, with which it begins; then the recovery words, once.

A vault whose mission was not begun waits among the missions of the first screen: its passphrase leads back to what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.domain.commalists import split_list
from fieldkit.domain.deadlines import regime_names
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.errors import UsageError
from fieldkit.tui.forms.typed import now, read_texts
from fieldkit.tui.keys import HERE, WRITE, bound
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.screens.kept import SecretRow
from fieldkit.tui.tasks import task
from fieldkit.tui.text import path_text
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.recovery_words import said_written

if TYPE_CHECKING:
    from fieldkit.tui.opened import Opened

SHORTEST: Final = 12
"""The fewest characters of a passphrase: four short words have more."""
NOT_BEGUN: Final = "The mission is not begun yet. What was typed is kept: its passphrase leads back to it."
DROPPED: Final = "Dropped: the mission that was not begun, with all that was typed for it."
_WORDS_A_LINE: Final = 4
_FOLDERS_TRIED: Final = 99
_MISSION = kind_named("mission").fields
_MANDATE: Final = {
    name: replace(_MISSION[name], required=False)
    for name in ("mandate", "range_limit", "payload_limit", "mark_scheme", "mark")
}


class VaultScreen(AskScreen):
    """The vault comes first: nothing of a mission is typed before there is where to keep it."""

    title_text = "NEW MISSION, 1 of 2: its encrypted vault"
    about = "Whatever is typed on the next page is kept in it, encrypted. The folder's name is not: let it say nothing."
    HELP = "The vault is made when the passphrase was typed twice. The mission begins at the end of the next page."

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("folder", "Folder", "A new or an empty one."), _free_folder()),
            SecretRow(asked("passphrase", "Passphrase", f"Several words of your own, {SHORTEST} characters or more.")),
            _LastRow(asked("again", "Once more", "The same passphrase.")),
        ]  # fmt: skip

    async def answer(self, texts: Mapping[str, str]) -> None:
        folder = Path(texts["folder"]).expanduser()
        if len(texts["passphrase"]) < SHORTEST:
            raise UsageError(
                f"A passphrase of fewer than {SHORTEST} characters is guessed too soon",
                where="passphrase",
                remedy="Take several words of your own.",
            )
        if texts["passphrase"] != texts["again"]:
            raise UsageError("The two passphrases are not the same", where="again", remedy="Type it again.")
        self.tell("Making the vault…")
        try:
            opened = await self.store.prepare(folder, texts["passphrase"], self.fieldkit.kdf)
        except UsageError as error:
            self.tell("")
            error.where = "folder" if error.where == str(folder) else error.where
            raise
        if opened is None:
            self.app.switch_screen(NewMissionScreen())
        else:
            await self.fieldkit.enter(opened)

    def action_back(self) -> None:
        if self.acts:
            self.tell("The vault is being made; a moment.")
        else:
            super().action_back()


class _LastRow(SecretRow):
    """Enter goes on with what the screen asks for."""

    def entered(self) -> None:
        cast("VaultScreen", self.screen).action_go()


class NewMissionScreen(AskScreen):
    """What the mission begins with, kept in its vault while it is typed."""

    title_text = "NEW MISSION, 2 of 2: what it begins with"
    about = "Kept in the vault while you type. This laptop becomes laptop A, you the lead of the team."
    HELP = (
        "What is typed here is kept within a second. Ctrl+S begins the mission. Until then its folder stands among the missions as "
        "one not begun yet, and its passphrase leads back here."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+s", "go", "Begin the mission", "Begin it with what is typed here", WRITE, priority=True),
        bound("ctrl+g", "give_up", "Give up", "Take away the vault and all that was typed here", WRITE, priority=True),
    ]  # fmt: skip

    def rows(self) -> list[FieldRow]:
        return [
            FieldRow(asked("title", "Title", "What the mission is called.")),
            FieldRow(asked("author", "Your name", "Who leads it and records here.")),
            FieldRow(asked("regime", "Regime", choices=regime_names()), "mtcr"),
            *(FieldRow(field) for field in _MANDATE.values()),
            FieldRow(
                asked("team", "Team", "Others of the team: names, separated by commas.", required=False)
            ),
        ]

    async def answer(self, texts: Mapping[str, str]) -> None:
        read = read_texts(_MANDATE, {name: texts[name] for name in _MANDATE if texts[name].strip()}, now())
        for name, error in read.errors.items():
            raise UsageError(error.problem, where=name, remedy=error.remedy)
        self.tell("The mission begins…")
        opened, words = await self.store.begin(
            title=texts["title"],
            author=texts["author"],
            regime=texts["regime"],
            mission=read.values,
            team=split_list(texts["team"]),
            kdf=self.fieldkit.kdf,
        )
        self.app.switch_screen(RecoveryScreen(opened, words))

    def action_back(self) -> None:
        self.app.call_later(self.fieldkit.lock, NOT_BEGUN)

    def action_give_up(self) -> None:
        if self.store.folder is not None:
            self.app.push_screen(DropScreen(self.store.folder))


class DropScreen(FieldkitScreen):
    """Whether a mission that was not begun is to be dropped."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+s", "drop", "Drop it", "Take the vault away", HERE, priority=True),
    ]
    DEFAULT_CSS = "DropScreen #about { padding: 0 1; height: 1fr; }"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def body(self) -> ComposeResult:
        yield Plain("DROP THIS MISSION?", classes="title")
        yield Plain(
            f"{path_text(self._folder)}\n\nThe mission was never begun: nothing is recorded. Ctrl+S takes away its vault and all that was"
            " typed for it; nothing brings them back. Esc leads back to the form, and nothing is dropped.",
            id="about",
        )

    def action_drop(self) -> None:
        self.app.call_later(self.fieldkit.drop_unbegun)


class RecoveryScreen(FieldkitScreen):
    """The twelve words that open the vault without its passphrase. They are kept nowhere."""

    leads_back = False

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
        await self.store.write(said_written)
        await self.fieldkit.enter(self._opened)

    def action_back(self) -> None:
        self.tell("Ctrl+S goes on once the words are on paper.")


def _free_folder() -> str:
    """A folder to propose that is not there yet."""
    names = ("~/visit", *(f"~/visit-{number}" for number in range(2, _FOLDERS_TRIED)))
    return next((name for name in names if not Path(name).expanduser().exists()), "")
