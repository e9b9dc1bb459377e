-- +goose Up
-- What somebody told us. head, body and assessment are sealed under data_key, which is itself wrapped: NULL once the text is erased. hidden: only
-- members of the incidents that it is linked to see it; while it is 1, or the report is confidential or anonymous, words and sender are empty.
CREATE TABLE report (
  id           TEXT COLLATE "C" PRIMARY KEY,
  ref          TEXT COLLATE "C" NOT NULL UNIQUE,
  once         TEXT COLLATE "C" NOT NULL UNIQUE, -- digest of the draft and its key; the id where the door gave no key
  door         TEXT COLLATE "C" NOT NULL,
  state        TEXT COLLATE "C" NOT NULL,
  rank         BIGINT NOT NULL,
  turn         BIGINT NOT NULL, -- -received: the newest of a rank first
  received     BIGINT NOT NULL,
  changed      BIGINT NOT NULL,
  ended        BIGINT NOT NULL, -- when it was resolved or rejected; 0: it is not
  hidden       BIGINT NOT NULL,
  confidential BIGINT NOT NULL,
  anonymous    BIGINT NOT NULL,
  quarantined  BIGINT NOT NULL,
  test         BIGINT NOT NULL,
  class        TEXT COLLATE "C" NOT NULL,
  type         TEXT COLLATE "C" NOT NULL,
  severity     TEXT COLLATE "C" NOT NULL,
  tlp          BIGINT NOT NULL,
  fold         TEXT COLLATE "C" NOT NULL,
  lead         BIGINT NOT NULL, -- 1: stands for its fold in the queue
  move         TEXT COLLATE "C" NOT NULL,
  resembles    TEXT COLLATE "C" NOT NULL, -- incident
  sender       TEXT COLLATE "C" NOT NULL,
  verified     TEXT COLLATE "C" NOT NULL,
  about        TEXT COLLATE "C" NOT NULL, -- event or finding
  assignee     TEXT COLLATE "C" NOT NULL,
  duplicate    TEXT COLLATE "C" NOT NULL, -- of which report
  before       TEXT COLLATE "C" NOT NULL, -- state before it became a duplicate
  assessed     BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  data_key     BYTEA,
  words        TEXT COLLATE "C" NOT NULL,
  head         BYTEA NOT NULL,
  assessment   BYTEA,
  body         BYTEA NOT NULL
);
CREATE INDEX report_queue ON report (state, rank, turn, id);
CREATE INDEX report_order ON report (rank, turn, id, state, hidden);
CREATE INDEX report_class ON report (class, rank, turn, id);
CREATE INDEX report_changed ON report (changed);
CREATE INDEX report_fold ON report (fold, state, turn) WHERE fold <> '';
CREATE INDEX report_unassessed ON report (id) WHERE assessed = 0;
CREATE INDEX report_sender ON report (sender) WHERE sender <> '';
CREATE INDEX report_ended ON report (ended) WHERE ended > 0;
CREATE INDEX report_duplicate ON report (duplicate) WHERE duplicate <> '';
CREATE INDEX report_assignee ON report (assignee) WHERE assignee <> '';

CREATE TABLE report_word (
  word TEXT COLLATE "C" NOT NULL,
  report TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (word, report)
);

-- Which organisations a report concerns, as triage or a person says.
CREATE TABLE report_concern (
  organisation TEXT COLLATE "C" NOT NULL,
  report       TEXT COLLATE "C" NOT NULL,
  role         TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (organisation, report)
);
CREATE INDEX report_concern_report ON report_concern (report);

-- Who worked on a report: they are told where it went when it becomes hidden.
CREATE TABLE report_handled (
  account TEXT COLLATE "C" NOT NULL,
  report  TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account, report)
);
CREATE INDEX report_handled_report ON report_handled (report);

CREATE TABLE incident (
  id         TEXT COLLATE "C" PRIMARY KEY,
  ref        TEXT COLLATE "C" NOT NULL UNIQUE,
  state      TEXT COLLATE "C" NOT NULL,
  restricted BIGINT NOT NULL,
  class      TEXT COLLATE "C" NOT NULL,
  severity   TEXT COLLATE "C" NOT NULL,
  tlp        BIGINT NOT NULL,
  opened     BIGINT NOT NULL,
  opened_by  TEXT COLLATE "C" NOT NULL,
  changed    BIGINT NOT NULL,
  closed     BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  data_key   BYTEA,
  words      TEXT COLLATE "C" NOT NULL, -- empty while it is restricted
  head       BYTEA NOT NULL
);
CREATE INDEX incident_list ON incident (state, changed, id);
CREATE INDEX incident_order ON incident (changed, id);

CREATE TABLE incident_word (
  word TEXT COLLATE "C" NOT NULL,
  incident TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (word, incident)
);

-- Who sees a restricted incident. until 0: no end but that of the agreement.
CREATE TABLE incident_member (
  incident TEXT COLLATE "C" NOT NULL,
  account  TEXT COLLATE "C" NOT NULL,
  ad_hoc   BIGINT NOT NULL,
  glass    BIGINT NOT NULL,
  until    BIGINT NOT NULL,
  since    BIGINT NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL,
  reason   TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (incident, account)
);
CREATE INDEX incident_member_account ON incident_member (account, incident);
CREATE INDEX incident_member_until ON incident_member (until) WHERE until > 0;

-- Reports of an incident; alert 1: it only resembles the incident, whose members were told and have not looked yet.
CREATE TABLE incident_link (
  incident TEXT COLLATE "C" NOT NULL,
  report   TEXT COLLATE "C" NOT NULL,
  alert    BIGINT NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL,
  at       BIGINT NOT NULL,
  PRIMARY KEY (incident, report)
);
CREATE INDEX incident_link_report ON incident_link (report, incident);

