-- +goose Up
-- Which of the team's own things the objects in a collection tell of, or told of. kind and item as release names the thing; decision: the recorded one by which they
-- stand there; label: of the thing then; put, gone: when, in milliseconds; gone 0: it stands.
CREATE TABLE sharing_own (
  collection TEXT NOT NULL,
  kind       TEXT NOT NULL,
  item       TEXT NOT NULL,
  object_id  TEXT NOT NULL,
  decision   TEXT NOT NULL,
  label      TEXT NOT NULL,
  put        INTEGER NOT NULL,
  gone       INTEGER NOT NULL,
  PRIMARY KEY (collection, kind, item, object_id, decision)
) STRICT;
CREATE INDEX sharing_own_item ON sharing_own (kind, item);
CREATE INDEX sharing_own_decision ON sharing_own (decision);

-- Places that were taken away: who read them before still has what stood there. at: when it was taken away, in milliseconds.
CREATE TABLE sharing_gone (
  collection TEXT NOT NULL,
  added      INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  object_id  TEXT NOT NULL,
  type       TEXT NOT NULL,
  spec       TEXT NOT NULL,
  decision   TEXT NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (collection, added, seq)
) STRICT;
CREATE INDEX sharing_gone_object ON sharing_gone (object_id);
CREATE INDEX sharing_gone_at ON sharing_gone (at);

-- +goose Down
DROP TABLE sharing_gone;
DROP TABLE sharing_own;
