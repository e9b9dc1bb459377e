-- +goose Up
-- The texts of playbooks that were ever seen: what runs keeps its own, whatever becomes of the file.
CREATE TABLE playbook_text (
  digest  TEXT COLLATE "C" PRIMARY KEY,
  book    TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  source  TEXT COLLATE "C" NOT NULL,
  seen    BIGINT NOT NULL
);
CREATE INDEX playbook_text_order ON playbook_text (book, version, seen);

-- A playbook that was started on an incident.
CREATE TABLE playbook_run (
  id       TEXT COLLATE "C" PRIMARY KEY,
  incident TEXT COLLATE "C" NOT NULL,
  book     TEXT COLLATE "C" NOT NULL,
  version  BIGINT NOT NULL,
  digest   TEXT COLLATE "C" NOT NULL REFERENCES playbook_text (digest),
  started  BIGINT NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL,
  changed  BIGINT NOT NULL
);
CREATE UNIQUE INDEX playbook_run_once ON playbook_run (incident, book);

-- What is to be done about an incident. run and step: where it comes from, "" for a free one. answer: yes or no, of a question. why: the code of why it is
-- not needed. rank: its place among those of its incident. body: what a person wrote, sealed by the incident.
CREATE TABLE incident_task (
  id       TEXT COLLATE "C" PRIMARY KEY,
  incident TEXT COLLATE "C" NOT NULL,
  run      TEXT COLLATE "C" NOT NULL,
  step     TEXT COLLATE "C" NOT NULL,
  rank     BIGINT NOT NULL,
  state    TEXT COLLATE "C" NOT NULL,
  assignee TEXT COLLATE "C" NOT NULL,
  due      BIGINT NOT NULL,
  answer   TEXT COLLATE "C" NOT NULL,
  why      TEXT COLLATE "C" NOT NULL,
  created  BIGINT NOT NULL,
  changed  BIGINT NOT NULL,
  ended    BIGINT NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL,
  version  BIGINT NOT NULL,
  body     BYTEA
);
CREATE INDEX incident_task_incident ON incident_task (incident, rank, id);
CREATE UNIQUE INDEX incident_task_step ON incident_task (run, step) WHERE run <> '';
CREATE INDEX incident_task_undone ON incident_task (due, id) WHERE state IN ('open', 'doing');
CREATE INDEX incident_task_assignee ON incident_task (assignee, due, id) WHERE state IN ('open', 'doing');

-- +goose Down
DROP TABLE incident_task;
DROP TABLE playbook_run;
DROP TABLE playbook_text;
