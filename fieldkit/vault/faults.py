"""Reports of faults of the program itself, kept in the vault that was open: types, places in the code and versions, and nothing of
what was recorded, typed or named, so that a report can be passed on to whoever maintains fieldkit.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from fieldkit.domain.jsontypes import Doc
from fieldkit.errors import trail
from fieldkit.vault.laptop import Laptop
from fieldkit.vault.reading import VaultReader

PREFIX: Final = "fault/"
"""Reports lie among the drafts: they are this laptop's own, and travel nowhere by themselves."""
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One report: the instant (UTC, `2026-02-12T10:41:07Z`), the fault in a line, and the report's lines."""

    at: str
    line: str
    report: tuple[str, ...]


def report_of(error: BaseException, *circumstances: str) -> list[str]:
    """What may be told of a fault: versions, `circumstances` (words of the program's own), types and places."""
    return [
        f"fieldkit {version('fieldkit')}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        *circumstances,
        *trail(error),
    ]


def keep(vault: Laptop, at: str, line: str, report: Sequence[str]) -> None:
    """Keep a report; of many, the last ones."""
    vault.save_draft(f"{PREFIX}{at}", {"fault": line, "report": list(report), "told": False})
    for name in sorted(_docs(vault))[:-_MOST]:
        vault.drop_draft(name)


def kept(reader: VaultReader) -> list[Fault]:
    """Every report, the last first."""
    return [_fault(name, doc) for name, doc in sorted(_docs(reader).items(), reverse=True)]


def take_untold(vault: Laptop) -> Fault | None:
    """The last fault, the first time that somebody opens the vault after it."""
    name, doc = max(_docs(vault).items(), default=("", {}))
    if not name or doc.get("told"):
        return None
    vault.save_draft(name, {**doc, "told": True})
    return _fault(name, doc)


def forget(vault: Laptop) -> None:
    """Drop every report."""
    for name in _docs(vault):
        vault.drop_draft(name)


def _docs(reader: VaultReader) -> dict[str, Doc]:
    return {name: doc for name, doc in reader.drafts().items() if name.startswith(PREFIX)}


def _fault(name: str, doc: Doc) -> Fault:
    report = doc.get("report")
    lines = report if isinstance(report, list) else []
    return Fault(name.removeprefix(PREFIX), str(doc.get("fault", "")), tuple(map(str, lines)))
