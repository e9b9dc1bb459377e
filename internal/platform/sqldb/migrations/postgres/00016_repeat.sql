-- What was answered to requests that may be sent again, see package idempotent.

-- +goose Up
CREATE TABLE api_repeat (
  digest BYTEA PRIMARY KEY, -- SHA-256 of who and the key
  what   BYTEA NOT NULL,    -- SHA-256 of the request
  status BIGINT NOT NULL,   -- HTTP; 0 while it is being worked on
  kind   TEXT COLLATE "C" NOT NULL, -- of the content
  body   BYTEA NOT NULL,
  at     BIGINT NOT NULL
);
CREATE INDEX api_repeat_at ON api_repeat (at);

-- +goose Down
DROP TABLE api_repeat;
