-- +goose Up

-- Standing problems: one row for each (asset, condition), beside its neighbours' by address. Sights change rows all the time, so what is
-- indexed besides the key is only what few rows have; and the words that many rows share stand in tables of their own, since how many
-- facts a second can be applied depends on how many rows a page holds. What is read is the view finding, below.
CREATE TABLE finding_row (
  key          BYTEA PRIMARY KEY, -- 16 bytes of address (zero: none), 12 of what else makes the finding
  kind         BIGINT NOT NULL, -- finding_kind
  last_seen    BIGINT NOT NULL,
  state        TEXT COLLATE "C" NOT NULL DEFAULT 'open',
  organisation TEXT COLLATE "C" NOT NULL, -- '': nobody's that we know
  owner        BIGINT NOT NULL, -- finding_owner
  first_seen   BIGINT NOT NULL,
  events       BIGINT NOT NULL,
  sources      BIGINT NOT NULL, -- bits of finding_source
  told         BIGINT NOT NULL DEFAULT 0, -- when the owner was told last
  told_events  BIGINT NOT NULL DEFAULT 0, -- events by then
  next_at      BIGINT NOT NULL DEFAULT 0, -- when the owner may be told again
  due          BIGINT,                    -- when the owner is to be told; null: not
  since        BIGINT NOT NULL,
  version      BIGINT NOT NULL DEFAULT 1, -- rises with every move
  port         BIGINT NOT NULL,
  fqdn         TEXT COLLATE "C" NOT NULL, -- of the latest sight, as are owner, kind, port and url
  url          TEXT COLLATE "C" NOT NULL,
  addr         BYTEA,                    -- latest address of what has none in its key
  reason       TEXT COLLATE "C" NOT NULL DEFAULT '',
  until_at     BIGINT NOT NULL DEFAULT 0, -- end of muting
  mark         BIGINT                     -- reopened in the transaction under way
) WITH (fillfactor = 80); -- room for the next version of a row on its page
CREATE INDEX finding_due ON finding_row (organisation, key) WHERE due IS NOT NULL;
CREATE INDEX finding_muted ON finding_row (until_at) WHERE until_at > 0;
CREATE INDEX finding_addr ON finding_row (addr) WHERE addr IS NOT NULL;
CREATE INDEX finding_mark ON finding_row (mark) WHERE mark IS NOT NULL;

-- What makes an owner's part of a finding, apart from the organisation. Numbers are made from what they stand for.
CREATE TABLE finding_owner (
  id      BIGINT PRIMARY KEY,
  network TEXT COLLATE "C" NOT NULL,
  rule    TEXT COLLATE "C" NOT NULL
);

-- What findings have in common that are not of one place.
CREATE TABLE finding_kind (
  id         BIGINT PRIMARY KEY,
  feed       TEXT COLLATE "C" NOT NULL,
  report     TEXT COLLATE "C" NOT NULL,
  severity   TEXT COLLATE "C" NOT NULL,
  role       TEXT COLLATE "C" NOT NULL,
  standing   TEXT COLLATE "C" NOT NULL,
  transport  TEXT COLLATE "C" NOT NULL,
  malware    TEXT COLLATE "C" NOT NULL,
  taxonomy   TEXT COLLATE "C" NOT NULL,
  type       TEXT COLLATE "C" NOT NULL,
  identifier TEXT COLLATE "C" NOT NULL
);

-- Findings with all their words.
CREATE VIEW finding AS SELECT r.key, r.organisation, o.network, o.rule, k.role, k.standing, r.addr, r.port, k.transport, r.fqdn, r.url, k.malware,
  k.taxonomy, k.type, k.identifier, k.feed, k.report, k.severity, r.sources, r.first_seen, r.last_seen, r.events, r.state, r.since, r.reason,
  r.until_at, r.told, r.told_events, r.next_at, r.due, r.version, r.mark, r.kind, r.owner
FROM finding_row r LEFT JOIN finding_owner o ON o.id = r.owner LEFT JOIN finding_kind k ON k.id = r.kind;

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
  events  BIGINT NOT NULL, -- finding.told_events before it
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
DROP VIEW finding;
DROP TABLE finding_kind;
DROP TABLE finding_owner;
DROP TABLE finding_row;
