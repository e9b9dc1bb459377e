-- One decision for everything that leaves: what a redacted copy and a second person need, what a source agreed about a label in time, who read what.

-- +goose Up

-- As before, with two more outcomes; relation: what the recipient is to the item; effective: the label after its schedule; profile: of redaction; source: whose
-- word rules the label; facts: bits, as the policy of that version has them; seconder: who approved or refused what needed a second person.
ALTER TABLE release_decision
  DROP CONSTRAINT release_decision_outcome_check,
  ADD CONSTRAINT release_decision_outcome_check CHECK (outcome IN ('allowed', 'allowed redacted', 'needs a second person', 'refused', 'held')),
  ADD COLUMN relation     TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN effective    TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN profile      TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN source       TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN pap          TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN facts        BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN seconder     TEXT COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN seconded_at  BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN seconded_for TEXT COLLATE "C" NOT NULL DEFAULT '';
DROP INDEX release_decision_refused;
CREATE INDEX release_decision_refused ON release_decision (id) WHERE outcome NOT IN ('allowed', 'allowed redacted');
CREATE INDEX release_decision_second ON release_decision (id) WHERE outcome = 'needs a second person';
CREATE INDEX release_decision_item ON release_decision (item_kind, item_id, id);

-- What the source of an item agreed about its label in time. item: kind, a blank, id; stages: a JSON list of {at, label, told}; next_at: when holders have to
-- be told of the next one, 0 for never; reviewed: whether the team was reminded of the review.
CREATE TABLE release_schedule (
  item      TEXT COLLATE "C" PRIMARY KEY,
  item_kind TEXT COLLATE "C" NOT NULL,
  item_id   TEXT COLLATE "C" NOT NULL,
  base      TEXT COLLATE "C" NOT NULL,
  stages    TEXT COLLATE "C" NOT NULL,
  embargo   BIGINT NOT NULL,
  review    BIGINT NOT NULL,
  source    TEXT COLLATE "C" NOT NULL,
  word      TEXT COLLATE "C" NOT NULL,
  agreed_by TEXT COLLATE "C" NOT NULL,
  agreed_at BIGINT NOT NULL,
  version   BIGINT NOT NULL,
  next_at   BIGINT NOT NULL,
  reviewed  BIGINT NOT NULL
);
CREATE INDEX release_schedule_next ON release_schedule (next_at) WHERE next_at > 0;
CREATE INDEX release_schedule_review ON release_schedule (review) WHERE review > 0 AND reviewed = 0;

-- What became of what was let out, beside its delivery: read, acknowledged, recalled, corrected, told (of a wider label), asked (its source, for one).
CREATE TABLE release_receipt (
  id       TEXT COLLATE "C" PRIMARY KEY,
  decision TEXT COLLATE "C" NOT NULL,
  kind     TEXT COLLATE "C" NOT NULL CHECK (kind IN ('read', 'acknowledged', 'recalled', 'corrected', 'told', 'asked')),
  address  TEXT COLLATE "C" NOT NULL, -- of the copy, '' for one that was fetched
  via      TEXT COLLATE "C" NOT NULL, -- mail, webhook, portal, api, taxii, phone
  delivery TEXT COLLATE "C" NOT NULL, -- of the letter that told them, '' for none
  at       BIGINT NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX release_receipt_decision ON release_receipt (decision, at);

-- Which messages stand on which decisions: delivery.decision, one row each.
CREATE TABLE delivery_decision (
  decision TEXT COLLATE "C" NOT NULL,
  delivery TEXT COLLATE "C" NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
  PRIMARY KEY (decision, delivery)
);
CREATE INDEX delivery_decision_delivery ON delivery_decision (delivery);
INSERT INTO delivery_decision (decision, delivery)
  WITH RECURSIVE part (delivery, rest) AS (
    SELECT CAST(id AS TEXT), CAST(decision AS TEXT) FROM delivery WHERE decision <> ''
    UNION ALL SELECT delivery, substr(rest, 28) FROM part WHERE length(rest) > 27
  ) SELECT substr(rest, 1, 26), delivery FROM part WHERE true ON CONFLICT DO NOTHING;

-- +goose Down
DROP TABLE delivery_decision;
DROP TABLE release_receipt;
DROP TABLE release_schedule;
DROP INDEX release_decision_item;
DROP INDEX release_decision_second;
DROP INDEX release_decision_refused;
UPDATE release_decision SET outcome = CASE outcome WHEN 'allowed redacted' THEN 'allowed' WHEN 'needs a second person' THEN 'refused' ELSE outcome END;
ALTER TABLE release_decision
  DROP CONSTRAINT release_decision_outcome_check,
  ADD CONSTRAINT release_decision_outcome_check CHECK (outcome IN ('allowed', 'refused', 'held')),
  DROP COLUMN relation, DROP COLUMN effective, DROP COLUMN profile, DROP COLUMN source, DROP COLUMN pap, DROP COLUMN facts,
  DROP COLUMN seconder, DROP COLUMN seconded_at, DROP COLUMN seconded_for;
CREATE INDEX release_decision_refused ON release_decision (id) WHERE outcome <> 'allowed';
