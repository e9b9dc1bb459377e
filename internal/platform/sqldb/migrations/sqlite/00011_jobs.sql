-- Work that must be done once, whoever does it: see platform/jobs.

-- +goose Up

CREATE TABLE job (
  id       TEXT PRIMARY KEY,
  kind     TEXT NOT NULL,
  subject  TEXT NOT NULL,
  body     TEXT NOT NULL, -- JSON
  single   INTEGER NOT NULL, -- 1: one of (kind, subject) at a time waits or runs
  again    INTEGER NOT NULL, -- due of the run that follows the one under way; -1 is none
  state    TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead')),
  epoch    INTEGER NOT NULL, -- rises with each claim, and whenever one is taken away: a holder is good for the epoch it made
  beat     INTEGER NOT NULL, -- rises while the holder lives
  holder   TEXT NOT NULL,
  attempts INTEGER NOT NULL, -- claims that were not handed back
  due      INTEGER NOT NULL, -- 0 is at once, whatever the clock says
  posted   INTEGER NOT NULL,
  began    INTEGER NOT NULL,
  ended    INTEGER NOT NULL,
  error    TEXT NOT NULL,
  progress TEXT NOT NULL
) STRICT;
CREATE INDEX job_due ON job (kind, due, id) WHERE state = 'waiting';
CREATE INDEX job_running ON job (kind) WHERE state = 'running';
CREATE UNIQUE INDEX job_single ON job (kind, subject) WHERE single = 1 AND state IN ('waiting', 'running');
CREATE INDEX job_state ON job (state, id);
CREATE INDEX job_done ON job (ended) WHERE state = 'done';

-- +goose Down

DROP TABLE job;
