-- +goose Up
-- What happened, in the world and with us. incident: the one that it was written for, which sealed the body. code names what we did; world: 1 for
-- what happened outside.
CREATE TABLE incident_entry (
  id       TEXT COLLATE "C" PRIMARY KEY,
  incident TEXT COLLATE "C" NOT NULL,
  at       BIGINT NOT NULL,
  world    BIGINT NOT NULL,
  code     TEXT COLLATE "C" NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL,
  link     TEXT COLLATE "C" NOT NULL,
  version  BIGINT NOT NULL,
  body     BYTEA
);
CREATE INDEX incident_entry_order ON incident_entry (incident, at, id);

-- +goose Down
DROP TABLE incident_entry;
