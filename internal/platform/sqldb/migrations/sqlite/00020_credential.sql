-- How people get in: passkeys, passwords with codes of an authenticator, recovery codes, single sign-on; and what slows guessing down.

-- +goose Up
CREATE TABLE passkey (
  id      TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  handle  BLOB NOT NULL UNIQUE, -- the id that the authenticator gave it
  name    TEXT NOT NULL, -- what the person calls it
  site    TEXT NOT NULL, -- the name that it works for (RP ID)
  data    TEXT NOT NULL, -- JSON: public key, counter, flags
  made    INTEGER NOT NULL,
  used    INTEGER NOT NULL, -- 0: never
  flagged INTEGER NOT NULL  -- when its counter went back, which a copy would explain; 0: never
) STRICT;
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE password (
  account TEXT PRIMARY KEY,
  hash    TEXT NOT NULL, -- argon2id with its parameters
  changed INTEGER NOT NULL
) STRICT;

CREATE TABLE authenticator (
  account TEXT PRIMARY KEY,
  secret  BLOB NOT NULL, -- sealed with a key of the keyring
  step    INTEGER NOT NULL, -- of the last code that was used: a code works once
  made    INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
  account TEXT NOT NULL,
  hash    BLOB NOT NULL, -- HMAC-SHA-256 with a key of the keyring
  made    INTEGER NOT NULL,
  used    INTEGER NOT NULL, -- 0: not yet
  PRIMARY KEY (account, hash)
) STRICT;

CREATE TABLE sign_on (
  issuer  TEXT NOT NULL,
  subject TEXT NOT NULL,
  account TEXT NOT NULL,
  made    INTEGER NOT NULL,
  used    INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT;
CREATE INDEX sign_on_account ON sign_on (account);

-- What somebody should know about their own account.
CREATE TABLE account_notice (
  id      TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  what    TEXT NOT NULL,
  address TEXT NOT NULL, -- where it came from
  at      INTEGER NOT NULL,
  seen    INTEGER NOT NULL -- 0: not yet
) STRICT;
CREATE INDEX account_notice_account ON account_notice (account, at);

-- Failures, by a keyed digest of who tries what from where.
CREATE TABLE throttle (
  key      BLOB PRIMARY KEY,
  failures INTEGER NOT NULL,
  last     INTEGER NOT NULL,
  until    INTEGER NOT NULL -- before this nothing is tried
) STRICT;
CREATE INDEX throttle_last ON throttle (last);

-- Challenges and sealed tickets that were used: each works once.
CREATE TABLE spent_ticket (
  id      BLOB PRIMARY KEY,
  expires INTEGER NOT NULL
) STRICT;
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
