-- +goose Up
-- What is known of an indicator: of the newest version of its object, of who saw it, and of the warning lists. version: of the object, in microseconds.
-- kind, value: the first of its values; '' for a pattern that is no plain value. reach: what finding a value means, as package pattern has it. fault: why the
-- pattern cannot be read. confidence, pap: -1 where nobody says. warned, unsought: names of the warning lists that speak against blocking, and against
-- looking for it. fades, ends: when it becomes too weak, unless it is seen again. looked: up to when past events were looked through. told: the last day on
-- which the team was told that it was seen.
CREATE TABLE sharing_indicator (
  id          TEXT PRIMARY KEY,
  num         INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  value       TEXT NOT NULL,
  reach       INTEGER NOT NULL,
  pattern     TEXT NOT NULL,
  fault       TEXT NOT NULL,
  name        TEXT NOT NULL,
  confidence  INTEGER NOT NULL,
  valid_from  INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  revoked     INTEGER NOT NULL,
  source      TEXT NOT NULL,
  label       TEXT NOT NULL,
  pap         INTEGER NOT NULL,
  taken       INTEGER NOT NULL,
  seen        INTEGER NOT NULL,
  sightings   INTEGER NOT NULL,
  wrong       INTEGER NOT NULL,
  gone        INTEGER NOT NULL,
  warned      TEXT NOT NULL,
  unsought    TEXT NOT NULL,
  fades       INTEGER NOT NULL,
  ends        INTEGER NOT NULL,
  looked      INTEGER NOT NULL,
  told        INTEGER NOT NULL
);
CREATE INDEX sharing_indicator_taken ON sharing_indicator (taken, id);
CREATE INDEX sharing_indicator_looked ON sharing_indicator (taken, id) WHERE looked = 0;

-- The values of an indicator. mark: a digest of kind and value, since values may be long.
CREATE TABLE sharing_indicator_value (
  mark      INTEGER NOT NULL,
  indicator TEXT NOT NULL,
  kind      TEXT NOT NULL,
  value     TEXT NOT NULL,
  PRIMARY KEY (mark, indicator)
) WITHOUT ROWID;
CREATE INDEX sharing_indicator_value_of ON sharing_indicator_value (indicator);

-- Who says what of an indicator. once: what makes it the same as another: an object's id, or value, day and feed. seer: each counts once. says: positive,
-- false or expired. at: when it was seen, or said. withdrawn: when it was taken back.
CREATE TABLE sharing_sighting (
  id        TEXT PRIMARY KEY,
  once      TEXT NOT NULL,
  indicator TEXT NOT NULL,
  seer      TEXT NOT NULL,
  says      TEXT NOT NULL,
  at        INTEGER NOT NULL,
  told      INTEGER NOT NULL,
  value     TEXT NOT NULL,
  feed      TEXT NOT NULL,
  note      TEXT NOT NULL,
  withdrawn INTEGER NOT NULL
);
CREATE UNIQUE INDEX sharing_sighting_once ON sharing_sighting (once);
CREATE INDEX sharing_sighting_of ON sharing_sighting (indicator, at);

-- What objects of type relationship say. version: of the object, in microseconds.
CREATE TABLE sharing_relation (
  id      TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  origin  TEXT NOT NULL,
  target  TEXT NOT NULL
);
CREATE INDEX sharing_relation_origin ON sharing_relation (origin, id);
CREATE INDEX sharing_relation_target ON sharing_relation (target, id);

-- How far something was read: objects up to a number, segments of events up to a position; of which version the warning lists were applied.
CREATE TABLE sharing_reach (
  name TEXT PRIMARY KEY,
  num  INTEGER NOT NULL
);

-- +goose Down
DROP TABLE sharing_reach;
DROP TABLE sharing_relation;
DROP TABLE sharing_sighting;
DROP TABLE sharing_indicator_value;
DROP TABLE sharing_indicator;
