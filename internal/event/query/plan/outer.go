package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

// maxBy keeps groupings to what a person can read.
const maxBy = 8

func (p *planner) count() Plan {
	cols := []Column{{Name: CountName, Kind: event.Int}}
	from, ok := p.from()
	if !ok {
		return Plan{SQL: "SELECT CAST(0 AS BIGINT)", Columns: cols}
	}
	return p.finish("SELECT count(*) FROM ("+from+")", cols)
}

// groups counts by fields and by day or hour.
func (p *planner) groups() (Plan, error) {
	if len(p.By) > maxBy {
		return Plan{}, problem.New(problem.Invalid, "grouping by %d fields; at most %d", len(p.By), maxBy)
	}
	var cols []Column
	var exprs []string
	for _, name := range p.By {
		c, key, err := p.key(name)
		if err != nil {
			return Plan{}, err
		}
		cols, exprs = append(cols, c), append(exprs, key...)
	}
	cols = append(cols, Column{Name: CountName, Kind: event.Int})
	tally := "count(*)"
	if p.Latest {
		f, _ := event.FieldByName(event.FieldTime)
		cols = append(cols, Column{Name: LatestName, Field: f.Name, Kind: event.Time})
		tally += fmt.Sprintf(", epoch_ms(max(c%d))", p.want(f))
	}
	from, ok := p.from()
	if !ok {
		return Plan{Empty: true, Columns: cols}, nil
	}
	var places []string
	for i := range exprs {
		places = append(places, fmt.Sprint(i+1))
	}
	order := append([]string{fmt.Sprintf("%d DESC", len(exprs)+1)}, places...)
	if cols[0].Bucket > 0 {
		order = append([]string{"1"}, order...)
	}
	return p.finish(fmt.Sprintf("SELECT %s, %s FROM (%s) GROUP BY %s ORDER BY %s%s",
		strings.Join(exprs, ", "), tally, from, strings.Join(places, ", "), strings.Join(order, ", "), p.limit()), cols), nil
}

// key is one thing to group by: its column and its expressions.
func (p *planner) key(name string) (Column, []string, error) {
	bucket := map[string]time.Duration{"day": 24 * time.Hour, "hour": time.Hour}[name]
	if bucket > 0 {
		f, _ := event.FieldByName(event.FieldTime)
		i := p.want(f)
		return Column{name, name, event.Int, bucket}, []string{p.bucket(i, bucket)}, nil
	}
	f, err := subject(name)
	if err != nil {
		return Column{}, nil, err
	}
	return Column{Name: name, Field: f.Name, Kind: f.Kind}, out(p.want(f), f.Kind), nil
}

// out gives a wanted field as the engine's client reads it.
func out(i int, k event.Kind) []string {
	switch k {
	case event.IP:
		return []string{fmt.Sprintf("c%dh", i), fmt.Sprintf("c%dl", i)}
	case event.Time:
		return []string{fmt.Sprintf("epoch_ms(c%d)", i)}
	case event.Int:
		return []string{fmt.Sprintf("CAST(c%d AS BIGINT)", i)}
	}
	return []string{fmt.Sprintf("c%d", i)}
}

// bucket numbers days or hours on the zone's clock. The zone's changes within
// the files' time are written out, because the engine does not know zones.
func (p *planner) bucket(i int, size time.Duration) string {
	ms := fmt.Sprintf("epoch_ms(c%d)", i)
	shifts := p.shifts()
	offset := fmt.Sprint(shifts[len(shifts)-1].offset + ahead*(24*time.Hour).Milliseconds())
	if len(shifts) > 1 {
		var b strings.Builder
		for _, s := range shifts[:len(shifts)-1] {
			fmt.Fprintf(&b, " WHEN %s < %d THEN %d", ms, s.until, s.offset+ahead*(24*time.Hour).Milliseconds())
		}
		offset = "CASE" + b.String() + " ELSE " + offset + " END"
	}
	n := size.Milliseconds()
	return fmt.Sprintf("CAST((%s + %s) // %d AS INTEGER)", ms, offset, n)
}

// ahead is a number of days added before the division and taken off by Start:
// the engine's division of whole numbers rounds towards zero, which for times
// before 1970 would be the next day. Rounding down in floating point is slower.
const ahead = 100_000

