-- Who was told what, and what a person said may be told.

-- +goose Up

-- What a person approved: a feed, an organisation or a class, each once; or an unusual amount for one organisation on one day.
CREATE TABLE approval (
  kind        TEXT NOT NULL,
  value       TEXT NOT NULL,
  name        TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (kind, value)
) STRICT;

-- One message to one contact, all of its parts together; id is that of the delivery of the first part.
CREATE TABLE notification (
  id           TEXT PRIMARY KEY,
  run          TEXT NOT NULL,
  organisation TEXT NOT NULL, -- whose networks it is about
  contact      TEXT NOT NULL,
  ticket       TEXT NOT NULL,
  findings     INTEGER NOT NULL,
  events       INTEGER NOT NULL,
  parts        INTEGER NOT NULL,
  label        TEXT NOT NULL,
  at           INTEGER NOT NULL
) STRICT;

-- When an organisation was told of a class last.
CREATE TABLE notification_topic (
  organisation TEXT NOT NULL,
  class        TEXT NOT NULL,
  told         INTEGER NOT NULL,
  PRIMARY KEY (organisation, class)
) STRICT;

-- The correspondence with a contact about an organisation: its ticket, and what a follow-up stands behind.
CREATE TABLE notification_thread (
  organisation  TEXT NOT NULL,
  contact       TEXT NOT NULL,
  ticket        TEXT NOT NULL,
  first_message TEXT NOT NULL, -- Message-ID
  last_message  TEXT NOT NULL,
  last_at       INTEGER NOT NULL,
  amounts       TEXT NOT NULL, -- findings of the last messages, the newest first, with commas
  PRIMARY KEY (organisation, contact)
) STRICT;
CREATE UNIQUE INDEX notification_ticket ON notification_thread (ticket);

-- +goose Down
DROP TABLE notification_thread;
DROP TABLE notification_topic;
DROP TABLE notification;
DROP TABLE approval;
