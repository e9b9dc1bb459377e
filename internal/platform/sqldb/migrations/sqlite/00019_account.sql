-- The people of the team, their roles and agreements; invitations and API tokens, of which only digests are kept.

-- +goose Up
CREATE TABLE account (
  id       TEXT PRIMARY KEY,
  login    TEXT NOT NULL UNIQUE, -- lower case
  name     TEXT NOT NULL,
  email    TEXT NOT NULL,
  language TEXT NOT NULL,
  state    TEXT NOT NULL, -- invited, active, disabled
  created  INTEGER NOT NULL,
  expires  INTEGER NOT NULL, -- 0: no end
  version  INTEGER NOT NULL
) STRICT;

CREATE TABLE account_role (
  account TEXT NOT NULL REFERENCES account (id),
  role    TEXT NOT NULL,
  PRIMARY KEY (account, role)
) STRICT;

CREATE TABLE invitation (
  account TEXT PRIMARY KEY REFERENCES account (id), -- the newest counts
  id      TEXT NOT NULL UNIQUE,
  secret  BLOB NOT NULL, -- SHA-256
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE agreement (
  id      TEXT PRIMARY KEY,
  account TEXT NOT NULL REFERENCES account (id),
  kind    TEXT NOT NULL,
  scope   TEXT NOT NULL,
  version TEXT NOT NULL,
  signed  INTEGER NOT NULL,
  expires INTEGER NOT NULL, -- 0: no end
  ended   INTEGER NOT NULL, -- 0: was not
  reason  TEXT NOT NULL
) STRICT;
CREATE INDEX agreement_account ON agreement (account);

CREATE TABLE api_token (
  id      TEXT PRIMARY KEY,
  secret  BLOB NOT NULL, -- SHA-256
  name    TEXT NOT NULL,
  scopes  TEXT NOT NULL, -- with commas between
  account TEXT NOT NULL, -- whom it acts for; empty: the owner of the machine
  maker   TEXT NOT NULL, -- id of who made it
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL, -- 0: no end
  used    INTEGER NOT NULL DEFAULT 0, -- last, to the minute
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX session_actor ON session (actor);
CREATE INDEX login_link_actor ON login_link (actor);

-- +goose Down
DROP INDEX login_link_actor;
DROP INDEX session_actor;
DROP TABLE api_token;
DROP TABLE agreement;
DROP TABLE invitation;
DROP TABLE account_role;
DROP TABLE account;
