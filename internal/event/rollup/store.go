package rollup

import (
	"slices"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Part is what is counted, dropped and counted anew together: the events of a feed and a class that arrived on a day, as segments hold them.
type Part struct {
	Day            int64 // of arrival, days since 1970 (UTC)
	Feed, Taxonomy string
}

// PartOf is the part that a segment belongs to.
func PartOf(s event.Segment) Part { return Part{s.Day, s.Feed, s.Taxonomy} }

// The states of a part that stand in the table: the others are counted as they should be.
const (
	owed   = "owed"   // must be counted anew
	beyond = "beyond" // holds counts under Other
)

// Add adds what was counted of an intake, in the transaction that makes its events visible.
func Add(tx *sqldb.Tx, day int64, feed string, c *Counts) error {
	if c == nil {
		return nil
	}
	from, err := readHead(tx)
	if err != nil {
		return err
	}
	for taxonomy, counts := range c.classes {
		if err := from.put(tx, Part{day, feed, taxonomy}, counts); err != nil {
			return err
		}
	}
	return nil
}

// head says from when on hours are kept; what is older counts for the beginning of its day.
type head struct{ observed, arrived int64 } // days

func readHead(tx *sqldb.Tx) (h head, err error) {
	err = tx.QueryRow(`SELECT observed_from, arrived_from FROM rollup_head WHERE one = 1`).Scan(&h.observed, &h.arrived)
	return h, err
}

// rough gives the hour under which an hour is kept.
func rough(hours, fromDay int64) int64 {
	if hours != Unknown && hours < fromDay*24 {
		return hours / 24 * 24
	}
	return hours
}

var hoursUpsert = sqldb.Upsert{
	Table: "rollup_hour", Columns: []string{"day", "feed", "taxonomy", "arrived", "observed", "report", "kind", "attributed", "events"},
	Key: []string{"day", "feed", "taxonomy", "arrived", "observed", "report", "kind", "attributed"}, Set: []string{"events = t.events + excluded.events"},
}

// put adds the counts of one part.
func (h head) put(tx *sqldb.Tx, p Part, c *class) error {
	err := tx.BulkUpsert(hoursUpsert, func(yield func([]any) bool) {
		row := make([]any, 9)
		for k, n := range c.fine {
			attributed := int64(0)
			if k.attributed {
				attributed = 1
			}
			row = append(row[:0], p.Day, p.Feed, p.Taxonomy, rough(k.arrived, h.arrived), rough(k.observed, h.observed), k.report, k.kind, attributed, n)
			if !yield(row) {
				return
			}
		}
	})
	if err == nil && c.beyond {
		err = mark(tx, p, beyond)
	}
	return err
}

// mark notes what is to be known of a part; what is owed stays so until it is counted.
func mark(tx *sqldb.Tx, p Part, state string) error {
	_, err := tx.Exec(`INSERT INTO rollup_part (day, feed, taxonomy, state) VALUES ($1, $2, $3, $4)
		ON CONFLICT (day, feed, taxonomy) DO UPDATE SET state = CASE WHEN rollup_part.state = 'owed' THEN 'owed' ELSE excluded.state END`,
		p.Day, p.Feed, p.Taxonomy, state)
	return err
}

// Owe says that parts must be counted anew, because events went out of the middle of them: in the transaction that took these out.
func Owe(tx *sqldb.Tx, segments []event.Segment) error {
	for _, p := range partsOf(segments) {
		_, err := tx.Exec(`INSERT INTO rollup_part (day, feed, taxonomy, state) VALUES ($1, $2, $3, 'owed')
			ON CONFLICT (day, feed, taxonomy) DO UPDATE SET state = 'owed'`, p.Day, p.Feed, p.Taxonomy)
		if err != nil {
			return err
		}
	}
	return nil
}

// Drop takes out the counts of segments that were dropped whole, in the transaction that dropped them. Where a part has segments left, it
// is owed instead.
func Drop(tx *sqldb.Tx, segments []event.Segment) error {
	for _, p := range partsOf(segments) {
		var left int
		if err := tx.QueryRow(`SELECT count(*) FROM segment WHERE gone_at IS NULL AND day = $1 AND feed = $2 AND taxonomy = $3`,
			p.Day, p.Feed, p.Taxonomy).Scan(&left); err != nil {
			return err
		}
		do := p.forget
		if left > 0 {
			do = func(tx *sqldb.Tx) error { return Owe(tx, segments) }
		}
		if err := do(tx); err != nil {
			return err
		}
	}
	return nil
}

// forget removes everything that is kept of a part.
func (p Part) forget(tx *sqldb.Tx) error {
	for _, sql := range []string{
		`DELETE FROM rollup_hour WHERE day = $1 AND feed = $2 AND taxonomy = $3`,
		`DELETE FROM rollup_part WHERE day = $1 AND feed = $2 AND taxonomy = $3`,
	} {
		if _, err := tx.Exec(sql, p.Day, p.Feed, p.Taxonomy); err != nil {
			return err
		}
	}
	return nil
}

func partsOf(segments []event.Segment) []Part {
	var out []Part
	for _, s := range segments {
		if p := PartOf(s); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
