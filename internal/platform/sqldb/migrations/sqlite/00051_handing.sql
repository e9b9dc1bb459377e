-- +goose Up
-- What of a report or an incident was given by hand, and to whom: release decided about it, and who has it is found by that decision.
CREATE TABLE handing (
  id           TEXT PRIMARY KEY,
  parent       TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('document', 'evidence', 'handover')),
  thing        TEXT NOT NULL,
  decision     TEXT NOT NULL,
  organisation TEXT NOT NULL,
  name         TEXT NOT NULL,
  at           INTEGER NOT NULL,
  actor        TEXT NOT NULL
) STRICT;
CREATE INDEX handing_decision ON handing (decision, at, id);
CREATE INDEX handing_thing ON handing (thing);

-- +goose Down
DROP TABLE handing;
