-- +goose Up
-- What somebody told us. head, body and assessment are sealed under data_key, which is itself wrapped: NULL once the text is erased. hidden: only
-- members of the incidents that it is linked to see it; while it is 1, or the report is confidential or anonymous, words and sender are empty.
CREATE TABLE report (
  id           TEXT PRIMARY KEY,
  ref          TEXT NOT NULL UNIQUE,
  once         TEXT NOT NULL UNIQUE, -- digest of the draft and its key; the id where the door gave no key
  door         TEXT NOT NULL,
  state        TEXT NOT NULL,
  rank         INTEGER NOT NULL,
  turn         INTEGER NOT NULL, -- -received: the newest of a rank first
  received     INTEGER NOT NULL,
  changed      INTEGER NOT NULL,
  ended        INTEGER NOT NULL, -- when it was resolved or rejected; 0: it is not
  hidden       INTEGER NOT NULL,
  confidential INTEGER NOT NULL,
  anonymous    INTEGER NOT NULL,
  quarantined  INTEGER NOT NULL,
  test         INTEGER NOT NULL,
  class        TEXT NOT NULL,
  type         TEXT NOT NULL,
  severity     TEXT NOT NULL,
  tlp          INTEGER NOT NULL,
  fold         TEXT NOT NULL,
  lead         INTEGER NOT NULL, -- 1: stands for its fold in the queue
  move         TEXT NOT NULL,
  resembles    TEXT NOT NULL, -- incident
  sender       TEXT NOT NULL,
  verified     TEXT NOT NULL,
  about        TEXT NOT NULL, -- event or finding
  assignee     TEXT NOT NULL,
  duplicate    TEXT NOT NULL, -- of which report
  before       TEXT NOT NULL, -- state before it became a duplicate
  assessed     INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  data_key     BLOB,
  words        TEXT NOT NULL,
  head         BLOB NOT NULL,
  assessment   BLOB,
  body         BLOB NOT NULL
) STRICT;
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
  word TEXT NOT NULL,
  report TEXT NOT NULL,
  PRIMARY KEY (word, report)
) STRICT, WITHOUT ROWID;

