-- What figures are made from: one row for each moment of a report (0) or an incident (1), written as it happened. took: milliseconds since it was
-- received or opened. standing: 1; 0 for a closing that was followed by a reopening; -1 for what turned out to be a mistake and counts for nothing.

-- +goose Up
CREATE TABLE moment (
  id       TEXT COLLATE "C" PRIMARY KEY,
  about    BIGINT NOT NULL,
  subject  TEXT COLLATE "C" NOT NULL,
  code     TEXT COLLATE "C" NOT NULL,
  at       BIGINT NOT NULL,
  took     BIGINT NOT NULL,
  standing BIGINT NOT NULL
);
CREATE INDEX moment_when ON moment (about, at, code, subject, took, standing);
CREATE INDEX moment_subject ON moment (subject, code);

-- Who worked on what in which hour.
CREATE TABLE moment_work (
  hour    BIGINT NOT NULL,
  actor   TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  about   BIGINT NOT NULL,
  PRIMARY KEY (hour, actor, subject)
);

-- Reports of an incident as they were handed out: to which audience, by whom, and the very text, sealed under the key of the incident.
CREATE TABLE handout (
  id       TEXT COLLATE "C" PRIMARY KEY,
  incident TEXT COLLATE "C" NOT NULL,
  audience TEXT COLLATE "C" NOT NULL,
  label    BIGINT NOT NULL,
  at       BIGINT NOT NULL,
  actor    TEXT COLLATE "C" NOT NULL,
  digest   TEXT COLLATE "C" NOT NULL,
  body     BYTEA NOT NULL
);
CREATE INDEX handout_incident ON handout (incident, at, id);

INSERT INTO moment (id, about, subject, code, at, took, standing) SELECT id || '/arrived', 0, id, 'arrived', received, 0, 1 FROM report WHERE true;
INSERT INTO moment (id, about, subject, code, at, took, standing) SELECT id || '/arrived', 1, id, 'arrived', opened, 0, 1 FROM incident WHERE true;
INSERT INTO moment (id, about, subject, code, at, took, standing) SELECT id || '/closed', 0, id, 'closed', ended, ended - received, 1 FROM report WHERE ended > 0;
INSERT INTO moment (id, about, subject, code, at, took, standing) SELECT id || '/closed', 1, id, 'closed', closed, closed - opened, 1 FROM incident WHERE closed > 0;

-- +goose Down
DROP TABLE handout;
DROP TABLE moment_work;
DROP TABLE moment;
