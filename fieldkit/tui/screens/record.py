"""One record with all its fields."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from fieldkit.domain.fields import FieldType
from fieldkit.domain.kinds import kind as kind_named
from fieldkit.domain.render import render
from fieldkit.tui.screens.base import MissionScreen
from fieldkit.tui.tasks import task
from fieldkit.tui.widgets.plain import Plain
from fieldkit.vault.reading import VaultReader

_LABEL = 18


class RecordScreen(MissionScreen):
    """What stands in a record; links with what they lead to."""

    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, record: str) -> None:
        super().__init__()
        self._record = record

    def body(self) -> ComposeResult:
        yield Plain(classes="title", id="title")
        with VerticalScroll():
            yield Plain(id="fields")

    @task
    async def load(self) -> None:
        title, text = await self.store.read(lambda reader: _shown(reader, self._record))
        self.query_one("#title", Plain).put(title)
        self.query_one("#fields", Plain).put(text)


def _shown(reader: VaultReader, record: str) -> tuple[str, str]:
    view = reader.get(record)
    kind = kind_named(view.kind)
    lines = []
    for name, value in view.doc.items():
        field = kind.fields.get(name)
        if field is not None and field.type is FieldType.RECORD:
            shown = ", ".join(
                _named(reader, str(each)) for each in (value if isinstance(value, list) else [value])
            )
        else:
            shown = render(field, value) if field is not None else str(value)
        label = field.label if field is not None else name
        lines.append(f"{label:<{_LABEL}}{shown}")
    return f"{view.number} {kind.title.upper()}{' · RETRACTED' if view.retracted else ''}", "\n".join(lines)


def _named(reader: VaultReader, record: str) -> str:
    view = reader.peek(record)
    return f"{view.number} {kind_named(view.kind).summary(view.doc)}" if view else record
