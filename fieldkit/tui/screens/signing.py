"""Signing in turn: who has signed and how, then the next one. A refusal is a choice like the others.

A member of the team signs with the key that the vault keeps, or with one of their own. For the host this laptop is locked
first: whoever then holds it sees what is signed and nothing of the mission.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual import on
from textual.app import ComposeResult

from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.handover_sheet import seal_words, signatures
from fieldkit.tui.screens.signing_forms import (
    HOST,
    HostSignScreen,
    KeySignScreen,
    TeamSignScreen,
    ToldScreen,
    signed_so_far,
)
from fieldkit.tui.tasks import act, task
from fieldkit.tui.text import one_line
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader

if TYPE_CHECKING:
    from fieldkit.tui.app import FieldkitApp

_CHOICES: Final = (
    Line("team", "a member of the team signs, with the key in the vault", "t"),
    Line("key", "somebody signs with a key file of their own", "k"),
    Line("host", "the host signs: this laptop is locked first, then handed over", "h"),
    Line("told", "somebody refuses or signs on paper alone: put it on record", "n"),
)


class SigningScreen(MissionScreen):
    """Who has signed, who has to, and who is next."""

    HELP = (
        "Whoever has to sign comes in turn, with position and remark; a refusal is a signature, too. The "
        "vault is closed while the host signs."
    )
    AUTO_FOCUS = "#next"
    DEFAULT_CSS = """
    SigningScreen #words { padding: 0 1; height: auto; color: $accent; text-style: bold; }
    SigningScreen #signed { padding: 1; height: auto; max-height: 50%; }
    SigningScreen #next { height: 1fr; }
    """

    def __init__(self, bundle: str) -> None:
        super().__init__()
        self._bundle = Path(bundle)
        self._seal = ""
        self._waited_for: list[str] = []

    def body(self) -> ComposeResult:
        yield Plain(f"SIGN  {self._bundle.name}", classes="title")
        yield Plain(id="words")
        yield Plain(id="signed")
        yield Choices(_CHOICES, id="next")

    @task
    async def load(self) -> None:
        report = await self.store.apart(lambda: signed_so_far(self._bundle))
        self._seal = report.seal
        self._waited_for = [each.partition(" ")[0] for each in report.missing]
        self.query_one("#words", Plain).put(f"Its seal in words: {' · '.join(seal_words(report.seal))}")
        self.query_one("#signed", Plain).put(
            "\n".join(["SIGNED", *(f"  {line}" for line in signatures(report))])
        )

    @on(Choices.Taken)
    @act
    async def _taken(self, event: Choices.Taken) -> None:
        match event.key:
            case _ if not self._seal:
                self.tell("The bundle is still being looked at.")
            case "team":
                team = await self.store.read(_team)
                role = next((role for role in self._waited_for if role != HOST), "lead")
                self.app.push_screen(TeamSignScreen(self._bundle, role, team, self.opened.person))
            case "key":
                self.app.push_screen(KeySignScreen(self._bundle, next(iter(self._waited_for), HOST)))
            case "host":
                self.app.call_later(_hand_to_host, self.fieldkit, self._bundle)
            case _:
                self.app.push_screen(ToldScreen(self._bundle.name, self._seal))


async def _hand_to_host(app: FieldkitApp, bundle: Path) -> None:
    """Close the vault, then show what the host signs, with words that were typed before and not signed. Run by the app:
    locking takes every screen of the mission away."""
    screen = HostSignScreen(bundle)
    left = (await app.store.read(lambda reader: reader.drafts())).get(screen.draft, {})
    await app.store.expect_letters()
    await app.action_lock()
    app.asked[screen.draft] = left
    await app.push_screen(screen)


def _team(reader: VaultReader) -> dict[str, str]:
    """The members of the team: what each is called on the screen, and the record."""
    found: dict[str, str] = {}
    for view in reader.find("person", "party", "team"):
        if not view.retracted:
            name = one_line(str(view.doc.get("name", view.number)))
            found[f"{name} {view.number}" if name in found else name] = view.id
    return found
