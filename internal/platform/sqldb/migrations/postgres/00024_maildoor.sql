-- +goose Up

-- Mail that came and is not yet a report. head (the envelope) and bytes are sealed; rows go when the report is there.
CREATE TABLE mail_in (
  id      TEXT PRIMARY KEY,
  arrived BIGINT NOT NULL,
  size    BIGINT NOT NULL,
  head    BYTEA NOT NULL
);
CREATE TABLE mail_in_part (
  mail  TEXT NOT NULL,
  part  BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (mail, part)
);

-- Who was answered automatically, by a keyed digest of the address.
CREATE TABLE mail_answered (
  sender TEXT PRIMARY KEY,
  at     BIGINT NOT NULL
);
CREATE INDEX mail_answered_at ON mail_answered (at);

-- How far a mailbox was fetched: UIDs of one UIDVALIDITY only grow (RFC 9051 2.3.1.1).
CREATE TABLE mail_box (
  name     TEXT PRIMARY KEY,
  validity BIGINT NOT NULL,
  uid      BIGINT NOT NULL,
  looked   BIGINT NOT NULL, -- when it was last looked at without a fault
  failing  BIGINT NOT NULL, -- since when it cannot be; 0: it can
  fault    TEXT NOT NULL
);

-- Files of the vault, so that who notes one and who removes it exclude each other.
CREATE TABLE evidence_file (
  address TEXT PRIMARY KEY,
  gone    BIGINT NOT NULL -- since when it is being removed; 0: it is not
);

-- +goose Down
DROP TABLE evidence_file;
DROP TABLE mail_box;
DROP TABLE mail_answered;
DROP TABLE mail_in_part;
DROP TABLE mail_in;
