-- The queue by what few reports have, in its order (with the state at the end: what is looked for is mostly new, what there is mostly done); what hides
-- mail; and which reports have an answer.

-- +goose Up
DROP INDEX report_class;
CREATE INDEX report_class ON report (class, rank, turn, id, state);
CREATE INDEX report_severity ON report (severity, rank, turn, id, state);
CREATE INDEX report_type ON report (type, rank, turn, id, state);
CREATE INDEX report_door ON report (door, rank, turn, id, state);
CREATE INDEX report_move ON report (move, rank, turn, id, state);
CREATE INDEX report_person ON report (state, rank, turn, id) WHERE fold = '' AND duplicate = '' AND test = 0;
CREATE INDEX report_hidden ON report (rank, turn, id, state, ref) WHERE hidden = 1;
CREATE INDEX report_test ON report (rank, turn, id, state) WHERE test = 1;
CREATE INDEX report_confidential ON report (rank, turn, id, state) WHERE confidential = 1;
CREATE INDEX report_anonymous ON report (rank, turn, id, state) WHERE anonymous = 1;
CREATE INDEX report_quarantined ON report (rank, turn, id, state) WHERE quarantined = 1;
CREATE INDEX report_verified ON report (rank, turn, id, state) WHERE verified <> '';
CREATE INDEX report_machine ON report (rank, turn, id, state) WHERE fold <> '';
CREATE INDEX incident_message_out ON incident_message (about) WHERE direction = 'out';

-- +goose Down
DROP INDEX incident_message_out;
DROP INDEX report_machine;
DROP INDEX report_verified;
DROP INDEX report_quarantined;
DROP INDEX report_anonymous;
DROP INDEX report_confidential;
DROP INDEX report_test;
DROP INDEX report_hidden;
DROP INDEX report_person;
DROP INDEX report_move;
DROP INDEX report_door;
DROP INDEX report_type;
DROP INDEX report_severity;
DROP INDEX report_class;
CREATE INDEX report_class ON report (class, rank, turn, id);
