-- +goose Up
-- By what blocks and take-downs are found: keyed digests of the asset itself (own) and of the hosts and domains in which it lies.
CREATE TABLE countermeasure_mark (
  countermeasure TEXT COLLATE "C" NOT NULL,
  mark           BIGINT NOT NULL,
  own            BIGINT NOT NULL,
  PRIMARY KEY (mark, countermeasure)
);
CREATE INDEX countermeasure_mark_of ON countermeasure_mark (countermeasure);

-- +goose Down
DROP TABLE countermeasure_mark;
