-- Who is logged in, and links that let people in. Of tokens only digests are kept.

-- +goose Up
CREATE TABLE session (
  id      TEXT COLLATE "C" PRIMARY KEY,
  token   BYTEA NOT NULL UNIQUE, -- SHA-256
  actor   TEXT COLLATE "C" NOT NULL,
  name    TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL, -- where they logged in from
  agent   TEXT COLLATE "C" NOT NULL,
  began   BIGINT NOT NULL,
  seen    BIGINT NOT NULL, -- last use, to some minutes
  expires BIGINT NOT NULL,
  data    TEXT COLLATE "C" NOT NULL -- JSON
);
CREATE INDEX session_expires ON session (expires);

CREATE TABLE login_link (
  id      TEXT COLLATE "C" PRIMARY KEY,
  secret  BYTEA NOT NULL, -- SHA-256
  actor   TEXT COLLATE "C" NOT NULL, -- whom it lets in
  name    TEXT COLLATE "C" NOT NULL,
  expires BIGINT NOT NULL
);

-- +goose Down
DROP TABLE login_link;
DROP TABLE session;
