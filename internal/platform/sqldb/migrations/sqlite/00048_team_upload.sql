-- +goose Up
-- A file of teams that waits until somebody has looked at what it changes. format '': by looking at it; body: the file, compressed by gzip, empty once it was taken over;
-- approve: its networks are approved with it; report: what it changes, JSON, shortened; stamp: of the whole difference; applied 0: it waits.
CREATE TABLE team_upload (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  format  TEXT NOT NULL,
  body    BLOB NOT NULL,
  size    INTEGER NOT NULL,
  approve INTEGER NOT NULL,
  report  TEXT NOT NULL,
  stamp   TEXT NOT NULL,
  made_by TEXT NOT NULL,
  maker   TEXT NOT NULL,
  made    INTEGER NOT NULL,
  applied INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX team_upload_made ON team_upload (made);

-- +goose Down
DROP TABLE team_upload;
