-- +goose Up

-- Standing problems: one row for each (asset, condition), beside its neighbours' by address. Sights change rows all the time, so what is
-- indexed besides the key is only what few rows have.
CREATE TABLE finding (
  key          BYTEA PRIMARY KEY, -- 16 bytes of address (zero: none), 12 of what else makes the finding
  organisation TEXT COLLATE "C" NOT NULL,    -- '': nobody's that we know
  network      TEXT COLLATE "C" NOT NULL,
  rule         TEXT COLLATE "C" NOT NULL,
  role         TEXT COLLATE "C" NOT NULL,
  standing     TEXT COLLATE "C" NOT NULL,
  addr         BYTEA,             -- latest address of what has none in its key
  port         BIGINT NOT NULL,
  transport    TEXT COLLATE "C" NOT NULL,
  fqdn         TEXT COLLATE "C" NOT NULL,
  url          TEXT COLLATE "C" NOT NULL,
  malware      TEXT COLLATE "C" NOT NULL,
  taxonomy     TEXT COLLATE "C" NOT NULL,
  type         TEXT COLLATE "C" NOT NULL,
  identifier   TEXT COLLATE "C" NOT NULL,
  feed         TEXT COLLATE "C" NOT NULL,    -- of the latest sight, as are all texts above
  report       TEXT COLLATE "C" NOT NULL,
  severity     TEXT COLLATE "C" NOT NULL,
  sources      BIGINT NOT NULL, -- bits of finding_source
  first_seen   BIGINT NOT NULL,
  last_seen    BIGINT NOT NULL,
  events       BIGINT NOT NULL,
  state        TEXT COLLATE "C" NOT NULL DEFAULT 'open',
  since        BIGINT NOT NULL,
  reason       TEXT COLLATE "C" NOT NULL DEFAULT '',
  until_at     BIGINT NOT NULL DEFAULT 0, -- end of muting
  told         BIGINT NOT NULL DEFAULT 0, -- when the owner was told last
  told_events  BIGINT NOT NULL DEFAULT 0, -- events by then
  next_at      BIGINT NOT NULL DEFAULT 0, -- when the owner may be told again
  due          BIGINT,                    -- when the owner is to be told; null: not
  version      BIGINT NOT NULL DEFAULT 1, -- rises with every move
  mark         BIGINT                     -- reopened in the transaction under way
) WITH (fillfactor = 80); -- room for the next version of a row on its page
CREATE INDEX finding_due ON finding (organisation, key) WHERE due IS NOT NULL;
CREATE INDEX finding_muted ON finding (until_at) WHERE until_at > 0;
CREATE INDEX finding_addr ON finding (addr) WHERE addr IS NOT NULL;
CREATE INDEX finding_mark ON finding (mark) WHERE mark IS NOT NULL;

-- Where sights come from under the same terms: a bit of finding.sources each.
CREATE TABLE finding_source (
  bit         BIGINT PRIMARY KEY,
  feed        TEXT COLLATE "C" NOT NULL,
  label       BIGINT NOT NULL,
  receivers   TEXT COLLATE "C" NOT NULL, -- JSON
  attribution TEXT COLLATE "C" NOT NULL,
  UNIQUE (feed, label, receivers, attribution)
);

-- What was told in which message.
CREATE TABLE finding_told (
  message TEXT COLLATE "C" NOT NULL,
  key     BYTEA NOT NULL,
  at      BIGINT NOT NULL,
  before  BIGINT NOT NULL, -- finding.told before it
  failed  BIGINT NOT NULL DEFAULT 0, -- when it turned out that it reached nobody
  PRIMARY KEY (message, key)
);
CREATE INDEX finding_told_key ON finding_told (key, at);

-- Moves of findings. What was told stands in finding_told.
CREATE TABLE finding_history (
  key        BYTEA NOT NULL,
  version    BIGINT NOT NULL, -- of the finding after the move
  at         BIGINT NOT NULL,
  from_state TEXT COLLATE "C" NOT NULL,
  to_state   TEXT COLLATE "C" NOT NULL,
  actor      TEXT COLLATE "C" NOT NULL,
  name       TEXT COLLATE "C" NOT NULL,
  reason     TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (key, version)
);

-- The backlog being applied, at most one row: which rows of which files, sorted by key as one, and how far.
CREATE TABLE finding_apply (
  one      BIGINT PRIMARY KEY CHECK (one = 1),
  pieces   TEXT COLLATE "C" NOT NULL, -- JSON
  last_key BYTEA NOT NULL, -- facts up to this key are applied
  facts    BIGINT NOT NULL
);

-- Intakes of which facts were applied and whose silence is still to be judged.
CREATE TABLE finding_intake (
  intake   TEXT COLLATE "C" PRIMARY KEY,
  earliest BIGINT NOT NULL, -- sight
  facts    BIGINT NOT NULL,
  settled  BIGINT NOT NULL DEFAULT 0
);

-- The latest complete run of each feed and report that looked usual.
CREATE TABLE finding_run (
  feed   TEXT COLLATE "C" NOT NULL,
  report TEXT COLLATE "C" NOT NULL,
  intake TEXT COLLATE "C" NOT NULL,
  at     BIGINT NOT NULL,
  facts  BIGINT NOT NULL,
  PRIMARY KEY (feed, report)
);

-- +goose Down
DROP TABLE finding_run;
DROP TABLE finding_intake;
DROP TABLE finding_apply;
DROP TABLE finding_history;
DROP TABLE finding_told;
DROP TABLE finding_source;
DROP TABLE finding;
