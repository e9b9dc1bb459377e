-- What the contact was when release decided (release.ContactDigest): a message is not sent to one that has changed since. Empty in older rows.

-- +goose Up
ALTER TABLE delivery ADD COLUMN contact_digest TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE delivery DROP COLUMN contact_digest;
