-- A contact may require encryption: without a valid key its messages are held.

-- +goose Up
ALTER TABLE contact ADD COLUMN encryption TEXT NOT NULL DEFAULT '' CHECK (encryption IN ('', 'required'));

-- +goose Down
ALTER TABLE contact DROP COLUMN encryption;
