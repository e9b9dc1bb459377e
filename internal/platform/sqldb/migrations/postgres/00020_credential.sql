-- How people get in: passkeys, passwords with codes of an authenticator, recovery codes, single sign-on; and what slows guessing down.

-- +goose Up
CREATE TABLE passkey (
  id      TEXT COLLATE "C" PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL,
  handle  BYTEA NOT NULL UNIQUE, -- the id that the authenticator gave it
  name    TEXT COLLATE "C" NOT NULL, -- what the person calls it
  site    TEXT COLLATE "C" NOT NULL, -- the name that it works for (RP ID)
  data    TEXT COLLATE "C" NOT NULL, -- JSON: public key, counter, flags
  made    BIGINT NOT NULL,
  used    BIGINT NOT NULL, -- 0: never
  flagged BIGINT NOT NULL  -- when its counter went back, which a copy would explain; 0: never
);
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE password (
  account TEXT COLLATE "C" PRIMARY KEY,
  hash    TEXT COLLATE "C" NOT NULL, -- argon2id with its parameters
  changed BIGINT NOT NULL
);

CREATE TABLE authenticator (
  account TEXT COLLATE "C" PRIMARY KEY,
  secret  BYTEA NOT NULL, -- sealed with a key of the keyring
  step    BIGINT NOT NULL, -- of the last code that was used: a code works once
  made    BIGINT NOT NULL
);

CREATE TABLE recovery_code (
  account TEXT COLLATE "C" NOT NULL,
  hash    BYTEA NOT NULL, -- HMAC-SHA-256 with a key of the keyring
  made    BIGINT NOT NULL,
  used    BIGINT NOT NULL, -- 0: not yet
  PRIMARY KEY (account, hash)
);

CREATE TABLE sign_on (
  issuer  TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  account TEXT COLLATE "C" NOT NULL,
  made    BIGINT NOT NULL,
  used    BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX sign_on_account ON sign_on (account);

-- What somebody should know about their own account.
CREATE TABLE account_notice (
  id      TEXT COLLATE "C" PRIMARY KEY,
  account TEXT COLLATE "C" NOT NULL,
  what    TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL, -- where it came from
  at      BIGINT NOT NULL,
  seen    BIGINT NOT NULL -- 0: not yet
);
CREATE INDEX account_notice_account ON account_notice (account, at);

-- Failures, by a keyed digest of who tries what from where.
CREATE TABLE throttle (
  key      BYTEA PRIMARY KEY,
  failures BIGINT NOT NULL,
  last     BIGINT NOT NULL,
  until    BIGINT NOT NULL -- before this nothing is tried
);
CREATE INDEX throttle_last ON throttle (last);

-- Challenges and sealed tickets that were used: each works once.
CREATE TABLE spent_ticket (
  id      BYTEA PRIMARY KEY,
  expires BIGINT NOT NULL
);
CREATE INDEX spent_ticket_expires ON spent_ticket (expires);

-- +goose Down
DROP TABLE spent_ticket;
DROP TABLE throttle;
DROP TABLE account_notice;
DROP TABLE sign_on;
DROP TABLE recovery_code;
DROP TABLE authenticator;
DROP TABLE password;
DROP TABLE passkey;
