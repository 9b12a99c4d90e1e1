"""A label for text from outside."""

from __future__ import annotations

from textual.widgets import Static

from fieldkit.tui.text import safe


class Plain(Static):
    """Text of people or files, shown as it is: no markup, no control characters."""

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(safe(text), markup=False, id=id, classes=classes)
        self._put = (text, "")

    @property
    def said(self) -> str:
        """The text that was put here last."""
        return self._put[0]

    def put(self, text: str, style: str = "", *, fits: bool = False) -> None:
        """Show another text. `fits`: it takes no more room than the last one, so that nothing else has to move. Where it is what
        is shown already, nothing is done: a new layout of the whole screen is what a key costs most."""
        if self._put != (text, style):
            self._put = (text, style)
            self.update(safe(text, style), layout=not fits)
