-- Who is logged in, and links that let people in. Of tokens only digests are kept.

-- +goose Up
CREATE TABLE session (
  id      TEXT PRIMARY KEY,
  token   BLOB NOT NULL UNIQUE, -- SHA-256
  actor   TEXT NOT NULL,
  name    TEXT NOT NULL,
  address TEXT NOT NULL, -- where they logged in from
  agent   TEXT NOT NULL,
  began   INTEGER NOT NULL,
  seen    INTEGER NOT NULL, -- last use, to some minutes
  expires INTEGER NOT NULL,
  data    TEXT NOT NULL -- JSON
) STRICT;
CREATE INDEX session_expires ON session (expires);

CREATE TABLE login_link (
  id      TEXT PRIMARY KEY,
  secret  BLOB NOT NULL, -- SHA-256
  actor   TEXT NOT NULL, -- whom it lets in
  name    TEXT NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE login_link;
DROP TABLE session;
