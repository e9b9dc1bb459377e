-- Counts of findings, kept so that pages need not read them all: see event/finding/kept.go.

-- +goose Up

CREATE TABLE finding_count (
  kind     INTEGER NOT NULL, -- finding_kind
  state    TEXT NOT NULL,
  sources  INTEGER NOT NULL,
  findings INTEGER NOT NULL,
  PRIMARY KEY (kind, state, sources)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding_owned (
  organisation TEXT NOT NULL,
  state        TEXT NOT NULL,
  findings     INTEGER NOT NULL,
  PRIMARY KEY (organisation, state)
) STRICT, WITHOUT ROWID;

-- What has changed since it was added to these: counts are what they say and this together. Many write here at once without waiting for each
-- other; who applies facts adds it up.
CREATE TABLE finding_delta (
  id           INTEGER PRIMARY KEY,
  kind         INTEGER NOT NULL,
  state        TEXT NOT NULL,
  sources      INTEGER NOT NULL,
  organisation TEXT NOT NULL,
  findings     INTEGER NOT NULL
) STRICT;

INSERT INTO finding_count SELECT kind, state, sources, count(*) FROM finding_row GROUP BY kind, state, sources;
INSERT INTO finding_owned SELECT organisation, state, count(*) FROM finding_row GROUP BY organisation, state;

-- An organisation's findings.
CREATE INDEX finding_organisation ON finding_row (organisation);

-- +goose StatementBegin
CREATE TRIGGER finding_comes AFTER INSERT ON finding_row BEGIN
  INSERT INTO finding_delta (kind, state, sources, organisation, findings) VALUES (new.kind, new.state, new.sources, new.organisation, 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER finding_goes AFTER DELETE ON finding_row BEGIN
  INSERT INTO finding_delta (kind, state, sources, organisation, findings) VALUES (old.kind, old.state, old.sources, old.organisation, -1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER finding_changes AFTER UPDATE OF kind, state, sources, organisation ON finding_row
WHEN new.kind <> old.kind OR new.state <> old.state OR new.sources <> old.sources OR new.organisation <> old.organisation BEGIN
  INSERT INTO finding_delta (kind, state, sources, organisation, findings) VALUES (old.kind, old.state, old.sources, old.organisation, -1);
  INSERT INTO finding_delta (kind, state, sources, organisation, findings) VALUES (new.kind, new.state, new.sources, new.organisation, 1);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER finding_changes;
DROP TRIGGER finding_goes;
DROP TRIGGER finding_comes;
DROP INDEX finding_organisation;
DROP TABLE finding_delta;
DROP TABLE finding_owned;
DROP TABLE finding_count;
