-- What was ordered to be done with shared objects, by the id of the job that does it: whose objects and which (source, object_id), why, who ordered it and when;
-- how many things there are to look at (0: not counted yet), what came of it so far as JSON, and when it ended (0: not yet). Times in milliseconds.

-- +goose Up
CREATE TABLE sharing_order (
  job       TEXT PRIMARY KEY,
  kind      TEXT NOT NULL,
  source    TEXT NOT NULL,
  object_id TEXT NOT NULL,
  reason    TEXT NOT NULL,
  actor     TEXT NOT NULL,
  at        INTEGER NOT NULL,
  total     INTEGER NOT NULL,
  tally     TEXT NOT NULL,
  ended     INTEGER NOT NULL
) STRICT;
CREATE INDEX sharing_order_at ON sharing_order (at, job);

-- +goose Down
DROP TABLE sharing_order;
