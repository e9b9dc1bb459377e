-- Who of the team has a dialogue in hand: an account, or nobody. And what the team promises itself of reports: which levels were begun for a report (a duty is
-- the name of a track of dated data), and the clock of each of their stages. No words are in it.

-- +goose Up
ALTER TABLE investigation ADD COLUMN assignee TEXT COLLATE "C" NOT NULL DEFAULT '';

CREATE TABLE report_level (
  report   TEXT COLLATE "C" NOT NULL,
  duty     TEXT COLLATE "C" NOT NULL,
  version  BIGINT NOT NULL, -- of the report, for which its clocks were calculated
  computed BIGINT NOT NULL, -- when
  PRIMARY KEY (report, duty)
);

CREATE TABLE report_clock (
  report    TEXT COLLATE "C" NOT NULL,
  duty      TEXT COLLATE "C" NOT NULL,
  stage     TEXT COLLATE "C" NOT NULL,
  begun     BIGINT NOT NULL,
  due       BIGINT NOT NULL,
  done      BIGINT NOT NULL,
  reminded  BIGINT NOT NULL, -- how long before it was due, the last time
  escalated BIGINT NOT NULL,
  PRIMARY KEY (report, duty, stage)
);
CREATE INDEX report_clock_due ON report_clock (due, report, duty, stage) WHERE done = 0;
CREATE INDEX report_clock_fell ON report_clock (due);

-- +goose Down
DROP TABLE report_clock;
DROP TABLE report_level;
ALTER TABLE investigation DROP COLUMN assignee;
