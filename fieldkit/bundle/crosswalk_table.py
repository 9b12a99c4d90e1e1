"""The comparison of laws as a file of its own: a workbook, or one HTML page to be printed.

The same records give the same bytes. Everything goes through `hostile.cell` or the escaping of the views; the workbook is
put together in memory, so that nothing of it lies in a temporary file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib import resources

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from fieldkit.bundle.views import crosswalk_sections as sections
from fieldkit.bundle.views.markup import Markup, details, encoded, opening, own, style_string, tag
from fieldkit.bundle.views.source import Source
from fieldkit.domain.crosswalk import STATES, WORDS, Comparison, states_in_words
from fieldkit.domain.hostile import cell
from fieldkit.errors import UsageError
from fieldkit.vault.legislation import comparison, find_national_list
from fieldkit.vault.vault import Vault

_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's properties know no zone
_LONGEST_CELL = 32_000
_COLUMNS = (
    ("Entry", 10), ("What it controls", 44), ("Verified", 11), ("Relation", 18), ("National entries", 20),
    ("What they say", 60), ("Figures", 44), ("Why", 44), ("Record", 10),
)  # fmt: skip
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_LANDSCAPE = (
    "@page{size:A4 landscape}.coverage td:nth-child(n+2){white-space:nowrap}td:first-child{min-width:4em}"
)


def table_bytes(vault: Vault, suffix: str, named: str | None = None) -> tuple[bytes, Comparison]:
    """The table of a national list (by title or number; the only one unless named) in the form that a file name's suffix asks for.

    Raises `UsageError` for a suffix that is not `.xlsx`, `.html` or `.htm`, or where no list is meant.
    """
    makers = {".xlsx": _workbook, ".html": _page, ".htm": _page}
    if suffix.lower() not in makers:
        raise UsageError(
            f"a table is no {suffix or 'file without an ending'}",
            remedy="Name a file that ends in .xlsx or .html.",
        )
    found = comparison(vault, find_national_list(vault, named))
    return makers[suffix.lower()](Source(vault), found), found


def _facts(source: Source, found: Comparison) -> list[tuple[str, str]]:
    law = source.view(found.national.record)
    doc = law.doc if law else {}
    return [
        ("Mission", source.title),
        ("Handling mark", source.mark or "none"),
        (
            "Control list",
            f"{found.controls.title}, edition {found.controls.edition} ({found.controls.source})",
        ),
        ("National list", " ".join(filter(None, (str(doc.get("title", "")), str(doc.get("edition", "")))))),
        ("Its file, SHA-256", str(doc.get("file_sha256", ""))),
        ("Entries read from it", str(doc.get("lines", ""))),
        ("Looked at", f"{found.whole.done} of {found.whole.total} entries ({found.whole.percent} %)"),
        ("Result", states_in_words(found.whole.counts)),
        (
            "Unverified",
            "What is marked so was not checked against the edition named; the texts themselves decide.",
        ),
    ]


def _page(source: Source, found: Comparison) -> bytes:
    return b"".join(encoded(_html(source, found)))


def _html(source: Source, found: Comparison) -> Iterator[str]:
    mark = source.mark or "NO HANDLING MARK"
    title = found.national.title
    style = resources.files("fieldkit.bundle.views").joinpath("report.css").read_text("utf-8")
    margins = f"@page{{@top-left{{font-weight:700;content:{style_string(mark)}}}@top-right{{content:{style_string(title)}}}}}"
    yield "<!DOCTYPE html>\n"
    yield opening("html", lang="en")
    yield opening("head")
    yield opening("meta", charset="utf-8")
    yield opening("meta", http_equiv="Content-Security-Policy", content=_POLICY)
    yield opening("meta", name="viewport", content="width=device-width")
    yield tag("title", f"Comparison of laws: {title}")
    yield Markup(f"<style>{style}{margins}{_LANDSCAPE}</style></head>\n")
    yield opening("body")
    yield tag(
        "header", tag("span", mark, class_="handling"), tag("span", own(source.title)), class_="running"
    )
    yield opening("main")
    yield tag("p", "Comparison of laws", class_="kicker")
    yield tag("h1", own(title))
    yield details((label, own(value)) for label, value in _facts(source, found))
    yield tag("h2", "Coverage")
    yield sections.coverage(found)
    yield tag("h2", "Entry by entry")
    yield from sections.entries(found)
    yield "</main></body></html>\n"


def _workbook(source: Source, found: Comparison) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(
        held,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties({"title": "Comparison of laws", "created": _EPOCH})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    about = book.add_worksheet("About")
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 90)
    for place, pair in enumerate(_facts(source, found)):
        _strings(about, place, pair, plain)
    rows = book.add_worksheet("Comparison")
    rows.set_landscape()
    rows.fit_to_pages(1, 0)
    rows.repeat_rows(0)
    rows.freeze_panes(1, 1)
    for place, (name, width) in enumerate(_COLUMNS):
        rows.set_column(place, place, width)
        rows.write_string(0, place, name, head)
    for place, cells in enumerate(_compared(found), start=1):
        _strings(rows, place, cells, plain)
    rows.autofilter(0, 0, len(found.rows), len(_COLUMNS) - 1)
    sums = book.add_worksheet("Coverage")
    sums.set_column(0, 0, 50)
    _strings(sums, 0, ("Item", "Entries", "Looked at", *(WORDS[state] for state in STATES)), head)
    for place, each in enumerate((*found.coverage, found.whole), start=1):
        sums.write_string(
            place, 0, cell(f"{each.item.number} {each.item.title}" if each.item else "In all"), plain
        )
        for column, number in enumerate((each.total, each.done, *each.counts.values()), start=1):
            sums.write_number(place, column, number, plain)
    rows.activate()
    book.close()
    return held.getvalue()


def _compared(found: Comparison) -> Iterator[Sequence[str]]:
    for row in found.rows:
        yield (
            row.entry.id,
            row.entry.title,
            "yes" if row.entry.verified else sections.UNVERIFIED,
            WORDS.get(row.state, row.state),
            ", ".join(row.codes),
            "\n".join(f"{code}: {words}" for code, words in sections.wording(found, row) if words),
            "\n".join(sections.figures(found, row)),
            sections.rationale(row),
            ", ".join(each.number for each in row.judgements),
        )


def _strings(sheet: Worksheet, row: int, values: Sequence[str], style: object) -> None:
    for place, value in enumerate(values):
        if value:
            sheet.write_string(row, place, cell(value)[:_LONGEST_CELL], style)
