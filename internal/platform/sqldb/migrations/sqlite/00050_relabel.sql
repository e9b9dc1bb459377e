-- Labels that step down, or are raised, where something stands in collections.

-- +goose Up

-- label: of a receipt of kind told, the label that they were told of; '' else, and before there was this column.
ALTER TABLE release_receipt ADD COLUMN label TEXT NOT NULL DEFAULT '';

-- What is out of a collection until an embargo ends, one row an object, as it stood there. source: who gave it, '' for the team; kind, item: the thing of the team's
-- own that it tells of, '' for none; label: under which it stood; since: milliseconds.
CREATE TABLE sharing_held (
  collection TEXT NOT NULL,
  kind       TEXT NOT NULL,
  item       TEXT NOT NULL,
  object_id  TEXT NOT NULL,
  source     TEXT NOT NULL,
  label      TEXT NOT NULL,
  raw        BLOB NOT NULL,
  since      INTEGER NOT NULL,
  PRIMARY KEY (collection, kind, item, object_id)
) STRICT;
CREATE INDEX sharing_held_item ON sharing_held (kind, item);

-- Objects of which a stricter label came: who has an earlier version has to hear of it. label: the new one.
CREATE TABLE sharing_raised (
  object_id TEXT PRIMARY KEY,
  label     TEXT NOT NULL,
  at        INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE sharing_raised;
DROP TABLE sharing_held;
ALTER TABLE release_receipt DROP COLUMN label;
