-- What may be told: decisions as they were made, and people's word that lets another organisation be told.

-- +goose Up

-- One row a decision; the item's facts stand as they were. item_key is a digest of everything that decided, audience and policy
-- included: the same question has one answer.
CREATE TABLE release_decision (
  id           TEXT COLLATE "C" PRIMARY KEY,
  item_key     BYTEA NOT NULL UNIQUE,
  item_kind    TEXT NOT NULL,
  item_id      TEXT NOT NULL,
  item_version TEXT NOT NULL,
  item_count   BIGINT NOT NULL,
  owner        TEXT COLLATE "C" NOT NULL,
  feed         TEXT NOT NULL,
  label        TEXT NOT NULL,
  receivers    TEXT NOT NULL, -- kinds of organisations, a JSON list
  attribution  TEXT NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL, -- who would be told
  contact      TEXT NOT NULL,
  audience     TEXT NOT NULL,
  grant_id     TEXT NOT NULL,
  policy       BIGINT NOT NULL,
  outcome      TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused', 'held')),
  rule         TEXT NOT NULL,
  reason       TEXT NOT NULL,
  decided_by   TEXT NOT NULL,
  decided_at   BIGINT NOT NULL
);
CREATE INDEX release_decision_refused ON release_decision (id) WHERE outcome <> 'allowed';
CREATE INDEX release_decision_organisation ON release_decision (organisation, id);
CREATE INDEX release_decision_owner ON release_decision (owner, id);

-- Until and revocation end a grant; the row stays, since decisions name it.
CREATE TABLE release_grant (
  id              TEXT COLLATE "C" PRIMARY KEY,
  about           TEXT COLLATE "C" NOT NULL REFERENCES organisation (id), -- whose networks
  to_organisation TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  reason          TEXT NOT NULL,
  granted_by      TEXT NOT NULL,
  from_at         BIGINT NOT NULL,
  until_at        BIGINT NOT NULL,
  revoked_at      BIGINT NOT NULL DEFAULT 0,
  revoked_by      TEXT NOT NULL DEFAULT '',
  revoked_for     TEXT NOT NULL DEFAULT ''
);
CREATE INDEX release_grant_pair ON release_grant (about, to_organisation);

-- +goose Down
DROP TABLE release_grant;
DROP TABLE release_decision;
