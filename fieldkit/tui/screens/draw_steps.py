"""A draw before witnesses, step by step on one screen: freeze, agree, make the seed together, draw, repeat.

Each step is one that the commands record; what has been recorded says which step comes next, so that a draw is gone on
with after any end. Dice that were typed and not drawn with yet are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.capture import drawing
from fieldkit.capture.draw_records import record_of
from fieldkit.domain.draws import FEWEST_ROLLS, PARTIES, Party
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.replaying import DrawRecord, replay
from fieldkit.tui.forms.typed import now
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens import draw_words as words
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.draw_asks import AgreeScreen, CommitScreen, RevealScreen
from fieldkit.tui.tasks import act, task
from fieldkit.tui.widgets.digits import LargeDigits
from fieldkit.tui.widgets.pages import Pages
from fieldkit.tui.widgets.plain import Plain
from fieldkit.tui.widgets.settling import settling
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

_DICE: Final = "inventory/dice/"
_MOST_ROLLS: Final = 200
_STEP_KEYS: Final = {
    "freeze": "list", "agree": "agree", "dice": "seed", "commit": "seed", "first": "seed", "roll": "seed",
    "unroll": "seed", "go": "seed", "items": "check", "replay": "check",
}  # fmt: skip


ShowDrawn = Callable[[frozenset[str]], object]
"""Shows items, by their record ids, in the inventory."""


class DrawScreen(MissionScreen):
    """One draw (record id), or the plan (record id) from which one is made."""

    HELP = "One step after the other; both sides read the same words and figures. Enter goes on."
    AUTO_FOCUS = "#steps"
    DEFAULT_CSS = """
    DrawScreen #said { height: auto; padding: 0 1; }
    DrawScreen .digits--team { color: $accent; }
    DrawScreen .digits--host { color: $foreground; }
    DrawScreen #dice { display: none; margin-top: 1; }
    DrawScreen.-dice #dice { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("f", "freeze", "freeze the list", "Write the list down and make its digest", HERE),
        bound("a", "agree", "agree", "Who of both sides agrees to the digest", HERE),
        bound("x", "dice(10)", "dice of ten", "Roll dice of ten sides, both sides in turn", HERE),
        bound("y", "dice(6)", "dice of six", "Roll dice of six sides, both sides in turn", HERE),
        bound("o", "first", "who begins", "The other side rolls first", HERE, show=False),
        bound("t", "commit('team')", "team's secret", "The team commits to a secret, then tells it", HERE),
        bound("h", "commit('host')", "host's secret", "The host commits to a secret, then tells it", HERE),
        bound("enter", "go", "draw", "Draw with what both sides gave", HERE),
        bound("backspace", "unroll", "Take back", "Take the last roll away", HERE, show=False),
        bound("i", "items", "these lines", "Show what was drawn among the lines of the inventory", HERE),
        bound("r", "replay", "repeat", "Repeat the draw from its record and tell every check", HERE),
        *(
            bound(str(digit), f"roll({digit})", str(digit), "A die as it fell", HERE, show=False)
            for digit in range(10)
        ),
    ]

    def __init__(self, show: ShowDrawn, *, draw: str = "", plan: str = "") -> None:
        super().__init__()
        self._show_items = show
        self._draw = draw
        self._plan = plan
        self._record: DrawRecord | None = None
        self._planned = ""
        self._rolls: list[int] = []
        self._sides = 0
        self._first: Party = "team"
        self._checked = False

    def body(self) -> ComposeResult:
        yield Plain("DRAW", classes="title", id="step")
        with Pages(id="steps"):
            yield Plain("", id="said")
            yield LargeDigits(id="dice")

    @property
    def step(self) -> str:
        """Which step comes next."""
        return words.step_of(self._record) if self._record is not None else "list"

    @task
    async def load(self) -> None:
        if self._draw:
            draw = self._draw
            self._record = await self.store.write(lambda vault: record_of(vault, draw))
            kept = (await self.store.read(lambda reader: reader.drafts())).get(_DICE + draw, {})
            if not self._rolls and isinstance(rolls := kept.get("rolls"), list) and self.step == "seed":
                self._rolls = [each for each in rolls if isinstance(each, int)]
                self._sides = 6 if kept.get("sides") == 6 else 10
                self._first = "host" if kept.get("first") == "host" else "team"
        else:
            plan = self._plan
            self._planned = await self.store.read(lambda reader: _planned(reader, plan))
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the step that comes next."""
        wanted = _STEP_KEYS.get(action)
        if wanted is None:
            return True
        if wanted != self.step:
            return False
        promised = self._record is not None and bool(words.given(self._record, "committed"))
        if action in ("roll", "unroll", "first"):
            return bool(self._sides)
        if action == "dice":
            return not promised and not self._rolls
        if action == "commit":
            return not self._sides
        return bool(self._sides or promised) if action == "go" else True

    def _show(self) -> None:
        record, step = self._record, self.step
        number = f"{record.draw}   " if record is not None else ""
        self.query_one("#step", Plain).put(f"{number}{words.steps(step)}")
        self.set_class(step == "seed" and bool(self._sides), "-dice")
        self.query_one("#said", Plain).put(self._words(record, step))
        turns = [PARTIES[(place + (self._first == "host")) % 2] for place in range(len(self._rolls) + 1)]
        self.query_one(LargeDigits).put(
            [
                (digit, turn[0].upper(), f"digits--{turn}")
                for digit, turn in zip([*map(str, self._rolls), "-"], turns, strict=True)
            ]
        )
        self.refresh_bindings()

    def _words(self, record: DrawRecord | None, step: str) -> str:
        if record is None:
            return self._planned
        if step == "agree":
            return words.agreeing(record)
        if step == "check":
            lines = words.checked(replay(record)) if self._checked else words.drawn(record)
            return "\n".join(lines)
        if self._sides:
            return words.rolling(len(self._rolls), self._sides, self._first)
        if words.given(record, "committed"):
            return words.committing(record)
        return (
            "Both sides agreed to the list. Now both make the seed; neither can steer it alone.\n\n"
            f"  x  dice of ten sides, rolled in turn ({FEWEST_ROLLS[10]} rolls)\n"
            f"  y  dice of six sides, rolled in turn ({FEWEST_ROLLS[6]} rolls)\n\n"
            "  t  or  h  without dice: each side commits to a secret of 16 letters or\n"
            "            digits; both tell it only when both have committed"
        )

    @act
    async def action_freeze(self) -> None:
        """Freeze the list."""
        plan, author = self._plan, self.store.author
        if self._draw:
            return
        frozen = await self.store.write(lambda vault: drawing.freeze(vault, plan=plan, author=author))
        self._draw = frozen.draw.id
        self.fieldkit.recorded()
        self.tell(f"{frozen.draw.number}: the list of {frozen.population} pieces is frozen.", "done")

    def action_agree(self) -> None:
        """Who agrees."""
        if self._record is not None:
            self.app.push_screen(AgreeScreen(self._draw, self._record, self.opened.person))

    def action_dice(self, sides: int) -> None:
        """Roll dice."""
        self._sides = sides
        self._show()

    def action_first(self) -> None:
        """The other side rolls first."""
        if not self._rolls:
            self._first = "host" if self._first == "team" else "team"
            self._show()

    def action_roll(self, value: int) -> None:
        """A die fell."""
        if self._sides == 6 and not 1 <= value <= 6:
            self.tell(f"No die of six sides shows {value}.", "error")
        elif len(self._rolls) < _MOST_ROLLS:
            self._rolls.append(value)
            self._keep()
            self._show()

    def action_unroll(self) -> None:
        """The last roll was typed wrongly."""
        if self._rolls:
            self._rolls.pop()
            self._keep()
        else:
            self._sides = 0
        self._show()

    @settling
    async def _keep(self) -> None:
        name, rolls = _DICE + self._draw, list(self._rolls)
        kept: Doc = {"rolls": [*rolls], "sides": self._sides, "first": self._first}
        await self.store.write(
            lambda vault: vault.save_draft(name, kept) if rolls else vault.drop_draft(name)
        )

    @act
    async def action_go(self) -> None:
        """Draw."""
        draw, author, at = self._draw, self.store.author, now()
        rolls, sides, first = list(self._rolls), self._sides, self._first

        def run(vault: Vault) -> None:
            if sides:
                drawing.roll(vault, draw, rolls, sides=sides, first=first, at=at, author=author)
                vault.drop_draft(_DICE + draw)
            else:
                drawing.run(vault, draw, at=at, author=author)

        await self.store.write(run)
        self._sides = 0
        self.fieldkit.recorded()
        self.tell("Drawn. r repeats it from its record.", "done")

    def action_commit(self, party: str) -> None:
        """One side commits, or tells."""
        record, side = self._record, cast("Party", party)
        if record is None:
            return
        promised, told = words.given(record, "committed"), words.given(record, "revealed")
        if side not in promised:
            self.app.push_screen(CommitScreen(self._draw, record.list_sha256, side))
        elif len(promised) < len(PARTIES):
            self.tell("The other side commits first; then both tell their secrets.")
        elif side not in told:
            self.app.push_screen(RevealScreen(self._draw, side))

    @act
    async def action_items(self) -> None:
        """The lines that were drawn, in the inventory."""
        draw = self._draw
        view = await self.store.read(lambda reader: reader.get(draw))
        items = view.doc.get("items")
        self._show_items(frozenset(map(str, items)) if isinstance(items, list) else frozenset())

    def action_replay(self) -> None:
        """Repeat it, or show again what was drawn."""
        self._checked = not self._checked
        self._show()


def _planned(reader: VaultReader, plan: str) -> str:
    doc = reader.get(plan).doc
    return "\n".join(
        (
            f"{doc.get('size')} of {doc.get('population')} pieces will be drawn.",
            f"If {doc.get('defects')} are defective, that is noticed with probability {doc.get('detection')}.",
            f"The IAEA approximation, not used, gives {doc.get('approximation', 'no number')}.",
            "",
            "f freezes the list: every piece a line, sorted, and its digest.",
            "Both sides then read the digest and agree to it, before there is a seed.",
        )
    )
