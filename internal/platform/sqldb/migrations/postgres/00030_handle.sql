-- +goose Up
-- merged_into: the incident that it was merged into, which need not be the last of the chain; root: that one, itself if it was not merged. Nothing of a
-- merged incident is moved: what hangs on it names it as before, and whoever sees the root sees it. before: its state until then.
ALTER TABLE incident ADD COLUMN merged_into TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN root TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN before TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN assignee TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN campaign TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN pap BIGINT NOT NULL DEFAULT 2;
ALTER TABLE incident ADD COLUMN aware BIGINT NOT NULL DEFAULT 0;
ALTER TABLE incident ADD COLUMN classified BIGINT NOT NULL DEFAULT 0;
-- Country codes, sorted, with a comma between two.
ALTER TABLE incident ADD COLUMN victim TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE incident ADD COLUMN transit TEXT COLLATE "C" NOT NULL DEFAULT '';
-- 1 to 4 from low to critical; 0 is none.
ALTER TABLE incident ADD COLUMN gravity BIGINT NOT NULL DEFAULT 0;
UPDATE incident SET root = id, gravity = CASE severity WHEN 'low' THEN 1 WHEN 'medium' THEN 2 WHEN 'high' THEN 3 WHEN 'critical' THEN 4 ELSE 0 END;
CREATE INDEX incident_root ON incident (root, id);
CREATE INDEX incident_opened ON incident (opened, id);
CREATE INDEX incident_gravity ON incident (gravity, id);
CREATE INDEX incident_class ON incident (class, changed, id) WHERE class <> '';
CREATE INDEX incident_assignee ON incident (assignee, changed, id) WHERE assignee <> '';
CREATE INDEX incident_campaign ON incident (campaign, changed, id) WHERE campaign <> '';
CREATE INDEX incident_restricted ON incident (changed, id) WHERE restricted = 1;
CREATE INDEX incident_merged ON incident (merged_into) WHERE merged_into <> '';

-- The countries of an incident, to find it by. role: victim, origin, transit.
CREATE TABLE incident_country (
  code     TEXT COLLATE "C" NOT NULL,
  role     TEXT COLLATE "C" NOT NULL,
  incident TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (code, role, incident)
);
CREATE INDEX incident_country_incident ON incident_country (incident);

-- Each merge, and when it was undone: 0 while it stands. tlp, pap: the target's until then; they rise to the merged one's.
CREATE TABLE incident_merge (
  id        TEXT COLLATE "C" PRIMARY KEY,
  incident  TEXT COLLATE "C" NOT NULL,
  target    TEXT COLLATE "C" NOT NULL,
  actor     TEXT COLLATE "C" NOT NULL,
  at        BIGINT NOT NULL,
  before    TEXT COLLATE "C" NOT NULL,
  tlp       BIGINT NOT NULL,
  pap       BIGINT NOT NULL,
  undone    BIGINT NOT NULL,
  undone_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX incident_merge_incident ON incident_merge (incident, at);

-- Each split, and what went over. kind: "report", or the name of a part. For a report its link as it was: the incident that had it, by whom and when.
CREATE TABLE incident_split (
  id        TEXT COLLATE "C" PRIMARY KEY,
  source    TEXT COLLATE "C" NOT NULL,
  target    TEXT COLLATE "C" NOT NULL,
  actor     TEXT COLLATE "C" NOT NULL,
  at        BIGINT NOT NULL,
  undone    BIGINT NOT NULL,
  undone_by TEXT COLLATE "C" NOT NULL
);
CREATE INDEX incident_split_source ON incident_split (source, at);
CREATE INDEX incident_split_target ON incident_split (target);
CREATE TABLE incident_split_item (
  split     TEXT COLLATE "C" NOT NULL,
  kind      TEXT COLLATE "C" NOT NULL,
  item      TEXT COLLATE "C" NOT NULL,
  incident  TEXT COLLATE "C" NOT NULL,
  linked_by TEXT COLLATE "C" NOT NULL,
  linked_at BIGINT NOT NULL,
  PRIMARY KEY (split, kind, item, incident)
);

-- kind: child (a is the parent of b), related (a < b).
CREATE TABLE incident_relation (
  kind  TEXT COLLATE "C" NOT NULL,
  a     TEXT COLLATE "C" NOT NULL,
  b     TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  at    BIGINT NOT NULL,
  PRIMARY KEY (a, kind, b)
);
CREATE INDEX incident_relation_b ON incident_relation (b, kind);

-- Campaigns group incidents. head: name and what is known of it, sealed under a key of its own.
CREATE TABLE campaign (
  id        TEXT COLLATE "C" PRIMARY KEY,
  ref       TEXT COLLATE "C" NOT NULL UNIQUE,
  opened    BIGINT NOT NULL,
  opened_by TEXT COLLATE "C" NOT NULL,
  changed   BIGINT NOT NULL,
  version   BIGINT NOT NULL,
  data_key  BYTEA,
  head      BYTEA NOT NULL
);
CREATE INDEX campaign_order ON campaign (changed, id);

-- +goose Down
DROP TABLE campaign;
DROP TABLE incident_relation;
DROP TABLE incident_split_item;
DROP TABLE incident_split;
DROP TABLE incident_merge;
DROP TABLE incident_country;
DROP INDEX incident_merged;
DROP INDEX incident_restricted;
DROP INDEX incident_campaign;
DROP INDEX incident_assignee;
DROP INDEX incident_class;
DROP INDEX incident_gravity;
DROP INDEX incident_opened;
DROP INDEX incident_root;
ALTER TABLE incident DROP COLUMN gravity;
ALTER TABLE incident DROP COLUMN transit;
ALTER TABLE incident DROP COLUMN origin;
ALTER TABLE incident DROP COLUMN victim;
ALTER TABLE incident DROP COLUMN classified;
ALTER TABLE incident DROP COLUMN aware;
ALTER TABLE incident DROP COLUMN pap;
ALTER TABLE incident DROP COLUMN campaign;
ALTER TABLE incident DROP COLUMN assignee;
ALTER TABLE incident DROP COLUMN before;
ALTER TABLE incident DROP COLUMN root;
ALTER TABLE incident DROP COLUMN merged_into;
