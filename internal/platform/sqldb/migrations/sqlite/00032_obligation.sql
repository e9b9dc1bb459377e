-- +goose Up
-- What the law, and the team itself, want of an incident. obligation: whether a duty ("nis2/incident") of somebody applies, as a person decided it;
-- facts, kind, entity, crossing and crime are codes. incident is everywhere the one that a row was made for, which sealed the body.
CREATE TABLE obligation (
  id           TEXT PRIMARY KEY,
  incident     TEXT NOT NULL,
  duty         TEXT NOT NULL,
  organisation TEXT NOT NULL,
  applies      INTEGER NOT NULL,
  facts        TEXT NOT NULL,
  kind         TEXT NOT NULL,
  entity       TEXT NOT NULL,
  crossing     TEXT NOT NULL,
  crime        TEXT NOT NULL,
  actor        TEXT NOT NULL,
  at           INTEGER NOT NULL,
  computed     INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  body         BLOB
) STRICT;
CREATE INDEX obligation_incident ON obligation (incident, duty);
CREATE INDEX obligation_duty ON obligation (duty, at);

-- When something happened from which times are counted; obligation is empty for what holds for the whole incident.
CREATE TABLE obligation_anchor (
  incident   TEXT NOT NULL,
  obligation TEXT NOT NULL,
  anchor     TEXT NOT NULL,
  at         INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  stated     INTEGER NOT NULL,
  PRIMARY KEY (incident, obligation, anchor)
) STRICT;

-- That a stage was submitted, with its proof: a file of the vault (item), and in the body to whom and under which reference.
CREATE TABLE obligation_submission (
  id         TEXT PRIMARY KEY,
  incident   TEXT NOT NULL,
  obligation TEXT NOT NULL,
  stage      TEXT NOT NULL,
  at         INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  recorded   INTEGER NOT NULL,
  withdrawn  INTEGER NOT NULL,
  item       TEXT NOT NULL,
  body       BLOB
) STRICT;
CREATE INDEX obligation_submission_of ON obligation_submission (obligation, stage, at);
CREATE INDEX obligation_submission_incident ON obligation_submission (incident);

-- That we forwarded a duty's reports: kind is authority, contact-point, csirt or other; dialogue is the investigation by which it was mailed.
CREATE TABLE obligation_forward (
  id         TEXT PRIMARY KEY,
  incident   TEXT NOT NULL,
  obligation TEXT NOT NULL,
  kind       TEXT NOT NULL,
  at         INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  dialogue   TEXT NOT NULL,
  body       BLOB
) STRICT;
CREATE INDEX obligation_forward_incident ON obligation_forward (incident);

-- What was before: each change of a decision, an anchor or a submission, sealed.
CREATE TABLE obligation_record (
  id         TEXT PRIMARY KEY,
  incident   TEXT NOT NULL,
  obligation TEXT NOT NULL,
  what       TEXT NOT NULL,
  at         INTEGER NOT NULL,
  actor      TEXT NOT NULL,
  body       BLOB
) STRICT;
CREATE INDEX obligation_record_incident ON obligation_record (incident, at);

-- The stages as they were calculated last, for lists and for telling: due 0 is pending, done 0 is not submitted. reminded: the nearest time before due
-- (ms) that was told of; escalated: when it was told that it is overdue. Both begin anew when due moves ahead.
CREATE TABLE obligation_clock (
  obligation TEXT NOT NULL,
  stage      TEXT NOT NULL,
  incident   TEXT NOT NULL,
  duty       TEXT NOT NULL,
  side       TEXT NOT NULL,
  begun      INTEGER NOT NULL,
  due        INTEGER NOT NULL,
  done       INTEGER NOT NULL,
  reminded   INTEGER NOT NULL,
  escalated  INTEGER NOT NULL,
  PRIMARY KEY (obligation, stage)
) STRICT;
CREATE INDEX obligation_clock_due ON obligation_clock (due, obligation, stage) WHERE done = 0 AND due > 0;
CREATE INDEX obligation_clock_incident ON obligation_clock (incident);

-- +goose Down
DROP TABLE obligation_clock;
DROP TABLE obligation_record;
DROP TABLE obligation_forward;
DROP TABLE obligation_submission;
DROP TABLE obligation_anchor;
DROP TABLE obligation;
