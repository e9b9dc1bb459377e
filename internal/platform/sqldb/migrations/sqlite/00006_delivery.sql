-- Messages on their way out, what stops them, and what the team has to look at.

-- +goose Up

CREATE TABLE delivery (
  id           TEXT PRIMARY KEY,
  channel      TEXT NOT NULL,
  contact      TEXT NOT NULL,
  organisation TEXT NOT NULL,
  to_name      TEXT NOT NULL,
  address      TEXT NOT NULL,
  domain       TEXT NOT NULL,
  subject      TEXT NOT NULL, -- the outer one
  message_id   TEXT NOT NULL,
  return_path  TEXT NOT NULL,
  label        TEXT NOT NULL,
  ticket       TEXT NOT NULL,
  batch        TEXT NOT NULL,
  decision     TEXT NOT NULL, -- of release, that let it out
  size         INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'accepted', 'doubtful', 'held', 'refused', 'bounced', 'cancelled')),
  version      INTEGER NOT NULL, -- rises with each move; a claim is good for the version it made
  claimed_by   TEXT NOT NULL,
  attempt      INTEGER NOT NULL,
  doubts       INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  next_at      INTEGER NOT NULL,
  first_at     INTEGER NOT NULL, -- the first attempt
  last_at      INTEGER NOT NULL, -- the latest attempt
  settled_at   INTEGER NOT NULL, -- 0 while it may still be sent
  code         INTEGER NOT NULL,
  status       TEXT NOT NULL,
  detail       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX delivery_message ON delivery (message_id);
-- What may be claimed, with all that choosing needs.
CREATE INDEX delivery_due ON delivery (channel, next_at, id, domain, batch) WHERE state IN ('queued', 'doubtful');
CREATE INDEX delivery_claimed ON delivery (channel) WHERE state = 'sending';
CREATE INDEX delivery_state ON delivery (state, id);
CREATE INDEX delivery_settled ON delivery (settled_at) WHERE settled_at > 0;

-- What is sent, byte for byte (zstd). Forgotten some time after the delivery has ended.
CREATE TABLE delivery_body (
  delivery TEXT PRIMARY KEY,
  bytes    BLOB NOT NULL
) STRICT;

-- The feeds that a message speaks of: each can be stopped.
CREATE TABLE delivery_feed (
  delivery TEXT NOT NULL,
  feed     TEXT NOT NULL,
  PRIMARY KEY (delivery, feed)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_feed_name ON delivery_feed (feed, delivery);

-- Attempts that did not end in acceptance.
CREATE TABLE delivery_attempt (
  delivery TEXT NOT NULL,
  id       TEXT NOT NULL,
  at       INTEGER NOT NULL,
  outcome  TEXT NOT NULL,
  code     INTEGER NOT NULL,
  status   TEXT NOT NULL,
  detail   TEXT NOT NULL,
  PRIMARY KEY (delivery, id)
) STRICT, WITHOUT ROWID;

-- Channels that do not work now.
CREATE TABLE delivery_down (
  channel TEXT PRIMARY KEY,
  reason  TEXT NOT NULL,
  since   INTEGER NOT NULL
) STRICT;

-- What must not be sent: all, channel:NAME, feed:NAME, batch:ID.
CREATE TABLE stop_order (
  scope      TEXT PRIMARY KEY,
  ordered_by TEXT NOT NULL,
  reason     TEXT NOT NULL,
  at         INTEGER NOT NULL
) STRICT;

-- The team's queue.
CREATE TABLE task (
  id           TEXT PRIMARY KEY,
  kind         TEXT NOT NULL,
  organisation TEXT NOT NULL,
  contact      TEXT NOT NULL,
  object       TEXT NOT NULL,
  title        TEXT NOT NULL,
  detail       TEXT NOT NULL,
  advice       TEXT NOT NULL,
  raised       INTEGER NOT NULL,
  last         INTEGER NOT NULL,
  count        INTEGER NOT NULL,
  done         INTEGER NOT NULL,
  done_by      TEXT NOT NULL,
  outcome      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX task_open ON task (kind, object) WHERE done = 0;

CREATE INDEX outbox_topic ON outbox (topic, id);

-- +goose Down

DROP INDEX outbox_topic;
DROP TABLE task;
DROP TABLE stop_order;
DROP TABLE delivery_down;
DROP TABLE delivery_attempt;
DROP TABLE delivery_feed;
DROP TABLE delivery_body;
DROP TABLE delivery;
