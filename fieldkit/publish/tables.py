"""The tables that are filled, with what each column holds. `FORMAT` numbers them; the views above have no number,
they are made again whenever they differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fieldkit.domain.quantities import BASE_UNITS, UNITS
from fieldkit.publish.sql import comment, functions, literal, name

FORMAT: Final = 1

_ID: Final = "Id of the mission, which every table has: missions stand side by side."
TABLES: Final[dict[str, tuple[str, str, dict[str, tuple[str, str]]]]] = {
    "about": (
        "What made this schema. One row.",
        "",
        {
            "format": ("integer NOT NULL", "Number of the form of the tables."),
            "version": ("text NOT NULL", "Version of fieldkit that made the views."),
            "views": ("text NOT NULL", "SHA-256 of the statements that made the views."),
        },
    ),
    "units": (
        "Units of measurement: base value = (value + shift) * factor / divisor.",
        "PRIMARY KEY (unit)",
        {
            "unit": ("text NOT NULL", "As it is written in records."),
            "dimension": ("text NOT NULL", "What it measures."),
            "base": ("text NOT NULL", "The base unit of that dimension."),
            "factor": ("numeric NOT NULL", "See the table."),
            "shift": ("numeric NOT NULL", "See the table."),
            "divisor": ("numeric NOT NULL", "See the table."),
        },
    ),
    "missions": (
        "What was published when. Written anew with each publishing.",
        "PRIMARY KEY (mission)",
        {
            "mission": ("uuid NOT NULL", "Id of the mission."),
            "title": ("text", "Its title."),
            "published": ("timestamptz NOT NULL", "When it was last published, by this server's clock."),
            "published_by": ("text NOT NULL", "Log of the laptop that published it last."),
            "entries": ("bigint NOT NULL", "Entries of it here."),
            "records": ("bigint NOT NULL", "Records of it here, retracted ones too."),
            "unread": ("bigint NOT NULL", "Entries of compartments that no publishing laptop read or gave."),
        },
    ),
    "logs": (
        "The journals of the laptops. An entry is named by log and number.",
        "PRIMARY KEY (mission, log)",
        {
            "mission": ("uuid NOT NULL", _ID),
            "log": ("text NOT NULL", "Id of the log: the first 32 digits of the SHA-256 of the laptop's key."),
            "letter": ("text NOT NULL", "The laptop's letter, with which numbers of its records begin."),
            "device": ("text NOT NULL", "The laptop's name."),
            "role": ("text NOT NULL", "The role it was admitted in; empty: not admitted."),
            "cut": ("bigint", "Struck off: entries from this number on count no more."),
            "public_key": ("bytea NOT NULL", "Ed25519, 32 bytes."),
            "size": ("bigint NOT NULL", "Entries without a gap from the first, under the laptop's signature."),
            "root": ("bytea NOT NULL", "Root of the Merkle tree over those (RFC 6962)."),
        },
    ),
    "entries": (
        "The journal: every act of every laptop, as recorded. History is read here or in the view history.",
        "PRIMARY KEY (mission, hash)",
        {
            "mission": ("uuid NOT NULL", _ID),
            "hash": ("bytea NOT NULL", "Leaf hash of the entry (RFC 6962, SHA-256)."),
            "log": ("text NOT NULL", "In whose log."),
            "seq": ("bigint NOT NULL", "Number in that log, from 0. Two entries with one number: a fork."),
            "record": ("uuid", "The record it is about. NULL: sealed and not read."),
            "kind": ("text NOT NULL", "Kind of that record; sealed: an entry of a compartment, not read."),
            "act": ("text NOT NULL", "add, amend or retract; sealed."),
            "number": ("text", "The record's number, where it is added."),
            "author": ("uuid", "The person in whose name it is."),
            "recorded": ("timestamptz", "What the laptop's clock said: a claim, not a proof."),
            "recorded_offset": ("text", "Local time minus UTC, on that laptop."),
            "reason": ("text", "Why it was amended or retracted."),
            "fields": (
                "jsonb NOT NULL",
                "Values by field. In an amendment, NAME+ and NAME- are what was added to and removed from a set.",
            ),
            "supersedes": ("jsonb", "By field, the hashes of the entries whose values the author saw and replaced."),
            "compartment": ("uuid", "The compartment it is sealed in. NULL: everybody in the team reads it."),
            "sealed": ("boolean NOT NULL", "In a compartment that the publishing laptop did not read or give."),
            "objection": ("text", "Why it does not count, as of a laptop that was struck off. NULL: it counts."),
            "beyond": ("boolean NOT NULL", "After a gap in its log, or in a second branch of it."),
        },
    ),
    "records": (
        "Every record as it stands now, folded from its entries. Each kind has a view with typed columns.",
        "PRIMARY KEY (mission, id)",
        {
            "mission": ("uuid NOT NULL", _ID),
            "id": ("uuid NOT NULL", "Id of the record."),
            "kind": ("text NOT NULL", "What it is."),
            "number": ("text NOT NULL", "Its number for people, as A-0042."),
            "author": ("uuid", "Person who recorded it first."),
            "log": ("text NOT NULL", "Log of its first entry."),
            "seq": ("bigint NOT NULL", "Number of its first entry."),
            "recorded": ("timestamptz", "When it was first recorded, by that laptop's clock."),
            "occurred": ("timestamptz", "When it happened."),
            "mark": ("text NOT NULL", "Handling mark; empty: none."),
            "retracted": ("boolean NOT NULL", "Withdrawn; the views of kinds leave it out."),
            "differs": ("text[] NOT NULL", "Fields in which unequal values stand: see the view standing."),
            "doc": ("jsonb NOT NULL", "All its values by field. A NUL character in a text is shown as ␀."),
        },
    ),
    "links": (
        "Which record refers to which, by which field.",
        "PRIMARY KEY (mission, source, field, target)",
        {
            "mission": ("uuid NOT NULL", _ID),
            "source": ("uuid NOT NULL", "The record that refers."),
            "field": ("text NOT NULL", "By this field of it."),
            "target": ("uuid NOT NULL", "To this record, which need not be here."),
        },
    ),
    "differences": (
        "Values that stand against each other in one field; see the view standing.",
        "PRIMARY KEY (mission, record, field, hash)",
        {
            "mission": ("uuid NOT NULL", _ID),
            "record": ("uuid NOT NULL", "The record."),
            "field": ("text NOT NULL", "The field."),
            "hash": ("bytea NOT NULL", "The entry that holds the value."),
            "value": ("jsonb", "The value."),
        },
    ),
}  # fmt: skip
"""By name: what the table is for, its key, and its columns with type and meaning."""

_INDEXES: Final = (
    ("entries_record", "entries (mission, record)"),
    ("entries_place", "entries (mission, log, seq)"),
    ("entries_special", "entries (mission) WHERE objection IS NOT NULL OR compartment IS NOT NULL OR beyond"),
    ("records_kind", "records (kind, mission)"),
    ("links_target", "links (mission, target)"),
)


def columns(table: str) -> tuple[str, ...]:
    """The columns of a table, in order."""
    return tuple(TABLES[table][2])


def statements(schema: str) -> Iterator[str]:
    """Everything that makes the schema's tables and functions, in order."""
    s = name(schema)
    yield comment(
        f"SCHEMA {s}",
        "Missions published by fieldkit: a copy for reading. Signatures are checked in bundles, not here.",
    )
    for table, (about, key, held) in TABLES.items():
        parts = [f"  {name(column)} {form}" for column, (form, _) in held.items()]
        parts += [f"  {key}"] if key else []
        body = ",\n".join(parts)
        yield f"CREATE TABLE {s}.{table} (\n{body}\n)"
        yield comment(f"TABLE {s}.{table}", about)
        for column, (_, meaning) in held.items():
            yield comment(f"COLUMN {s}.{table}.{name(column)}", meaning)
    for index, on in _INDEXES:
        yield f"CREATE INDEX {index} ON {s}.{on}"
    rows = ",\n".join(
        f"  ({literal(written)}, {literal(unit.dimension)}, {literal(BASE_UNITS[unit.dimension])},"
        f" {unit.factor:f}, {unit.shift:f}, {unit.divisor:f})"
        for written, unit in sorted({unit.symbol: unit for unit in UNITS.values()}.items())
    )
    yield f"INSERT INTO {s}.units VALUES\n{rows}"
    for signature, statement, about in functions(schema):
        yield statement
        yield comment(f"FUNCTION {signature}", about)
