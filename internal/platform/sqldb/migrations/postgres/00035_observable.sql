-- +goose Up
-- What was seen in incidents. incident: the one that it was added for, whose key seals the body. mark: keyed digest of kind and value. sealed: 1 while the
-- value lies in the body alone; secret: always, whatever the incident is. low: the address, or the first of a network, or of the URL's host, in 32
-- hexadecimal digits. quiet: a warning list speaks against matching it.
CREATE TABLE observable (
  id         TEXT COLLATE "C" PRIMARY KEY,
  incident   TEXT COLLATE "C" NOT NULL,
  kind       TEXT COLLATE "C" NOT NULL,
  mark       BIGINT NOT NULL,
  value      TEXT COLLATE "C" NOT NULL,
  low        TEXT COLLATE "C" NOT NULL,
  role       TEXT COLLATE "C" NOT NULL,
  tlp        BIGINT NOT NULL,
  pap        BIGINT NOT NULL,
  first      BIGINT NOT NULL,
  last       BIGINT NOT NULL,
  source     TEXT COLLATE "C" NOT NULL,
  origin     TEXT COLLATE "C" NOT NULL,
  detection  BIGINT NOT NULL,
  listed     TEXT COLLATE "C" NOT NULL,
  quiet      BIGINT NOT NULL,
  secret     BIGINT NOT NULL,
  sealed     BIGINT NOT NULL,
  added      BIGINT NOT NULL,
  actor      TEXT COLLATE "C" NOT NULL,
  removed    BIGINT NOT NULL,
  removed_by TEXT COLLATE "C" NOT NULL,
  version    BIGINT NOT NULL,
  body       BYTEA
);
CREATE UNIQUE INDEX observable_once ON observable (incident, mark) WHERE removed = 0;
CREATE INDEX observable_order ON observable (incident, removed, id);
CREATE INDEX observable_kind ON observable (incident, removed, kind, id);
CREATE INDEX observable_mark ON observable (mark) WHERE removed = 0;
CREATE INDEX observable_sealed ON observable (mark) WHERE removed = 0 AND sealed = 1;
CREATE INDEX observable_low ON observable (low) WHERE removed = 0 AND low <> '' AND quiet = 0;

-- What an observable lies in, as digests: the domains above it, the host; of what is sealed, networks too.
CREATE TABLE observable_above (
  mark       BIGINT NOT NULL,
  observable TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (mark, observable)
);
CREATE INDEX observable_above_of ON observable_above (observable);

-- What one has to do with another of the same incident.
CREATE TABLE observable_relation (
  id       TEXT COLLATE "C" PRIMARY KEY,
  incident TEXT COLLATE "C" NOT NULL,
  kind     TEXT COLLATE "C" NOT NULL,
  a        TEXT COLLATE "C" NOT NULL,
  b        TEXT COLLATE "C" NOT NULL,
  at       BIGINT NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX observable_relation_once ON observable_relation (a, b, kind);
CREATE INDEX observable_relation_b ON observable_relation (b);

-- Who saw one, when. body: the words of it, sealed.
CREATE TABLE observable_sighting (
  id         TEXT COLLATE "C" PRIMARY KEY,
  incident   TEXT COLLATE "C" NOT NULL,
  observable TEXT COLLATE "C" NOT NULL,
  at         BIGINT NOT NULL,
  count      BIGINT NOT NULL,
  verdict    TEXT COLLATE "C" NOT NULL,
  noted      BIGINT NOT NULL,
  actor      TEXT COLLATE "C" NOT NULL,
  body       BYTEA
);
CREATE INDEX observable_sighting_of ON observable_sighting (observable, at, id);

-- +goose Down
DROP TABLE observable_sighting;
DROP TABLE observable_relation;
DROP TABLE observable_above;
DROP TABLE observable;
