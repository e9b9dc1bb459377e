-- Checkpoints of the audit record, who verified it, and how it is asked.

-- +goose Up

-- What this installation is called in its checkpoints, one row.
CREATE TABLE installation (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id  TEXT NOT NULL
) STRICT;
INSERT INTO installation (one, id) VALUES (1, lower(hex(randomblob(16))));

-- Checkpoints that were made. What proves something is their copy elsewhere.
CREATE TABLE audit_checkpoint (
  id           TEXT PRIMARY KEY,
  at           INTEGER NOT NULL,
  seq          INTEGER NOT NULL,
  hash         BLOB NOT NULL,
  installation TEXT NOT NULL,
  key          BLOB NOT NULL, -- public
  signature    BLOB NOT NULL,
  actor        TEXT NOT NULL,
  mailed       INTEGER NOT NULL DEFAULT 0, -- when it was handed to the outbox; 0: not
  filed        INTEGER NOT NULL DEFAULT 0  -- when it was written to audit.checkpoint_file; 0: not
) STRICT;
CREATE INDEX audit_checkpoint_at ON audit_checkpoint (at, id);

CREATE TABLE audit_verification (
  id          TEXT PRIMARY KEY,
  at          INTEGER NOT NULL,
  actor       TEXT NOT NULL,
  via         TEXT NOT NULL,
  faults      INTEGER NOT NULL,
  entries     INTEGER NOT NULL,
  checkpoints INTEGER NOT NULL, -- with how many it was compared
  first       TEXT NOT NULL     -- the first fault
) STRICT;
CREATE INDEX audit_verification_at ON audit_verification (at, id);

CREATE INDEX audit_payload_actor ON audit_payload (actor, at, id);
CREATE INDEX audit_payload_operation ON audit_payload (operation, at, id);

-- +goose Down
DROP INDEX audit_payload_operation;
DROP INDEX audit_payload_actor;
DROP TABLE audit_verification;
DROP TABLE audit_checkpoint;
DROP TABLE installation;
