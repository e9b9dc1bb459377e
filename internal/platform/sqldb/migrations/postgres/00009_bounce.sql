-- What came back to a return path, so that the same report counts once. Neither addresses nor words are kept.

-- +goose Up
CREATE TABLE bounce (
  digest   TEXT COLLATE "C" PRIMARY KEY,
  delivery TEXT COLLATE "C" NOT NULL,
  action   TEXT COLLATE "C" NOT NULL,
  status   TEXT COLLATE "C" NOT NULL,
  at       BIGINT NOT NULL
);
CREATE INDEX bounce_delivery ON bounce (delivery, at);

-- +goose Down
DROP TABLE bounce;
