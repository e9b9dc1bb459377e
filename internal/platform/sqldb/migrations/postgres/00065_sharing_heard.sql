-- +goose Up
-- What fellow teams told by objects of type incident: which report each became, and the newest version that was read.
CREATE TABLE sharing_heard (
  source    TEXT COLLATE "C" NOT NULL,
  object_id TEXT COLLATE "C" NOT NULL,
  report    TEXT COLLATE "C" NOT NULL,
  version   BIGINT NOT NULL,
  PRIMARY KEY (source, object_id)
);
-- What came before nobody had asked for: only what comes from now on is taken as events and reports.
INSERT INTO sharing_reach (name, num) SELECT 'heard', coalesce(max(num), 0) FROM sharing_object;

-- +goose Down
DELETE FROM sharing_reach WHERE name = 'heard';
DROP TABLE sharing_heard;
