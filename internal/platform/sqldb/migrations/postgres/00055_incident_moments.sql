-- +goose Up
-- When an incident was acknowledged and triaged is recorded from now on. Of those before: somebody worked on it at the latest in the first hour of work
-- that is kept; it had its class when it was opened if nothing was changed since, else at the latest when it was changed last.
INSERT INTO moment (id, about, subject, code, at, took, standing)
  SELECT w.id || '/acknowledged', 1, w.id, 'acknowledged', w.at, w.at - w.opened, 1
    FROM (SELECT i.id AS id, i.opened AS opened, CASE WHEN min(k.hour) > i.opened THEN min(k.hour) ELSE i.opened END AS at
      FROM incident i JOIN moment_work k ON k.subject = i.id AND k.about = 1 GROUP BY i.id, i.opened) AS w WHERE true
  ON CONFLICT (id) DO NOTHING;
INSERT INTO moment (id, about, subject, code, at, took, standing)
  SELECT w.id || '/triaged', 1, w.id, 'triaged', w.at, w.at - w.opened, 1
    FROM (SELECT i.id AS id, i.opened AS opened, CASE WHEN i.version > 1 AND i.changed > i.opened THEN i.changed ELSE i.opened END AS at
      FROM incident i WHERE i.class <> '') AS w WHERE true
  ON CONFLICT (id) DO NOTHING;

-- The files of the vault by what others look for them by: keyed digests of their MD5 and SHA-1. address: as in evidence_item. Files that were kept before
-- are found by their SHA-256 alone.
CREATE TABLE evidence_sum (
  sum     TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (sum, address)
);
CREATE INDEX evidence_sum_address ON evidence_sum (address);

-- The row that whoever links or merges incidents changes first: two at once could each miss the other's half of a circle.
CREATE TABLE incident_tree (
  id   TEXT COLLATE "C" PRIMARY KEY,
  turn BIGINT NOT NULL
);

-- +goose Down
DROP TABLE incident_tree;
DROP TABLE evidence_sum;
DELETE FROM moment WHERE about = 1 AND code IN ('acknowledged', 'triaged');
