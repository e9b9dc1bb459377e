-- One decision for everything that leaves: what a redacted copy and a second person need, what a source agreed about a label in time, who read what.

-- +goose Up

-- As before, with two more outcomes; relation: what the recipient is to the item; effective: the label after its schedule; profile: of redaction; source: whose
-- word rules the label; facts: bits, as the policy of that version has them; seconder: who approved or refused what needed a second person.
CREATE TABLE release_decision_new (
  id           TEXT PRIMARY KEY,
  item_key     BLOB NOT NULL UNIQUE,
  item_kind    TEXT NOT NULL,
  item_id      TEXT NOT NULL,
  item_version TEXT NOT NULL,
  item_count   INTEGER NOT NULL,
  owner        TEXT NOT NULL,
  feed         TEXT NOT NULL,
  label        TEXT NOT NULL,
  receivers    TEXT NOT NULL, -- kinds of organisations, a JSON list
  attribution  TEXT NOT NULL,
  organisation TEXT NOT NULL, -- who would be told
  contact      TEXT NOT NULL,
  audience     TEXT NOT NULL,
  grant_id     TEXT NOT NULL,
  policy       INTEGER NOT NULL,
  outcome      TEXT NOT NULL CHECK (outcome IN ('allowed', 'allowed redacted', 'needs a second person', 'refused', 'held')),
  rule         TEXT NOT NULL,
  reason       TEXT NOT NULL,
  decided_by   TEXT NOT NULL,
  decided_at   INTEGER NOT NULL,
  relation     TEXT NOT NULL DEFAULT '',
  effective    TEXT NOT NULL DEFAULT '',
  profile      TEXT NOT NULL DEFAULT '',
  source       TEXT NOT NULL DEFAULT '',
  pap          TEXT NOT NULL DEFAULT '',
  facts        INTEGER NOT NULL DEFAULT 0,
  seconder     TEXT NOT NULL DEFAULT '',
  seconded_at  INTEGER NOT NULL DEFAULT 0,
  seconded_for TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO release_decision_new (id, item_key, item_kind, item_id, item_version, item_count, owner, feed, label, receivers, attribution, organisation, contact,
    audience, grant_id, policy, outcome, rule, reason, decided_by, decided_at)
  SELECT id, item_key, item_kind, item_id, item_version, item_count, owner, feed, label, receivers, attribution, organisation, contact,
    audience, grant_id, policy, outcome, rule, reason, decided_by, decided_at FROM release_decision;
DROP TABLE release_decision;
ALTER TABLE release_decision_new RENAME TO release_decision;
CREATE INDEX release_decision_refused ON release_decision (id) WHERE outcome NOT IN ('allowed', 'allowed redacted');
CREATE INDEX release_decision_second ON release_decision (id) WHERE outcome = 'needs a second person';
CREATE INDEX release_decision_organisation ON release_decision (organisation, id);
CREATE INDEX release_decision_owner ON release_decision (owner, id);
CREATE INDEX release_decision_item ON release_decision (item_kind, item_id, id);

-- What the source of an item agreed about its label in time. item: kind, a blank, id; stages: a JSON list of {at, label, told}; next_at: when holders have to
-- be told of the next one, 0 for never; reviewed: whether the team was reminded of the review.
CREATE TABLE release_schedule (
  item      TEXT PRIMARY KEY,
  item_kind TEXT NOT NULL,
  item_id   TEXT NOT NULL,
  base      TEXT NOT NULL,
  stages    TEXT NOT NULL,
  embargo   INTEGER NOT NULL,
  review    INTEGER NOT NULL,
  source    TEXT NOT NULL,
  word      TEXT NOT NULL,
  agreed_by TEXT NOT NULL,
  agreed_at INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  next_at   INTEGER NOT NULL,
  reviewed  INTEGER NOT NULL
) STRICT;
CREATE INDEX release_schedule_next ON release_schedule (next_at) WHERE next_at > 0;
CREATE INDEX release_schedule_review ON release_schedule (review) WHERE review > 0 AND reviewed = 0;

-- What became of what was let out, beside its delivery: read, acknowledged, recalled, corrected, told (of a wider label), asked (its source, for one).
CREATE TABLE release_receipt (
  id       TEXT PRIMARY KEY,
  decision TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('read', 'acknowledged', 'recalled', 'corrected', 'told', 'asked')),
  address  TEXT NOT NULL, -- of the copy, '' for one that was fetched
  via      TEXT NOT NULL, -- mail, webhook, portal, api, taxii, phone
  delivery TEXT NOT NULL, -- of the letter that told them, '' for none
  at       INTEGER NOT NULL,
  actor    TEXT NOT NULL
) STRICT;
CREATE INDEX release_receipt_decision ON release_receipt (decision, at);

-- Which messages stand on which decisions: delivery.decision, one row each.
CREATE TABLE delivery_decision (
  decision TEXT NOT NULL,
  delivery TEXT NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
  PRIMARY KEY (decision, delivery)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_decision_delivery ON delivery_decision (delivery);
INSERT INTO delivery_decision (decision, delivery)
  WITH RECURSIVE part (delivery, rest) AS (
    SELECT id, decision FROM delivery WHERE decision <> ''
    UNION ALL SELECT delivery, substr(rest, 28) FROM part WHERE length(rest) > 27
  ) SELECT substr(rest, 1, 26), delivery FROM part WHERE true ON CONFLICT DO NOTHING;

-- +goose Down
DROP TABLE delivery_decision;
DROP TABLE release_receipt;
DROP TABLE release_schedule;
CREATE TABLE release_decision_old (
  id           TEXT PRIMARY KEY,
  item_key     BLOB NOT NULL UNIQUE,
  item_kind    TEXT NOT NULL,
  item_id      TEXT NOT NULL,
  item_version TEXT NOT NULL,
  item_count   INTEGER NOT NULL,
  owner        TEXT NOT NULL,
  feed         TEXT NOT NULL,
  label        TEXT NOT NULL,
  receivers    TEXT NOT NULL,
  attribution  TEXT NOT NULL,
  organisation TEXT NOT NULL,
  contact      TEXT NOT NULL,
  audience     TEXT NOT NULL,
  grant_id     TEXT NOT NULL,
  policy       INTEGER NOT NULL,
  outcome      TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused', 'held')),
  rule         TEXT NOT NULL,
  reason       TEXT NOT NULL,
  decided_by   TEXT NOT NULL,
  decided_at   INTEGER NOT NULL
) STRICT;
INSERT INTO release_decision_old SELECT id, item_key, item_kind, item_id, item_version, item_count, owner, feed, label, receivers, attribution, organisation,
    contact, audience, grant_id, policy,
    CASE outcome WHEN 'allowed redacted' THEN 'allowed' WHEN 'needs a second person' THEN 'refused' ELSE outcome END, rule, reason, decided_by, decided_at
  FROM release_decision;
DROP TABLE release_decision;
ALTER TABLE release_decision_old RENAME TO release_decision;
CREATE INDEX release_decision_refused ON release_decision (id) WHERE outcome <> 'allowed';
CREATE INDEX release_decision_organisation ON release_decision (organisation, id);
CREATE INDEX release_decision_owner ON release_decision (owner, id);
