-- Dialogues are listed over all reports and incidents: the open ones, and the newest of those that are over.

-- +goose Up
CREATE INDEX investigation_state ON investigation (state, opened, id);

-- +goose Down
DROP INDEX investigation_state;
