-- +goose Up
-- Collections of objects that the team shares. tail: one row; its lock is the order in which things become visible. num: the last number given out, to an
-- object and to a membership alike; added: the last moment given out, in microseconds.
CREATE TABLE sharing_tail (
  id    BIGINT PRIMARY KEY,
  num   BIGINT NOT NULL,
  added BIGINT NOT NULL
);
INSERT INTO sharing_tail (id, num, added) VALUES (1, 0, 0);

-- group_id: the sharing group that it is for; '' for the team alone. label: the strictest label that it takes.
CREATE TABLE sharing_collection (
  id          TEXT COLLATE "C" PRIMARY KEY,
  alias       TEXT COLLATE "C" NOT NULL,
  title       TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  group_id    TEXT COLLATE "C" NOT NULL,
  can_read    BIGINT NOT NULL,
  can_write   BIGINT NOT NULL,
  label       TEXT COLLATE "C" NOT NULL,
  created     BIGINT NOT NULL,
  closed      BIGINT NOT NULL,
  version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX sharing_collection_alias ON sharing_collection (alias) WHERE alias <> '';

-- A version of an object, once. version: its modified time (or created, or when it came) in microseconds. source: the organisation that gave it, '' for the
-- team. digest: of its content, whatever the order of its keys.
CREATE TABLE sharing_object (
  num       BIGINT PRIMARY KEY,
  object_id TEXT COLLATE "C" NOT NULL,
  version   BIGINT NOT NULL,
  type      TEXT COLLATE "C" NOT NULL,
  spec      TEXT COLLATE "C" NOT NULL,
  source    TEXT COLLATE "C" NOT NULL,
  label     TEXT COLLATE "C" NOT NULL,
  digest    BYTEA NOT NULL,
  taken     BIGINT NOT NULL,
  raw       BYTEA NOT NULL
);
CREATE UNIQUE INDEX sharing_object_version ON sharing_object (object_id, version);

-- An object's place in a collection. added: microseconds; with seq the order of pages. first, latest: 1 for the oldest and the newest version in the
-- collection. decision: the recorded decision by which it is there.
CREATE TABLE sharing_member (
  collection TEXT COLLATE "C" NOT NULL,
  added      BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  object     BIGINT NOT NULL,
  object_id  TEXT COLLATE "C" NOT NULL,
  version    BIGINT NOT NULL,
  type       TEXT COLLATE "C" NOT NULL,
  spec       TEXT COLLATE "C" NOT NULL,
  first      BIGINT NOT NULL,
  latest     BIGINT NOT NULL,
  decision   TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (collection, added, seq)
);
CREATE UNIQUE INDEX sharing_member_version ON sharing_member (collection, object_id, version);
CREATE INDEX sharing_member_type ON sharing_member (collection, type, added, seq);
CREATE INDEX sharing_member_object ON sharing_member (object);

-- What stands in an object, as digests: to look a value up.
CREATE TABLE sharing_value (
  mark   BIGINT NOT NULL,
  object BIGINT NOT NULL,
  PRIMARY KEY (mark, object)
);

-- What was not taken in, and why. once: digest of source, collection and content.
CREATE TABLE sharing_aside (
  id         TEXT COLLATE "C" PRIMARY KEY,
  once       BYTEA NOT NULL,
  source     TEXT COLLATE "C" NOT NULL,
  origin     TEXT COLLATE "C" NOT NULL,
  collection TEXT COLLATE "C" NOT NULL,
  object_id  TEXT COLLATE "C" NOT NULL,
  code       TEXT COLLATE "C" NOT NULL,
  detail     TEXT COLLATE "C" NOT NULL,
  at         BIGINT NOT NULL,
  raw        BYTEA NOT NULL
);
CREATE UNIQUE INDEX sharing_aside_once ON sharing_aside (once);
CREATE INDEX sharing_aside_source ON sharing_aside (source, origin);

-- What became of what somebody gave. owner: the actor, who alone may ask.
CREATE TABLE sharing_status (
  id    TEXT COLLATE "C" PRIMARY KEY,
  owner TEXT COLLATE "C" NOT NULL,
  at    BIGINT NOT NULL,
  body  BYTEA NOT NULL
);
CREATE INDEX sharing_status_at ON sharing_status (at);

-- Who read what: one row a request. first_added, last_added: of what was in the answer, in microseconds.
CREATE TABLE sharing_receipt (
  id           TEXT COLLATE "C" PRIMARY KEY,
  at           BIGINT NOT NULL,
  actor        TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  collection   TEXT COLLATE "C" NOT NULL,
  what         TEXT COLLATE "C" NOT NULL,
  filter       TEXT COLLATE "C" NOT NULL,
  first_added  BIGINT NOT NULL,
  last_added   BIGINT NOT NULL,
  objects      BIGINT NOT NULL
);
CREATE INDEX sharing_receipt_collection ON sharing_receipt (collection, last_added);

-- How far a server of somebody else's was read. added_after and cursor: what is asked for next; upto: the moment of the last object that came.
CREATE TABLE sharing_source (
  name        TEXT COLLATE "C" PRIMARY KEY,
  url         TEXT COLLATE "C" NOT NULL,
  added_after TEXT COLLATE "C" NOT NULL,
  cursor      TEXT COLLATE "C" NOT NULL,
  upto        TEXT COLLATE "C" NOT NULL,
  tried       BIGINT NOT NULL,
  worked      BIGINT NOT NULL,
  failures    BIGINT NOT NULL,
  failing     BIGINT NOT NULL,
  error       TEXT COLLATE "C" NOT NULL,
  due         BIGINT NOT NULL,
  taken       BIGINT NOT NULL,
  aside       BIGINT NOT NULL
);

-- The organisation of the register for which an account of role peer acts; '' for the team's people.
ALTER TABLE account ADD COLUMN organisation TEXT COLLATE "C" NOT NULL DEFAULT '';

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
