"""Closing the day: what is still open, how far the journals have come, and the way to the bundle that leaves the site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from fieldkit.bundle.last_export import Last, last
from fieldkit.capture.checklist import Point, compared, quick
from fieldkit.capture.closing import Head, heads
from fieldkit.domain.deadlines import State, due
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui.drafts import Draft, read_drafts
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.screens.close_aloud import AloudScreen, commit_to_new
from fieldkit.tui.screens.deadlines import DeadlinesScreen
from fieldkit.tui.screens.exporting import ExportScreen
from fieldkit.tui.screens.exporting_progress import Course
from fieldkit.tui.screens.handover import CopyScreen, HandoverScreen
from fieldkit.tui.screens.signing import SigningScreen
from fieldkit.tui.screens.signing_forms import signed_so_far
from fieldkit.tui.tasks import act, task
from fieldkit.tui.widgets.choices import Choices, Line
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.procedures import events, procedures
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.vault import Vault

_WIDE: Final = 110
_LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Mark:
    """One line that is not counted in records: `name` says where it leads, `done` that nothing is left of it."""

    name: str
    text: str
    done: bool = False


@dataclass(slots=True)
class _Found:
    """What one look brought."""

    drafts: Sequence[Draft] = ()
    points: Sequence[Point] = ()
    slow: Sequence[Point] = ()
    marks: list[_Mark] = field(default_factory=list)
    heads: Sequence[Head] = ()
    last: Last = field(default_factory=Last)


class CloseScreen(MissionScreen):
    """The closing area's first screen: every line says in a word whether it is open, and leads to what it counts."""

    HELP = (
        "Every line says OPEN or done and leads to what it counts. Then in turn: r the journal read aloud and "
        "written down, e export, s signatures, h hand-over."
    )
    AUTO_FOCUS = "#list"
    DEFAULT_CSS = """
    CloseScreen #left { width: 3fr; }
    CloseScreen #right { width: 2fr; border-left: solid $panel; padding: 0 1; display: none; }
    CloseScreen.-wide #right { display: block; }
    CloseScreen #own { padding: 0 1; height: auto; color: $accent; }
    CloseScreen.-wide #own { display: none; }
    CloseScreen #course { padding: 0 1; height: auto; color: $text-muted; }
    CloseScreen.-tiny #course { display: none; }
    CloseScreen.-tiny #own { max-height: 2; }
    CloseScreen.-low #own { max-height: 4; }
    CloseScreen #others { color: $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound(
            "r", "aloud", "read aloud", "The journal's head in words, to be read aloud and written down", HERE
        ),
        bound("e", "export", "export", "Seal everything into a bundle, then check it", HERE),
        bound("s", "sign", "sign", "Sign the last bundle in turn: the team, the host", HERE),
        bound("v", "verify", "verify", "Check a copy of a bundle", HERE),
        bound("d", "deadlines", "deadlines", "What is due when; note that something is done", HERE),
        bound("h", "handover", "hand over", "The last bundle: what goes to whom", HERE),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._course = Course()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]
        self._found = _Found()

    def body(self) -> ComposeResult:
        yield Plain(_title(), classes="title", id="head")
        yield Plain(id="course")
        with Horizontal():
            with Vertical(id="left"):
                yield Choices(empty="looking…", id="list")
            with Vertical(id="right"):
                yield Plain("READ ALOUD, BOTH SIDES WRITE DOWN")
                yield Plain(id="others")
        yield Plain(id="own")

    @task
    async def load(self) -> None:
        found = await self.store.read(_look)
        found.marks += await self.store.write(_clocks)
        self._put(found)
        found.marks.append(await self.store.apart(lambda: _signatures(found.last)))
        found.slow = await self.store.long(_slow)
        self._put(found)
        if self.is_current:
            self._commit()

    @task
    async def _commit(self) -> None:
        """Commit to the pixels of new photos meanwhile; leaving stops it, and coming back goes on."""
        self._course.stop = True
        course, author = Course(), self.store.author
        self._course = course
        ticking = self.set_interval(_LOOK_SECONDS, self._look_at_course)
        try:
            done = await self.store.long(lambda vault: commit_to_new(vault, course, author))
        finally:
            ticking.stop()
            course.total = 0
            self._look_at_course()
        if done.done:
            self.fieldkit.changes += 1
            self.reload_if_changed()
        elif done.left_out:
            self._found.marks.append(
                _Mark(
                    "pixels",
                    f"the pixels of all photos but {len(done.left_out):,} that cannot be decoded",
                    done=True,
                )
            )
            self._put(self._found)

    def _look_at_course(self) -> None:
        if self.is_attached:
            course = self._course
            self.query_one("#course", Plain).put(course.line() if course.total else "")

    def on_screen_suspend(self) -> None:
        self._course.stop = True

    def on_unmount(self) -> None:
        self._course.stop = True

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._course.stop and self._found.heads:
            self._commit()

    def _put(self, found: _Found) -> None:
        self._found = found
        left = [each for each in found.marks if not each.done]
        lines = [
            *(_open("draft", each.record, f"draft {each.summary}") for each in found.drafts),
            *(_open("mark", each.name, each.text) for each in left if each.name == "clocks"),
            *(_open("point", each.name, each.text) for each in found.points),
            *(_open("mark", each.name, each.text) for each in left if each.name != "clocks"),
            *(_open("point", each.name, each.text) for each in found.slow),
        ]
        count = len(lines)
        lines += [
            Line(f"mark/{each.name}", f"done  {each.text}", "", "choices--good")
            for each in found.marks
            if each.done
        ]
        self.query_one("#list", Choices).put(lines)
        self.query_one("#head", Plain).put(f"{_title()} · {f'{count} open' if count else 'nothing is open'}")
        told = [
            f"laptop {head.letter}, {head.size:,} entries: {' · '.join(head.words)}" for head in found.heads
        ]
        own = [
            line for line, head in zip(told, found.heads, strict=True) if head.letter == self.opened.letter
        ]
        self.query_one("#own", Plain).put("\n".join(own))
        self.query_one("#others", Plain).put("\n\n".join(told))

    @on(Choices.Taken)
    def _taken(self, event: Choices.Taken) -> None:
        sort, _, key = event.key.partition("/")
        if sort == "draft":
            draft = next(each for each in self._found.drafts if each.record == key)
            self.fieldkit.resume(draft)
        elif sort == "point":
            points = [*self._found.points, *self._found.slow]
            point = next(each for each in points if each.name == key)
            self.fieldkit.show_records(point.text, point.ids)
        else:
            {
                "clocks": self.action_deadlines,
                "pixels": self.action_aloud,
                "export": self.action_export,
                "sign": self.action_sign,
            }[key]()

    def action_aloud(self) -> None:
        """Show the words."""
        self.app.push_screen(AloudScreen())

    @act
    async def action_export(self) -> None:
        self.app.push_screen(ExportScreen(await self.store.read(last)))

    @act
    async def action_sign(self) -> None:
        """Sign the last one."""
        known = await self.store.read(last)
        if known.place is None:
            self.tell("No bundle lies where the last one was made. Plug the stick in, or e: export.", "error")
        elif known.encrypted:
            self.tell(
                "An encrypted bundle is not signed. Export a zip, sign that; 'fieldkit wrap' encrypts it for the way.",
                "error",
            )
        else:
            self.app.push_screen(SigningScreen(known.path))

    @act
    async def action_verify(self) -> None:
        """Check a copy."""
        self.app.push_screen(CopyScreen(await self.store.read(last)))

    def action_deadlines(self) -> None:
        """Show the clocks."""
        self.app.push_screen(DeadlinesScreen())

    @act
    async def action_handover(self) -> None:
        """Show the last bundle."""
        self.app.push_screen(HandoverScreen(await self.store.read(last)))


def _title() -> str:
    now = datetime.now().astimezone()
    return f"CLOSE {now.day} {now:%b}".upper()


def _open(sort: str, key: str, text: str) -> Line:
    return Line(f"{sort}/{key}", f"OPEN  {text}", "", "choices--alert")


def _look(reader: VaultReader) -> _Found:
    """What the store answers at once."""
    return _Found(read_drafts(reader), quick(reader), heads=heads(reader), last=last(reader))


def _slow(vault: Vault) -> list[Point]:
    """What takes its time: the inventory compared."""
    return compared(vault)


def _clocks(vault: Vault) -> list[_Mark]:
    """The procedures' clocks, and whether all that is recorded is in a bundle."""
    return [*_deadlines(vault), _exported(vault)]


