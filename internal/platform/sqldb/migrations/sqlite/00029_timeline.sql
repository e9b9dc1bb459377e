-- +goose Up
-- What happened, in the world and with us. incident: the one that it was written for, which sealed the body. code names what we did; world: 1 for
-- what happened outside.
CREATE TABLE incident_entry (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  at       INTEGER NOT NULL,
  world    INTEGER NOT NULL,
  code     TEXT NOT NULL,
  actor    TEXT NOT NULL,
  link     TEXT NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB
) STRICT;
CREATE INDEX incident_entry_order ON incident_entry (incident, at, id);

-- +goose Down
DROP TABLE incident_entry;
