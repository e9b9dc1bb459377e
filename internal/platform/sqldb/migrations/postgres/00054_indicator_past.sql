-- +goose Up
-- How many past events an indicator was looked for in, if those were counted, and how many might have it and were not looked at; -1: nobody knows how many.
ALTER TABLE sharing_indicator ADD COLUMN scanned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sharing_indicator ADD COLUMN skipped BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE sharing_indicator DROP COLUMN skipped;
ALTER TABLE sharing_indicator DROP COLUMN scanned;
