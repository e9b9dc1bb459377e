package rollup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Ask answers a question.
func (s *Store) Ask(ctx context.Context, q Question) (Answer, error) {
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	var out Answer
	err := s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		a := &asker{Question: q, head: h}
		a.choose()
		if err := errors.Join(a.narrow(tx), a.read(tx)); err != nil {
			return err
		}
		out = a.answer()
		out.Complete, err = a.complete(tx)
		return err
	})
	return out, err
}

// asker answers one question.
type asker struct {
	Question
	head   head
	column string // of the time
	at     int64  // from this hour on, hours are kept
	where  []string
	args   []any
	first  int64 // the first hour asked for
	series map[string]*Series
}

// columns of the dimensions.
var columns = map[Dimension]string{
	ByNothing: "''", ByFeed: "feed", ByReport: "report", ByTaxonomy: "taxonomy", ByType: "kind", ByAttributed: "CASE WHEN attributed = 1 THEN '1' ELSE '0' END",
}

// choose finds the column of the time and writes the conditions.
func (a *asker) choose() {
	a.series, a.at, a.column = map[string]*Series{}, a.head.observed*24, "observed"
	if a.Clock == Arrived {
		a.column, a.at = "arrived", a.head.arrived*24
	}
	a.span()
	for _, c := range a.Where {
		a.condition(columns[c.Of], c)
	}
}

func (a *asker) bind(v any) string {
	a.args = append(a.args, v)
	return fmt.Sprintf("$%d", len(a.args))
}

// span bounds the time: the hour that the beginning lies in is counted whole, or its day where days are kept.
func (a *asker) span() {
	if !a.From.IsZero() {
		from := floor(a.From.Unix(), 3600)
		if from < a.at {
			from = floor(from, 24) * 24
		}
		a.where = append(a.where, a.column+" >= "+a.bind(max(0, from)))
	}
	if !a.To.IsZero() {
		a.where = append(a.where, a.column+" < "+a.bind(floor(a.To.Unix()+3599, 3600)), a.column+" >= 0")
	}
}

func floor(n, unit int64) int64 {
	if n < 0 {
		n -= unit - 1
	}
	return n / unit
}

func (a *asker) condition(column string, c Condition) {
	if len(c.Values) == 0 {
		if !c.Not {
			a.where = append(a.where, "1 = 0")
		}
		return
	}
	marks := make([]string, len(c.Values))
	for i, v := range c.Values {
		marks[i] = a.bind(v)
	}
	not := ""
	if c.Not {
		not = "NOT "
	}
	a.where = append(a.where, column+" "+not+"IN ("+strings.Join(marks, ", ")+")")
}

// narrow finds the first hour that the answer begins with.
func (a *asker) narrow(tx *sqldb.Tx) error {
	if !a.From.IsZero() || a.at == 0 {
		a.first = max(0, floor(a.From.Unix(), 3600))
		return nil
	}
	return tx.QueryRow(`SELECT coalesce(min(`+a.column+`), $1) FROM rollup_hour WHERE `+a.column+` >= 0`, a.at).Scan(&a.first)
}

// read sums up by time and value.
func (a *asker) read(tx *sqldb.Tx) error {
	at := a.column
	if a.Step == Whole {
		at = "CAST(0 AS BIGINT)"
	}
	sql := "SELECT " + at + " AS at, " + columns[a.By] + " AS value, CAST(sum(events) AS BIGINT) FROM rollup_hour"
	if len(a.where) > 0 {
		sql += " WHERE " + strings.Join(a.where, " AND ")
	}
	return tx.Each(sql+" GROUP BY at, value ORDER BY at", a.args, func(scan func(...any) error) error {
		var at, n int64
		var value string
		err := scan(&at, &value, &n)
		a.add(at, value, n)
		return err
	})
}

func (a *asker) add(at int64, value string, n int64) {
	s := a.series[value]
	if s == nil {
		s = &Series{Value: value}
		a.series[value] = s
	}
	s.Events += n
	when := a.begin(at)
	if last := len(s.Points) - 1; last >= 0 && s.Points[last].At.Equal(when) {
		s.Points[last].Events += n
		return
	}
	s.Points = append(s.Points, Point{when, n})
}

// begin is the beginning of the step that a row of the table counts for.
func (a *asker) begin(at int64) time.Time {
	if at == Unknown || a.Step == Whole {
		return time.Time{}
	}
	t := time.Unix(at*3600, 0).UTC()
	if a.step() == Hour {
		return t
	}
	if at < a.at { // a day of UTC is what is known: it stands for the zone's day of that date
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, a.Zone)
	}
	y, m, d := t.In(a.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, a.Zone)
}

// step is the step of the answer.
func (a *asker) step() Step {
	if a.Step == Hour && a.first < a.at {
		return Day
	}
	return a.Step
}

// answer gives the series, the largest first.
func (a *asker) answer() Answer {
	out := Answer{Step: a.step()}
	for _, s := range a.series {
		out.Series = append(out.Series, *s)
	}
	slices.SortFunc(out.Series, func(x, y Series) int { return cmp.Or(cmp.Compare(y.Events, x.Events), cmp.Compare(x.Value, y.Value)) })
	if a.Limit > 0 && len(out.Series) > a.Limit {
		out.Series = out.Series[:a.Limit]
	}
	return out
}

// complete tells that no part is owed, or has counts beyond the bound, that the question may touch. Events arrive after they are
// observed; two days are for clocks that go wrong.
func (a *asker) complete(tx *sqldb.Tx) (bool, error) {
	day := int64(0)
	if !a.From.IsZero() {
		day = event.DayOf(a.From) - 2
	}
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM rollup_part WHERE day >= $1`, day).Scan(&n)
	return n == 0, err
}
