-- +goose Up
-- What somebody types while a caller talks; body is sealed. It becomes a report, or is dropped.
CREATE TABLE call_draft (
  actor TEXT PRIMARY KEY,
  saved INTEGER NOT NULL,
  body  BLOB NOT NULL
) STRICT;
