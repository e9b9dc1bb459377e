-- +goose Up
-- Blocks and take-downs that we asked for. incident: the one that it was made for, which sealed the body. role, provider: of the party whose turn it
-- is. due: when it is chased or the next party asked; check_due: when it is looked at again (0: neither). cleans: clean checks in a row, since
-- clean_since. stuck: nobody is left to ask. watched: until then it is looked at after it is gone.
CREATE TABLE countermeasure (
  id          TEXT COLLATE "C" PRIMARY KEY,
  ref         TEXT COLLATE "C" NOT NULL UNIQUE,
  incident    TEXT COLLATE "C" NOT NULL,
  kind        TEXT COLLATE "C" NOT NULL,
  asset       TEXT COLLATE "C" NOT NULL,
  abuse       TEXT COLLATE "C" NOT NULL,
  state       TEXT COLLATE "C" NOT NULL,
  turn        TEXT COLLATE "C" NOT NULL,
  role        TEXT COLLATE "C" NOT NULL,
  provider    TEXT COLLATE "C" NOT NULL,
  quarantined BIGINT NOT NULL,
  opened      BIGINT NOT NULL,
  opened_by   TEXT COLLATE "C" NOT NULL,
  changed     BIGINT NOT NULL,
  asked       BIGINT NOT NULL,
  due         BIGINT NOT NULL,
  check_due   BIGINT NOT NULL,
  clean_since BIGINT NOT NULL,
  cleans      BIGINT NOT NULL,
  last_exit   TEXT COLLATE "C" NOT NULL,
  gone        BIGINT NOT NULL,
  watched     BIGINT NOT NULL,
  stuck       BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  body        BYTEA
);
CREATE INDEX countermeasure_incident ON countermeasure (incident, opened, id);
CREATE INDEX countermeasure_order ON countermeasure (opened, id);
CREATE INDEX countermeasure_state ON countermeasure (state, opened, id);
CREATE INDEX countermeasure_due ON countermeasure (due) WHERE due > 0;
CREATE INDEX countermeasure_check_due ON countermeasure (check_due) WHERE check_due > 0;

-- One party's turn, with a clock of its own. gone: the first of the checks that showed it.
CREATE TABLE countermeasure_turn (
  id             TEXT COLLATE "C" PRIMARY KEY,
  countermeasure TEXT COLLATE "C" NOT NULL,
  step           BIGINT NOT NULL,
  role           TEXT COLLATE "C" NOT NULL,
  asked          BIGINT NOT NULL,
  chases         BIGINT NOT NULL,
  gone           BIGINT NOT NULL,
  dialogue       TEXT COLLATE "C" NOT NULL,
  body           BYTEA
);
CREATE INDEX countermeasure_turn_of ON countermeasure_turn (countermeasure, step);
CREATE INDEX countermeasure_turn_asked ON countermeasure_turn (asked);

-- What we wrote to a party. post: how far what goes to an abuse API has come, '' for a mail; post_due: when it is tried (again).
CREATE TABLE countermeasure_message (
  id             TEXT COLLATE "C" PRIMARY KEY,
  countermeasure TEXT COLLATE "C" NOT NULL,
  turn           TEXT COLLATE "C" NOT NULL,
  step           BIGINT NOT NULL,
  move           TEXT COLLATE "C" NOT NULL,
  at             BIGINT NOT NULL,
  actor          TEXT COLLATE "C" NOT NULL,
  delivery       TEXT COLLATE "C" NOT NULL,
  provider       TEXT COLLATE "C" NOT NULL,
  post           TEXT COLLATE "C" NOT NULL,
  post_due       BIGINT NOT NULL,
  tries          BIGINT NOT NULL,
  body           BYTEA,
  answer         BYTEA
);
CREATE INDEX countermeasure_message_of ON countermeasure_message (countermeasure, step);
CREATE INDEX countermeasure_message_due ON countermeasure_message (post_due) WHERE post_due > 0;

-- Looks whether the thing is still there. decision: of release, which allowed the look.
CREATE TABLE countermeasure_check (
  id             TEXT COLLATE "C" PRIMARY KEY,
  countermeasure TEXT COLLATE "C" NOT NULL,
  step           BIGINT NOT NULL,
  at             BIGINT NOT NULL,
  way            TEXT COLLATE "C" NOT NULL,
  actor          TEXT COLLATE "C" NOT NULL,
  outcome        TEXT COLLATE "C" NOT NULL,
  reason         TEXT COLLATE "C" NOT NULL,
  decision       TEXT COLLATE "C" NOT NULL,
  body           BYTEA
);
CREATE INDEX countermeasure_check_of ON countermeasure_check (countermeasure, step);

-- Moves that were made.
CREATE TABLE countermeasure_move (
  id             TEXT COLLATE "C" PRIMARY KEY,
  countermeasure TEXT COLLATE "C" NOT NULL,
  step           BIGINT NOT NULL,
  at             BIGINT NOT NULL,
  move           TEXT COLLATE "C" NOT NULL,
  was            TEXT COLLATE "C" NOT NULL,
  became         TEXT COLLATE "C" NOT NULL,
  actor          TEXT COLLATE "C" NOT NULL,
  body           BYTEA
);
CREATE INDEX countermeasure_move_of ON countermeasure_move (countermeasure, step);

-- +goose Down
DROP TABLE countermeasure_move;
DROP TABLE countermeasure_check;
DROP TABLE countermeasure_message;
DROP TABLE countermeasure_turn;
DROP TABLE countermeasure;
