-- +goose Up
-- Entries of the timeline that people write can be changed, and taken out: they stay in the record. changed, removed: when, 0 for never.
ALTER TABLE incident_entry ADD COLUMN editor TEXT NOT NULL DEFAULT '';
ALTER TABLE incident_entry ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incident_entry ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;

-- What is known of incidents that are older than the timeline: without names, which are sealed.
INSERT INTO incident_entry (id, incident, at, world, code, actor, link, version, body)
  SELECT 'old-open-' || i.id, i.id, i.opened, 0, 'incident.opened', i.opened_by, '', 1, NULL FROM incident i;
INSERT INTO incident_entry (id, incident, at, world, code, actor, link, version, body)
  SELECT 'old-end-' || i.id, i.id, i.closed, 0, CASE i.state WHEN 'abandoned' THEN 'incident.abandon' ELSE 'incident.resolve' END, '', '', 1, NULL
  FROM incident i WHERE i.closed > 0;
INSERT INTO incident_entry (id, incident, at, world, code, actor, link, version, body)
  SELECT 'old-link-' || l.incident || '-' || l.report, l.incident, l.at, 0, 'report.linked', l.actor, '/reports/' || l.report, 1, NULL
  FROM incident_link l WHERE l.alert = 0;
INSERT INTO incident_entry (id, incident, at, world, code, actor, link, version, body)
  SELECT 'old-message-' || m.id, v.incident, m.at, CASE m.direction WHEN 'out' THEN 0 ELSE 1 END, CASE m.direction WHEN 'out' THEN 'message.out' ELSE 'message.in' END,
    m.actor, '/investigations/' || v.id, 1, NULL
  FROM incident_message m JOIN investigation v ON v.id = m.about WHERE v.incident <> '';
INSERT INTO incident_entry (id, incident, at, world, code, actor, link, version, body)
  SELECT 'old-note-' || n.id, n.about, n.created, 0, 'note.added', n.actor, '', 1, NULL FROM incident_note n JOIN incident i ON i.id = n.about;
INSERT INTO incident_entry (id, incident, at, world, code, actor, link, version, body)
  SELECT 'old-file-' || e.id, e.parent, e.added, 0, 'file.added', '', '', 1, NULL FROM evidence_item e JOIN incident i ON i.id = e.parent;

-- What somebody types and has not kept yet: theirs alone, encrypted under the key of what it is about. version: of the text that it is to change.
CREATE TABLE incident_draft (
  about   TEXT NOT NULL,
  account TEXT NOT NULL,
  field   TEXT NOT NULL,
  version INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  body    BLOB NOT NULL,
  PRIMARY KEY (about, account, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_draft_changed ON incident_draft (changed);

-- What was thought, found and learned. kind: hypothesis, cause, well, badly; body is sealed under the incident's key.
CREATE TABLE lesson (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  kind     TEXT NOT NULL,
  state    TEXT NOT NULL,
  actor    TEXT NOT NULL,
  created  INTEGER NOT NULL,
  editor   TEXT NOT NULL,
  changed  INTEGER NOT NULL,
  removed  INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT;
CREATE INDEX lesson_incident ON lesson (incident, created, id);

-- What is to be done so that it does not happen again. owner: account; due, ended: 0 for none.
CREATE TABLE lesson_action (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  lesson   TEXT NOT NULL,
  state    TEXT NOT NULL,
  owner    TEXT NOT NULL,
  due      INTEGER NOT NULL,
  ended    INTEGER NOT NULL,
  ended_by TEXT NOT NULL,
  actor    TEXT NOT NULL,
  created  INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT;
CREATE INDEX lesson_action_incident ON lesson_action (incident, created, id);
CREATE INDEX lesson_action_open ON lesson_action (due, id) WHERE state = 'open';

-- What is handed over to the police or a prosecutor, and how far that is.
CREATE TABLE handover (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  state    TEXT NOT NULL,
  actor    TEXT NOT NULL,
  created  INTEGER NOT NULL,
  changed  INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT;
CREATE INDEX handover_incident ON handover (incident, created, id);
CREATE TABLE handover_step (
  handover TEXT NOT NULL,
  step     INTEGER NOT NULL,
  incident TEXT NOT NULL,
  state    TEXT NOT NULL,
  actor    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  body     BLOB NOT NULL,
  PRIMARY KEY (handover, step)
) STRICT, WITHOUT ROWID;

-- Who asked, what was said, and who let it be said. track: liaison, media.
CREATE TABLE liaison_entry (
  id       TEXT PRIMARY KEY,
  incident TEXT NOT NULL,
  track    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  approver TEXT NOT NULL,
  editor   TEXT NOT NULL,
  changed  INTEGER NOT NULL,
  removed  INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB NOT NULL
) STRICT;
CREATE INDEX liaison_entry_incident ON liaison_entry (incident, at, id);

-- +goose Down
DROP TABLE liaison_entry;
DROP TABLE handover_step;
DROP TABLE handover;
DROP TABLE lesson_action;
DROP TABLE lesson;
DROP TABLE incident_draft;
DELETE FROM incident_entry WHERE id LIKE 'old-%';
ALTER TABLE incident_entry DROP COLUMN removed;
ALTER TABLE incident_entry DROP COLUMN changed;
ALTER TABLE incident_entry DROP COLUMN editor;
