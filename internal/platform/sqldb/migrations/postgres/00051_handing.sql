-- +goose Up
-- What of a report or an incident was given by hand, and to whom: release decided about it, and who has it is found by that decision.
CREATE TABLE handing (
  id           TEXT COLLATE "C" PRIMARY KEY,
  parent       TEXT COLLATE "C" NOT NULL,
  kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('document', 'evidence', 'handover')),
  thing        TEXT COLLATE "C" NOT NULL,
  decision     TEXT COLLATE "C" NOT NULL,
  organisation TEXT COLLATE "C" NOT NULL,
  name         TEXT COLLATE "C" NOT NULL,
  at           BIGINT NOT NULL,
  actor        TEXT COLLATE "C" NOT NULL
);
CREATE INDEX handing_decision ON handing (decision, at, id);
CREATE INDEX handing_thing ON handing (thing);

-- +goose Down
DROP TABLE handing;
