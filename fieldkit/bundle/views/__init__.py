"""What people read of a bundle without fieldkit: `data/views/` with a report, tables, a map of places and a description.

Views are made from the journal and prove nothing by themselves: where a view and the journal disagree, the journal holds.
The same heads give the same bytes: no clock, no chance, everything in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fieldkit.bundle.contents import Omissions
from fieldkit.bundle.views import crate, evidence, positions, sheets, stock_sections
from fieldkit.bundle.views.report import page
from fieldkit.bundle.views.source import Source
from fieldkit.bundle.views.stock import held
from fieldkit.vault.vault import Vault

REPORT = "report.html"
PLACES = "places.geojson"


def write_views(
    vault: Vault, emit: Callable[[str, Iterable[bytes]], None], omissions: Omissions | None = None
) -> None:
    """Give every view to `emit`: its path below `data/views/` and its content in blocks, to be used up at once.

    `omissions` is what does not travel, where it is known already.
    """
    source = Source(vault, omissions)
    reconciled = held(vault)
    views = {
        REPORT: lambda: page(source, reconciled),
        PLACES: lambda: positions.features(source),
        evidence.INDEX_FILE: lambda: sheets.index(source),
        stock_sections.LINES_FILE: lambda: sheets.reconciliation(reconciled),
    }
    for kind in sheets.kinds(source):
        views[sheets.file_name(kind)] = lambda kind=kind: sheets.of_kind(source, kind)  # type: ignore[misc]
    for path in sorted(views):
        emit(path, views[path]())
    emit(crate.FILE, crate.metadata(source, sorted(views)))
