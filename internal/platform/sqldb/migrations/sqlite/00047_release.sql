-- What a person recorded about an item: whom its reporter lets be told, and what keeps it in; and copies that were stopped because they name somebody.

-- +goose Up

-- item: kind, a blank, id. consent and marks: bits, as release has them; word: who said so, how and when.
CREATE TABLE release_wish (
  item      TEXT PRIMARY KEY,
  item_kind TEXT NOT NULL,
  item_id   TEXT NOT NULL,
  consent   INTEGER NOT NULL,
  marks     INTEGER NOT NULL,
  word      TEXT NOT NULL,
  said_by   TEXT NOT NULL,
  said_at   INTEGER NOT NULL,
  version   INTEGER NOT NULL
) STRICT;

-- One row a copy: copy is a digest of its words, its recipient and the places; places: the names and where they stand, sealed; asked_for: why it should go
-- all the same.
CREATE TABLE release_leak (
  id           TEXT PRIMARY KEY,
  copy         TEXT NOT NULL UNIQUE,
  item_kind    TEXT NOT NULL,
  item_id      TEXT NOT NULL,
  organisation TEXT NOT NULL,
  relation     TEXT NOT NULL,
  places       BLOB NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('stopped', 'asked', 'approved', 'refused')),
  found_by     TEXT NOT NULL,
  found_at     INTEGER NOT NULL,
  asked_for    TEXT NOT NULL,
  asked_by     TEXT NOT NULL,
  asked_at     INTEGER NOT NULL,
  seconder     TEXT NOT NULL,
  seconded_at  INTEGER NOT NULL,
  seconded_for TEXT NOT NULL
) STRICT;
CREATE INDEX release_leak_state ON release_leak (state, id);
CREATE INDEX release_leak_found ON release_leak (found_at);

-- +goose Down
DROP TABLE release_leak;
DROP TABLE release_wish;
