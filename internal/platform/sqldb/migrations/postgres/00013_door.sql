-- Doors: by which way inputs come, what was tried, and how the feeds are.

-- +goose Up

ALTER TABLE intake ADD COLUMN door TEXT NOT NULL DEFAULT '';       -- by which it came; empty: the command line
ALTER TABLE intake ADD COLUMN latest BIGINT NOT NULL DEFAULT 0;   -- time of its latest event

-- What came to a door, also if it brought nothing new. Forgotten after some time; intakes stay.
CREATE TABLE feed_run (
  id      TEXT COLLATE "C" PRIMARY KEY,
  feed    TEXT COLLATE "C" NOT NULL,
  door    TEXT NOT NULL,
  at      BIGINT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('new', 'known', 'unchanged', 'failed')),
  intake  TEXT NOT NULL, -- of new and known
  name    TEXT NOT NULL,
  bytes   BIGINT NOT NULL,
  error   TEXT NOT NULL
);
CREATE INDEX feed_run_feed ON feed_run (feed, id);
CREATE INDEX feed_run_at ON feed_run (at);

-- Who may push to a feed. The token itself is shown once and kept nowhere.
CREATE TABLE feed_token (
  id      TEXT COLLATE "C" PRIMARY KEY,
  feed    TEXT COLLATE "C" NOT NULL,
  hash    BYTEA NOT NULL,
  name    TEXT NOT NULL,
  created BIGINT NOT NULL,
  used    BIGINT NOT NULL DEFAULT 0,
  revoked BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX feed_token_feed ON feed_token (feed);

-- Pushes that may be resumed. Its pieces lie in the folder uploads until the push is whole.
CREATE TABLE feed_upload (
  id      TEXT COLLATE "C" PRIMARY KEY,
  feed    TEXT COLLATE "C" NOT NULL,
  token   TEXT NOT NULL,
  name    TEXT NOT NULL,
  length  BIGINT NOT NULL, -- of the whole; -1: not said yet
  got     BIGINT NOT NULL, -- durable bytes
  state   TEXT NOT NULL CHECK (state IN ('open', 'done')),
  intakes TEXT NOT NULL,    -- JSON, once done
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL
);
CREATE INDEX feed_upload_expires ON feed_upload (expires);
CREATE TABLE feed_upload_piece (
  upload TEXT NOT NULL,
  begins BIGINT NOT NULL, -- offset of its first byte
  bytes  BIGINT NOT NULL,
  file   TEXT NOT NULL,
  PRIMARY KEY (upload, begins)
);

-- How far the fetching of a feed has come.
CREATE TABLE feed_fetch (
  feed     TEXT COLLATE "C" PRIMARY KEY,
  source   TEXT NOT NULL, -- what the marks are of: another address has none
  etag     TEXT NOT NULL,
  modified TEXT NOT NULL,
  tried    BIGINT NOT NULL,
  worked   BIGINT NOT NULL, -- the last time that it worked
  due      BIGINT NOT NULL, -- when it is tried next
  failures BIGINT NOT NULL, -- in a row
  failing  BIGINT NOT NULL, -- since when
  error    TEXT NOT NULL
);

-- Reports that a reports service has announced: each is fetched once.
CREATE TABLE feed_report (
  feed      TEXT COLLATE "C" NOT NULL,
  report    TEXT COLLATE "C" NOT NULL, -- its id at the service
  file      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  day       TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'given up')),
  tries     BIGINT NOT NULL,
  intake    TEXT NOT NULL,
  announced BIGINT NOT NULL,
  settled   BIGINT NOT NULL,
  error     TEXT NOT NULL,
  PRIMARY KEY (feed, report)
);
CREATE INDEX feed_report_open ON feed_report (feed, day) WHERE state = 'waiting';

-- The columns that inputs of a feed and kind of report had: JSON, by name when it was seen first and last.
CREATE TABLE feed_column (
  feed    TEXT COLLATE "C" NOT NULL,
  report  TEXT COLLATE "C" NOT NULL,
  first   BIGINT NOT NULL, -- the first run
  last    BIGINT NOT NULL, -- the latest run
  columns TEXT NOT NULL,
  PRIMARY KEY (feed, report)
);

-- What is wrong with feeds, and whether the team was told.
CREATE TABLE feed_condition (
  feed   TEXT COLLATE "C" NOT NULL,
  state  TEXT NOT NULL,
  since  BIGINT NOT NULL,
  ended  BIGINT NOT NULL, -- 0: it lasts
  reason TEXT NOT NULL,
  told   BIGINT NOT NULL, -- when the team was told of it; 0: not yet
  PRIMARY KEY (feed, state)
);

-- +goose Down
DROP TABLE feed_condition;
DROP TABLE feed_column;
DROP TABLE feed_report;
DROP TABLE feed_fetch;
DROP TABLE feed_upload_piece;
DROP TABLE feed_upload;
DROP TABLE feed_token;
DROP TABLE feed_run;
ALTER TABLE intake DROP COLUMN latest;
ALTER TABLE intake DROP COLUMN door;
