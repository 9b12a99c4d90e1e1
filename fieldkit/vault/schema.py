"""The tables of store.db, as numbered migrations.

`entries` is the journal and the only source of truth; `records`, `links`, `serials` and the search index are
folded from it and can be made again. An entry's `body` is its packed disclosures; `leaf` is kept only where the
disclosures do not make it (fields withheld, or a leaf of a newer version). Drafts, thumbnails, secrets and exports belong to this laptop alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.vault.migrations import Migration
from fieldkit.vault.team_schema import TEAM

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

_JOURNAL = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE logs (
  log TEXT PRIMARY KEY,
  device TEXT NOT NULL,
  letter TEXT NOT NULL,
  public_key BLOB NOT NULL,
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  own INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE entries (
  n INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  log TEXT NOT NULL REFERENCES logs(log),
  seq INTEGER NOT NULL,
  record TEXT NOT NULL,
  span INTEGER,
  leaf BLOB,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX entries_hash ON entries (hash);
CREATE INDEX entries_log ON entries (log, seq, hash);
CREATE INDEX entries_record ON entries (record);
CREATE TABLE checkpoints (
  log TEXT NOT NULL REFERENCES logs(log),
  size INTEGER NOT NULL,
  note BLOB NOT NULL,
  PRIMARY KEY (log, size)
) WITHOUT ROWID;
CREATE TABLE numbers (series TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
"""

_FOLDED = """
CREATE TABLE records (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  letter TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  number TEXT NOT NULL,
  doc TEXT NOT NULL,
  author TEXT NOT NULL,
  log TEXT NOT NULL,
  seq INTEGER NOT NULL,
  recorded TEXT NOT NULL,
  occurred TEXT NOT NULL,
  mark TEXT NOT NULL,
  retracted INTEGER NOT NULL,
  differs TEXT NOT NULL
);
CREATE UNIQUE INDEX records_id ON records (id);
CREATE INDEX records_kind ON records (kind, letter, ordinal, id);
CREATE INDEX records_number ON records (number);
CREATE INDEX records_place ON records (kind, json_extract(doc, '$.location')) WHERE retracted = 0;
CREATE INDEX records_occurred ON records (occurred, n, kind, author, id);
CREATE INDEX records_mark ON records (mark) WHERE mark <> '';
CREATE INDEX records_differs ON records (differs) WHERE differs <> '';
CREATE TABLE links (
  target TEXT NOT NULL,
  field TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (target, field, source)
) WITHOUT ROWID;
CREATE INDEX links_source ON links (source);
CREATE TABLE keyed (
  kind TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (kind, field, value, record)
) WITHOUT ROWID;
CREATE INDEX keyed_record ON keyed (record);
CREATE VIRTUAL TABLE words USING fts5(
  body, content='', contentless_delete=1, detail=none, prefix='2 3', tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE parts USING fts5(
  body, content='', contentless_delete=1, tokenize='trigram remove_diacritics 1'
);
"""

_LOCAL = """
CREATE TABLE drafts (name TEXT PRIMARY KEY, body TEXT NOT NULL, saved TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE thumbnails (sha256 TEXT PRIMARY KEY, jpeg BLOB NOT NULL);
CREATE TABLE exports (
  n INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  heads TEXT NOT NULL,
  seal BLOB NOT NULL
);
CREATE UNIQUE INDEX exports_fingerprint ON exports (fingerprint);
"""


def _first(tables: Tables) -> None:
    _run(tables, _JOURNAL, _FOLDED, _LOCAL)


def _second(tables: Tables) -> None:
    _run(tables, TEAM)


def _run(tables: Tables, *scripts: str) -> None:
    for statements in scripts:
        for statement in statements.split(";\n"):
            if statement.strip():
                tables.execute(statement)


MIGRATIONS = (
    Migration(1, "journal, folded tables, local state", _first),
    Migration(2, "logs of other laptops", _second),
)
