-- Messages on their way out, what stops them, and what the team has to look at.

-- +goose Up

CREATE TABLE delivery (
  id           TEXT COLLATE "C" PRIMARY KEY,
  channel      TEXT COLLATE "C" NOT NULL,
  contact      TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  to_name      TEXT COLLATE "C" NOT NULL,
  address      TEXT COLLATE "C" NOT NULL,
  domain       TEXT COLLATE "C" NOT NULL,
  subject      TEXT COLLATE "C" NOT NULL, -- the outer one
  message_id   TEXT COLLATE "C" NOT NULL,
  return_path  TEXT COLLATE "C" NOT NULL,
  label        TEXT COLLATE "C" NOT NULL,
  ticket       TEXT COLLATE "C" NOT NULL,
  batch        TEXT COLLATE "C" NOT NULL,
  decision     TEXT COLLATE "C" NOT NULL, -- of release, that let it out
  size         BIGINT NOT NULL,
  state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'sending', 'accepted', 'doubtful', 'held', 'refused', 'bounced', 'cancelled')),
  version      BIGINT NOT NULL, -- rises with each move; a claim is good for the version it made
  claimed_by   TEXT COLLATE "C" NOT NULL,
  attempt      BIGINT NOT NULL,
  doubts       BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  next_at      BIGINT NOT NULL,
  first_at     BIGINT NOT NULL, -- the first attempt
  last_at      BIGINT NOT NULL, -- the latest attempt
  settled_at   BIGINT NOT NULL, -- 0 while it may still be sent
  code         BIGINT NOT NULL,
  status       TEXT COLLATE "C" NOT NULL,
  detail       TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX delivery_message ON delivery (message_id);
-- What may be claimed, with all that choosing needs.
CREATE INDEX delivery_due ON delivery (channel, next_at, id, domain, batch) WHERE state IN ('queued', 'doubtful');
CREATE INDEX delivery_claimed ON delivery (channel) WHERE state = 'sending';
CREATE INDEX delivery_state ON delivery (state, id);
CREATE INDEX delivery_settled ON delivery (settled_at) WHERE settled_at > 0;

-- What is sent, byte for byte (zstd). Forgotten some time after the delivery has ended.
CREATE TABLE delivery_body (
  delivery TEXT COLLATE "C" PRIMARY KEY,
  bytes    BYTEA NOT NULL
);

-- The feeds that a message speaks of: each can be stopped.
CREATE TABLE delivery_feed (
  delivery TEXT COLLATE "C" NOT NULL,
  feed     TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (delivery, feed)
);
CREATE INDEX delivery_feed_name ON delivery_feed (feed, delivery);

-- Attempts that did not end in acceptance.
CREATE TABLE delivery_attempt (
  delivery TEXT COLLATE "C" NOT NULL,
  id       TEXT COLLATE "C" NOT NULL,
  at       BIGINT NOT NULL,
  outcome  TEXT COLLATE "C" NOT NULL,
  code     BIGINT NOT NULL,
  status   TEXT COLLATE "C" NOT NULL,
  detail   TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (delivery, id)
);

-- Channels that do not work now.
CREATE TABLE delivery_down (
  channel TEXT COLLATE "C" PRIMARY KEY,
  reason  TEXT COLLATE "C" NOT NULL,
  since   BIGINT NOT NULL
);

-- What must not be sent: all, channel:NAME, feed:NAME, batch:ID.
CREATE TABLE stop_order (
  scope      TEXT COLLATE "C" PRIMARY KEY,
  ordered_by TEXT COLLATE "C" NOT NULL,
  reason     TEXT COLLATE "C" NOT NULL,
  at         BIGINT NOT NULL
);

-- The team's queue.
CREATE TABLE task (
  id           TEXT COLLATE "C" PRIMARY KEY,
  kind         TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  contact      TEXT COLLATE "C" NOT NULL,
  object       TEXT COLLATE "C" NOT NULL,
  title        TEXT COLLATE "C" NOT NULL,
  detail       TEXT COLLATE "C" NOT NULL,
  advice       TEXT COLLATE "C" NOT NULL,
  raised       BIGINT NOT NULL,
  last         BIGINT NOT NULL,
  count        BIGINT NOT NULL,
  done         BIGINT NOT NULL,
  done_by      TEXT COLLATE "C" NOT NULL,
  outcome      TEXT COLLATE "C" NOT NULL
);
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
