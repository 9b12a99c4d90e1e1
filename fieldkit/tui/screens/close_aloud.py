"""The heads of the journals in words, large: one side reads them aloud, both write them down and sign."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from fieldkit.capture.closing import Sheet, sheet_lines, sheet_of
from fieldkit.capture.tiles import Committed, commit, uncommitted
from fieldkit.tui.keys import HERE, bound
from fieldkit.tui.screens.exporting_progress import Course, CourseScreen
from fieldkit.tui.screens.handover import PaperScreen
from fieldkit.tui.screens.members import BigWords
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.vault import Vault


class AloudScreen(CourseScreen):
    """One laptop's words at a time. Before that, the pixels of new photos are committed to, as `day close` does."""

    DEFAULT_CSS = """
    AloudScreen #whose { padding: 0 1; height: auto; text-style: bold; }
    AloudScreen #root { padding: 0 1; height: 1fr; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("enter", "turn(1)", "next laptop", "The words of the next laptop", HERE),
        bound("right,space", "turn(+1)", "next laptop", "The words of the next laptop", HERE, show=False),
        bound("left", "turn(-1)", "laptop before", "The words of the laptop before", HERE, show=False),
        bound("p", "print", "print", "Write the sheet to a file, to be printed and signed", HERE),
    ]

    def body(self) -> ComposeResult:
        self._sheet: Sheet | None = None
        self._place = 0
        self._committed = False
        yield Plain("READ ALOUD, BOTH SIDES WRITE IT DOWN AND SIGN", classes="title")
        yield from self.course_line()
        yield Plain(id="whose")
        yield BigWords(id="words")
        yield Plain(id="root")

    @task
    async def load(self) -> None:
        if not self._committed:
            await self._commit()
        self._sheet = await self.store.write(sheet_of)
        own = [place for place, head in enumerate(self._sheet.heads) if head.letter == self.opened.letter]
        self._place = own[0] if own else 0
        self._show()

    async def _commit(self) -> None:
        author, course = self.store.author, self.course

        self.begin()
        try:
            done = await self.long(lambda vault: commit_to_new(vault, course, author))
            self._committed = done.finished
            if not done.finished:
                self.tell("Stopped. The words hold all the same; r again goes on with the photos.")
            elif done.left_out:
                left_out = done.left_out
                self.tell(
                    f"{len(left_out)} photos cannot be decoded and stay as they are: {left_out[0][0]}, …"
                )
        finally:
            self.rest()
        self.fieldkit.changes += 1
        self._seen = self.fieldkit.changes

    def _show(self) -> None:
        if self._sheet is None or not self._sheet.heads:
            return
        head = self._sheet.heads[self._place % len(self._sheet.heads)]
        of = f"{self._place % len(self._sheet.heads) + 1} of {len(self._sheet.heads)}"
        entries = "entry" if head.size == 1 else "entries"
        self.query_one("#whose", Plain).put(f"Laptop {head.letter}, {head.size:,} {entries}   ({of})")
        self.query_one(BigWords).put_words(head.words)
        self.query_one("#root", Plain).put(
            f"root {head.root}\nlog  {head.log}\nWhoever has these words on paper can tell later whether an entry of today is gone."
        )

    def action_turn(self, by: int) -> None:
        """Another laptop."""
        self._place += by
        self._show()

    def action_print(self) -> None:
        """Write the sheet to a file."""
        if self._sheet is not None:
            self.app.push_screen(PaperScreen("", "close", list(sheet_lines(self._sheet))))


def commit_to_new(vault: Vault, course: Course, author: str | None) -> Committed:
    """Commit to the pixels of new photos, telling `course` how far it is, until that is asked to stop."""
    new = uncommitted(vault)
    course.what, course.done, course.total = "committing to the pixels of new photos", 0, len(new)

    def reached(more: int) -> None:
        course.done += more

    return commit(vault, new, author=author, progress=reached, cancel=lambda: course.stop)
