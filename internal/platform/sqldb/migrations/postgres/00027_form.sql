-- +goose Up
-- What somebody types while a caller talks; body is sealed. It becomes a report, or is dropped.
CREATE TABLE call_draft (
  actor TEXT PRIMARY KEY,
  saved BIGINT NOT NULL,
  body  BYTEA NOT NULL
);
