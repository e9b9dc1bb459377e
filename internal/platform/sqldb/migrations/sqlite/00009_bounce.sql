-- What came back to a return path, so that the same report counts once. Neither addresses nor words are kept.

-- +goose Up
CREATE TABLE bounce (
  digest   TEXT PRIMARY KEY,
  delivery TEXT NOT NULL,
  action   TEXT NOT NULL,
  status   TEXT NOT NULL,
  at       INTEGER NOT NULL
) STRICT;
CREATE INDEX bounce_delivery ON bounce (delivery, at);

-- +goose Down
DROP TABLE bounce;
