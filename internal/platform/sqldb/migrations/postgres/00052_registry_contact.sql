-- +goose Up
-- What registries (RDAP) answered about the abuse contact of an address, asked for teams that want copies sent to their providers. block: the /24 or /48 in
-- which an answer serves others; range_from, range_to: the range that the registry gave, '' for none; outcome: told, none, refused, failed; decision: of
-- release, about the question.
CREATE TABLE registry_contact (
  asked      TEXT COLLATE "C" PRIMARY KEY,
  block      TEXT COLLATE "C" NOT NULL,
  range_from TEXT COLLATE "C" NOT NULL,
  range_to   TEXT COLLATE "C" NOT NULL,
  outcome    TEXT COLLATE "C" NOT NULL,
  mail       TEXT COLLATE "C" NOT NULL,
  name       TEXT COLLATE "C" NOT NULL,
  source     TEXT COLLATE "C" NOT NULL,
  decision   TEXT COLLATE "C" NOT NULL,
  reason     TEXT COLLATE "C" NOT NULL,
  at         BIGINT NOT NULL,
  expires    BIGINT NOT NULL
);
CREATE INDEX registry_contact_block ON registry_contact (block);

-- +goose Down
DROP TABLE registry_contact;