// Start is the time on the zone's clock, written as UTC, at which bucket n of
// the column begins.
func (c Column) Start(n int32) time.Time {
	return time.Unix(int64(n)*int64(c.Bucket/time.Second)-ahead*24*3600, 0).UTC()
}

// shift is how far the zone's clock is ahead of UTC until a moment, in milliseconds.
type shift struct{ until, offset int64 }

// maxShifts bounds the statement; zones change twice a year at most.
const maxShifts = 128

func (p *planner) shifts() []shift {
	at, last := p.span()
	var out []shift
	for len(out) < maxShifts {
		_, offset := at.In(p.Zone).Zone()
		_, end := at.In(p.Zone).ZoneBounds()
		out = append(out, shift{end.UnixMilli(), int64(offset) * 1000})
		if end.IsZero() || end.After(last) {
			break
		}
		at = end
	}
	return out
}

// span is the time that the files cover; forty years where they do not say.
func (p *planner) span() (first, last time.Time) {
	for _, f := range p.Files {
		if f.Source.First.IsZero() || f.Source.Last.IsZero() {
			return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		if first.IsZero() || f.Source.First.Before(first) {
			first = f.Source.First
		}
		if f.Source.Last.After(last) {
			last = f.Source.Last
		}
	}
	return first, last
}

// rows gives the events themselves.
func (p *planner) rows() (Plan, error) {
	fields, err := p.shown()
	if err != nil {
		return Plan{}, err
	}
	var exprs []string
	cols := make([]Column, len(fields))
	for i, f := range fields {
		cols[i] = Column{Name: f.Name, Field: f.Name, Kind: f.Kind}
		exprs = append(exprs, out(p.want(f), f.Kind)...)
	}
	var packed []Column
	if p.Pack {
		cols, packed, exprs = p.packed(cols, exprs)
	}
	order, err := p.sorting()
	if err != nil {
		return Plan{}, err
	}
	from, ok := p.from()
	if !ok || len(exprs) == 0 {
		return Plan{Empty: true, Columns: cols, Packed: packed}, nil
	}
	out := p.finish("SELECT "+strings.Join(exprs, ", ")+" FROM ("+from+")"+order+p.limit(), cols)
	out.Packed = packed
	return out, nil
}

func (p *planner) sorting() (string, error) {
	var parts []string
	for _, o := range p.Sort {
		f, err := subject(o.Field)
		if err != nil {
			return "", err
		}
		way := " ASC NULLS LAST"
		if o.Descending {
			way = " DESC NULLS LAST"
		}
		i := p.want(f)
		if f.Kind == event.IP {
			parts = append(parts, fmt.Sprintf("c%dh%s, c%dl%s", i, way, i, way))
			continue
		}
		parts = append(parts, fmt.Sprintf("c%d%s", i, way))
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " ORDER BY " + strings.Join(parts, ", "), nil
}

// shown lists the fields of the rows: those asked for, or the typed fields and
// the extras that the files hold, each once.
func (p *planner) shown() ([]event.Field, error) {
	if len(p.Fields) == 0 {
		return p.held(), nil
	}
	var out []event.Field
	for _, name := range p.Fields {
		f, err := subject(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out, nil
}

func (p *planner) held() []event.Field {
	all := map[string]bool{}
	for _, f := range p.Files {
		for c := range columnsOf(f).columns {
			all[c] = true
		}
	}
	var out []event.Field
	for _, f := range event.Fields() {
		if all[f.Name] && !strings.HasPrefix(f.Name, event.ExtraPrefix) {
			out = append(out, f)
		}
	}
	var extras []event.Field
	for c := range all {
		if s, ok := query.Lookup(c); ok && strings.HasPrefix(c, event.ExtraPrefix) {
			extras = append(extras, s.Fields[0])
		}
	}
	slices.SortFunc(extras, func(a, b event.Field) int { return strings.Compare(a.Name, b.Name) })
	if all[event.FieldExtra] {
		extras = append(extras, event.Field{Name: event.FieldExtra, Kind: event.Text})
	}
	return append(out, extras...)
}
