-- What a person recorded about an item: whom its reporter lets be told, and what keeps it in; and copies that were stopped because they name somebody.

-- +goose Up

-- item: kind, a blank, id. consent and marks: bits, as release has them; word: who said so, how and when.
CREATE TABLE release_wish (
  item      TEXT COLLATE "C" PRIMARY KEY,
  item_kind TEXT COLLATE "C" NOT NULL,
  item_id   TEXT COLLATE "C" NOT NULL,
  consent   BIGINT NOT NULL,
  marks     BIGINT NOT NULL,
  word      TEXT COLLATE "C" NOT NULL,
  said_by   TEXT COLLATE "C" NOT NULL,
  said_at   BIGINT NOT NULL,
  version   BIGINT NOT NULL
);

-- One row a copy: copy is a digest of its words, its recipient and the places; places: the names and where they stand, sealed; asked_for: why it should go
-- all the same.
CREATE TABLE release_leak (
  id           TEXT COLLATE "C" PRIMARY KEY,
  copy         TEXT COLLATE "C" NOT NULL UNIQUE,
  item_kind    TEXT COLLATE "C" NOT NULL,
  item_id      TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  relation     TEXT COLLATE "C" NOT NULL,
  places       BYTEA NOT NULL,
  state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('stopped', 'asked', 'approved', 'refused')),
  found_by     TEXT COLLATE "C" NOT NULL,
  found_at     BIGINT NOT NULL,
  asked_for    TEXT COLLATE "C" NOT NULL,
  asked_by     TEXT COLLATE "C" NOT NULL,
  asked_at     BIGINT NOT NULL,
  seconder     TEXT COLLATE "C" NOT NULL,
  seconded_at  BIGINT NOT NULL,
  seconded_for TEXT COLLATE "C" NOT NULL
);
CREATE INDEX release_leak_state ON release_leak (state, id);
CREATE INDEX release_leak_found ON release_leak (found_at);

-- +goose Down
DROP TABLE release_leak;
DROP TABLE release_wish;
