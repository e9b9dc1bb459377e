-- Who holds a copy is told too that less may be done with it than before.

-- +goose Up

-- Of a receipt of kind told, what else they were told. pap: tlp.PAP; -1: nothing was said beside the label. iep: statements as JSON; '' for none.
ALTER TABLE release_receipt ADD COLUMN pap BIGINT NOT NULL DEFAULT -1;
ALTER TABLE release_receipt ADD COLUMN iep TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE release_receipt DROP COLUMN iep;
ALTER TABLE release_receipt DROP COLUMN pap;
