-- Whose label was raised since somebody got a message about it: they are to be told, and then the row goes.

-- +goose Up
CREATE TABLE release_raised (
  item      TEXT COLLATE "C" PRIMARY KEY, -- kind, a blank, id
  item_kind TEXT COLLATE "C" NOT NULL,
  item_id   TEXT COLLATE "C" NOT NULL,
  before    BIGINT NOT NULL, -- the widest label that it had since holders were told last
  at        BIGINT NOT NULL
);
CREATE INDEX release_raised_at ON release_raised (at, item);

-- +goose Down
DROP TABLE release_raised;
