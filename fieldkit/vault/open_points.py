"""What a visit still has to settle, as ids of the records concerned. Each list is one statement that the store answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from fieldkit.domain.marking import CONTENTS
from fieldkit.domain.marks import MarkScheme, scheme_of
from fieldkit.vault.reading import VaultReader

_OF_KIND: Final = "SELECT id FROM records WHERE kind = ? AND retracted = 0"
_ORDER: Final = "ORDER BY letter, ordinal, id"
_SLACK: Final = timedelta(minutes=2)
"""Times are typed to the minute."""


def unanswered(reader: VaultReader) -> list[str]:
    """Accesses that were asked for and not answered yet."""
    return _ids(reader, "access", "json_extract(doc, '$.outcome') IS NULL")


def held(reader: VaultReader) -> list[str]:
    """Photos that the host holds."""
    return _ids(reader, "photo", "json_extract(doc, '$.state') = 'held'")


def broken_off(reader: VaultReader) -> list[str]:
    """Cards that were not taken in to their end: what is on them may be nowhere else."""
    return _ids(reader, "intake", "json_extract(doc, '$.finished') IS NULL")


def unlinked(reader: VaultReader) -> list[str]:
    """Photos that say neither which item they show nor which observation they belong to, nor what they are of."""
    return _ids(
        reader,
        "photo",
        "json_extract(doc, '$.state') IN ('taken', 'released') AND json_extract(doc, '$.subject') IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM links l WHERE l.source = records.id AND l.field IN ('items', 'observations'))",
    )


def uncounted(reader: VaultReader) -> list[str]:
    """Declared items that nobody has counted."""
    return _ids(
        reader,
        "item",
        "json_extract(doc, '$.declaration') IS NOT NULL AND json_extract(doc, '$.counted') IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM links l JOIN records c ON c.id = l.source"
        " WHERE l.target = records.id AND l.field = 'item' AND c.kind = 'count' AND c.retracted = 0)",
    )


def unphotographed(reader: VaultReader) -> list[str]:
    """Items that were met and that no photo shows."""
    return _ids(
        reader,
        "item",
        "EXISTS (SELECT 1 FROM links l JOIN records c ON c.id = l.source WHERE l.target = records.id"
        " AND l.field = 'item' AND c.kind = 'count' AND c.retracted = 0 AND json_extract(c.doc, '$.counted') > 0)"
        " AND NOT EXISTS (SELECT 1 FROM links l JOIN records p ON p.id = l.source"
        " WHERE l.target = records.id AND l.field = 'items' AND p.kind = 'photo' AND p.retracted = 0)",
    )


def uncertain(reader: VaultReader) -> list[str]:
    """Observations of which whoever made them is not sure."""
    return _ids(reader, "observation", "json_extract(doc, '$.confidence') = 'low'")


def lapsed(reader: VaultReader) -> list[str]:
    """Measurements whose instrument was past its calibration on the day, by the time of the place."""
    return _ids(
        reader,
        "measurement",
        "json_extract(doc, '$.calibration_due')"
        " < date(json_extract(doc, '$.occurred.at'), json_extract(doc, '$.occurred.offset'))",
    )


def ahead(reader: VaultReader) -> list[str]:
    """Records that are said to have occurred at a time that has not come yet."""
    soon = (datetime.now(UTC) + _SLACK).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    rows = reader._rows(f"SELECT id FROM records WHERE occurred > ? AND retracted = 0 {_ORDER}", soon)
    return [row[0] for row in rows]


def questions(reader: VaultReader) -> list[str]:
    """Observations with a question that is still open."""
    return _ids(reader, "observation", "json_extract(doc, '$.open_question') IS NOT NULL")


def promises(reader: VaultReader) -> list[str]:
    """Commitments that are neither done nor declined."""
    return _ids(reader, "commitment", "json_extract(doc, '$.status') IN ('open', 'agreed')")


def findings(reader: VaultReader) -> list[str]:
    """Findings that are not settled."""
    return _ids(reader, "finding", "json_extract(doc, '$.status') = 'open'")


def differing(reader: VaultReader) -> list[str]:
    """Records in which unequal values stand that nobody has left so as differing observations."""
    left = left_standing(reader)
    found = {
        one.record.id: None
        for one in reader.differences()
        if (one.record.id, one.field, frozenset(entry.hash for _, entry in one.values)) not in left
    }
    return list(found)


def left_standing(reader: VaultReader) -> dict[tuple[str, str, frozenset[str]], str]:
    """Why differences were left standing, by record, field and the very entries that were known."""
    found = {}
    for view in reader.list("differing"):
        match view.doc:
            case {
                "target": str(target),
                "field": str(field),
                "entries": list(entries),
                "reason": str(reason),
            }:
                found[target, field, frozenset(map(str, entries))] = reason
    return found


def undermarked(reader: VaultReader) -> list[str]:
    """Records whose handling mark is below that of what they contain."""
    known = _scheme(reader)
    found = {
        record: None
        for kind, fields in CONTENTS.items()
        for record, own, content in reader._rows(
            "SELECT c.id, c.mark, r.mark FROM records c JOIN links l ON l.source = c.id JOIN records r ON r.id = l.target"
            f" WHERE c.kind = ? AND c.retracted = 0 AND l.field IN ({','.join('?' * len(fields))})"
            " AND r.retracted = 0 AND r.mark NOT IN ('', c.mark) ORDER BY c.letter, c.ordinal, c.id",
            kind,
            *fields,
        )
        if not known.covers(own, content)
    }
    mission, within = reader.peek(reader.meta("mission")), reader.marks_within()
    if mission and not known.covers(mission.mark, known.highest(within)):
        found[mission.id] = None
    return list(found)


def strange_marks(reader: VaultReader) -> list[str]:
    """Records with a handling mark that the mission's scheme does not have."""
    known = _scheme(reader)
    strange = [mark for mark in reader.marks() if mark not in known.marks]
    return [
        row[0]
        for row in reader._rows(
            f"SELECT id FROM records WHERE retracted = 0 AND mark <> '' AND mark IN ({','.join('?' * len(strange))}) {_ORDER}",
            *strange,
        )
    ]


def same_numbers(reader: VaultReader) -> list[str]:
    """Records that share their number with another one: a laptop's vault was copied, and both copies went on."""
    return [
        row[0]
        for row in reader._rows(
            "SELECT id FROM records WHERE number IN (SELECT number FROM records GROUP BY number HAVING count(*) > 1)"
            f" {_ORDER}"
        )
    ]


def _scheme(reader: VaultReader) -> MarkScheme:
    mission = reader.peek(reader.meta("mission"))
    return scheme_of(mission.doc if mission else {}, reader.marks())


def _ids(reader: VaultReader, kind: str, condition: str) -> list[str]:
    return reader._ids(f"{_OF_KIND} AND {condition} {_ORDER}", kind)
