-- What is shared has an end: when each version was given last, whether it takes its object back, and what must stay all the same. What fellow teams tell is
-- bounded, and waits for what it refers to.

-- +goose Up
-- given: when somebody gave it last, in milliseconds. revoked: 1 where it says that its object is taken back. proof: how we know who gave it, as the word
-- of a report's reporter has it; '' for the team, and where nothing proved it.
ALTER TABLE sharing_object ADD COLUMN given INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sharing_object ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sharing_object ADD COLUMN proof TEXT NOT NULL DEFAULT '';
UPDATE sharing_object SET given = taken;
CREATE INDEX sharing_object_given ON sharing_object (given, num);
CREATE INDEX sharing_object_revoked ON sharing_object (object_id) WHERE revoked = 1;

-- Objects that must stay though their time is over: since when, in milliseconds, by whom and why.
CREATE TABLE sharing_kept (
  object_id TEXT PRIMARY KEY,
  since     INTEGER NOT NULL,
  actor     TEXT NOT NULL,
  reason    TEXT NOT NULL
) STRICT;

-- Observations that refer to what did not come yet: the object by its number, and the ids that are missing. told: 1 once it was handed on all the same.
CREATE TABLE sharing_waiting (
  object  INTEGER NOT NULL,
  missing TEXT NOT NULL,
  source  TEXT NOT NULL,
  since   INTEGER NOT NULL,
  told    INTEGER NOT NULL,
  PRIMARY KEY (object, missing)
) STRICT;
CREATE INDEX sharing_waiting_missing ON sharing_waiting (missing);

-- How many reports came of what an organisation told on a day. day: days since 1970.
CREATE TABLE sharing_day (
  source  TEXT NOT NULL,
  day     INTEGER NOT NULL,
  reports INTEGER NOT NULL,
  PRIMARY KEY (source, day)
) STRICT;

-- late: up to which object what waits was held against what came. before: what was there before fellow teams were heard; replayed: how far that was handed on.
INSERT INTO sharing_reach (name, num) SELECT 'late', num FROM sharing_reach WHERE name = 'heard';
INSERT INTO sharing_reach (name, num) SELECT 'before', num FROM sharing_reach WHERE name = 'heard';
INSERT INTO sharing_reach (name, num) VALUES ('replayed', 0);

-- +goose Down
DELETE FROM sharing_reach WHERE name IN ('late', 'before', 'replayed');
DROP TABLE sharing_day;
DROP TABLE sharing_waiting;
DROP TABLE sharing_kept;
DROP INDEX sharing_object_revoked;
DROP INDEX sharing_object_given;
ALTER TABLE sharing_object DROP COLUMN proof;
ALTER TABLE sharing_object DROP COLUMN revoked;
ALTER TABLE sharing_object DROP COLUMN given;