-- Which organisations a report concerns, as triage or a person says.
CREATE TABLE report_concern (
  organisation TEXT NOT NULL,
  report       TEXT NOT NULL,
  role         TEXT NOT NULL,
  PRIMARY KEY (organisation, report)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_concern_report ON report_concern (report);

-- Who worked on a report: they are told where it went when it becomes hidden.
CREATE TABLE report_handled (
  account TEXT NOT NULL,
  report  TEXT NOT NULL,
  PRIMARY KEY (account, report)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_handled_report ON report_handled (report);

CREATE TABLE incident (
  id         TEXT PRIMARY KEY,
  ref        TEXT NOT NULL UNIQUE,
  state      TEXT NOT NULL,
  restricted INTEGER NOT NULL,
  class      TEXT NOT NULL,
  severity   TEXT NOT NULL,
  tlp        INTEGER NOT NULL,
  opened     INTEGER NOT NULL,
  opened_by  TEXT NOT NULL,
  changed    INTEGER NOT NULL,
  closed     INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  data_key   BLOB,
  words      TEXT NOT NULL, -- empty while it is restricted
  head       BLOB NOT NULL
) STRICT;
CREATE INDEX incident_list ON incident (state, changed, id);
CREATE INDEX incident_order ON incident (changed, id);

CREATE TABLE incident_word (
  word TEXT NOT NULL,
  incident TEXT NOT NULL,
  PRIMARY KEY (word, incident)
) STRICT, WITHOUT ROWID;

-- Who sees a restricted incident. until 0: no end but that of the agreement.
CREATE TABLE incident_member (
  incident TEXT NOT NULL,
  account  TEXT NOT NULL,
  ad_hoc   INTEGER NOT NULL,
  glass    INTEGER NOT NULL,
  until    INTEGER NOT NULL,
  since    INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  reason   TEXT NOT NULL,
  PRIMARY KEY (incident, account)
) STRICT;
CREATE INDEX incident_member_account ON incident_member (account, incident);
CREATE INDEX incident_member_until ON incident_member (until) WHERE until > 0;

-- Reports of an incident; alert 1: it only resembles the incident, whose members were told and have not looked yet.
CREATE TABLE incident_link (
  incident TEXT NOT NULL,
  report   TEXT NOT NULL,
  alert    INTEGER NOT NULL,
  actor    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (incident, report)
) STRICT;
CREATE INDEX incident_link_report ON incident_link (report, incident);

CREATE TABLE investigation (
  id        TEXT PRIMARY KEY,
  ref       TEXT NOT NULL UNIQUE,
  report    TEXT NOT NULL, -- one of the two
  incident  TEXT NOT NULL,
  state     TEXT NOT NULL,
  opened    INTEGER NOT NULL,
  opened_by TEXT NOT NULL,
  version   INTEGER NOT NULL,
  body      BLOB NOT NULL
) STRICT;
CREATE INDEX investigation_report ON investigation (report) WHERE report <> '';
CREATE INDEX investigation_incident ON investigation (incident) WHERE incident <> '';

-- about: a report or an investigation. The body is sealed under the key of the report, or of the investigation's report or incident.
CREATE TABLE incident_message (
  id        TEXT PRIMARY KEY,
  about     TEXT NOT NULL,
  direction TEXT NOT NULL,
  actor     TEXT NOT NULL,
  at        INTEGER NOT NULL,
  delivery  TEXT NOT NULL,
  step      INTEGER NOT NULL, -- its place in the dialogue: times may be rounded
  body      BLOB NOT NULL
) STRICT;
CREATE INDEX incident_message_about ON incident_message (about, step);

-- Digests of Message-IDs, by which a mail finds its dialogue.
CREATE TABLE incident_thread (
  message TEXT PRIMARY KEY,
  about   TEXT NOT NULL, -- a report or an investigation
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX incident_thread_about ON incident_thread (about);

CREATE TABLE incident_note (
  id      TEXT PRIMARY KEY,
  about   TEXT NOT NULL, -- a report or an incident
  actor   TEXT NOT NULL,
  created INTEGER NOT NULL,
  editor  TEXT NOT NULL,
  changed INTEGER NOT NULL,
  version INTEGER NOT NULL,
  step    INTEGER NOT NULL,
  body    BLOB NOT NULL
) STRICT;
CREATE INDEX incident_note_about ON incident_note (about, step);

CREATE TABLE referral (
  id       TEXT PRIMARY KEY,
  report   TEXT NOT NULL,
  actor    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  due      INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  raised   INTEGER NOT NULL, -- when the team was told that it is overdue
  delivery TEXT NOT NULL,
  body     BLOB NOT NULL
) STRICT;
CREATE INDEX referral_report ON referral (report);
CREATE INDEX referral_due ON referral (due) WHERE answered = 0 AND raised = 0;

CREATE TABLE significance (
  about   TEXT PRIMARY KEY, -- a report or an incident
  actor   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  version INTEGER NOT NULL,
  body    BLOB NOT NULL
) STRICT;

CREATE TABLE incident_definition (
  version INTEGER PRIMARY KEY,
  text    TEXT NOT NULL,
  actor   TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;

-- Reply codes: the half that is no secret, and a hash of the other.
CREATE TABLE incident_mailbox (
  lookup TEXT PRIMARY KEY,
  report TEXT NOT NULL UNIQUE,
  salt   BLOB NOT NULL,
  hash   BLOB NOT NULL,
  passes INTEGER NOT NULL,
  memory INTEGER NOT NULL -- KiB
) STRICT;

-- Files. address names the stored file by a keyed digest of its content; body holds its name, type and digest, sealed under the vault's key.
CREATE TABLE evidence_item (
  id          TEXT PRIMARY KEY,
  about       TEXT NOT NULL, -- a report, an incident or a message
  parent      TEXT NOT NULL, -- the report or incident whose reader may see it
  address     TEXT NOT NULL, -- empty once it is erased
  size        INTEGER NOT NULL,
  quarantined INTEGER NOT NULL,
  added       INTEGER NOT NULL,
  body        BLOB NOT NULL
) STRICT;
CREATE INDEX evidence_item_about ON evidence_item (about);
CREATE INDEX evidence_item_parent ON evidence_item (parent);
CREATE INDEX evidence_item_address ON evidence_item (address) WHERE address <> '';

CREATE TABLE evidence_custody (
  id     TEXT PRIMARY KEY,
  item   TEXT NOT NULL,
  at     INTEGER NOT NULL,
  actor  TEXT NOT NULL,
  act    TEXT NOT NULL,
  reason TEXT NOT NULL,
  step   INTEGER NOT NULL
) STRICT;
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
