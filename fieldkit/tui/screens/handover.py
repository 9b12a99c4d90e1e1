"""A bundle of ours: it is written where that was asked for, read back whole, and shown with what goes to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.bundle.export import Exported
from fieldkit.bundle.last_export import Last, keep, last
from fieldkit.bundle.verify import Report, verify_bundle
from fieldkit.errors import FieldkitError, UsageError
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.ask import AskScreen, asked
from fieldkit.tui.screens.check import CheckScreen
from fieldkit.tui.screens.exporting_progress import Course, CourseScreen, StoppedError
from fieldkit.tui.screens.handover_sheet import Verdict, sheet, verdict
from fieldkit.tui.screens.signing import SigningScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.pages import Pages
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.durable import replace_file
from fieldkit.vault.vault import Vault

Write = Callable[[Vault, Course], Exported]
_STOPPED: Final = Verdict(
    "STOPPED", "Nothing of this bundle was left behind.", "Esc, then e: export.", good=False
)
_UNREAD: Final = Verdict("NOT CHECKED", "Reading it back was stopped.", "v: check it.", good=False)
_GONE: Final = Verdict(
    "NOT THERE",
    "No bundle lies where the last one was made.",
    "Is the stick in? Else Esc, then e: export.",
    good=False,
)
_SEALED: Final = Verdict(
    "ENCRYPTED", "It is whole on the disk; only who can open it can check it.", "Hand it over.", good=True
)


class HandoverScreen(CourseScreen):
    """The result in a word, then the sheet. Without `write` the bundle made last is read again."""

    AUTO_FOCUS = "#told"
    DEFAULT_CSS = """
    HandoverScreen #word { padding: 0 1; height: auto; text-style: bold; }
    HandoverScreen #word.-good { color: $success; }
    HandoverScreen #word.-bad { color: $error; }
    HandoverScreen #told { padding: 0 1; height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("s", "sign", "sign", "Sign it in turn: the team, the host", HERE),
        bound("v", "verify", "verify", "Check it, or any copy, with your own list of signers", HERE),
        bound("p", "print", "print", "Write this sheet to a file, to be printed", HERE),
    ]

    def __init__(self, known: Last, write: Write | None = None) -> None:
        super().__init__()
        self._known = known
        self._write = write
        self._report: Report | None = None
        self._exported: Exported | None = None
        self._begun = False
        self._lines: list[str] = []

    def body(self) -> ComposeResult:
        yield Plain("HAND OVER", classes="title", id="head")
        yield from self.course_line()
        yield Plain(id="word")
        with Pages(id="told"):
            yield Plain(id="sheet")

    def load(self) -> None:
        if self.busy:
            return
        write, self._write = self._write, None
        if write is not None:
            self._export(write)
        elif self._known.place is not None:
            self._read()
        else:
            self._show(_GONE)

    @task
    async def _export(self, write: Write) -> None:
        self.begin()
        self.tell(f"To {self._known.folder}. Recording goes on meanwhile: F2 leads to the visit.")
        try:
            exported = await self.long(lambda vault: write(vault, self.course))
            self._exported = exported
            self._known = replace(self._known, path=str(exported.path))
            self.tell("")
            await self._check()
            self.fieldkit.changes += 1
        except StoppedError:
            self.tell("")
            self._show(_STOPPED)
        except FieldkitError as error:
            where = f"{error.where}: " if error.where else ""
            self.tell("")
            self._show(
                Verdict(
                    "NOT EXPORTED",
                    f"{where}{error.problem}.",
                    f"{error.remedy} Esc, then e: export.",
                    good=False,
                )
            )
        finally:
            self.rest()

    @task
    async def _read(self) -> None:
        self.begin()
        try:
            await self._check()
        finally:
            self.rest()

    async def _check(self) -> None:
        """Read the bundle back and say what came of it; encrypted ones cannot be read here."""
        if self._known.encrypted:
            self._show(_SEALED)
            return
        path, keys = Path(self._known.path), self._known.own_keys
        try:
            self._report = await self.apart(lambda: checked(path, keys, self.course))
        except StoppedError:
            self._show(_UNREAD)
            return
        self._show(verdict(self._report))

    def _show(self, found: Verdict) -> None:
        if not self.is_attached:
            return
        name = Path(self._known.path).name
        self.query_one("#head", Plain).put(f"HAND OVER  {name}".rstrip())
        word = self.query_one("#word", Plain)
        word.put(f"{found.word}. {found.sentence}\nNext: {found.next}")
        word.set_class(found.good, "-good")
        word.set_class(not found.good, "-bad")
        seal = self._report.seal if self._report else self._exported.seal if self._exported else ""
        self._lines = []
        if self._report or self._exported:
            self._lines = [
                f"Bundle     {name}",
                f"In         {Path(self._known.path).parent}",
                *sheet(self._known, seal, self._report, self._exported),
            ]
        self.query_one("#sheet", Plain).put("\n".join(self._lines))

    def action_sign(self) -> None:
        """Sign it."""
        if self.busy or self._known.place is None or self._known.encrypted:
            self.tell("There is nothing here to sign yet.", "error")
        else:
            self.app.push_screen(SigningScreen(self._known.path))

    def action_verify(self) -> None:
        """Check a copy."""
        self.app.push_screen(CopyScreen(self._known))

    def action_print(self) -> None:
        """Write the sheet to a file."""
        if self._lines:
            self.app.push_screen(
                PaperScreen(self._known.folder, f"{Path(self._known.path).name}-handover", self._lines)
            )


class CopyScreen(CheckScreen):
    """Checking a copy of the bundle made last, or any other. The list of known signers is remembered."""

    def __init__(self, known: Last) -> None:
        super().__init__(known.path, known.keys)

    async def answer(self, texts: Mapping[str, str]) -> None:
        keys = texts["keys"].strip()
        await super().answer(texts)
        await self.store.write(lambda vault: keep(vault, replace(last(vault), keys=keys)))
        self.fieldkit.changes += 1


class PaperScreen(AskScreen):
    """Writing a sheet to a file, in the clear, where a person says."""

    title_text = "PRINT"
    about = "A text file, not encrypted. Print it, then take it away."

    def __init__(self, folder: str, name: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._place = str(Path(folder) / f"{name}.txt") if folder else ""
        self._lines = lines

    def rows(self) -> list[FieldRow]:
        return [FieldRow(asked("file", "File", "Where it goes, as /media/stick/sheet.txt."), self._place)]

    async def answer(self, texts: Mapping[str, str]) -> None:
        path = Path(texts["file"].strip()).expanduser()
        if path.exists():
            raise UsageError("Something lies there already", where="file", remedy="Give another name.")
        data = "".join(f"{line}\n" for line in self._lines).encode()
        await self.store.apart(lambda: replace_file(path, data))
        self.app.pop_screen()
        self.fieldkit.tell(f"Written to {path}.", "done")


def checked(path: Path, keys: Path | None, course: Course) -> Report:
    """Verify a bundle with one's own list of signers, telling how far that is. Raises `StoppedError`."""
    course.begin("reading back", in_bytes=True)

    def told(what: str, done: int, total: int) -> None:
        course.in_bytes = what == "files"
        course.what = "reading back" if what == "files" else "checking entries"
        course.reach(done, total)

    return verify_bundle(path, keys=keys, progress=told)
