-- Work that must be done once, whoever does it: see platform/jobs.

-- +goose Up

CREATE TABLE job (
  id       TEXT COLLATE "C" PRIMARY KEY,
  kind     TEXT COLLATE "C" NOT NULL,
  subject  TEXT COLLATE "C" NOT NULL,
  body     TEXT COLLATE "C" NOT NULL, -- JSON
  single   BIGINT NOT NULL, -- 1: one of (kind, subject) at a time waits or runs
  again    BIGINT NOT NULL, -- due of the run that follows the one under way; -1 is none
  state    TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'dead')),
  epoch    BIGINT NOT NULL, -- rises with each claim, and whenever one is taken away: a holder is good for the epoch it made
  beat     BIGINT NOT NULL, -- rises while the holder lives
  holder   TEXT COLLATE "C" NOT NULL,
  attempts BIGINT NOT NULL, -- claims that were not handed back
  due      BIGINT NOT NULL, -- 0 is at once, whatever the clock says
  posted   BIGINT NOT NULL,
  began    BIGINT NOT NULL,
  ended    BIGINT NOT NULL,
  error    TEXT COLLATE "C" NOT NULL,
  progress TEXT COLLATE "C" NOT NULL
);
CREATE INDEX job_due ON job (kind, due, id) WHERE state = 'waiting';
CREATE INDEX job_running ON job (kind) WHERE state = 'running';
CREATE UNIQUE INDEX job_single ON job (kind, subject) WHERE single = 1 AND state IN ('waiting', 'running');
CREATE INDEX job_state ON job (state, id);
CREATE INDEX job_done ON job (ended) WHERE state = 'done';

-- +goose Down

DROP TABLE job;
