-- Doors: by which way inputs come, what was tried, and how the feeds are.

-- +goose Up

ALTER TABLE intake ADD COLUMN door TEXT NOT NULL DEFAULT '';       -- by which it came; empty: the command line
ALTER TABLE intake ADD COLUMN latest INTEGER NOT NULL DEFAULT 0;   -- time of its latest event

-- What came to a door, also if it brought nothing new. Forgotten after some time; intakes stay.
CREATE TABLE feed_run (
  id      TEXT PRIMARY KEY,
  feed    TEXT NOT NULL,
  door    TEXT NOT NULL,
  at      INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('new', 'known', 'unchanged', 'failed')),
  intake  TEXT NOT NULL, -- of new and known
  name    TEXT NOT NULL,
  bytes   INTEGER NOT NULL,
  error   TEXT NOT NULL
) STRICT;
CREATE INDEX feed_run_feed ON feed_run (feed, id);
CREATE INDEX feed_run_at ON feed_run (at);

-- Who may push to a feed. The token itself is shown once and kept nowhere.
CREATE TABLE feed_token (
  id      TEXT PRIMARY KEY,
  feed    TEXT NOT NULL,
  hash    BLOB NOT NULL,
  name    TEXT NOT NULL,
  created INTEGER NOT NULL,
  used    INTEGER NOT NULL DEFAULT 0,
  revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX feed_token_feed ON feed_token (feed);

-- Pushes that may be resumed. Its pieces lie in the folder uploads until the push is whole.
CREATE TABLE feed_upload (
  id      TEXT PRIMARY KEY,
  feed    TEXT NOT NULL,
  token   TEXT NOT NULL,
  name    TEXT NOT NULL,
  length  INTEGER NOT NULL, -- of the whole; -1: not said yet
  got     INTEGER NOT NULL, -- durable bytes
  state   TEXT NOT NULL CHECK (state IN ('open', 'done')),
  intakes TEXT NOT NULL,    -- JSON, once done
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_upload_expires ON feed_upload (expires);
CREATE TABLE feed_upload_piece (
  upload TEXT NOT NULL,
  begins INTEGER NOT NULL, -- offset of its first byte
  bytes  INTEGER NOT NULL,
  file   TEXT NOT NULL,
  PRIMARY KEY (upload, begins)
) STRICT, WITHOUT ROWID;

-- How far the fetching of a feed has come.
CREATE TABLE feed_fetch (
  feed     TEXT PRIMARY KEY,
  source   TEXT NOT NULL, -- what the marks are of: another address has none
  etag     TEXT NOT NULL,
  modified TEXT NOT NULL,
  tried    INTEGER NOT NULL,
  worked   INTEGER NOT NULL, -- the last time that it worked
  due      INTEGER NOT NULL, -- when it is tried next
  failures INTEGER NOT NULL, -- in a row
  failing  INTEGER NOT NULL, -- since when
  error    TEXT NOT NULL
) STRICT;

-- Reports that a reports service has announced: each is fetched once.
CREATE TABLE feed_report (
  feed      TEXT NOT NULL,
  report    TEXT NOT NULL, -- its id at the service
  file      TEXT NOT NULL,
  kind      TEXT NOT NULL,
  day       TEXT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'given up')),
  tries     INTEGER NOT NULL,
  intake    TEXT NOT NULL,
  announced INTEGER NOT NULL,
  settled   INTEGER NOT NULL,
  error     TEXT NOT NULL,
  PRIMARY KEY (feed, report)
) STRICT;
CREATE INDEX feed_report_open ON feed_report (feed, day) WHERE state = 'waiting';

-- The columns that inputs of a feed and kind of report had: JSON, by name when it was seen first and last.
CREATE TABLE feed_column (
  feed    TEXT NOT NULL,
  report  TEXT NOT NULL,
  first   INTEGER NOT NULL, -- the first run
  last    INTEGER NOT NULL, -- the latest run
  columns TEXT NOT NULL,
  PRIMARY KEY (feed, report)
) STRICT;

-- What is wrong with feeds, and whether the team was told.
CREATE TABLE feed_condition (
  feed   TEXT NOT NULL,
  state  TEXT NOT NULL,
  since  INTEGER NOT NULL,
  ended  INTEGER NOT NULL, -- 0: it lasts
  reason TEXT NOT NULL,
  told   INTEGER NOT NULL, -- when the team was told of it; 0: not yet
  PRIMARY KEY (feed, state)
) STRICT;

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
