-- Who of the team has a dialogue in hand: an account, or nobody. And what the team promises itself of reports: which levels were begun for a report (a duty is
-- the name of a track of dated data), and the clock of each of their stages. No words are in it.

-- +goose Up
ALTER TABLE investigation ADD COLUMN assignee TEXT NOT NULL DEFAULT '';

CREATE TABLE report_level (
  report   TEXT NOT NULL,
  duty     TEXT NOT NULL,
  version  INTEGER NOT NULL, -- of the report, for which its clocks were calculated
  computed INTEGER NOT NULL, -- when
  PRIMARY KEY (report, duty)
) STRICT;

CREATE TABLE report_clock (
  report    TEXT NOT NULL,
  duty      TEXT NOT NULL,
  stage     TEXT NOT NULL,
  begun     INTEGER NOT NULL,
  due       INTEGER NOT NULL,
  done      INTEGER NOT NULL,
  reminded  INTEGER NOT NULL, -- how long before it was due, the last time
  escalated INTEGER NOT NULL,
  PRIMARY KEY (report, duty, stage)
) STRICT;
CREATE INDEX report_clock_due ON report_clock (due, report, duty, stage) WHERE done = 0;
CREATE INDEX report_clock_fell ON report_clock (due);

-- +goose Down
DROP TABLE report_clock;
DROP TABLE report_level;
ALTER TABLE investigation DROP COLUMN assignee;
