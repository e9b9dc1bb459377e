-- Until when what an item's schedule promises is still to be kept: its last step, its embargo, its review, whichever comes last. What was let out of it is
-- on record that long, and as long again as all else.

-- +goose Up
ALTER TABLE release_schedule ADD COLUMN until BIGINT NOT NULL DEFAULT 0;
UPDATE release_schedule SET until = greatest(embargo, review, next_at);
CREATE INDEX release_schedule_until ON release_schedule (until);

-- +goose Down
DROP INDEX release_schedule_until;
ALTER TABLE release_schedule DROP COLUMN until;