CREATE TABLE investigation (
  id        TEXT COLLATE "C" PRIMARY KEY,
  ref       TEXT COLLATE "C" NOT NULL UNIQUE,
  report    TEXT COLLATE "C" NOT NULL, -- one of the two
  incident  TEXT COLLATE "C" NOT NULL,
  state     TEXT COLLATE "C" NOT NULL,
  opened    BIGINT NOT NULL,
  opened_by TEXT COLLATE "C" NOT NULL,
  version   BIGINT NOT NULL,
  body      BYTEA NOT NULL
);
CREATE INDEX investigation_report ON investigation (report) WHERE report <> '';
CREATE INDEX investigation_incident ON investigation (incident) WHERE incident <> '';

-- about: a report or an investigation. The body is sealed under the key of the report, or of the investigation's report or incident.
CREATE TABLE incident_message (
  id        TEXT COLLATE "C" PRIMARY KEY,
  about     TEXT COLLATE "C" NOT NULL,
  direction TEXT COLLATE "C" NOT NULL,
  actor     TEXT COLLATE "C" NOT NULL,
  at        BIGINT NOT NULL,
  delivery  TEXT COLLATE "C" NOT NULL,
  step      BIGINT NOT NULL, -- its place in the dialogue: times may be rounded
  body      BYTEA NOT NULL
);
CREATE INDEX incident_message_about ON incident_message (about, step);

-- Digests of Message-IDs, by which a mail finds its dialogue.
CREATE TABLE incident_thread (
  message TEXT COLLATE "C" PRIMARY KEY,
  about   TEXT COLLATE "C" NOT NULL, -- a report or an investigation
  at      BIGINT NOT NULL
);
CREATE INDEX incident_thread_about ON incident_thread (about);

CREATE TABLE incident_note (
  id      TEXT COLLATE "C" PRIMARY KEY,
  about   TEXT COLLATE "C" NOT NULL, -- a report or an incident
  actor   TEXT COLLATE "C" NOT NULL,
  created BIGINT NOT NULL,
  editor  TEXT COLLATE "C" NOT NULL,
  changed BIGINT NOT NULL,
  version BIGINT NOT NULL,
  step    BIGINT NOT NULL,
  body    BYTEA NOT NULL
);
CREATE INDEX incident_note_about ON incident_note (about, step);

CREATE TABLE referral (
  id       TEXT COLLATE "C" PRIMARY KEY,
  report   TEXT COLLATE "C" NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL,
  at       BIGINT NOT NULL,
  due      BIGINT NOT NULL,
  answered BIGINT NOT NULL,
  raised   BIGINT NOT NULL, -- when the team was told that it is overdue
  delivery TEXT COLLATE "C" NOT NULL,
  body     BYTEA NOT NULL
);
CREATE INDEX referral_report ON referral (report);
CREATE INDEX referral_due ON referral (due) WHERE answered = 0 AND raised = 0;

CREATE TABLE significance (
  about   TEXT COLLATE "C" PRIMARY KEY, -- a report or an incident
  actor   TEXT COLLATE "C" NOT NULL,
  at      BIGINT NOT NULL,
  version BIGINT NOT NULL,
  body    BYTEA NOT NULL
);

CREATE TABLE incident_definition (
  version BIGINT PRIMARY KEY,
  text    TEXT COLLATE "C" NOT NULL,
  actor   TEXT COLLATE "C" NOT NULL,
  at      BIGINT NOT NULL
);

-- Reply codes: the half that is no secret, and a hash of the other.
CREATE TABLE incident_mailbox (
  lookup TEXT COLLATE "C" PRIMARY KEY,
  report TEXT COLLATE "C" NOT NULL UNIQUE,
  salt   BYTEA NOT NULL,
  hash   BYTEA NOT NULL,
  passes BIGINT NOT NULL,
  memory BIGINT NOT NULL -- KiB
);

-- Files. address names the stored file by a keyed digest of its content; body holds its name, type and digest, sealed under the vault's key.
CREATE TABLE evidence_item (
  id          TEXT COLLATE "C" PRIMARY KEY,
  about       TEXT COLLATE "C" NOT NULL, -- a report, an incident or a message
  parent      TEXT COLLATE "C" NOT NULL, -- the report or incident whose reader may see it
  address     TEXT COLLATE "C" NOT NULL, -- empty once it is erased
  size        BIGINT NOT NULL,
  quarantined BIGINT NOT NULL,
  added       BIGINT NOT NULL,
  body        BYTEA NOT NULL
);
CREATE INDEX evidence_item_about ON evidence_item (about);
CREATE INDEX evidence_item_parent ON evidence_item (parent);
CREATE INDEX evidence_item_address ON evidence_item (address) WHERE address <> '';

CREATE TABLE evidence_custody (
  id     TEXT COLLATE "C" PRIMARY KEY,
  item   TEXT COLLATE "C" NOT NULL,
  at     BIGINT NOT NULL,
  actor  TEXT COLLATE "C" NOT NULL,
  act    TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  step   BIGINT NOT NULL
);
CREATE INDEX evidence_custody_item ON evidence_custody (item, step);

-- +goose Down
DROP TABLE evidence_custody;
DROP TABLE evidence_item;
DROP TABLE incident_mailbox;
DROP TABLE incident_definition;
DROP TABLE significance;
DROP TABLE referral;
DROP TABLE incident_note;
DROP TABLE incident_thread;
DROP TABLE incident_message;
DROP TABLE investigation;
DROP TABLE incident_link;
DROP TABLE incident_member;
DROP TABLE incident_word;
DROP TABLE incident;
DROP TABLE report_handled;
DROP TABLE report_concern;
DROP TABLE report_word;
DROP TABLE report;
