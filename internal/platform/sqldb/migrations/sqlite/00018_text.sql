-- Texts of messages in versions, batches as the pages ask for them, and corrections of batches that were wrong.

-- +goose Up

-- A version of a file of texts. It never changes; which one is used stands in text_activation.
CREATE TABLE text_version (
  id       TEXT PRIMARY KEY,
  language TEXT NOT NULL,
  file     TEXT NOT NULL,
  body     TEXT NOT NULL,
  note     TEXT NOT NULL,
  made_by  TEXT NOT NULL,
  made_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX text_version_file ON text_version (language, file, id);

-- Which version of a file is used: the latest row of the file. An empty version: none, so that the folder's or the built-in text is used.
CREATE TABLE text_activation (
  serial   INTEGER PRIMARY KEY, -- rises by one
  language TEXT NOT NULL,
  file     TEXT NOT NULL,
  version  TEXT NOT NULL,
  acted_by TEXT NOT NULL,
  at       INTEGER NOT NULL
) STRICT;
CREATE INDEX text_activation_file ON text_activation (language, file, serial);

-- A correction of a batch; id is the batch that its own messages are in. The same words again go on with it.
CREATE TABLE correction (
  id       TEXT PRIMARY KEY,
  batch    TEXT NOT NULL,
  digest   TEXT NOT NULL,
  body     TEXT NOT NULL,
  made_by  TEXT NOT NULL,
  made_at  INTEGER NOT NULL,
  recalled INTEGER NOT NULL, -- messages of the batch that were taken back unsent
  UNIQUE (batch, digest)
) STRICT;

-- Who was to be corrected: by a message, or why not.
CREATE TABLE correction_message (
  correction TEXT NOT NULL,
  ticket     TEXT NOT NULL,
  address    TEXT NOT NULL,
  message    TEXT NOT NULL, -- the delivery that corrects; empty: held
  held       TEXT NOT NULL,
  PRIMARY KEY (correction, ticket, address)
) STRICT;

CREATE INDEX notification_run ON notification (run, id);
CREATE INDEX notification_at ON notification (at);
CREATE INDEX delivery_batch ON delivery (batch, id);

-- +goose Down
DROP INDEX delivery_batch;
DROP INDEX notification_at;
DROP INDEX notification_run;
DROP TABLE correction_message;
DROP TABLE correction;
DROP TABLE text_activation;
DROP TABLE text_version;
