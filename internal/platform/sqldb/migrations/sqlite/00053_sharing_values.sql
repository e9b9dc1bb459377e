-- +goose Up
-- What stands in an object, as digests, to look a value up: runs of sorted entries instead of a row for each. run: the lowest number of an object in it.
CREATE TABLE sharing_run (
  run     INTEGER PRIMARY KEY,
  entries INTEGER NOT NULL
) STRICT;

-- A piece of a run. mark, object: of its first entry; body: all of its entries, sixteen bytes each, mark and object as big-endian numbers.
CREATE TABLE sharing_chunk (
  run    INTEGER NOT NULL,
  mark   INTEGER NOT NULL,
  object INTEGER NOT NULL,
  body   BLOB NOT NULL,
  PRIMARY KEY (run, mark, object)
) STRICT;

INSERT INTO sharing_run (run, entries) SELECT min(object), count(*) FROM sharing_value HAVING count(*) > 0;
INSERT INTO sharing_chunk (run, mark, object, body)
  SELECT (SELECT run FROM sharing_run), max(CASE WHEN n % 120 = 0 THEN mark END), max(CASE WHEN n % 120 = 0 THEN object END),
    unhex(group_concat(printf('%016x%016x', mark, object), '' ORDER BY n))
  FROM (SELECT mark, object, row_number() OVER (ORDER BY mark, object) - 1 AS n FROM sharing_value) v GROUP BY n / 120;
DROP TABLE sharing_value;

-- +goose Down
-- What was in the index is lost: objects are found by their id until they are given anew.
CREATE TABLE sharing_value (
  mark   INTEGER NOT NULL,
  object INTEGER NOT NULL,
  PRIMARY KEY (mark, object)
) WITHOUT ROWID;
DROP TABLE sharing_chunk;
DROP TABLE sharing_run;
