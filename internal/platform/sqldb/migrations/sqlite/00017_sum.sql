-- What files of the data folder held when they were written: for finding what a disk changed.

-- +goose Up
CREATE TABLE file_sum (
  folder TEXT NOT NULL,
  path   TEXT NOT NULL, -- below it, with slashes
  bytes  INTEGER NOT NULL,
  sum    BLOB NOT NULL, -- SHA-256
  at     INTEGER NOT NULL,
  PRIMARY KEY (folder, path)
) STRICT;

-- +goose Down
DROP TABLE file_sum;
