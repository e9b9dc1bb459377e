-- +goose Up

-- Who may do a thing that one process at a time may do. The epoch rises with
-- every holder and fences off those before.
CREATE TABLE lease (
  name    TEXT PRIMARY KEY,
  holder  TEXT NOT NULL,
  epoch   INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

-- The audit chain. seq and hash are given by the sealer and are null before.
CREATE TABLE audit_entry (
  id         TEXT PRIMARY KEY,
  commitment BLOB NOT NULL,
  seq        INTEGER,
  hash       BLOB,
  CHECK ((seq IS NULL) = (hash IS NULL))
) STRICT;
CREATE UNIQUE INDEX audit_entry_seq ON audit_entry (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_entry_unsealed ON audit_entry (id) WHERE seq IS NULL;

-- What an entry says, apart from the chain, so that it can be erased while the
-- chain still verifies.
CREATE TABLE audit_payload (
  id           TEXT PRIMARY KEY REFERENCES audit_entry (id),
  salt         BLOB NOT NULL,
  at           INTEGER NOT NULL,
  actor        TEXT NOT NULL,
  actor_kind   TEXT NOT NULL,
  via          TEXT NOT NULL,
  operation    TEXT NOT NULL,
  object       TEXT NOT NULL,
  reason       TEXT NOT NULL,
  before_value TEXT NOT NULL,
  after_value  TEXT NOT NULL
) STRICT;
CREATE INDEX audit_payload_at ON audit_payload (at, id);
CREATE INDEX audit_payload_object ON audit_payload (object, at, id);

-- The newest sealed position, one row.
CREATE TABLE audit_head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  seq  INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;

-- +goose Down
DROP TABLE audit_head;
DROP TABLE audit_payload;
DROP TABLE audit_entry;
DROP TABLE lease;
