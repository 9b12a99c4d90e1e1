"""The comparison of laws as people read it: coverage per item, then every entry of the control list and how the national
list stands to it. Used by the report of a bundle and by the page that `crosswalk table` writes."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkit.bundle.views.markup import Markup, Row, joined, own, table, tag, word
from fieldkit.bundle.views.source import Source, anchor, shortened, text, texts
from fieldkit.domain.crosswalk import OPEN, STATES, WORDS, Comparison, Coverage, states_in_words
from fieldkit.domain.crosswalk import Row as Compared
from fieldkit.domain.crosswalk_figures import compare
from fieldkit.errors import FieldkitError
from fieldkit.vault.legislation import comparison

_TONES = {
    "same": "good",
    "absent": "bad",
    "narrower": "warn",
    "threshold_differs": "warn",
    "differing": "warn",
}
_SHOWN = 400
UNVERIFIED = "unverified"


def crosswalk(source: Source) -> Iterator[Markup]:
    """Every national list of the mission with what was judged of it, then each judgement as it was recorded."""
    for law in source.records("national_list"):
        yield tag("h3", own(text(law.doc, "title")), id=anchor(law))
        yield tag(
            "p",
            source.number(law),
            joined([" ", own(text(law.doc, "edition")), source.links(law.doc, "media")], " · "),
        )
        try:
            found = comparison(source.vault, law)
        except (FieldkitError, ValueError, TypeError) as error:
            yield tag("p", f"Its entries cannot be read here: {error}", class_="none")
            continue
        yield coverage(found)
        yield from entries(found, everything=False)
    rows = (
        Row(
            [
                source.number(view),
                own(text(view.doc, "control_entry")),
                word(WORDS.get(text(view.doc, "relation"), text(view.doc, "relation"))),
                joined(
                    [source.links(view.doc, "law"), own("; ".join(texts(view.doc, "national_entries")))],
                    " · ",
                ),
                own(text(view.doc, "rationale")),
                source.link(view.author),
            ],
            anchor(view),
        )
        for view in source.records("crosswalk")
    )
    yield from table(
        ("No.", "Entry", "Relation", "National list, entries", "Why", "Recorded by"),
        rows,
        empty="No national law was compared.",
    )


def coverage(found: Comparison) -> Markup:
    """Sums per item and in all."""
    body = (_coverage(each) for each in (*found.coverage, found.whole))
    heads = ("Item", "Entries", "Looked at", *(WORDS[state] for state in STATES))
    return Markup("".join(table(heads, body, kind="coverage")))


def entries(found: Comparison, *, everything: bool = True) -> Iterator[Markup]:
    """The entries of the control list, item by item; without `everything` only those that were looked at."""
    for each in found.coverage:
        item = each.item
        if item is None or not (everything or each.done):
            continue
        rows = [row for row in found.rows if row.entry.id.startswith(f"{item.number}.")]
        yield tag("h4", f"{item.number} ", own(item.title), tag("small", states_in_words(each.counts)))
        yield from table(
            ("Entry", "What it controls", "Relation", "National entries", "Figures", "Why", "Record"),
            (Row(_cells(found, row)) for row in rows if everything or row.state != OPEN),
        )
    for stray in found.strays:
        yield tag(
            "p", f"{stray.number}: ", own(stray.entry), " is no entry of this control list.", class_="none"
        )


def wording(found: Comparison, row: Compared) -> list[tuple[str, str]]:
    """Each national code named for an entry with the beginning of what it says; empty where the list has no such code."""
    said = []
    for code in row.codes:
        provision = found.national.provision(code)
        entry = found.national.entry(code)
        words = "" if provision is None else (entry and (entry.title or entry.text)) or provision.text
        said.append((code, shortened(" ".join(words.split()), _SHOWN)))
    return said


def figures(found: Comparison, row: Compared) -> list[str]:
    """The thresholds of an entry held against the figures of the provisions named for it; thresholds alone without any."""
    provisions = [found.national.provision(code) for code in row.codes]
    words = "\n".join(each.text for each in dict.fromkeys(provisions) if each)
    held = compare(row.entry.threshold, words) if words else ()
    if held:
        return [_marked(each.in_words(), each.verified) for each in held]
    return [_marked(threshold.in_words(), threshold.verified) for threshold in row.entry.threshold]


def rationale(row: Compared) -> str:
    """Why, with the level that it was judged at where that is above the entry."""
    said = [each.rationale for each in row.judgements if each.rationale]
    if row.level and row.level != row.entry.id:
        said.append(f"(judged for {row.level} as a whole)")
    return "\n".join(said)


def _coverage(each: Coverage) -> Row:
    name = own(f"{each.item.number} {each.item.title}") if each.item else tag("b", "In all")
    return Row(
        [
            name,
            f"{each.total}",
            f"{each.done} ({each.percent} %)",
            *(f"{each.counts[state]}" if each.counts[state] else "—" for state in STATES),
        ]
    )


def _cells(found: Comparison, row: Compared) -> list[str]:
    compared = figures(found, row)
    return [
        tag("b", row.entry.id, class_="number"),
        joined([own(row.entry.title), "" if row.entry.verified else tag("small", f"[{UNVERIFIED}]")], " "),
        word(WORDS.get(row.state, row.state), _TONES.get(row.state, "")),
        joined(
            (joined([tag("b", own(code)), own(words)], ": ") for code, words in wording(found, row)), "\n"
        ),
        joined((own(each) for each in compared), "\n"),
        own(rationale(row)),
        joined(own(each.number) for each in row.judgements),
    ]


def _marked(words: str, verified: bool) -> str:
    return words if verified else f"{words} [{UNVERIFIED}]"
