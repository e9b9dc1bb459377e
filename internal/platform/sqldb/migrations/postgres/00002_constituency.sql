-- The register of who is who: organisations, their networks and contacts.

-- +goose Up

-- One row: which register this is, and how often it has changed. The snapshot
-- of the matcher carries both, so that a stale one is recognised.
CREATE TABLE register_state (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  register TEXT NOT NULL,
  version  BIGINT NOT NULL
);

CREATE TABLE organisation (
  id          TEXT COLLATE "C" PRIMARY KEY,
  name        TEXT COLLATE "C" NOT NULL,
  name_key    TEXT COLLATE "C" NOT NULL UNIQUE, -- the name folded: what makes two names the same
  kind        TEXT COLLATE "C" NOT NULL,
  sector      TEXT COLLATE "C" NOT NULL DEFAULT '',
  country     TEXT COLLATE "C" NOT NULL DEFAULT '',
  parent      TEXT COLLATE "C" REFERENCES organisation (id),
  criticality TEXT COLLATE "C" NOT NULL DEFAULT '',
  version     BIGINT NOT NULL,
  created     BIGINT NOT NULL,
  updated     BIGINT NOT NULL
);
CREATE INDEX organisation_parent ON organisation (parent) WHERE parent IS NOT NULL;

CREATE TABLE network (
  id           TEXT COLLATE "C" PRIMARY KEY,
  organisation TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  rule         TEXT COLLATE "C" NOT NULL, -- prefix, domain, asn, country
  value        TEXT COLLATE "C" NOT NULL,
  low          TEXT COLLATE "C" NOT NULL DEFAULT '', -- a prefix's first address, 32 hex digits, IPv4 mapped: for "what lies inside"
  valid_from   BIGINT NOT NULL DEFAULT 0,
  valid_until  BIGINT NOT NULL DEFAULT 0,
  approved_by  TEXT COLLATE "C" NOT NULL DEFAULT '',
  approved_at  BIGINT NOT NULL DEFAULT 0,
  version      BIGINT NOT NULL,
  UNIQUE (organisation, rule, value)
);
CREATE INDEX network_value ON network (rule, value);
CREATE INDEX network_low ON network (low) WHERE low <> '';

CREATE TABLE contact (
  id              TEXT COLLATE "C" PRIMARY KEY,
  organisation    TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  channel         TEXT COLLATE "C" NOT NULL, -- mail, phone, webhook
  address         TEXT COLLATE "C" NOT NULL,
  purpose         TEXT COLLATE "C" NOT NULL,
  language        TEXT COLLATE "C" NOT NULL DEFAULT '',
  pgp_key         TEXT NOT NULL DEFAULT '',
  pgp_fingerprint TEXT COLLATE "C" NOT NULL DEFAULT '',
  pgp_expires     BIGINT NOT NULL DEFAULT 0,
  health          TEXT COLLATE "C" NOT NULL,
  version         BIGINT NOT NULL,
  UNIQUE (organisation, channel, address, purpose)
);

-- What registration services (RDAP) answered: the answers are facts about the
-- outside that may be asked again, so they are not part of the register.
CREATE TABLE rdap_cache (
  question TEXT COLLATE "C" PRIMARY KEY,
  answer   TEXT NOT NULL,
  fetched  BIGINT NOT NULL,
  expires  BIGINT NOT NULL
);

-- +goose Down

DROP TABLE rdap_cache;
DROP TABLE contact;
DROP TABLE network;
DROP TABLE organisation;
DROP TABLE register_state;
