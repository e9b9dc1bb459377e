-- +goose Up
-- Which of the team's own things the objects in a collection tell of, or told of. kind and item as release names the thing; decision: the recorded one by which they
-- stand there; label: of the thing then; put, gone: when, in milliseconds; gone 0: it stands.
CREATE TABLE sharing_own (
  collection TEXT COLLATE "C" NOT NULL,
  kind       TEXT COLLATE "C" NOT NULL,
  item       TEXT COLLATE "C" NOT NULL,
  object_id  TEXT COLLATE "C" NOT NULL,
  decision   TEXT COLLATE "C" NOT NULL,
  label      TEXT COLLATE "C" NOT NULL,
  put        BIGINT NOT NULL,
  gone       BIGINT NOT NULL,
  PRIMARY KEY (collection, kind, item, object_id, decision)
);
CREATE INDEX sharing_own_item ON sharing_own (kind, item);
CREATE INDEX sharing_own_decision ON sharing_own (decision);

-- Places that were taken away: who read them before still has what stood there. at: when it was taken away, in milliseconds.
CREATE TABLE sharing_gone (
  collection TEXT COLLATE "C" NOT NULL,
  added      BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  object_id  TEXT COLLATE "C" NOT NULL,
  type       TEXT COLLATE "C" NOT NULL,
  spec       TEXT COLLATE "C" NOT NULL,
  decision   TEXT COLLATE "C" NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (collection, added, seq)
);
CREATE INDEX sharing_gone_object ON sharing_gone (object_id);
CREATE INDEX sharing_gone_at ON sharing_gone (at);

-- +goose Down
DROP TABLE sharing_gone;
DROP TABLE sharing_own;
