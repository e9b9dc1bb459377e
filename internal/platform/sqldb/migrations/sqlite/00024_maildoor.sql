-- +goose Up

-- Mail that came and is not yet a report. head (the envelope) and bytes are sealed; rows go when the report is there.
CREATE TABLE mail_in (
  id      TEXT PRIMARY KEY,
  arrived INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  head    BLOB NOT NULL
) STRICT;
CREATE TABLE mail_in_part (
  mail  TEXT NOT NULL,
  part  INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (mail, part)
) STRICT;

-- Who was answered automatically, by a keyed digest of the address.
CREATE TABLE mail_answered (
  sender TEXT PRIMARY KEY,
  at     INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_answered_at ON mail_answered (at);

-- How far a mailbox was fetched: UIDs of one UIDVALIDITY only grow (RFC 9051 2.3.1.1).
CREATE TABLE mail_box (
  name     TEXT PRIMARY KEY,
  validity INTEGER NOT NULL,
  uid      INTEGER NOT NULL,
  looked   INTEGER NOT NULL, -- when it was last looked at without a fault
  failing  INTEGER NOT NULL, -- since when it cannot be; 0: it can
  fault    TEXT NOT NULL
) STRICT;

-- Files of the vault, so that who notes one and who removes it exclude each other.
CREATE TABLE evidence_file (
  address TEXT PRIMARY KEY,
  gone    INTEGER NOT NULL -- since when it is being removed; 0: it is not
) STRICT;

-- +goose Down
DROP TABLE evidence_file;
DROP TABLE mail_box;
DROP TABLE mail_answered;
DROP TABLE mail_in_part;
DROP TABLE mail_in;
