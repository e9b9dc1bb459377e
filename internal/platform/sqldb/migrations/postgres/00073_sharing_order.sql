-- What was ordered to be done with shared objects, by the id of the job that does it: whose objects and which (source, object_id), why, who ordered it and when;
-- how many things there are to look at (0: not counted yet), what came of it so far as JSON, and when it ended (0: not yet). Times in milliseconds.

-- +goose Up
CREATE TABLE sharing_order (
  job       TEXT COLLATE "C" PRIMARY KEY,
  kind      TEXT COLLATE "C" NOT NULL,
  source    TEXT COLLATE "C" NOT NULL,
  object_id TEXT COLLATE "C" NOT NULL,
  reason    TEXT COLLATE "C" NOT NULL,
  actor     TEXT COLLATE "C" NOT NULL,
  at        BIGINT NOT NULL,
  total     BIGINT NOT NULL,
  tally     TEXT COLLATE "C" NOT NULL,
  ended     BIGINT NOT NULL
);
CREATE INDEX sharing_order_at ON sharing_order (at, job);

-- +goose Down
DROP TABLE sharing_order;
