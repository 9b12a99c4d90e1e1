"""`report.html`: one file without scripts or outside requests, to be read on any screen and printed on A4.

Sections come as they are read; only the sums of the inventory are held in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources

from fieldkit.bundle.views import (
    crosswalk_sections,
    custody_section,
    deadline_sections,
    draw_section,
    evidence,
    photo_section,
    stock_sections,
    visit_sections,
    word_sections,
)
from fieldkit.bundle.views.markup import Markup, encoded, joined, opening, own, style_string, tag, word
from fieldkit.bundle.views.source import Source, spoken, text
from fieldkit.bundle.views.stock import Held
from fieldkit.vault.tables import known_kind

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_OTHERS = ("camera", "intake")


def page(source: Source, held: Held) -> Iterator[bytes]:
    """The whole file in blocks."""
    return encoded(_page(source, held))


def _page(source: Source, held: Held) -> Iterator[str]:
    mark = source.mark or "NO HANDLING MARK"
    sections = _sections(source, held)
    yield "<!DOCTYPE html>\n"
    yield opening("html", lang="en")
    yield from _head(source, mark)
    yield opening("body")
    yield tag(
        "header", tag("span", mark, class_="handling"), tag("span", own(source.title)), class_="running"
    )
    yield opening("main")
    yield from _front(source, held)
    yield tag(
        "nav",
        tag("h2", "Contents"),
        tag("ol", *(tag("li", tag("a", title, href=f"#{name}")) for name, title, _ in sections)),
    )
    for name, title, body in sections:
        yield Markup(f"\n{opening('section', id=name)}{tag('h2', title)}\n")
        yield from body()
        yield "</section>"
    yield "</main>"
    foot = f"State of the journal at {source.claimed_time[:16].replace('T', ' ')} UTC, by the laptop's clock"
    yield tag("footer", tag("span", mark, class_="handling"), tag("span", foot), class_="running")
    yield "</body></html>\n"


def _head(source: Source, mark: str) -> Iterator[Markup]:
    style = resources.files(__package__).joinpath("report.css").read_text("utf-8")
    margins = (
        f"@page{{@top-left{{font-weight:700;content:{style_string(mark)}}}"
        f"@top-right{{content:{style_string(source.title)}}}@bottom-left{{font-weight:700;content:{style_string(mark)}}}}}"
    )
    yield opening("head")
    yield opening("meta", charset="utf-8")
    yield opening("meta", http_equiv="Content-Security-Policy", content=_POLICY)
    yield opening("meta", name="viewport", content="width=device-width")
    yield tag("title", f"{source.title}: record of the visit")
    yield Markup(f"<style>{style}{margins}</style></head>\n")


def _front(source: Source, held: Held) -> Iterator[Markup]:
    doc = source.mission.doc if source.mission else {}
    kind = spoken(text(doc, "visit_type")) or "visit"
    yield tag("p", f"Record of the {kind}", class_="kicker")
    yield tag("h1", own(source.title))
    yield tag(
        "div",
        *(tag("div", tag("b", n), tag("span", said)) for n, said in _glance(source, held)),
        class_="glance",
    )
    yield tag(
        "div",
        tag(
            "p",
            tag("b", "What this is. "),
            "A readable view of a signed journal. Where the two disagree, the journal holds: VERIFY.txt in the bundle "
            "says how to check it with ordinary tools. Times are local to the site, with their offset from UTC; all of "
            "them are claims of a clock or of whoever typed them.",
        ),
        tag(
            "p",
            tag("b", "How to read it. "),
            tag("i", "Seen"), " is what the team saw, ", tag("i", "told"), " what somebody said. ",
            tag("i", "Not accessed"), " means that nobody of the team could look: it never means that nothing is there. ",
            word("differs", "warn"), " marks values on which inspectors do not agree.",
        ),
        class_="notes",
    )  # fmt: skip


def _glance(source: Source, held: Held) -> Iterator[tuple[str, str]]:
    counts = source.vault.counts()
    outcomes = Counter(text(view.doc, "outcome") or "not answered" for view in source.records("access"))
    yield f"{outcomes.total():,}", "accesses asked for" + _listed(outcomes)
    totals = held.result.totals
    if held.result.lines or held.result.undeclared:
        yield f"{totals.matched:,} of {totals.declared:,}", "declared pieces matched"
        found = sum(held.result.discrepancies.values())
        missing = f": {totals.missing:,} missing, {totals.undeclared:,} undeclared, {totals.identity_mismatch:,} mismatched"
        yield f"{found:,}", f"lines and things with a discrepancy{missing if found else ''}"
    states = Counter(text(view.doc, "state") for view in source.records("photo"))
    yield f"{states.total():,}", "photos" + _listed(states)
    open_findings = sum(view.doc.get("status") != "closed" for view in source.records("finding"))
    yield f"{counts.get('finding', 0):,}", f"findings, {open_findings:,} open"
    lapsed = sum(map(stock_sections.lapsed, source.records("measurement")))
    yield f"{counts.get('measurement', 0):,}", f"measurements, {lapsed:,} with a lapsed calibration"
    yield f"{counts.get('comment', 0):,}", "comments of the host"
    yield f"{len(source.differences):,}", "differing observations"


def _listed(counted: Counter[str]) -> str:
    said = ", ".join(f"{n:,} {spoken(name)}" for name, n in sorted(counted.items()))
    return f": {said}" if said else ""


def _sections(source: Source, held: Held) -> list[tuple[str, str, Callable[[], Iterator[Markup]]]]:
    visit, things, words = visit_sections, stock_sections, word_sections
    sections: list[tuple[str, str, Callable[[Source], Iterator[Markup]]]] = [
        ("mission", "Mission and mandate", visit.mission),
        ("findings", "Findings", words.findings),
        ("people", "Team and host", visit.people),
        ("chronology", "Chronology", visit.chronology),
        ("access", "Access log", visit.access),
        ("observations", "Observations, by how they are known", visit.observations),
        ("inventory", "Inventory and discrepancies", partial(things.inventory, held)),
        ("draws", "Plans and draws", draw_section.draws),
        ("photos", "Photo log", photo_section.photos),
        ("measurements", "Measurements", things.measurements),
        ("samples", "Samples", things.samples),
        ("seals", "Seals", things.seals),
        ("custody", "Custody", custody_section.custody),
        ("interviews", "Interviews", visit.interviews),
        ("meetings", "Meetings and statements", visit.meetings),
        ("documents", "Documents", things.documents),
        ("commitments", "Requests and commitments", words.commitments),
        ("deadlines", "Deadlines", deadline_sections.deadlines),
        ("comments", "Comments of the host", words.comments),
        ("laws", "Comparison of laws", crosswalk_sections.crosswalk),
        ("differences", "Differing observations", words.differences),
        (
            "incidents",
            "Incidents",
            lambda source: visit.whole(source, "incident", "No incident was recorded."),
        ),
        ("signatures", "Signatures", words.signatures),
        ("others", "Cameras and cards", _others),
        ("retracted", "Retracted records", words.retracted),
        ("evidence", "Evidence index", evidence.index),
    ]
    return [(name, title, partial(body, source)) for name, title, body in sections]


def _others(source: Source) -> Iterator[Markup]:
    for name in _OTHERS:
        body = list(visit_sections.whole(source, name))
        known = known_kind(name)
        if body and known:
            yield tag("h3", known.plural)
            yield from body
    unknown = [name for name in source.vault.counts() if known_kind(name) is None]
    if unknown:
        names = joined(own(name) for name in sorted(unknown))
        yield tag(
            "p",
            "Kinds of a newer version, kept as they came; see the tables below csv/: ",
            names,
            class_="none",
        )
