"""The first screen, and the one behind the lock: missions on this laptop, the passphrase, other ways to begin."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input

from fieldkit.demo.layout import bundle_of
from fieldkit.errors import FieldkitError
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import FieldkitScreen
from fieldkit.tui.screens.check import CheckScreen
from fieldkit.tui.screens.new import VaultScreen
from fieldkit.tui.screens.trial import TrialScreen
from fieldkit.tui.tasks import act
from fieldkit.tui.text import path_text
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.entry import OneLine
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault import missions
from fieldkit.vault.making import is_unbegun

LOCKED: Final = "Locked. The vault is closed; drafts are kept."
LOCKED_AT_WORK: Final = f"{LOCKED} A card, an export or a sync that was under way was STOPPED: after unlocking, the visit says what to go on with."
_WAYS: Final = "\n".join(
    (
        "↑ ↓    another of these missions",
        "Enter  opens it: the key is worked out from the passphrase, which takes a moment",
        "       one that is not listed: leave by Ctrl+Q, then 'fieldkit -m FOLDER'",
        "F3     a new mission: its folder and passphrase, then title, mandate, team",
        "F5     check a bundle; no mission is needed",
        "F6     a whole invented visit to look at, with a tour",
        "F10    what a host may see of this laptop",
    )
)


class StartScreen(FieldkitScreen):
    """Choose a mission, type its passphrase. `mission` and `passphrase` may be given by the command line.

    `told` stands above the missions: that it was locked, and what that stopped.
    """

    HELP = (
        "Choose a mission by the arrows, type its passphrase, Enter. F6 makes a whole invented visit to look "
        "at."
    )
    AUTO_FOCUS = "#passphrase"
    leads_back = False
    DEFAULT_CSS = """
    StartScreen #way { height: 1fr; }
    StartScreen #said { padding: 1 1 0 1; color: $text-muted; }
    StartScreen #known { height: auto; max-height: 50%; margin: 1 0; }
    StartScreen #passphrase { margin: 0 1; }
    StartScreen.-tiny #said { padding: 0 1; max-height: 2; }
    StartScreen.-tiny #known { margin: 0; }
    StartScreen.-tiny #others { display: none; }
    StartScreen #others { padding: 2 1 0 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("up", "choose(-1)", "Up", "The mission above", HERE, show=False),
        bound("down", "choose(1)", "Down", "The mission below", HERE, show=False),
        bound("f3", "new", "New mission", "Make a mission on this laptop", HERE),
        bound("f5", "verify", "Verify a bundle", "Check a bundle; needs no mission", HERE),
        bound("f6", "demo", "Demo", "Make a whole one-day visit to look at", HERE),
    ]

    def __init__(
        self,
        mission: Path | None,
        passphrase: str | None,
        person: str | None,
        *,
        told: str = "Missions on this laptop:",
    ) -> None:
        super().__init__()
        self._passphrase = passphrase
        self._person = person
        self._told = told
        self._given = [] if mission is None else [mission.resolve()]
        self._folders = _unique([*self._given, *missions.known()])

    def body(self) -> ComposeResult:
        yield Plain(f"fieldkit {version('fieldkit')}", classes="title")
        with Vertical(id="way"):
            yield Plain(self._told, id="said")
            choices = Choices(self._lines(), empty="none yet: F3 makes one", id="known")
            choices.can_focus = False
            yield choices
            yield OneLine(password=True, placeholder="passphrase", id="passphrase")
            yield Plain(_WAYS, id="others")

    def come_back(self, folder: Path | None, person: str | None, told: str) -> None:
        """Begin anew, with `folder` first and `person` acting; `told` says what was before."""
        self._person = person
        first = [] if folder is None else [folder.resolve()]
        self._folders = _unique([*first, *missions.known(), *self._given])
        self.query_one("#said", Plain).put(told)
        self.query_one("#known", Choices).put(self._lines())
        self.query_one("#known", Choices).cursor = 0
        self.query_one("#passphrase", OneLine).value = ""
        self.query_one("#passphrase").focus()
        self.tell("")

    def _lines(self) -> list[Line]:
        return [Line(str(folder), _shown(folder)) for folder in self._folders]

    def on_mount(self) -> None:
        if self._passphrase is not None and self._folders:
            passphrase, self._passphrase = self._passphrase, None
            self.unlock(self._folders[0], passphrase)

    @on(Input.Submitted, "#passphrase")
    def _submitted(self, event: Input.Submitted) -> None:
        passphrase = event.value
        event.input.value = ""
        if not self._folders:
            self.tell("No mission is here yet: F3 makes one.", "error")
        elif passphrase:
            self.unlock(self._folders[self.query_one("#known", Choices).cursor], passphrase)

    @act
    async def unlock(self, folder: Path, passphrase: str) -> None:
        """Open the mission; deriving the key takes a moment."""
        self.tell("Opening…")
        try:
            opened = await self.store.open(folder, passphrase, self._person)
        except FieldkitError:
            self.query_one("#passphrase").focus()
            raise
        await self.fieldkit.enter(opened)

    def action_choose(self, by: int) -> None:
        self.query_one("#known", Choices).action_move(by)

    def action_back(self) -> None:
        self.query_one("#passphrase", OneLine).value = ""

    def action_new(self) -> None:
        self.app.push_screen(VaultScreen())

    def action_verify(self) -> None:
        found = next(filter(None, map(bundle_of, self._folders)), ())
        self.app.push_screen(CheckScreen(*map(path_text, found)))

    def action_demo(self) -> None:
        self.app.push_screen(TrialScreen())


def _unique(folders: list[Path]) -> list[Path]:
    """Each once, where it stands first."""
    return list(dict.fromkeys(folders))


def _shown(folder: Path) -> str:
    """The folder's name before the way to it: names stay readable where the line is too short for both."""
    state = " (a mission not begun yet)" if is_unbegun(folder) else ""
    return f"{folder.name}{state}  in {path_text(folder.parent)}"
