package release

import (
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const scheduleColumns = `item, item_kind, item_id, base, stages, embargo, review, source, word, agreed_by, agreed_at, version`

// stageRow is a step as it is stored.
type stageRow struct {
	At    int64  `json:"at"`
	Label string `json:"label"`
	Told  int64  `json:"told,omitempty"`
}

func scanSchedule(scan func(...any) error) (key string, s Schedule, err error) {
	var base, stages string
	var embargo, review, agreed int64
	err = scan(&key, &s.Kind, &s.ID, &base, &stages, &embargo, &review, &s.Source, &s.Word, &s.By, &agreed, &s.Version)
	if err != nil {
		return key, s, err
	}
	s.Embargo, s.Review, s.Agreed = sqldb.Time(embargo), sqldb.Time(review), sqldb.Time(agreed)
	if s.Base, err = tlp.Parse(base); err != nil {
		return key, s, err
	}
	var rows []stageRow
	if err := json.Unmarshal([]byte(stages), &rows); err != nil {
		return key, s, err
	}
	for _, r := range rows {
		label, err := tlp.Parse(r.Label)
		if err != nil {
			return key, s, err
		}
		s.Stages = append(s.Stages, Stage{At: sqldb.Time(r.At), Label: label, Told: sqldb.Time(r.Told)})
	}
	return key, s, nil
}

// schedules reads those of some items, by key.
func schedules(tx *sqldb.Tx, keys []string) (map[string]Schedule, error) {
	found := map[string]Schedule{}
	err := eachIn(tx, "SELECT "+scheduleColumns+" FROM release_schedule WHERE item IN", keys, func(scan func(...any) error) error {
		key, s, err := scanSchedule(scan)
		found[key] = s
		return err
	})
	return found, err
}

func scheduleOf(tx *sqldb.Tx, kind, id string) (Schedule, error) {
	key := thing{kind, id}.key()
	found, err := schedules(tx, []string{key})
	return found[key], err
}

// keepSchedule stores a schedule over the one before. next is the moment at which somebody has to be told, 0 for none.
func keepSchedule(tx *sqldb.Tx, s Schedule) error {
	rows, next := make([]stageRow, len(s.Stages)), int64(0)
	for i, g := range s.Stages {
		rows[i] = stageRow{At: sqldb.Millis(g.At), Label: g.Label.String(), Told: sqldb.Millis(g.Told)}
		if g.Told.IsZero() && next == 0 {
			next = rows[i].At
		}
	}
	until := max(sqldb.Millis(s.Embargo), sqldb.Millis(s.Review))
	for _, r := range rows {
		until = max(until, r.At)
	}
	stages, _ := json.Marshal(rows) // numbers and texts cannot fail
	_, err := tx.Exec(`INSERT INTO release_schedule (`+scheduleColumns+`, next_at, until, reviewed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0)
		ON CONFLICT (item) DO UPDATE SET base = excluded.base, stages = excluded.stages, embargo = excluded.embargo, review = excluded.review,
			source = excluded.source, word = excluded.word, agreed_by = excluded.agreed_by, agreed_at = excluded.agreed_at, version = excluded.version,
			next_at = excluded.next_at, until = excluded.until,
			reviewed = CASE WHEN release_schedule.review = excluded.review THEN release_schedule.reviewed ELSE 0 END`,
		thing{s.Kind, s.ID}.key(), s.Kind, s.ID, s.Base.String(), string(stages), sqldb.Millis(s.Embargo), sqldb.Millis(s.Review), s.Source, s.Word, s.By,
		sqldb.Millis(s.Agreed), s.Version, next, until)
	return err
}

// dueSchedules reads those of which a step has come that nobody was told of.
func dueSchedules(tx *sqldb.Tx, now time.Time, most int) (list []Schedule, err error) {
	err = tx.Each("SELECT "+scheduleColumns+" FROM release_schedule WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at LIMIT $2", []any{now, most},
		func(scan func(...any) error) error {
			_, s, err := scanSchedule(scan)
			list = append(list, s)
			return err
		})
	return list, err
}

// dueReviews reads those whose review has come, and of which the team was not reminded.
func dueReviews(tx *sqldb.Tx, now time.Time, most int) (list []Schedule, err error) {
	err = tx.Each("SELECT "+scheduleColumns+" FROM release_schedule WHERE review > 0 AND reviewed = 0 AND review <= $1 ORDER BY review, item LIMIT $2", []any{now, most},
		func(scan func(...any) error) error {
			_, s, err := scanSchedule(scan)
			list = append(list, s)
			return err
		})
	return list, err
}

// reviewed notes that the team was reminded; false if somebody else did, or the review is another now.
func reviewed(tx *sqldb.Tx, s Schedule) (bool, error) {
	n, err := tx.Exec(`UPDATE release_schedule SET reviewed = 1 WHERE item = $1 AND review = $2 AND reviewed = 0`, thing{s.Kind, s.ID}.key(), sqldb.Millis(s.Review))
	return n > 0, err
}
