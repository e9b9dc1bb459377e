-- +goose Up
-- What the directory knows of a fellow team beside the register's own facts; organisation is its id there. Lists are joined by a space, sectors, languages, memberships
-- and what is public alike; handling is the strictest TLP label that the team takes; policy and website are URLs; confirmed is when the team, or a person who asked it,
-- last said that all of it is right; confirmed_by 'link' or an actor's id; source: hand, csv, first, trusted-introducer.
CREATE TABLE team (
  organisation TEXT PRIMARY KEY REFERENCES organisation (id),
  full_name    TEXT NOT NULL DEFAULT '',
  host         TEXT NOT NULL DEFAULT '',
  serves       TEXT NOT NULL DEFAULT '',
  nation       INTEGER NOT NULL DEFAULT 0,
  sectors      TEXT NOT NULL DEFAULT '',
  hours        TEXT NOT NULL DEFAULT '',
  zone         TEXT NOT NULL DEFAULT '',
  languages    TEXT NOT NULL DEFAULT '',
  handling     INTEGER NOT NULL DEFAULT 3,
  memberships  TEXT NOT NULL DEFAULT '',
  policy       TEXT NOT NULL DEFAULT '',
  website      TEXT NOT NULL DEFAULT '',
  direct       INTEGER NOT NULL DEFAULT 0,
  public       TEXT NOT NULL DEFAULT '',
  source       TEXT NOT NULL DEFAULT '',
  source_id    TEXT NOT NULL DEFAULT '',
  confirmed    INTEGER NOT NULL DEFAULT 0,
  confirmed_by TEXT NOT NULL DEFAULT '',
  asked        INTEGER NOT NULL DEFAULT 0,
  created      INTEGER NOT NULL,
  updated      INTEGER NOT NULL,
  version      INTEGER NOT NULL
) STRICT;

-- An agreement with a team. out_label and in_label are the strictest labels that may flow to it and from it; flows: kinds of things, joined by a space.
CREATE TABLE team_agreement (
  id           TEXT PRIMARY KEY,
  organisation TEXT NOT NULL REFERENCES organisation (id),
  kind         TEXT NOT NULL,
  scope        TEXT NOT NULL,
  version      TEXT NOT NULL,
  signed       INTEGER NOT NULL,
  signed_us    TEXT NOT NULL,
  signed_them  TEXT NOT NULL,
  valid_from   INTEGER NOT NULL,
  valid_until  INTEGER NOT NULL,
  ended        INTEGER NOT NULL DEFAULT 0,
  reason       TEXT NOT NULL DEFAULT '',
  out_label    INTEGER NOT NULL,
  in_label     INTEGER NOT NULL,
  flows        TEXT NOT NULL DEFAULT '',
  recorded_by  TEXT NOT NULL,
  recorded     INTEGER NOT NULL
) STRICT;
CREATE INDEX team_agreement_of ON team_agreement (organisation, valid_until);

-- A sharing group: cap is the strictest label that may be shared in it.
CREATE TABLE team_group (
  id       TEXT PRIMARY KEY,
  name     TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  cap      INTEGER NOT NULL,
  created  INTEGER NOT NULL,
  version  INTEGER NOT NULL
) STRICT;
CREATE TABLE team_member (
  team_group   TEXT NOT NULL REFERENCES team_group (id),
  organisation TEXT NOT NULL REFERENCES organisation (id),
  joined       INTEGER NOT NULL,
  PRIMARY KEY (team_group, organisation)
) STRICT;
CREATE INDEX team_member_of ON team_member (organisation);

-- A change of a team's contact, which a second person decides. contact: whose id it replaces or removes, '' for another one; body: the contact as it shall be, JSON, ''
-- to remove it; seen: the version that the change was made from; state: open, approved, refused.
CREATE TABLE team_proposal (
  id           TEXT PRIMARY KEY,
  organisation TEXT NOT NULL REFERENCES organisation (id),
  contact      TEXT NOT NULL,
  body         TEXT NOT NULL,
  seen         INTEGER NOT NULL,
  reason       TEXT NOT NULL,
  proposed_by  TEXT NOT NULL,
  proposer     TEXT NOT NULL,
  proposed     INTEGER NOT NULL,
  state        TEXT NOT NULL,
  decided_by   TEXT NOT NULL DEFAULT '',
  decided      INTEGER NOT NULL DEFAULT 0,
  why          TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX team_proposal_open ON team_proposal (state, organisation);

-- A mailed link by which a team confirms its entry: the hash of its secret, and a digest of the entry that it confirms.
CREATE TABLE team_link (
  hash         TEXT PRIMARY KEY,
  organisation TEXT NOT NULL REFERENCES organisation (id),
  contact      TEXT NOT NULL,
  made         INTEGER NOT NULL,
  expires      INTEGER NOT NULL,
  used         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX team_link_of ON team_link (organisation);

-- +goose Down
DROP TABLE team_link;
DROP TABLE team_proposal;
DROP TABLE team_member;
DROP TABLE team_group;
DROP TABLE team_agreement;
DROP TABLE team;