def _deadlines(vault: Vault) -> list[_Mark]:
    try:
        bound = procedures(vault)
    except UsageError:
        return []
    now = datetime.now(UTC)
    states = [each.state(now) for each in due(bound, events(vault, bound))]
    overdue, running = states.count(State.OVERDUE), states.count(State.RUNNING)
    if not overdue and not running:
        return []
    told = [f"{count} {word}" for count, word in ((overdue, "overdue"), (running, "running")) if count]
    return [_Mark("clocks", f"deadlines: {', '.join(told)}", done=not overdue)]


def _exported(vault: Vault) -> _Mark:
    exports = vault.exports()
    if not exports:
        return _Mark("export", "nothing was exported yet")
    newest = exports[-1]
    new = sum(log.size - newest.heads.get(log.log, (0, ""))[0] for log in vault.logs())
    if new:
        return _Mark("export", f"{new:,} {'entry' if new == 1 else 'entries'} since bundle {newest.n}")
    return _Mark("export", f"bundle {newest.n} holds all that is recorded", done=True)


def _signatures(known: Last) -> _Mark:
    """How the last bundle is signed."""
    if known.place is None:
        return _Mark("sign", "no bundle lies where these screens made one: e exports, v checks another")
    if known.encrypted:
        return _Mark("sign", f"{known.place.name} is encrypted: nothing to sign", done=True)
    try:
        report = signed_so_far(known.place)
    except (FieldkitError, OSError):
        return _Mark("sign", f"{known.place.name} cannot be read: v checks it")
    roles = ", ".join(f"{one.role} {one.position}" for one in report.signed)
    if report.missing:
        waits = ", ".join(each.partition(" ")[0] for each in report.missing)
        return _Mark("sign", f"still to sign {known.place.name}: {waits}")
    if not report.signed:
        return _Mark("sign", f"nobody has signed {known.place.name}")
    return _Mark("sign", f"{known.place.name} signed: {roles}", done=True)
