-- What was answered to requests that may be sent again, see package idempotent.

-- +goose Up
CREATE TABLE api_repeat (
  digest BLOB PRIMARY KEY, -- SHA-256 of who and the key
  what   BLOB NOT NULL,    -- SHA-256 of the request
  status INTEGER NOT NULL, -- HTTP; 0 while it is being worked on
  kind   TEXT NOT NULL,    -- of the content
  body   BLOB NOT NULL,
  at     INTEGER NOT NULL
) STRICT;
CREATE INDEX api_repeat_at ON api_repeat (at);

-- +goose Down
DROP TABLE api_repeat;
