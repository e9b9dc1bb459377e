-- +goose Up
-- The texts of playbooks that were ever seen: what runs keeps its own, whatever becomes of the file.
CREATE TABLE playbook_text (
  digest  TEXT PRIMARY KEY,
  book    TEXT NOT NULL,
  version INTEGER NOT NULL,
  source  TEXT NOT NULL,
  seen    INTEGER NOT NULL
) STRICT;
CREATE INDEX playbook_text_order ON playbook_text (book, version, seen);

-- A playbook that was started on an incident.
CREATE TABLE playbook_run (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  book     TEXT NOT NULL,
  version  INTEGER NOT NULL,
  digest   TEXT NOT NULL REFERENCES playbook_text (digest),
  started  INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  changed  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX playbook_run_once ON playbook_run (incident, book);

-- What is to be done about an incident. run and step: where it comes from, "" for a free one. answer: yes or no, of a question. why: the code of why it is
-- not needed. rank: its place among those of its incident. body: what a person wrote, sealed by the incident.
CREATE TABLE incident_task (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  run      TEXT NOT NULL,
  step     TEXT NOT NULL,
  rank     INTEGER NOT NULL,
  state    TEXT NOT NULL,
  assignee TEXT NOT NULL,
  due      INTEGER NOT NULL,
  answer   TEXT NOT NULL,
  why      TEXT NOT NULL,
  created  INTEGER NOT NULL,
  changed  INTEGER NOT NULL,
  ended    INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB
) STRICT;
CREATE INDEX incident_task_incident ON incident_task (incident, rank, id);
CREATE UNIQUE INDEX incident_task_step ON incident_task (run, step) WHERE run <> '';
CREATE INDEX incident_task_undone ON incident_task (due, id) WHERE state IN ('open', 'doing');
CREATE INDEX incident_task_assignee ON incident_task (assignee, due, id) WHERE state IN ('open', 'doing');

-- +goose Down
DROP TABLE incident_task;
DROP TABLE playbook_run;
DROP TABLE playbook_text;
