-- What is decided again while a message waits: for which sharing group a thing is, whether it had to be encrypted, and by which rule a message is kept back.

-- +goose Up
ALTER TABLE release_decision ADD COLUMN item_group TEXT NOT NULL DEFAULT '';
ALTER TABLE release_decision ADD COLUMN encrypt BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN withheld TEXT NOT NULL DEFAULT ''; -- of what is held: the rule of release, '' for what is in doubt
CREATE INDEX delivery_withheld ON delivery (channel, next_at) WHERE withheld <> '';

-- +goose Down
DROP INDEX delivery_withheld;
ALTER TABLE delivery DROP COLUMN withheld;
ALTER TABLE release_decision DROP COLUMN encrypt;
ALTER TABLE release_decision DROP COLUMN item_group;
