-- +goose Up
-- What the directory knows of a fellow team beside the register's own facts; organisation is its id there. Lists are joined by a space, sectors, languages, memberships
-- and what is public alike; handling is the strictest TLP label that the team takes; policy and website are URLs; confirmed is when the team, or a person who asked it,
-- last said that all of it is right; confirmed_by 'link' or an actor's id; source: hand, csv, first, trusted-introducer.
CREATE TABLE team (
  organisation TEXT COLLATE "C" PRIMARY KEY REFERENCES organisation (id),
  full_name    TEXT COLLATE "C" NOT NULL DEFAULT '',
  host         TEXT COLLATE "C" NOT NULL DEFAULT '',
  serves       TEXT COLLATE "C" NOT NULL DEFAULT '',
  nation       BIGINT NOT NULL DEFAULT 0,
  sectors      TEXT COLLATE "C" NOT NULL DEFAULT '',
  hours        TEXT COLLATE "C" NOT NULL DEFAULT '',
  zone         TEXT COLLATE "C" NOT NULL DEFAULT '',
  languages    TEXT COLLATE "C" NOT NULL DEFAULT '',
  handling     BIGINT NOT NULL DEFAULT 3,
  memberships  TEXT COLLATE "C" NOT NULL DEFAULT '',
  policy       TEXT COLLATE "C" NOT NULL DEFAULT '',
  website      TEXT COLLATE "C" NOT NULL DEFAULT '',
  direct       BIGINT NOT NULL DEFAULT 0,
  public       TEXT COLLATE "C" NOT NULL DEFAULT '',
  source       TEXT COLLATE "C" NOT NULL DEFAULT '',
  source_id    TEXT COLLATE "C" NOT NULL DEFAULT '',
  confirmed    BIGINT NOT NULL DEFAULT 0,
  confirmed_by TEXT COLLATE "C" NOT NULL DEFAULT '',
  asked        BIGINT NOT NULL DEFAULT 0,
  created      BIGINT NOT NULL,
  updated      BIGINT NOT NULL,
  version      BIGINT NOT NULL
);

-- An agreement with a team. out_label and in_label are the strictest labels that may flow to it and from it; flows: kinds of things, joined by a space.
CREATE TABLE team_agreement (
  id           TEXT COLLATE "C" PRIMARY KEY,
  organisation TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  kind         TEXT COLLATE "C" NOT NULL,
  scope        TEXT COLLATE "C" NOT NULL,
  version      TEXT COLLATE "C" NOT NULL,
  signed       BIGINT NOT NULL,
  signed_us    TEXT COLLATE "C" NOT NULL,
  signed_them  TEXT COLLATE "C" NOT NULL,
  valid_from   BIGINT NOT NULL,
  valid_until  BIGINT NOT NULL,
  ended        BIGINT NOT NULL DEFAULT 0,
  reason       TEXT COLLATE "C" NOT NULL DEFAULT '',
  out_label    BIGINT NOT NULL,
  in_label     BIGINT NOT NULL,
  flows        TEXT COLLATE "C" NOT NULL DEFAULT '',
  recorded_by  TEXT COLLATE "C" NOT NULL,
  recorded     BIGINT NOT NULL
);
CREATE INDEX team_agreement_of ON team_agreement (organisation, valid_until);

-- A sharing group: cap is the strictest label that may be shared in it.
CREATE TABLE team_group (
  id       TEXT COLLATE "C" PRIMARY KEY,
  name     TEXT COLLATE "C" NOT NULL,
  name_key TEXT COLLATE "C" NOT NULL UNIQUE,
  cap      BIGINT NOT NULL,
  created  BIGINT NOT NULL,
  version  BIGINT NOT NULL
);
CREATE TABLE team_member (
  team_group   TEXT COLLATE "C" NOT NULL REFERENCES team_group (id),
  organisation TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  joined       BIGINT NOT NULL,
  PRIMARY KEY (team_group, organisation)
);
CREATE INDEX team_member_of ON team_member (organisation);

-- A change of a team's contact, which a second person decides. contact: whose id it replaces or removes, '' for another one; body: the contact as it shall be, JSON, ''
-- to remove it; seen: the version that the change was made from; state: open, approved, refused.
CREATE TABLE team_proposal (
  id           TEXT COLLATE "C" PRIMARY KEY,
  organisation TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  contact      TEXT COLLATE "C" NOT NULL,
  body         TEXT COLLATE "C" NOT NULL,
  seen         BIGINT NOT NULL,
  reason       TEXT COLLATE "C" NOT NULL,
  proposed_by  TEXT COLLATE "C" NOT NULL,
  proposer     TEXT COLLATE "C" NOT NULL,
  proposed     BIGINT NOT NULL,
  state        TEXT COLLATE "C" NOT NULL,
  decided_by   TEXT COLLATE "C" NOT NULL DEFAULT '',
  decided      BIGINT NOT NULL DEFAULT 0,
  why          TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX team_proposal_open ON team_proposal (state, organisation);

-- A mailed link by which a team confirms its entry: the hash of its secret, and a digest of the entry that it confirms.
CREATE TABLE team_link (
  hash         TEXT COLLATE "C" PRIMARY KEY,
  organisation TEXT COLLATE "C" NOT NULL REFERENCES organisation (id),
  contact      TEXT COLLATE "C" NOT NULL,
  made         BIGINT NOT NULL,
  expires      BIGINT NOT NULL,
  used         BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX team_link_of ON team_link (organisation);

-- +goose Down
DROP TABLE team_link;
DROP TABLE team_proposal;
DROP TABLE team_member;
DROP TABLE team_group;
DROP TABLE team_agreement;
DROP TABLE team;
