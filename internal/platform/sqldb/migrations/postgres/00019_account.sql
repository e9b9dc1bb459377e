-- The people of the team, their roles and agreements; invitations and API tokens, of which only digests are kept.

-- +goose Up
CREATE TABLE account (
  id       TEXT COLLATE "C" PRIMARY KEY,
  login    TEXT COLLATE "C" NOT NULL UNIQUE, -- lower case
  name     TEXT COLLATE "C" NOT NULL,
  email    TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL,
  state    TEXT COLLATE "C" NOT NULL, -- invited, active, disabled
  created  BIGINT NOT NULL,
  expires  BIGINT NOT NULL, -- 0: no end
  version  BIGINT NOT NULL
);

CREATE TABLE account_role (
  account TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  role    TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account, role)
);

CREATE TABLE invitation (
  account TEXT COLLATE "C" PRIMARY KEY REFERENCES account (id), -- the newest counts
  id      TEXT COLLATE "C" NOT NULL UNIQUE,
  secret  BYTEA NOT NULL, -- SHA-256
  expires BIGINT NOT NULL
);

CREATE TABLE agreement (
  id      TEXT COLLATE "C" PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL REFERENCES account (id),
  kind    TEXT COLLATE "C" NOT NULL,
  scope   TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  signed  BIGINT NOT NULL,
  expires BIGINT NOT NULL, -- 0: no end
  ended   BIGINT NOT NULL, -- 0: was not
  reason  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX agreement_account ON agreement (account);

CREATE TABLE api_token (
  id      TEXT COLLATE "C" PRIMARY KEY,
  secret  BYTEA NOT NULL, -- SHA-256
  name    TEXT COLLATE "C" NOT NULL,
  scopes  TEXT COLLATE "C" NOT NULL, -- with commas between
  account TEXT COLLATE "C" NOT NULL, -- whom it acts for; empty: the owner of the machine
  maker   TEXT COLLATE "C" NOT NULL, -- id of who made it
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL, -- 0: no end
  used    BIGINT NOT NULL DEFAULT 0, -- last, to the minute
  revoked BIGINT NOT NULL DEFAULT 0
);

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
