-- What sources say about use beside the label: PAP and IEP of what is wished for an item, of findings by their source, and of shared objects.

-- +goose Up
-- pap: tlp.PAP; -1 where nothing was said of it. iep: statements as JSON; '' where nothing was said.
ALTER TABLE release_wish ADD COLUMN pap BIGINT NOT NULL DEFAULT -1;
ALTER TABLE release_wish ADD COLUMN iep TEXT COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE sharing_object ADD COLUMN pap BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sharing_object ADD COLUMN iep TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sharing_held ADD COLUMN pap BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sharing_held ADD COLUMN iep TEXT COLLATE "C" NOT NULL DEFAULT '';

ALTER TABLE finding_source RENAME TO finding_source_before;
CREATE TABLE finding_source (
  bit         BIGINT PRIMARY KEY,
  feed        TEXT COLLATE "C" NOT NULL,
  label       BIGINT NOT NULL,
  receivers   TEXT COLLATE "C" NOT NULL, -- JSON
  attribution TEXT COLLATE "C" NOT NULL,
  pap         BIGINT NOT NULL DEFAULT 0,
  iep         TEXT COLLATE "C" NOT NULL DEFAULT '',
  UNIQUE (feed, label, receivers, attribution, pap, iep)
);
INSERT INTO finding_source (bit, feed, label, receivers, attribution) SELECT bit, feed, label, receivers, attribution FROM finding_source_before;
DROP TABLE finding_source_before;

-- +goose Down
ALTER TABLE finding_source RENAME TO finding_source_after;
CREATE TABLE finding_source (
  bit         BIGINT PRIMARY KEY,
  feed        TEXT COLLATE "C" NOT NULL,
  label       BIGINT NOT NULL,
  receivers   TEXT COLLATE "C" NOT NULL,
  attribution TEXT COLLATE "C" NOT NULL,
  UNIQUE (feed, label, receivers, attribution)
);
INSERT INTO finding_source (bit, feed, label, receivers, attribution)
  SELECT min(bit), feed, label, receivers, attribution FROM finding_source_after GROUP BY feed, label, receivers, attribution;
DROP TABLE finding_source_after;
ALTER TABLE sharing_held DROP COLUMN iep;
ALTER TABLE sharing_held DROP COLUMN pap;
ALTER TABLE sharing_object DROP COLUMN iep;
ALTER TABLE sharing_object DROP COLUMN pap;
ALTER TABLE release_wish DROP COLUMN iep;
ALTER TABLE release_wish DROP COLUMN pap;
