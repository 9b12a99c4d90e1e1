"""Names near to a mistyped one, for messages that say what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def near(text: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names nearest to `text`, best first, at most `most`; differences of case do not count."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    found = difflib.get_close_matches(text.casefold()[:80], folded, n=most, cutoff=0.6)
    return [folded[name] for name in found]


def suggestion(text: str, names: Iterable[str]) -> str:
    """`Did you mean a or b? ` for a remedy, or nothing."""
    close = near(text, names)
    return f"Did you mean {' or '.join(close)}? " if close else ""
