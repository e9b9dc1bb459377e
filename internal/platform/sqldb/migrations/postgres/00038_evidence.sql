-- +goose Up
-- Custody is a chain: hash is the SHA-256 of an entry's line, which holds the hash of the entry before; '' in entries of before there was a chain, whose
-- hashes are computed. content: keyed digest of the file, in the entry that received it. recipient: to whom it was given. evidence_item.step and head are those of
-- the last entry; they are changed first, so that two acts at a time stand one after the other.
ALTER TABLE evidence_custody ADD COLUMN hash TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE evidence_custody ADD COLUMN content TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE evidence_custody ADD COLUMN recipient TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE evidence_item ADD COLUMN step BIGINT NOT NULL DEFAULT 0;
ALTER TABLE evidence_item ADD COLUMN head TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE evidence_item SET step = (SELECT count(*) FROM evidence_custody c WHERE c.item = evidence_item.id);

-- +goose Down
ALTER TABLE evidence_item DROP COLUMN head;
ALTER TABLE evidence_item DROP COLUMN step;
ALTER TABLE evidence_custody DROP COLUMN recipient;
ALTER TABLE evidence_custody DROP COLUMN content;
ALTER TABLE evidence_custody DROP COLUMN hash;
