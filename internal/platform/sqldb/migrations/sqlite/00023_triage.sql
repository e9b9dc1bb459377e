-- By what reports are found to be alike: digests, under a key of ours, of their indicators and of bands of their text. When a report came is not here.

-- +goose Up
CREATE TABLE triage_trait (
  mark   INTEGER NOT NULL,
  report TEXT NOT NULL,
  PRIMARY KEY (mark, report)
) STRICT, WITHOUT ROWID;
CREATE INDEX triage_trait_report ON triage_trait (report);

CREATE TABLE triage_band (
  mark   INTEGER NOT NULL,
  report TEXT NOT NULL,
  PRIMARY KEY (mark, report)
) STRICT, WITHOUT ROWID;
CREATE INDEX triage_band_report ON triage_band (report);

-- +goose Down
DROP TABLE triage_band;
DROP TABLE triage_trait;
