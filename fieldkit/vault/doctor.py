"""The doctor: reads everything in a vault and says what does not hold. Repairs nothing.

Checked: the engine's own checks of store.db, every log re-verified from its first leaf to its last checkpoint, the
counters of numbers, entries known to exist that have not arrived, the folded tables and the terms of the search index against a refold of the journal, every
original present and authentic, the head files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fieldkit.domain.jsontypes import JSON
from fieldkit.errors import AlteredError, FieldkitError, UsageError
from fieldkit.journal.leaf import OpenedEntry
from fieldkit.journal.verification import LogVerifier
from fieldkit.vault import faults, open_points
from fieldkit.vault.gaps import awaited, gaps, only_sealed
from fieldkit.vault.pages import views
from fieldkit.vault.reading import LogView, entry_of
from fieldkit.vault.tables import Tables, known_kind
from fieldkit.vault.vault import Vault

_COMPARED = {
    "records": "id, kind, letter, ordinal, number, doc, author, log, seq, recorded, occurred, mark, retracted, differs",
    "links": "target, field, source",
    "keyed": "kind, field, value, record",
    "words_terms": "term, doc, cnt",
    "parts_terms": "term, doc, cnt",
}
_LISTED = 20
_INDEXES = ("words", "parts")
"""Their terms are compared, but for those that reach over a line's end: the order of a record's texts is free."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it holds, and what was found. A `note` is something to know, and no fault of the vault.
    `file` is a part of an original that is here and not what its name says."""

    area: str
    good: bool
    text: str
    note: bool = False
    file: Path | None = None


def examine(
    vault: Vault, *, refold: bool = False, progress: Callable[[str], None] = lambda _: None
) -> list[Finding]:
    """Look at the whole vault; the findings, good and bad, in the order looked at."""
    findings = [
        Finding("head", good=False, text=f"{notice.problem}. {notice.remedy}") for notice in vault.notices
    ]
    progress("store")
    faults = vault.database.check()
    findings += [Finding("store", good=False, text=fault) for fault in faults]
    if not faults:
        findings.append(Finding("store", good=True, text="every page authentic, every table sound"))
    if any(not finding.good and finding.area == "store" for finding in findings):
        return findings
    strangers = _Strangers(vault)
    for log in vault.logs():
        progress(f"log {log.letter}")
        findings.append(_check_log(vault, log, strangers))
    findings.append(_check_numbers(vault))
    findings += _notes(vault)
    findings += strangers.told()
    findings += _check_gaps(vault)
    progress("originals")
    findings += _check_media(vault)
    if refold:
        progress("refold")
        findings.append(_check_fold(vault))
    return findings


class _Strangers:
    """Entries that are of another kind than the record that they name, and say nothing of it. No fieldkit makes them, but altered
    software might."""

    def __init__(self, vault: Vault) -> None:
        self._kinds: dict[JSON, str] = dict(vault.database.rows("SELECT id, kind FROM records"))
        self._apart = {row[0] for row in vault.database.rows("SELECT hash FROM quarantine")}
        self._found: list[str] = []

    def look(self, log: LogView, entry: OpenedEntry) -> None:
        """Look at one entry."""
        kind = entry.fields.get("kind")
        named = self._kinds.get(entry.fields.get("id"), kind)
        if named != kind and entry.hash not in self._apart:
            self._found.append(f"entry {entry.seq + 1} of laptop {log.letter} ({kind} instead of {named})")

    def told(self) -> Iterator[Finding]:
        """What was found."""
        if self._found:
            named = ", ".join(self._found[:_LISTED]) + (", …" if len(self._found) > _LISTED else "")
            text = f"of another kind than the record they name, and so not counted: {named}"
            yield Finding("records", good=True, text=text, note=True)


def _check_log(vault: Vault, log: LogView, strangers: _Strangers) -> Finding:
    verifier = LogVerifier(log.log, public_key=log.public_key, mission=vault.mission_id)
    try:
        for entry in vault.entries(log.log, 0, log.size):
            opened = verifier.feed(entry.leaf, entry.disclosures)
            if opened.hash != entry.hash:
                raise AlteredError(f"entry {entry.seq} is filed under another hash", where=f"log {log.log}")
            strangers.look(log, opened)
        if verifier.size != log.size:
            raise AlteredError(
                f"{verifier.size} entries are there, {log.size} were recorded", where=f"log {log.log}"
            )
        verifier.finish(vault.checkpoint(log.log))
    except FieldkitError as error:
        return Finding("journal", good=False, text=str(error))
    return Finding("journal", good=True, text=f"log {log.letter}: {log.size} entries verified")


def _check_numbers(vault: Vault) -> Finding:
    """No number that this laptop has given may be given again: the counters stand where its own records say."""
    for kind, used in vault.database.rows(
        "SELECT kind, max(ordinal) FROM records WHERE letter = ?"
        " AND log IN (SELECT substr(name, 8) FROM secrets WHERE name LIKE 'device/%') GROUP BY kind",
        (vault.letter,),
    ):
        known = known_kind(kind)
        if known is None:
            # A newer fieldkit numbered it, and goes on with it: this one gives no numbers of that kind.
            continue
        last = vault.database.value("SELECT last FROM numbers WHERE series = ?", (known.series,))
        if used > (last or 0):
            text = f"{kind}: number {used} is given, yet {last or 0} would be the last: numbers would repeat"
            return Finding("numbers", good=False, text=text)
    return Finding("numbers", good=True, text="this laptop goes on behind every number that it has given")


def _notes(vault: Vault) -> Iterator[Finding]:
    """What stays to be known: incidents on record, faults of the program, numbers that stand for several records."""
    incidents = [view for view in vault.list("incident") if view.doc.get("incident_type") == "security"]
    for view in incidents[:_LISTED]:
        when = view.recorded[:16].replace("T", " ")
        yield Finding(
            "incident", good=True, text=f"{view.number}, {when} UTC: {view.doc.get('text')}", note=True
        )
    if len(incidents) > _LISTED:
        yield Finding("incident", good=True, text=f"and {len(incidents) - _LISTED} more", note=True)
    reports = faults.kept(vault)
    if reports:
        more = f", and {len(reports) - 1} more" if len(reports) > 1 else ""
        text = f"of the program: {reports[0].line}, {reports[0].at}{more}; 'fieldkit faults 1' prints the report to pass on"
        yield Finding("fault", good=True, text=text, note=True)
    shared = sorted({view.number for view in views(vault, open_points.same_numbers(vault))})
    if shared:
        named = ", ".join(shared[:_LISTED]) + (", …" if len(shared) > _LISTED else "")
        text = f"one number, several records: {named}; 'fieldkit show {shared[0]}' tells them apart"
        yield Finding("numbers", good=True, text=text, note=True)


def _check_gaps(vault: Vault) -> Iterator[Finding]:
    """What is known to exist and is not here: nothing is damaged, but something is missing."""
    found = gaps(vault)
    for gap in found:
        yield Finding("gaps", good=gap.sealed, text=str(gap))
    waiting = awaited(vault)
    for record, fields in waiting.items():
        view = vault.peek(record)
        number = (view.number if view else "") or record
        yield Finding(
            "gaps",
            good=only_sealed(found),
            text=f"{number}: a value before that of {', '.join(fields)} has not arrived",
        )
    if not found and not waiting:
        yield Finding("gaps", good=True, text="no entry is known that is not here")


def _check_media(vault: Vault) -> Iterator[Finding]:
    count = elsewhere = closed = 0
    own = {
        row[0]
        for row in vault.database.rows("SELECT substr(name, 8) FROM secrets WHERE name LIKE 'device/%'")
    }
    shed = {row[0] for row in vault.database.rows("SELECT part FROM shed")}
    for record in vault.list("media", retracted=True):
        count += 1
        missing = set(vault.media.missing(record.doc)) if isinstance(record.doc.get("parts"), list) else set()
        if missing and (record.log not in own or missing <= shed):
            elsewhere += 1
            continue
        faults = vault.media.check(record.doc)
        if any(isinstance(fault, UsageError) for fault in faults):
            closed += 1
            continue
        for fault in faults:
            yield Finding(
                "originals",
                good=False,
                text=f"{record.number}, {fault.where}: {fault.problem}",
                file=_damaged(vault, fault.where),
            )
    apart = f", {elsewhere} of them on other laptops only" if elsewhere else ""
    apart += f", {closed} under keys that this laptop was not given" if closed else ""
    yield Finding("originals", good=True, text=f"{count} originals looked at{apart}")


def _damaged(vault: Vault, where: str) -> Path | None:
    """The file there, where it is a part that is not what its name says; a record may say of a sound one what is not so."""
    path = Path(where)
    if path.parent.parent != vault.media.folder or not path.exists():
        return None
    try:
        vault.media.read_part(path.name)
    except FieldkitError:
        return path
    return None


def _check_fold(vault: Vault) -> Finding:
    """Fold the whole journal again inside a transaction that is undone, and compare."""
    for index in _INDEXES:
        vault.database.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_all USING fts5vocab('main', '{index}', 'row')"
        )
        vault.database.execute(
            f"CREATE TEMP VIEW IF NOT EXISTS {index}_terms AS"
            f" SELECT term, doc, cnt FROM {index}_all WHERE instr(term, char(10)) = 0"
        )
    before = {table: _digest(vault, table) for table in _COMPARED}
    differing: list[str] = []
    try:
        with vault.database.write():
            refold(vault)
            differing = [table for table in _COMPARED if _digest(vault, table) != before[table]]
            raise _UndoneError
    except _UndoneError:
        pass
    if differing:
        return Finding(
            "fold", good=False, text=f"the tables differ from the journal: {', '.join(sorted(differing))}"
        )
    return Finding("fold", good=True, text="the tables are what the journal gives")


class _UndoneError(Exception):
    """Takes a trial transaction back."""


def refold(vault: Vault) -> None:
    """Make every folded table again from the journal, inside the caller's transaction.

    Entries that are alone about their record are read in one go, in the order in which they lie on disk.
    """
    tables = Tables(vault.database)
    tables.clear()
    several = {
        record
        for (record,) in vault.database.stream(
            "SELECT record FROM counted GROUP BY record HAVING count(*) > 1"
        )
    }
    for record, *stored in vault.database.stream("SELECT record, hash, log, seq, body FROM counted"):
        if record not in several:
            tables.restore([entry_of(stored)])
    for record in sorted(several):
        tables.restore(vault.entries_of(record))
    tables.flush()


def _digest(vault: Vault, table: str) -> bytes:
    """A digest over the rows of a table in the order of their values, whatever their order on disk."""
    columns = _COMPARED[table]
    digest = hashlib.sha256()
    for row in vault.database.stream(f"SELECT {columns} FROM {table} ORDER BY {columns}"):
        digest.update(repr(row).encode())
    return digest.digest()
