-- +goose Up
-- What was seen in incidents. incident: the one that it was added for, whose key seals the body. mark: keyed digest of kind and value. sealed: 1 while the
-- value lies in the body alone; secret: always, whatever the incident is. low: the address, or the first of a network, or of the URL's host, in 32
-- hexadecimal digits. quiet: a warning list speaks against matching it.
CREATE TABLE observable (
  id         TEXT PRIMARY KEY,
  incident   TEXT NOT NULL,
  kind       TEXT NOT NULL,
  mark       INTEGER NOT NULL,
  value      TEXT NOT NULL,
  low        TEXT NOT NULL,
  role       TEXT NOT NULL,
  tlp        INTEGER NOT NULL,
  pap        INTEGER NOT NULL,
  first      INTEGER NOT NULL,
  last       INTEGER NOT NULL,
  source     TEXT NOT NULL,
  origin     TEXT NOT NULL,
  detection  INTEGER NOT NULL,
  listed     TEXT NOT NULL,
  quiet      INTEGER NOT NULL,
  secret     INTEGER NOT NULL,
  sealed     INTEGER NOT NULL,
  added      INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  removed    INTEGER NOT NULL,
  removed_by TEXT NOT NULL,
  version    INTEGER NOT NULL,
  body       BLOB
) STRICT;
CREATE UNIQUE INDEX observable_once ON observable (incident, mark) WHERE removed = 0;
CREATE INDEX observable_order ON observable (incident, removed, id);
CREATE INDEX observable_kind ON observable (incident, removed, kind, id);
CREATE INDEX observable_mark ON observable (mark) WHERE removed = 0;
CREATE INDEX observable_sealed ON observable (mark) WHERE removed = 0 AND sealed = 1;
CREATE INDEX observable_low ON observable (low) WHERE removed = 0 AND low <> '' AND quiet = 0;

-- What an observable lies in, as digests: the domains above it, the host; of what is sealed, networks too.
CREATE TABLE observable_above (
  mark       INTEGER NOT NULL,
  observable TEXT NOT NULL,
  PRIMARY KEY (mark, observable)
) STRICT, WITHOUT ROWID;
CREATE INDEX observable_above_of ON observable_above (observable);

-- What one has to do with another of the same incident.
CREATE TABLE observable_relation (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  kind     TEXT NOT NULL,
  a        TEXT NOT NULL,
  b        TEXT NOT NULL,
  at       INTEGER NOT NULL,
  actor    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX observable_relation_once ON observable_relation (a, b, kind);
CREATE INDEX observable_relation_b ON observable_relation (b);

-- Who saw one, when. body: the words of it, sealed.
CREATE TABLE observable_sighting (
  id         TEXT PRIMARY KEY,
  incident   TEXT NOT NULL,
  observable TEXT NOT NULL,
  at         INTEGER NOT NULL,
  count      INTEGER NOT NULL,
  verdict    TEXT NOT NULL,
  noted      INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  body       BLOB
) STRICT;
CREATE INDEX observable_sighting_of ON observable_sighting (observable, at, id);

-- +goose Down
DROP TABLE observable_sighting;
DROP TABLE observable_relation;
DROP TABLE observable_above;
DROP TABLE observable;
