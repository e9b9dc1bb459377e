package indicator

import (
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

const columns = `i.id, i.num, i.version, i.kind, i.value, i.reach, i.pattern, i.fault, i.name, i.confidence, i.valid_from, i.valid_until, i.revoked, i.source,
	i.label, i.pap, i.taken, i.seen, i.sightings, i.wrong, i.gone, i.warned, i.unsought, i.looked, i.scanned, i.skipped`

// unsaid in the columns confidence and pap is what nobody says.
const unsaidColumn = -1

// scan reads a row with columns, and judges it.
func scan(next func(...any) error, now time.Time, more ...any) (i Indicator, err error) {
	var label, warned, unsought string
	var version, reach, confidence, from, until, revoked, pap, taken, seen, gone, looked int64
	err = next(append([]any{
		&i.ID, &i.num, &version, &i.Kind, &i.Value, &reach, &i.Pattern, &i.Fault, &i.Name, &confidence, &from, &until, &revoked, &i.Source,
		&label, &pap, &taken, &seen, &i.Sightings, &i.Wrong, &gone, &warned, &unsought, &looked, &i.Scanned, &i.Skipped,
	}, more...)...)
	if err != nil {
		return i, err
	}
	i.reach = pattern.Reach(reach) //nolint:gosec // one of three
	i.Exact = i.reach == pattern.Exactly && i.Kind != Other
	i.Version, i.From, i.Until, i.Revoked = sharing.Moment(version), sqldb.Time(from), sqldb.Time(until), revoked == 1
	i.Taken, i.Seen, i.Gone, i.Looked = sqldb.Time(taken), sqldb.Time(seen), sqldb.Time(gone), sqldb.Time(looked)
	i.Warned, i.Unsought = split(warned), split(unsought)
	if confidence != unsaidColumn {
		i.Confidence = new(int(confidence))
	}
	if pap != unsaidColumn {
		i.PAP = new(tlp.PAP(pap)) //nolint:gosec // one of four
	}
	i.Label, err = tlp.Parse(label)
	i.judge(now)
	return i, err
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

func some(tx *sqldb.Tx, now time.Time, rest string, args ...any) (list []Indicator, err error) {
	err = tx.Each(`SELECT `+columns+` FROM sharing_indicator i `+rest, args, func(next func(...any) error) error {
		i, err := scan(next, now)
		list = append(list, i)
		return err
	})
	return list, err
}

// load reads one. Error: NotFound.
func load(tx *sqldb.Tx, now time.Time, id string) (Indicator, error) {
	list, err := some(tx, now, `WHERE i.id = $1 AND EXISTS (SELECT 1 FROM sharing_object o WHERE o.object_id = i.id)`, short(id, 300))
	if err == nil && len(list) == 0 {
		return Indicator{}, errIndicator(id)
	}
	if err != nil {
		return Indicator{}, err
	}
	return list[0], nil
}

// put writes what the object says; what others say of it stays as it is, and is summed up by sum.
func put(tx *sqldb.Tx, i Indicator, values []Value) error {
	confidence, pap := int64(unsaidColumn), int64(unsaidColumn)
	if i.Confidence != nil {
		confidence = int64(*i.Confidence)
	}
	if i.PAP != nil {
		pap = int64(*i.PAP)
	}
	_, err := tx.Exec(`INSERT INTO sharing_indicator AS i (id, num, version, kind, value, reach, pattern, fault, name, confidence, valid_from, valid_until, revoked,
			source, label, pap, taken, seen, sightings, wrong, gone, warned, unsought, fades, ends, looked, told)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, 0, 0, 0, $18, $19, 0, 0, 0, 0)
		ON CONFLICT (id) DO UPDATE SET num = excluded.num, version = excluded.version, kind = excluded.kind, value = excluded.value, reach = excluded.reach,
			looked = CASE WHEN i.pattern = excluded.pattern THEN i.looked ELSE 0 END, pattern = excluded.pattern, fault = excluded.fault, name = excluded.name,
			confidence = excluded.confidence, valid_from = excluded.valid_from, valid_until = excluded.valid_until, revoked = excluded.revoked,
			source = excluded.source, label = excluded.label, pap = excluded.pap, warned = excluded.warned, unsought = excluded.unsought`,
		i.ID, i.num, sharing.Micros(i.Version), i.Kind, i.Value, int64(i.reach), i.Pattern, i.Fault, i.Name, confidence, sqldb.Millis(i.From), millis(i.Until),
		i.Revoked, i.Source, i.Label.String(), pap, sqldb.Millis(i.Taken), strings.Join(i.Warned, "\n"), strings.Join(i.Unsought, "\n"))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM sharing_indicator_value WHERE indicator = $1`, i.ID); err != nil {
		return err
	}
	rows := make([][]any, len(values))
	for n, v := range values {
		rows[n] = []any{markOf(v), i.ID, v.Kind, v.Value}
	}
	return tx.BulkUpsert(valueInto, slices.Values(rows))
}

var valueInto = sqldb.Upsert{
	Table: "sharing_indicator_value", Columns: []string{"mark", "indicator", "kind", "value"}, Key: []string{"mark", "indicator"},
}

// millis is a time in a column in which 0 is none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return sqldb.Millis(t)
}

// valuesOf lists the values of an indicator, up to a number of them.
func valuesOf(tx *sqldb.Tx, id string, most int) (list []Value, err error) {
	err = tx.Each(`SELECT kind, value FROM sharing_indicator_value WHERE indicator = $1 ORDER BY kind, value LIMIT $2`, []any{id, int64(most)},
		func(next func(...any) error) error {
			var v Value
			err := next(&v.Kind, &v.Value)
			list = append(list, v)
			return err
		})
	return list, err
}

// reached locks how far something was read, and gives it. fresh: it was never read.
func reached(tx *sqldb.Tx, name string) (num int64, fresh bool, err error) {
	const never = -1
	err = tx.QueryRow(`INSERT INTO sharing_reach AS r (name, num) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET num = r.num RETURNING num`, name, int64(never)).Scan(&num)
	return max(num, 0), num == never, err
}

func reach(tx *sqldb.Tx, name string, num int64) error {
	_, err := tx.Exec(`UPDATE sharing_reach SET num = $2 WHERE name = $1`, name, num)
	return err
}

// sum works out anew what all who saw an indicator say together.
func sum(tx *sqldb.Tx, now time.Time, id string) error {
	list, err := some(tx, now, `WHERE i.id = $1`, id)
	if err != nil || len(list) == 0 { // a sighting may come before its indicator
		return err
	}
	i := list[0]
	if err := i.hear(tx); err != nil {
		return err
	}
	f := i.Facts(Block)
	_, err = tx.Exec(`UPDATE sharing_indicator SET seen = $2, sightings = $3, wrong = $4, gone = $5, fades = $6, ends = $7 WHERE id = $1`,
		id, millis(i.Seen), int64(i.Sightings), int64(i.Wrong), millis(i.Gone), sqldb.Millis(f.falls(fading-0.5)), sqldb.Millis(f.falls(expired)))
	return err
}

// hear counts each seer once, by what it said last of whether the indicator is right.
func (i *Indicator) hear(tx *sqldb.Tx) error {
	type word struct {
		at    int64
		wrong bool
	}
	last := map[string]word{}
	i.Seen, i.Gone, i.Sightings, i.Wrong = time.Time{}, time.Time{}, 0, 0
	err := tx.Each(`SELECT seer, says, max(at) FROM sharing_sighting WHERE indicator = $1 AND withdrawn = 0 GROUP BY seer, says`, []any{i.ID},
		func(next func(...any) error) error {
			var seer, says string
			var at int64
			if err := next(&seer, &says, &at); err != nil {
				return err
			}
			wrong := Says(says) == Wrong
			switch t := sqldb.Time(at); {
			case Says(says) == Ended && t.After(i.Gone):
				i.Gone = t
			case Says(says) == Positive && t.After(i.Seen):
				i.Seen = t
			}
			if w, heard := last[seer]; Says(says) != Ended && (!heard || at > w.at || at == w.at && wrong) {
				last[seer] = word{at, wrong}
			}
			return nil
		})
	for _, w := range last {
		if w.wrong {
			i.Wrong++
		} else {
			i.Sightings++
		}
	}
	return err
}
