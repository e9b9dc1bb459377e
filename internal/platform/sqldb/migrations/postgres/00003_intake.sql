-- +goose Up

-- What came in: one row an input. Its commit means accepted; state 'done' means visible.
CREATE TABLE intake (
  id           TEXT COLLATE "C" PRIMARY KEY,
  feed         TEXT NOT NULL,
  report       TEXT NOT NULL,
  format       TEXT NOT NULL,
  name         TEXT NOT NULL,
  hash         TEXT NOT NULL,
  blob         TEXT NOT NULL,
  blob_bytes   BIGINT NOT NULL,
  bytes        BIGINT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('accepted', 'done', 'undecided', 'failed')),
  attempt      BIGINT NOT NULL,
  actor        TEXT NOT NULL,
  arrived_at   BIGINT NOT NULL,
  done_at      BIGINT NOT NULL,
  row_count    BIGINT NOT NULL,
  events       BIGINT NOT NULL,
  duplicates   BIGINT NOT NULL,
  set_aside    BIGINT NOT NULL,
  attributed   BIGINT NOT NULL,
  aside        TEXT NOT NULL,
  notes        TEXT NOT NULL,
  error        TEXT NOT NULL,
  terms        TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX intake_content ON intake (feed, report, hash);
CREATE INDEX intake_open ON intake (arrived_at, id) WHERE state = 'accepted';
CREATE INDEX intake_arrived ON intake (arrived_at, id);

-- The manifest: which segments are visible. position rises in the order of commits.
CREATE TABLE segment (
  path       TEXT COLLATE "C" PRIMARY KEY,
  position   BIGINT NOT NULL,
  intake     TEXT NOT NULL,
  attempt    BIGINT NOT NULL,
  feed       TEXT NOT NULL,
  report     TEXT NOT NULL,
  day        BIGINT NOT NULL,
  taxonomy   TEXT NOT NULL,
  row_count  BIGINT NOT NULL,
  bytes      BIGINT NOT NULL,
  min_time   BIGINT,
  max_time   BIGINT,
  leaves     TEXT NOT NULL,
  has_keys   SMALLINT NOT NULL,
  gone_at    BIGINT
);
CREATE UNIQUE INDEX segment_position ON segment (position);
CREATE INDEX segment_visible ON segment (day, taxonomy) WHERE gone_at IS NULL;
CREATE INDEX segment_intake ON segment (intake);
CREATE INDEX segment_gone ON segment (gone_at) WHERE gone_at IS NOT NULL;

-- Facts about findings that wait to be applied: one file an attempt, applied from row done_rows on.
CREATE TABLE fold (
  path       TEXT COLLATE "C" PRIMARY KEY,
  position   BIGINT NOT NULL,
  intake     TEXT NOT NULL,
  row_count  BIGINT NOT NULL,
  done_rows  BIGINT NOT NULL
);
CREATE UNIQUE INDEX fold_position ON fold (position);

-- Positions of the manifest: the row is locked until its transaction commits, so a position is never seen before a lower one.
CREATE TABLE manifest_head (
  one      BIGINT PRIMARY KEY CHECK (one = 1),
  position BIGINT NOT NULL
);
INSERT INTO manifest_head (one, position) VALUES (1, 0);

-- What other rooms have to hear of: committed with the change, taken by its readers later.
CREATE TABLE outbox (
  id      TEXT COLLATE "C" PRIMARY KEY,
  topic   TEXT NOT NULL,
  subject TEXT NOT NULL,
  at      BIGINT NOT NULL
);

-- +goose Down
DROP TABLE outbox;
DROP TABLE manifest_head;
DROP TABLE fold;
DROP TABLE segment;
DROP TABLE intake;
