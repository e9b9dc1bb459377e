-- +goose Up
-- What is known of an indicator: of the newest version of its object, of who saw it, and of the warning lists. version: of the object, in microseconds.
-- kind, value: the first of its values; '' for a pattern that is no plain value. reach: what finding a value means, as package pattern has it. fault: why the
-- pattern cannot be read. confidence, pap: -1 where nobody says. warned, unsought: names of the warning lists that speak against blocking, and against
-- looking for it. fades, ends: when it becomes too weak, unless it is seen again. looked: up to when past events were looked through. told: the last day on
-- which the team was told that it was seen.
CREATE TABLE sharing_indicator (
  id          TEXT COLLATE "C" PRIMARY KEY,
  num         BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL,
  value       TEXT COLLATE "C" NOT NULL,
  reach       BIGINT NOT NULL,
  pattern     TEXT COLLATE "C" NOT NULL,
  fault       TEXT COLLATE "C" NOT NULL,
  name        TEXT COLLATE "C" NOT NULL,
  confidence  BIGINT NOT NULL,
  valid_from  BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  revoked     BIGINT NOT NULL,
  source      TEXT COLLATE "C" NOT NULL,
  label       TEXT COLLATE "C" NOT NULL,
  pap         BIGINT NOT NULL,
  taken       BIGINT NOT NULL,
  seen        BIGINT NOT NULL,
  sightings   BIGINT NOT NULL,
  wrong       BIGINT NOT NULL,
  gone        BIGINT NOT NULL,
  warned      TEXT COLLATE "C" NOT NULL,
  unsought    TEXT COLLATE "C" NOT NULL,
  fades       BIGINT NOT NULL,
  ends        BIGINT NOT NULL,
  looked      BIGINT NOT NULL,
  told        BIGINT NOT NULL
);
CREATE INDEX sharing_indicator_taken ON sharing_indicator (taken, id);
CREATE INDEX sharing_indicator_looked ON sharing_indicator (taken, id) WHERE looked = 0;

-- The values of an indicator. mark: a digest of kind and value, since values may be long.
CREATE TABLE sharing_indicator_value (
  mark      BIGINT NOT NULL,
  indicator TEXT COLLATE "C" NOT NULL,
  kind      TEXT COLLATE "C" NOT NULL,
  value     TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (mark, indicator)
);
CREATE INDEX sharing_indicator_value_of ON sharing_indicator_value (indicator);

-- Who says what of an indicator. once: what makes it the same as another: an object's id, or value, day and feed. seer: each counts once. says: positive,
-- false or expired. at: when it was seen, or said. withdrawn: when it was taken back.
CREATE TABLE sharing_sighting (
  id        TEXT COLLATE "C" PRIMARY KEY,
  once      TEXT COLLATE "C" NOT NULL,
  indicator TEXT COLLATE "C" NOT NULL,
  seer      TEXT COLLATE "C" NOT NULL,
  says      TEXT COLLATE "C" NOT NULL,
  at        BIGINT NOT NULL,
  told      BIGINT NOT NULL,
  value     TEXT COLLATE "C" NOT NULL,
  feed      TEXT COLLATE "C" NOT NULL,
  note      TEXT COLLATE "C" NOT NULL,
  withdrawn BIGINT NOT NULL
);
CREATE UNIQUE INDEX sharing_sighting_once ON sharing_sighting (once);
CREATE INDEX sharing_sighting_of ON sharing_sighting (indicator, at);

-- What objects of type relationship say. version: of the object, in microseconds.
CREATE TABLE sharing_relation (
  id      TEXT COLLATE "C" PRIMARY KEY,
  version BIGINT NOT NULL,
  kind    TEXT COLLATE "C" NOT NULL,
  origin  TEXT COLLATE "C" NOT NULL,
  target  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sharing_relation_origin ON sharing_relation (origin, id);
CREATE INDEX sharing_relation_target ON sharing_relation (target, id);

-- How far something was read: objects up to a number, segments of events up to a position; of which version the warning lists were applied.
CREATE TABLE sharing_reach (
  name TEXT COLLATE "C" PRIMARY KEY,
  num  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE sharing_reach;
DROP TABLE sharing_relation;
DROP TABLE sharing_sighting;
DROP TABLE sharing_indicator_value;
DROP TABLE sharing_indicator;
