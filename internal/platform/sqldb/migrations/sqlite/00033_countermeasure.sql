-- +goose Up
-- Blocks and take-downs that we asked for. incident: the one that it was made for, which sealed the body. role, provider: of the party whose turn it
-- is. due: when it is chased or the next party asked; check_due: when it is looked at again (0: neither). cleans: clean checks in a row, since
-- clean_since. stuck: nobody is left to ask. watched: until then it is looked at after it is gone.
CREATE TABLE countermeasure (
  id          TEXT PRIMARY KEY,
  ref         TEXT NOT NULL UNIQUE,
  incident    TEXT NOT NULL,
  kind        TEXT NOT NULL,
  asset       TEXT NOT NULL,
  abuse       TEXT NOT NULL,
  state       TEXT NOT NULL,
  turn        TEXT NOT NULL,
  role        TEXT NOT NULL,
  provider    TEXT NOT NULL,
  quarantined INTEGER NOT NULL,
  opened      INTEGER NOT NULL,
  opened_by   TEXT NOT NULL,
  changed     INTEGER NOT NULL,
  asked       INTEGER NOT NULL,
  due         INTEGER NOT NULL,
  check_due   INTEGER NOT NULL,
  clean_since INTEGER NOT NULL,
  cleans      INTEGER NOT NULL,
  last_exit   TEXT NOT NULL,
  gone        INTEGER NOT NULL,
  watched     INTEGER NOT NULL,
  stuck       INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  body        BLOB
) STRICT;
CREATE INDEX countermeasure_incident ON countermeasure (incident, opened, id);
CREATE INDEX countermeasure_order ON countermeasure (opened, id);
CREATE INDEX countermeasure_state ON countermeasure (state, opened, id);
CREATE INDEX countermeasure_due ON countermeasure (due) WHERE due > 0;
CREATE INDEX countermeasure_check_due ON countermeasure (check_due) WHERE check_due > 0;

-- One party's turn, with a clock of its own. gone: the first of the checks that showed it.
CREATE TABLE countermeasure_turn (
  id             TEXT PRIMARY KEY,
  countermeasure TEXT NOT NULL,
  step           INTEGER NOT NULL,
  role           TEXT NOT NULL,
  asked          INTEGER NOT NULL,
  chases         INTEGER NOT NULL,
  gone           INTEGER NOT NULL,
  dialogue       TEXT NOT NULL,
  body           BLOB
) STRICT;
CREATE INDEX countermeasure_turn_of ON countermeasure_turn (countermeasure, step);
CREATE INDEX countermeasure_turn_asked ON countermeasure_turn (asked);

-- What we wrote to a party. post: how far what goes to an abuse API has come, '' for a mail; post_due: when it is tried (again).
CREATE TABLE countermeasure_message (
  id             TEXT PRIMARY KEY,
  countermeasure TEXT NOT NULL,
  turn           TEXT NOT NULL,
  step           INTEGER NOT NULL,
  move           TEXT NOT NULL,
  at             INTEGER NOT NULL,
  actor          TEXT NOT NULL,
  delivery       TEXT NOT NULL,
  provider       TEXT NOT NULL,
  post           TEXT NOT NULL,
  post_due       INTEGER NOT NULL,
  tries          INTEGER NOT NULL,
  body           BLOB,
  answer         BLOB
) STRICT;
CREATE INDEX countermeasure_message_of ON countermeasure_message (countermeasure, step);
CREATE INDEX countermeasure_message_due ON countermeasure_message (post_due) WHERE post_due > 0;

-- Looks whether the thing is still there. decision: of release, which allowed the look.
CREATE TABLE countermeasure_check (
  id             TEXT PRIMARY KEY,
  countermeasure TEXT NOT NULL,
  step           INTEGER NOT NULL,
  at             INTEGER NOT NULL,
  way            TEXT NOT NULL,
  actor          TEXT NOT NULL,
  outcome        TEXT NOT NULL,
  reason         TEXT NOT NULL,
  decision       TEXT NOT NULL,
  body           BLOB
) STRICT;
CREATE INDEX countermeasure_check_of ON countermeasure_check (countermeasure, step);

-- Moves that were made.
CREATE TABLE countermeasure_move (
  id             TEXT PRIMARY KEY,
  countermeasure TEXT NOT NULL,
  step           INTEGER NOT NULL,
  at             INTEGER NOT NULL,
  move           TEXT NOT NULL,
  was            TEXT NOT NULL,
  became         TEXT NOT NULL,
  actor          TEXT NOT NULL,
  body           BLOB
) STRICT;
CREATE INDEX countermeasure_move_of ON countermeasure_move (countermeasure, step);

-- +goose Down
DROP TABLE countermeasure_move;
DROP TABLE countermeasure_check;
DROP TABLE countermeasure_message;
DROP TABLE countermeasure_turn;
DROP TABLE countermeasure;
