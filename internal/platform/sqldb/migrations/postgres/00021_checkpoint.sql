-- Checkpoints of the audit record, who verified it, and how it is asked.

-- +goose Up

-- What this installation is called in its checkpoints, one row.
CREATE TABLE installation (
  one SMALLINT PRIMARY KEY CHECK (one = 1),
  id  TEXT COLLATE "C" NOT NULL
);
INSERT INTO installation (one, id) VALUES (1, replace(CAST(gen_random_uuid() AS TEXT), '-', ''));

-- Checkpoints that were made. What proves something is their copy elsewhere.
CREATE TABLE audit_checkpoint (
  id           TEXT COLLATE "C" PRIMARY KEY,
  at           BIGINT NOT NULL,
  seq          BIGINT NOT NULL,
  hash         BYTEA NOT NULL,
  installation TEXT COLLATE "C" NOT NULL,
  key          BYTEA NOT NULL, -- public
  signature    BYTEA NOT NULL,
  actor        TEXT COLLATE "C" NOT NULL,
  mailed       BIGINT NOT NULL DEFAULT 0, -- when it was handed to the outbox; 0: not
  filed        BIGINT NOT NULL DEFAULT 0  -- when it was written to audit.checkpoint_file; 0: not
);
CREATE INDEX audit_checkpoint_at ON audit_checkpoint (at, id);

CREATE TABLE audit_verification (
  id          TEXT COLLATE "C" PRIMARY KEY,
  at          BIGINT NOT NULL,
  actor       TEXT COLLATE "C" NOT NULL,
  via         TEXT COLLATE "C" NOT NULL,
  faults      BIGINT NOT NULL,
  entries     BIGINT NOT NULL,
  checkpoints BIGINT NOT NULL, -- with how many it was compared
  first       TEXT COLLATE "C" NOT NULL     -- the first fault
);
CREATE INDEX audit_verification_at ON audit_verification (at, id);

CREATE INDEX audit_payload_actor ON audit_payload (actor, at, id);
CREATE INDEX audit_payload_operation ON audit_payload (operation, at, id);

-- +goose Down
DROP INDEX audit_payload_operation;
DROP INDEX audit_payload_actor;
DROP TABLE audit_verification;
DROP TABLE audit_checkpoint;
DROP TABLE installation;
