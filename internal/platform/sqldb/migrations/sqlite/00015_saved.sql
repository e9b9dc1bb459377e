-- What people keep for themselves: queries under a name, and what they have seen.

-- +goose Up
CREATE TABLE saved_query (
  id         TEXT PRIMARY KEY,
  page       TEXT NOT NULL,
  name       TEXT NOT NULL,
  query      TEXT NOT NULL,
  shared     INTEGER NOT NULL DEFAULT 0,
  owner      TEXT NOT NULL, -- who keeps it
  owner_name TEXT NOT NULL,
  at         INTEGER NOT NULL,
  UNIQUE (owner, page, name)
) STRICT;
CREATE INDEX saved_query_shared ON saved_query (page) WHERE shared = 1;

-- Until when a person has seen what is new.
CREATE TABLE seen (
  person TEXT NOT NULL,
  what   TEXT NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (person, what)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE seen;
DROP TABLE saved_query;
