-- What may be told: decisions as they were made, and people's word that lets another organisation be told.

-- +goose Up

-- One row a decision; the item's facts stand as they were. item_key is a digest of everything that decided, audience and policy
-- included: the same question has one answer.
CREATE TABLE release_decision (
  id           TEXT PRIMARY KEY,
  item_key     BLOB NOT NULL UNIQUE,
  item_kind    TEXT NOT NULL,
  item_id      TEXT NOT NULL,
  item_version TEXT NOT NULL,
  item_count   INTEGER NOT NULL,
  owner        TEXT NOT NULL,
  feed         TEXT NOT NULL,
  label        TEXT NOT NULL,
  receivers    TEXT NOT NULL, -- kinds of organisations, a JSON list
  attribution  TEXT NOT NULL,
  organisation TEXT NOT NULL, -- who would be told
  contact      TEXT NOT NULL,
  audience     TEXT NOT NULL,
  grant_id     TEXT NOT NULL,
  policy       INTEGER NOT NULL,
  outcome      TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused', 'held')),
  rule         TEXT NOT NULL,
  reason       TEXT NOT NULL,
  decided_by   TEXT NOT NULL,
  decided_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX release_decision_refused ON release_decision (id) WHERE outcome <> 'allowed';
CREATE INDEX release_decision_organisation ON release_decision (organisation, id);
CREATE INDEX release_decision_owner ON release_decision (owner, id);

-- Until and revocation end a grant; the row stays, since decisions name it.
CREATE TABLE release_grant (
  id              TEXT PRIMARY KEY,
  about           TEXT NOT NULL REFERENCES organisation (id), -- whose networks
  to_organisation TEXT NOT NULL REFERENCES organisation (id),
  reason          TEXT NOT NULL,
  granted_by      TEXT NOT NULL,
  from_at         INTEGER NOT NULL,
  until_at        INTEGER NOT NULL,
  revoked_at      INTEGER NOT NULL DEFAULT 0,
  revoked_by      TEXT NOT NULL DEFAULT '',
  revoked_for     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX release_grant_pair ON release_grant (about, to_organisation);

-- +goose Down
DROP TABLE release_grant;
DROP TABLE release_decision;
