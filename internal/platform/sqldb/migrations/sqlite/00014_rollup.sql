-- Counts of events, kept so that charts need not read segments: see event/rollup.

-- +goose Up

-- By the hour. Hours count from 1970 (UTC); observed is -1 for events without a time. Old hours count for the beginning of their day.
CREATE TABLE rollup_hour (
  day        INTEGER NOT NULL, -- of arrival: day, feed and taxonomy are those of the segments
  feed       TEXT NOT NULL,
  taxonomy   TEXT NOT NULL,
  arrived    INTEGER NOT NULL,
  observed   INTEGER NOT NULL,
  report     TEXT NOT NULL,
  kind       TEXT NOT NULL, -- classification.type
  attributed INTEGER NOT NULL,
  events     INTEGER NOT NULL,
  PRIMARY KEY (day, feed, taxonomy, arrived, observed, report, kind, attributed)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollup_hour_observed ON rollup_hour (observed);

-- Parts whose counts are not as they should be.
CREATE TABLE rollup_part (
  day      INTEGER NOT NULL,
  feed     TEXT NOT NULL,
  taxonomy TEXT NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('owed', 'beyond')),
  PRIMARY KEY (day, feed, taxonomy)
) STRICT;

-- The days from which on hours are kept.
CREATE TABLE rollup_head (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  observed_from INTEGER NOT NULL,
  arrived_from  INTEGER NOT NULL
) STRICT;
INSERT INTO rollup_head (one, observed_from, arrived_from) VALUES (1, 0, 0);

-- What came before there were counts is owed.
INSERT INTO rollup_part (day, feed, taxonomy, state)
  SELECT DISTINCT day, feed, taxonomy, 'owed' FROM segment WHERE gone_at IS NULL;

-- +goose Down
DROP TABLE rollup_head;
DROP TABLE rollup_part;
DROP TABLE rollup_hour;
