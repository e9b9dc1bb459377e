-- Whose label was raised since somebody got a message about it: they are to be told, and then the row goes.

-- +goose Up
CREATE TABLE release_raised (
  item      TEXT PRIMARY KEY, -- kind, a blank, id
  item_kind TEXT NOT NULL,
  item_id   TEXT NOT NULL,
  before    INTEGER NOT NULL, -- the widest label that it had since holders were told last
  at        INTEGER NOT NULL
) STRICT;
CREATE INDEX release_raised_at ON release_raised (at, item);

-- +goose Down
DROP TABLE release_raised;
