-- +goose Up
-- A file of teams that waits until somebody has looked at what it changes. format '': by looking at it; body: the file, compressed by gzip, empty once it was taken over;
-- approve: its networks are approved with it; report: what it changes, JSON, shortened; stamp: of the whole difference; applied 0: it waits.
CREATE TABLE team_upload (
  id      TEXT COLLATE "C" PRIMARY KEY,
  name    TEXT COLLATE "C" NOT NULL,
  format  TEXT COLLATE "C" NOT NULL,
  body    BYTEA NOT NULL,
  size    BIGINT NOT NULL,
  approve BIGINT NOT NULL,
  report  TEXT COLLATE "C" NOT NULL,
  stamp   TEXT COLLATE "C" NOT NULL,
  made_by TEXT COLLATE "C" NOT NULL,
  maker   TEXT COLLATE "C" NOT NULL,
  made    BIGINT NOT NULL,
  applied BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX team_upload_made ON team_upload (made);

-- +goose Down
DROP TABLE team_upload;
