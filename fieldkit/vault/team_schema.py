"""The tables of store.db for a mission of several laptops.

`segments` and `keyring` hold what travels, byte for byte as it lies in a depot; `cut`: it was cut here. `quarantine` names entries that are kept
but do not count; `branches` holds entries of a log that was written twice from one point on; `heads` are signed heads
up to which not every entry is here yet; `spans` are the stretches in which entries came, with the tree's roots before and after,
`spanned` names entries that lie in more than one. `sealed` names the entries of compartments, with the entry within where it
can be opened here. `locked` names objects in depots whose epoch's key is not here (`signed`: their log says so itself), `awaited` entries that others take the
place of and that have not arrived, `lying` what each depot held at the last sync, `small` the encrypted thumbnails that
`media` records list, by name. What counts, of all of it, is the view `counted`.
"""

from __future__ import annotations

from typing import Final

TEAM: Final = """
CREATE TABLE keyring (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE segments (
  name TEXT PRIMARY KEY,
  log TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  folded INTEGER NOT NULL,
  cut INTEGER NOT NULL,
  sealed BLOB NOT NULL
);
CREATE INDEX segments_log ON segments (log, first);
CREATE INDEX segments_waiting ON segments (folded) WHERE folded = 0;
CREATE TABLE heads (
  log TEXT NOT NULL,
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  note BLOB NOT NULL,
  PRIMARY KEY (log, size, root)
) WITHOUT ROWID;
CREATE TABLE quarantine (hash BLOB PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE branches (
  n INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  log TEXT NOT NULL,
  seq INTEGER NOT NULL,
  record TEXT NOT NULL,
  span INTEGER,
  leaf BLOB,
  body BLOB NOT NULL
);
CREATE INDEX branches_record ON branches (record);
CREATE INDEX branches_log ON branches (log, seq);
CREATE TABLE spans (
  n INTEGER PRIMARY KEY,
  log TEXT NOT NULL,
  first INTEGER NOT NULL,
  before BLOB NOT NULL,
  stop INTEGER NOT NULL,
  root BLOB NOT NULL,
  UNIQUE (log, stop, root, first, before)
);
CREATE INDEX spans_before ON spans (log, before);
CREATE TABLE spanned (
  hash BLOB NOT NULL,
  span INTEGER NOT NULL,
  PRIMARY KEY (hash, span)
) WITHOUT ROWID;
CREATE INDEX spanned_span ON spanned (span);
CREATE TABLE acts (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE standings (
  log TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  admitted_by TEXT NOT NULL,
  cut INTEGER,
  disputed TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE receipts (name TEXT PRIMARY KEY, log TEXT NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE copies (
  part TEXT NOT NULL,
  holder TEXT NOT NULL,
  n INTEGER NOT NULL,
  held INTEGER NOT NULL,
  PRIMARY KEY (part, holder)
) WITHOUT ROWID;
CREATE TABLE reached (
  log TEXT NOT NULL,
  holder TEXT NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (log, holder)
) WITHOUT ROWID;
CREATE TABLE locked (
  name TEXT PRIMARY KEY,
  log TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  signed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE awaited (
  hash BLOB NOT NULL,
  superseded_by BLOB NOT NULL,
  record TEXT NOT NULL,
  field TEXT NOT NULL,
  PRIMARY KEY (hash, superseded_by, field)
) WITHOUT ROWID;
CREATE TABLE depots (n INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, place TEXT NOT NULL);
CREATE TABLE lying (
  depot INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (depot, name)
) WITHOUT ROWID;
CREATE TABLE shed (part TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE small (cipher TEXT PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE sealed (
  hash BLOB PRIMARY KEY,
  compartment TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  opened BLOB
) WITHOUT ROWID;
CREATE VIEW counted AS
  SELECT n, hash, log, seq, record,
    coalesce((SELECT opened FROM sealed s WHERE s.hash = entries.hash), body) AS body FROM entries
   WHERE record <> '' AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.hash = entries.hash)
  UNION ALL
  SELECT n, hash, log, seq, record,
    coalesce((SELECT opened FROM sealed s WHERE s.hash = branches.hash), body) AS body FROM branches
   WHERE record <> '' AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.hash = branches.hash)
"""
