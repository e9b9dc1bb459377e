-- +goose Up
-- What stands in an object, as digests, to look a value up: runs of sorted entries instead of a row for each. run: the lowest number of an object in it.
CREATE TABLE sharing_run (
  run     BIGINT PRIMARY KEY,
  entries BIGINT NOT NULL
);

-- A piece of a run. mark, object: of its first entry; body: all of its entries, sixteen bytes each, mark and object as big-endian numbers.
CREATE TABLE sharing_chunk (
  run    BIGINT NOT NULL,
  mark   BIGINT NOT NULL,
  object BIGINT NOT NULL,
  body   BYTEA NOT NULL,
  PRIMARY KEY (run, mark, object)
);

INSERT INTO sharing_run (run, entries) SELECT min(object), count(*) FROM sharing_value HAVING count(*) > 0;
INSERT INTO sharing_chunk (run, mark, object, body)
  SELECT (SELECT run FROM sharing_run), max(CASE WHEN n % 120 = 0 THEN mark END), max(CASE WHEN n % 120 = 0 THEN object END),
    string_agg(int8send(mark) || int8send(object), ''::bytea ORDER BY n)
  FROM (SELECT mark, object, row_number() OVER (ORDER BY mark, object) - 1 AS n FROM sharing_value) v GROUP BY n / 120;
DROP TABLE sharing_value;

-- +goose Down
-- What was in the index is lost: objects are found by their id until they are given anew.
CREATE TABLE sharing_value (
  mark   BIGINT NOT NULL,
  object BIGINT NOT NULL,
  PRIMARY KEY (mark, object)
);
DROP TABLE sharing_chunk;
DROP TABLE sharing_run;
