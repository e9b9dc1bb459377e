-- +goose Up
-- Collections of objects that the team shares. tail: one row; its lock is the order in which things become visible. num: the last number given out, to an
-- object and to a membership alike; added: the last moment given out, in microseconds.
CREATE TABLE sharing_tail (
  id    INTEGER PRIMARY KEY,
  num   INTEGER NOT NULL,
  added INTEGER NOT NULL
);
INSERT INTO sharing_tail (id, num, added) VALUES (1, 0, 0);

-- group_id: the sharing group that it is for; '' for the team alone. label: the strictest label that it takes.
CREATE TABLE sharing_collection (
  id          TEXT PRIMARY KEY,
  alias       TEXT NOT NULL,
  title       TEXT NOT NULL,
  description TEXT NOT NULL,
  group_id    TEXT NOT NULL,
  can_read    INTEGER NOT NULL,
  can_write   INTEGER NOT NULL,
  label       TEXT NOT NULL,
  created     INTEGER NOT NULL,
  closed      INTEGER NOT NULL,
  version     INTEGER NOT NULL
);
CREATE UNIQUE INDEX sharing_collection_alias ON sharing_collection (alias) WHERE alias <> '';

-- A version of an object, once. version: its modified time (or created, or when it came) in microseconds. source: the organisation that gave it, '' for the
-- team. digest: of its content, whatever the order of its keys.
CREATE TABLE sharing_object (
  num       INTEGER PRIMARY KEY,
  object_id TEXT NOT NULL,
  version   INTEGER NOT NULL,
  type      TEXT NOT NULL,
  spec      TEXT NOT NULL,
  source    TEXT NOT NULL,
  label     TEXT NOT NULL,
  digest    BLOB NOT NULL,
  taken     INTEGER NOT NULL,
  raw       BLOB NOT NULL
);
CREATE UNIQUE INDEX sharing_object_version ON sharing_object (object_id, version);

-- An object's place in a collection. added: microseconds; with seq the order of pages. first, latest: 1 for the oldest and the newest version in the
-- collection. decision: the recorded decision by which it is there.
CREATE TABLE sharing_member (
  collection TEXT NOT NULL,
  added      INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  object     INTEGER NOT NULL,
  object_id  TEXT NOT NULL,
  version    INTEGER NOT NULL,
  type       TEXT NOT NULL,
  spec       TEXT NOT NULL,
  first      INTEGER NOT NULL,
  latest     INTEGER NOT NULL,
  decision   TEXT NOT NULL,
  PRIMARY KEY (collection, added, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX sharing_member_version ON sharing_member (collection, object_id, version);
CREATE INDEX sharing_member_type ON sharing_member (collection, type, added, seq);
CREATE INDEX sharing_member_object ON sharing_member (object);

-- What stands in an object, as digests: to look a value up.
CREATE TABLE sharing_value (
  mark   INTEGER NOT NULL,
  object INTEGER NOT NULL,
  PRIMARY KEY (mark, object)
) WITHOUT ROWID;

-- What was not taken in, and why. once: digest of source, collection and content.
CREATE TABLE sharing_aside (
  id         TEXT PRIMARY KEY,
  once       BLOB NOT NULL,
  source     TEXT NOT NULL,
  origin     TEXT NOT NULL,
  collection TEXT NOT NULL,
  object_id  TEXT NOT NULL,
  code       TEXT NOT NULL,
  detail     TEXT NOT NULL,
  at         INTEGER NOT NULL,
  raw        BLOB NOT NULL
);
CREATE UNIQUE INDEX sharing_aside_once ON sharing_aside (once);
CREATE INDEX sharing_aside_source ON sharing_aside (source, origin);

-- What became of what somebody gave. owner: the actor, who alone may ask.
CREATE TABLE sharing_status (
  id    TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  at    INTEGER NOT NULL,
  body  BLOB NOT NULL
);
CREATE INDEX sharing_status_at ON sharing_status (at);

-- Who read what: one row a request. first_added, last_added: of what was in the answer, in microseconds.
CREATE TABLE sharing_receipt (
  id           TEXT PRIMARY KEY,
  at           INTEGER NOT NULL,
  actor        TEXT NOT NULL,
  organisation TEXT NOT NULL,
  collection   TEXT NOT NULL,
  what         TEXT NOT NULL,
  filter       TEXT NOT NULL,
  first_added  INTEGER NOT NULL,
  last_added   INTEGER NOT NULL,
  objects      INTEGER NOT NULL
);
CREATE INDEX sharing_receipt_collection ON sharing_receipt (collection, last_added);

-- How far a server of somebody else's was read. added_after and cursor: what is asked for next; upto: the moment of the last object that came.
CREATE TABLE sharing_source (
  name        TEXT PRIMARY KEY,
  url         TEXT NOT NULL,
  added_after TEXT NOT NULL,
  cursor      TEXT NOT NULL,
  upto        TEXT NOT NULL,
  tried       INTEGER NOT NULL,
  worked      INTEGER NOT NULL,
  failures    INTEGER NOT NULL,
  failing     INTEGER NOT NULL,
  error       TEXT NOT NULL,
  due         INTEGER NOT NULL,
  taken       INTEGER NOT NULL,
  aside       INTEGER NOT NULL
);

-- The organisation of the register for which an account of role peer acts; '' for the team's people.
ALTER TABLE account ADD COLUMN organisation TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE account DROP COLUMN organisation;
DROP TABLE sharing_source;
DROP TABLE sharing_receipt;
DROP TABLE sharing_status;
DROP TABLE sharing_aside;
DROP TABLE sharing_value;
DROP TABLE sharing_member;
DROP TABLE sharing_object;
DROP TABLE sharing_collection;
DROP TABLE sharing_tail;
