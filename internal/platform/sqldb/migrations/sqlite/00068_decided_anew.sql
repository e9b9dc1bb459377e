-- What is needed to decide again under a later policy: what the copy holds, what was done with each part of it, and what its source let be done; and which
-- decision, of an older policy, one takes the place of.

-- +goose Up
-- holds: sensitivities as bits, -1 of what was decided before they were kept. actions: of the redaction profile, a letter a sensitivity; '' likewise.
ALTER TABLE release_decision ADD COLUMN iep TEXT NOT NULL DEFAULT '';
ALTER TABLE release_decision ADD COLUMN holds INTEGER NOT NULL DEFAULT -1;
ALTER TABLE release_decision ADD COLUMN actions TEXT NOT NULL DEFAULT '';
ALTER TABLE release_decision ADD COLUMN instead_of TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE release_decision DROP COLUMN instead_of;
ALTER TABLE release_decision DROP COLUMN actions;
ALTER TABLE release_decision DROP COLUMN holds;
ALTER TABLE release_decision DROP COLUMN iep;
