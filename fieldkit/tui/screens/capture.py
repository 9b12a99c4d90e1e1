"""Recording anything: a form made from the domain's field definitions.

What is typed is in the store within a second, under the id of the record it will be. Nothing is asked before leaving:
Esc keeps the draft.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from string import ascii_lowercase
from typing import ClassVar, Final, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer

from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.moments import as_json
from fieldkit.errors import FieldkitError, RefusedError, UsageError
from fieldkit.tui.around import Around
from fieldkit.tui.drafts import Draft, clock_time
from fieldkit.tui.forms.carried import carried
from fieldkit.tui.forms.typed import field_of, linked, now, read_texts, texts_of
from fieldkit.tui.keys import WRITE, bound
from fieldkit.tui.recordable import typed_fields
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import act, task
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.form import Form
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.pages import newest
from fieldkit.vault.recording import Add, Recorded
from fieldkit.vault.vault import Vault

KEEP_SECONDS: Final = 0.4
"""How long after a key the draft is kept: well within the second that may be lost."""

Done = Callable[[Recorded], None]


class CaptureScreen(MissionScreen):
    """A form for one record of a kind. `texts` are what its fields begin with, `done` hears what was recorded."""

    HELP = (
        "Tab goes to the next field; a first letter chooses among choices, arrows do, too; dates and amounts "
        "are typed as people write them. What is typed is kept within a second. A field that names another "
        "record takes its number or some letters of its name."
    )
    done_word: ClassVar[str] = "recorded"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("ctrl+s", "save('back')", "Save", "Record it and go back", WRITE, priority=True),
        bound(
            "ctrl+n",
            "save('next')",
            "Save & next",
            "Record it and begin another like it",
            WRITE,
            priority=True,
        ),
        bound("ctrl+d", "ditto", "Ditto", "This field as last time", WRITE, priority=True),
        bound(
            "ctrl+r", "repeat", "Repeat", "Every empty field as last time", WRITE, show=False, priority=True
        ),
        bound("ctrl+j", "letters", "Jump", "Jump to a field by its letter", WRITE, priority=True),
        bound("ctrl+e", "evidence", "Evidence", "Attach evidence by number", WRITE, priority=True),
    ]

    def __init__(
        self,
        kind: str,
        texts: Mapping[str, str] | None = None,
        *,
        draft: Draft | None = None,
        done: Done | None = None,
    ) -> None:
        super().__init__()
        self.kind = kind_named(kind)
        self.draft = draft or Draft(kind, dict(texts or {}))
        self._fresh = draft is None
        self._done = done
        self._timer: Timer | None = None
        self._saving = False
        self._keeping = 0
        self._letters: dict[str, FieldRow] = {}
        self._before: FieldRow | None = None
        self._began = dict(self.draft.texts) if self._fresh else {}
        self._around: Around | None = None

    def body(self) -> ComposeResult:
        yield Plain(self._title(), classes="title", id="title")
        yield Form(typed_fields(self.kind).values(), self.draft.texts, self.opened.marks)

    def on_mount(self) -> None:
        if self._fresh:
            self._inherit()
        else:
            self._around = self.fieldkit.around
        self.form.begin(self.draft.at)

    def on_screen_resume(self) -> None:
        if self._around is not None and self._around is not self.fieldkit.around:
            self._inherit()

    @task
    async def _inherit(self) -> None:
        """Where we are, who is with us: in every field that says nothing else."""
        around = self._around = self.fieldkit.around
        values = around.inherited(self.kind)
        texts = await self.store.read(lambda reader: texts_of(reader, self.kind, values))
        for name, text in texts.items():
            row = self.form.row(name)
            if row.text == self._began.get(name, ""):
                self._began[name] = text
                row.text = text

    @property
    def form(self) -> Form:
        """The fields."""
        return self.query_one(Form)

    @property
    def rows(self) -> list[FieldRow]:
        """Every row that is typed into."""
        return self.form.rows

    @property
    def texts(self) -> dict[str, str]:
        """What stands in the rows, blank ones left out."""
        return self.form.texts

    @on(FieldRow.Changed)
    def _changed(self) -> None:
        if self._timer is None and not self._saving and not self._keeping:
            self._timer = self.set_timer(KEEP_SECONDS, self._keep)

    def on_descendant_blur(self) -> None:
        if self._timer is not None:
            self._keep()

    def on_screen_suspend(self) -> None:
        self._keep()

    def unsaved(self) -> tuple[str, Doc] | None:
        """Name and content of the draft, where more stands in the form than it began with and than was kept."""
        if self._saving or not self.store.is_open or not self.is_mounted or not self.is_attached:
            return None
        texts = self.texts
        if texts == self.draft.texts or (texts == self._began and not self.draft.saved):
            return None
        row = self.form.focused_row
        self.draft.at = row.field.name if row is not None else ""
        self.draft.texts = texts
        self.draft.saved = as_json(now())
        return self.draft.name, self.draft.as_doc()

    def says_nothing(self, texts: Mapping[str, str]) -> bool:
        """Whether nothing stands in the form that it did not begin with: then nothing is kept."""
        return all(text == self._began.get(field) for field, text in texts.items())

    async def keep_draft(self) -> None:
        """Keep what stands in the form, if it is more than what it began with; in the store when this is done."""
        if (handed := self._hand_over()) is not None:
            await self._until_kept(handed)

    def _keep(self) -> None:
        """As `keep_draft`, while the form is typed into and painted, or taken away: another act may hold the store."""
        if (handed := self._hand_over()) is not None:
            self.app.run_worker(self._until_kept(handed), exit_on_error=False)

    def _hand_over(self) -> Awaitable[None] | None:
        """Hand the draft to the store now; what ends when it is kept. None where there is nothing to be kept."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        found = self.unsaved()
        if found is None:
            return None
        name, doc = found
        if self.says_nothing(self.draft.texts):
            self.draft.saved = {}
            return self.store.write(lambda vault: vault.drop_draft(name))
        return self.store.write(lambda vault: vault.save_draft(name, doc))

    async def _until_kept(self, handed: Awaitable[None]) -> None:
        self._keeping += 1
        try:
            await handed
        except FieldkitError as error:
            self.draft.texts = {}
            self.fieldkit.tell_error(error)
            return
        finally:
            self._keeping -= 1
        told = self._title()
        for title in self.query("#title").results(Plain):
            title.put(told, fits=len(told) == len(title.said))
        if not self.is_current:
            self.fieldkit.recorded()
        elif self.texts != self.draft.texts:
            self._changed()

    def action_save(self, then: Literal["back", "next"]) -> None:
        if not self._saving:
            self._saving = True
            self._save(then)

    @act
    async def _save(self, then: Literal["back", "next"]) -> None:
        texts = self.texts
        try:
            recorded = await self._record(texts)
        except (UsageError, RefusedError) as error:
            self._complain({field_of(error, self.kind): error})
            return
        finally:
            self._saving = False
        if recorded is None:
            return
        self._saving = True
        self._remember(texts)
        self.fieldkit.leave_capture(self)
        self.fieldkit.recorded()
        if self._done is not None:
            self._done(recorded)
        elif then == "next":
            self.fieldkit.capture(self.kind.name, carried(self.kind, texts))
        self.fieldkit.tell(f"{recorded.number} {self.kind.title.lower()} {self.done_word}.", "done")

    def _remember(self, texts: dict[str, str]) -> None:
        self.fieldkit.last[self.kind.name] = texts

    async def _record(self, texts: Mapping[str, str]) -> Recorded | None:
        if not texts:
            self.tell("Nothing stands in this form: fill in a field, or leave by Esc.", "error")
            return None
        read = read_texts(typed_fields(self.kind), texts, now())
        if read.errors:
            self._complain(read.errors)
            return None
        author, draft, kind = self.store.author, self.draft, self.kind

        def record(vault: Vault) -> Recorded:
            values = linked(vault, kind, read.values)
            (recorded,) = vault.record([Add(kind.name, values, id=draft.record)], author=author)
            vault.drop_draft(draft.name)
            return recorded

        return await self.store.write(record)

    def _complain(self, errors: Mapping[str, FieldkitError]) -> None:
        for row in self.rows:
            error = errors.get(row.field.name)
            row.complain(f"{error.problem}. {error.remedy}".strip() if error else "")
        first = next((row for row in self.rows if row.field.name in errors), None)
        if first is not None:
            first.take_focus()
        if "" in errors:
            self.fieldkit.tell_error(errors[""])
        else:
            self.tell(f"Not recorded: {len(errors)} to put right.", "error")

    def action_ditto(self) -> None:
        """This field as last time."""
        row = self.form.focused_row
        if row is not None:
            self._as_last_time([row])

    def action_repeat(self) -> None:
        """Every empty field as last time."""
        self._as_last_time([row for row in self.form.rows if not row.text.strip()])

    @act
    async def _as_last_time(self, rows: list[FieldRow]) -> None:
        last = self.fieldkit.last.get(self.kind.name)
        if last is None:
            person = self.opened.person
            last = await self.store.read(
                lambda reader: (
                    texts_of(reader, self.kind, view.doc)
                    if (view := newest(reader, self.kind.name, person) or newest(reader, self.kind.name))
                    else {}
                )
            )
        for row in rows:
            if text := last.get(row.field.name, ""):
                row.text = text
        if not last:
            self.tell(f"No {self.kind.title.lower()} was recorded before.")

    def action_evidence(self) -> None:
        self.form.row("evidence").take_focus()

    def action_letters(self) -> None:
        """Show a letter at each field; the next key jumps there."""
        letters = ascii_lowercase + "1234567890"
        self._letters = dict(zip(letters, self.form.rows, strict=False))
        for letter, row in self._letters.items():
            row.letter(letter)
        self._before = self.form.focused_row
        self.set_focus(None)
        self.tell("Jump: press the letter of a field.")

    def on_key(self, event: events.Key) -> None:
        if not self._letters:
            return
        event.stop()
        event.prevent_default()
        row = self._letters.get((event.character or "").lower(), self._before)
        for each in self._letters.values():
            each.letter("")
        self._letters = {}
        self.tell("")
        if row is not None:
            row.take_focus()
        else:
            self.form.begin()

    @act
    async def action_back(self) -> None:
        """Leave the form; what was typed is kept."""
        await self.keep_draft()
        self.fieldkit.changes += 1
        self.fieldkit.leave_capture(self)

    def _title(self) -> str:
        told = f"   draft kept {clock_time(self.draft.saved)}" if self.draft.saved else ""
        return f"NEW {self.kind.title.upper()}{told}"
