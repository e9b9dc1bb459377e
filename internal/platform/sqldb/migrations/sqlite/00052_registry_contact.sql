-- +goose Up
-- What registries (RDAP) answered about the abuse contact of an address, asked for teams that want copies sent to their providers. block: the /24 or /48 in
-- which an answer serves others; range_from, range_to: the range that the registry gave, '' for none; outcome: told, none, refused, failed; decision: of
-- release, about the question.
CREATE TABLE registry_contact (
  asked      TEXT PRIMARY KEY,
  block      TEXT NOT NULL,
  range_from TEXT NOT NULL,
  range_to   TEXT NOT NULL,
  outcome    TEXT NOT NULL,
  mail       TEXT NOT NULL,
  name       TEXT NOT NULL,
  source     TEXT NOT NULL,
  decision   TEXT NOT NULL,
  reason     TEXT NOT NULL,
  at         INTEGER NOT NULL,
  expires    INTEGER NOT NULL
) STRICT;
CREATE INDEX registry_contact_block ON registry_contact (block);

-- +goose Down
DROP TABLE registry_contact;
