-- +goose Up

-- Who may do a thing that one process at a time may do. The epoch rises with
-- every holder and fences off those before.
CREATE TABLE lease (
  name    TEXT COLLATE "C" PRIMARY KEY,
  holder  TEXT COLLATE "C" NOT NULL,
  epoch   BIGINT NOT NULL,
  expires BIGINT NOT NULL
);

-- The audit chain. seq and hash are given by the sealer and are null before.
CREATE TABLE audit_entry (
  id         TEXT COLLATE "C" PRIMARY KEY,
  commitment BYTEA NOT NULL,
  seq        BIGINT,
  hash       BYTEA,
  CHECK ((seq IS NULL) = (hash IS NULL))
);
CREATE UNIQUE INDEX audit_entry_seq ON audit_entry (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_entry_unsealed ON audit_entry (id) WHERE seq IS NULL;

-- What an entry says, apart from the chain, so that it can be erased while the
-- chain still verifies.
CREATE TABLE audit_payload (
  id           TEXT COLLATE "C" PRIMARY KEY REFERENCES audit_entry (id),
  salt         BYTEA NOT NULL,
  at           BIGINT NOT NULL,
  actor        TEXT COLLATE "C" NOT NULL,
  actor_kind   TEXT COLLATE "C" NOT NULL,
  via          TEXT COLLATE "C" NOT NULL,
  operation    TEXT COLLATE "C" NOT NULL,
  object       TEXT COLLATE "C" NOT NULL,
  reason       TEXT COLLATE "C" NOT NULL,
  before_value TEXT COLLATE "C" NOT NULL,
  after_value  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_payload_at ON audit_payload (at, id);
CREATE INDEX audit_payload_object ON audit_payload (object, at, id);

-- The newest sealed position, one row.
CREATE TABLE audit_head (
  one  SMALLINT PRIMARY KEY CHECK (one = 1),
  seq  BIGINT NOT NULL,
  hash BYTEA NOT NULL
);

-- +goose Down
DROP TABLE audit_head;
DROP TABLE audit_payload;
DROP TABLE audit_entry;
DROP TABLE lease;
