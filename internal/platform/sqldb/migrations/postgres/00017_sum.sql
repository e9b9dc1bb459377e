-- What files of the data folder held when they were written: for finding what a disk changed.

-- +goose Up
CREATE TABLE file_sum (
  folder TEXT COLLATE "C" NOT NULL,
  path   TEXT COLLATE "C" NOT NULL, -- below it, with slashes
  bytes  BIGINT NOT NULL,
  sum    BYTEA NOT NULL, -- SHA-256
  at     BIGINT NOT NULL,
  PRIMARY KEY (folder, path)
);

-- +goose Down
DROP TABLE file_sum;
