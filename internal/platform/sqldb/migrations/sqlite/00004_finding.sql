-- +goose Up

-- Standing problems: one row for each (asset, condition), beside its neighbours' by address. Sights change rows all the time, so what is
-- indexed besides the key is only what few rows have; and the words that many rows share stand in tables of their own, since how many
-- facts a second can be applied depends on how many rows a page holds. What is read is the view finding, below.
CREATE TABLE finding_row (
  key          BLOB PRIMARY KEY, -- 16 bytes of address (zero: none), 12 of what else makes the finding
  kind         INTEGER NOT NULL, -- finding_kind
  last_seen    INTEGER NOT NULL,
  state        TEXT NOT NULL DEFAULT 'open',
  organisation TEXT NOT NULL, -- '': nobody's that we know
  owner        INTEGER NOT NULL, -- finding_owner
  first_seen   INTEGER NOT NULL,
  events       INTEGER NOT NULL,
  sources      INTEGER NOT NULL, -- bits of finding_source
  told         INTEGER NOT NULL DEFAULT 0, -- when the owner was told last
  told_events  INTEGER NOT NULL DEFAULT 0, -- events by then
  next_at      INTEGER NOT NULL DEFAULT 0, -- when the owner may be told again
  due          INTEGER,                    -- when the owner is to be told; null: not
  since        INTEGER NOT NULL,
  version      INTEGER NOT NULL DEFAULT 1, -- rises with every move
  port         INTEGER NOT NULL,
  fqdn         TEXT NOT NULL, -- of the latest sight, as are owner, kind, port and url
  url          TEXT NOT NULL,
  addr         BLOB,                    -- latest address of what has none in its key
  reason       TEXT NOT NULL DEFAULT '',
  until_at     INTEGER NOT NULL DEFAULT 0, -- end of muting
  mark         INTEGER                     -- reopened in the transaction under way
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_due ON finding_row (organisation, key) WHERE due IS NOT NULL;
CREATE INDEX finding_muted ON finding_row (until_at) WHERE until_at > 0;
CREATE INDEX finding_addr ON finding_row (addr) WHERE addr IS NOT NULL;
CREATE INDEX finding_mark ON finding_row (mark) WHERE mark IS NOT NULL;

-- What makes an owner's part of a finding, apart from the organisation. Numbers are made from what they stand for.
CREATE TABLE finding_owner (
  id      INTEGER PRIMARY KEY,
  network TEXT NOT NULL,
  rule    TEXT NOT NULL
) STRICT;

-- What findings have in common that are not of one place.
CREATE TABLE finding_kind (
  id         INTEGER PRIMARY KEY,
  feed       TEXT NOT NULL,
  report     TEXT NOT NULL,
  severity   TEXT NOT NULL,
  role       TEXT NOT NULL,
  standing   TEXT NOT NULL,
  transport  TEXT NOT NULL,
  malware    TEXT NOT NULL,
  taxonomy   TEXT NOT NULL,
  type       TEXT NOT NULL,
  identifier TEXT NOT NULL
) STRICT;

-- Findings with all their words. The signs + keep SQLite from looking up rows by their kind, for which it would sort them all.
CREATE VIEW finding AS SELECT r.key, r.organisation, o.network, o.rule, k.role, k.standing, r.addr, r.port, k.transport, r.fqdn, r.url, k.malware,
  k.taxonomy, k.type, k.identifier, k.feed, k.report, k.severity, r.sources, r.first_seen, r.last_seen, r.events, r.state, r.since, r.reason,
  r.until_at, r.told, r.told_events, r.next_at, r.due, r.version, r.mark, r.kind, r.owner
FROM finding_row r LEFT JOIN finding_owner o ON o.id = +r.owner LEFT JOIN finding_kind k ON k.id = +r.kind;

-- Where sights come from under the same terms: a bit of finding.sources each.
CREATE TABLE finding_source (
  bit         INTEGER PRIMARY KEY,
  feed        TEXT NOT NULL,
  label       INTEGER NOT NULL,
  receivers   TEXT NOT NULL, -- JSON
  attribution TEXT NOT NULL,
  UNIQUE (feed, label, receivers, attribution)
) STRICT;

-- What was told in which message.
CREATE TABLE finding_told (
  message TEXT NOT NULL,
  key     BLOB NOT NULL,
  at      INTEGER NOT NULL,
  before  INTEGER NOT NULL, -- finding.told before it
  events  INTEGER NOT NULL, -- finding.told_events before it
  failed  INTEGER NOT NULL DEFAULT 0, -- when it turned out that it reached nobody
  PRIMARY KEY (message, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_told_key ON finding_told (key, at);

-- Moves of findings. What was told stands in finding_told.
CREATE TABLE finding_history (
  key        BLOB NOT NULL,
  version    INTEGER NOT NULL, -- of the finding after the move
  at         INTEGER NOT NULL,
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  actor      TEXT NOT NULL,
  name       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  PRIMARY KEY (key, version)
) STRICT, WITHOUT ROWID;

-- The backlog being applied, at most one row: which rows of which files, sorted by key as one, and how far.
CREATE TABLE finding_apply (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  pieces   TEXT NOT NULL, -- JSON
  last_key BLOB NOT NULL, -- facts up to this key are applied
  facts    INTEGER NOT NULL
) STRICT;

-- Intakes of which facts were applied and whose silence is still to be judged.
CREATE TABLE finding_intake (
  intake   TEXT PRIMARY KEY,
  earliest INTEGER NOT NULL, -- sight
  facts    INTEGER NOT NULL,
  settled  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The latest complete run of each feed and report that looked usual.
CREATE TABLE finding_run (
  feed   TEXT NOT NULL,
  report TEXT NOT NULL,
  intake TEXT NOT NULL,
  at     INTEGER NOT NULL,
  facts  INTEGER NOT NULL,
  PRIMARY KEY (feed, report)
) STRICT, WITHOUT ROWID;

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
