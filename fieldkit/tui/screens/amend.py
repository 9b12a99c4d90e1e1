"""Correcting a record: its present values in the form in which it was captured, and the reason. What stood stays in its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from textual.app import ComposeResult

from fieldkit.domain.by_hand import check_by_hand
from fieldkit.domain.fields import Field
from fieldkit.domain.jsontypes import Doc
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.errors import FieldkitError, RefusedError, UsageError
from fieldkit.tui.drafts import WHY, Draft, amending, clock_time
from fieldkit.tui.forms.amended import changes, overtaken, touched
from fieldkit.tui.forms.typed import now, texts_of
from fieldkit.tui.recordable import typed_fields
from fieldkit.tui.screens.ask import asked
from fieldkit.tui.screens.capture import CaptureScreen
from fieldkit.tui.widgets.field import FieldRow
from fieldkit.tui.widgets.form import Form
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader
from fieldkit.vault.recording import Amend, Recorded
from fieldkit.vault.vault import Vault
from fieldkit.vault.wording import Wording

_REASON: Final = asked(WHY, "Why", "The reason of the correction; it is shown with it for good.")


@dataclass(frozen=True, slots=True)
class Present:
    """A record as its correction begins: the draft, its number, the texts of its present values, what differs in it."""

    draft: Draft
    number: str
    began: Mapping[str, str]
    differs: tuple[str, ...]


def present(reader: VaultReader, record: str) -> Present:
    """What a correction of this record begins with, or goes on with. `RefusedError` where people correct no such record."""
    view = reader.get(record)
    kind = check_by_hand(view.kind, "amend")
    if view.retracted:
        raise RefusedError(
            f"{view.number} is retracted",
            remedy="Its history (h) tells why. What holds instead is a record of its own.",
        )
    draft = amending(reader, view.id)
    before = draft.before if draft and draft.before is not None else view.doc
    began = {
        name: text for name, text in texts_of(reader, kind, before).items() if name in typed_fields(kind)
    }
    return Present(
        draft or Draft(kind.name, dict(began), view.id, before=dict(view.doc)),
        view.number,
        began,
        view.differs,
    )


class AmendScreen(CaptureScreen):
    """The form of a record that stands. A field in which values differ is not here: a difference is settled where it is shown."""

    done_word = "amended"
    DEFAULT_CSS = "AmendScreen #row-amend-why { border-bottom: solid $panel; }"

    def __init__(self, found: Present) -> None:
        super().__init__(found.draft.kind, draft=found.draft)
        self._number = found.number
        self._began = dict(found.began)
        self._differs = found.differs
        self._saw: Doc = dict(found.draft.before or {})
        self.draft.at = self.draft.at or next(iter(self._fields))

    def body(self) -> ComposeResult:
        self._why = FieldRow(_REASON, self.draft.texts.get(WHY, ""))
        yield Plain(self._title(), classes="title", id="title")
        yield self._why
        yield Form(self._fields.values(), self.draft.texts, self.opened.marks)

    def on_mount(self) -> None:
        if self._differs:
            labels = ", ".join(
                self.kind.fields[name].label for name in self._differs if name in self.kind.fields
            )
            self.tell(f"{labels}: values of several laptops stand, and are settled under differences.")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One correction has no next one."""
        return not (action == "save" and parameters == ("next",))

    @property
    def rows(self) -> list[FieldRow]:
        return [self._why, *self.form.rows]

    @property
    def texts(self) -> dict[str, str]:
        why = self._why.text
        return {**self.form.texts, **({WHY: why} if why.strip() else {})}

    @property
    def _fields(self) -> Mapping[str, Field]:
        return {name: field for name, field in typed_fields(self.kind).items() if name not in self._differs}

    def says_nothing(self, texts: Mapping[str, str]) -> bool:
        return not (texts.get(WHY) or touched(self._fields, self._began, texts))

    def _inherit(self) -> None:
        """A record that stands stays where it is, wherever one goes meanwhile."""

    def _remember(self, texts: dict[str, str]) -> None:
        """What a correction says is nothing that the next record begins with."""

    async def _record(self, texts: Mapping[str, str]) -> Recorded | None:
        saw, fields, kind, record = dict(self._saw), self._fields, self.kind, self.draft.record
        author, began, name, why = self.store.author, dict(self._began), self.draft.name, texts.get(WHY, "")
        errors: dict[str, FieldkitError] = {}
        newer: Doc = {}

        def amend(vault: Vault) -> Recorded | None:
            changed = changes(vault, kind, saw, fields, began, texts, now())
            view = vault.get(record)
            wording = Wording(vault)
            errors.update(changed.errors)
            for each in overtaken(saw, view.doc, changed):
                newer[each] = view.doc.get(each)
                stands = wording.text(kind.name, each, newer[each])
                errors[each] = UsageError(
                    f"meanwhile another value came to stand here: {stands}",
                    remedy="Save again to replace that one.",
                )
            if not changed and not errors:
                errors[""] = UsageError("nothing is changed here", remedy="Esc goes back.")
            elif not why.strip():
                errors.setdefault(WHY, UsageError("The reason is needed", remedy="Say why it is corrected."))
            if errors:
                return None
            (recorded,) = vault.record(
                [Amend(record, why, set=changed.set, add=changed.add, remove=changed.remove)], author=author
            )
            vault.drop_draft(name)
            return recorded

        recorded = await self.store.write(amend)
        if newer:
            self._saw.update(newer)
            self.draft.before = dict(self._saw)
        if errors:
            self._complain(errors)
        return recorded

    def _title(self) -> str:
        told = f"   draft kept {clock_time(self.draft.saved)}" if self.draft.saved else ""
        return f"CORRECT {self._number} {kind_named(self.draft.kind).title.upper()}{told}"
