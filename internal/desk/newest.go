package desk

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/render"
)

// searcher looks for the newest events, going back through the segments.
type searcher struct {
	desk    *Desk
	ask     asked
	place   rowPlace
	limit   int
	patient bool
	begun   time.Time

	found []EventRow // the newest first; more than limit when there are further ones
	known *remembered
}

// How a search goes: so many rows are looked at first, and then as many as fit into what is left of the reader's patience.
const (
	firstRows = 2 << 20
	patience  = 250 * time.Millisecond
)

// page finds one page.
func (s *searcher) page(ctx context.Context) (EventPage, error) {
	out := EventPage{Columns: s.columns()}
	reached, err := s.recall(ctx)
	if err != nil {
		return out, err
	}
	if reached.IsZero() && !s.place.untimed && s.place.began && len(s.found) <= s.limit { // then come those without a time
		rest := *s
		rest.place, rest.found, rest.limit, rest.known = rowPlace{began: true, untimed: true}, nil, s.limit-len(s.found), nil
		if _, err = rest.search(ctx); err != nil {
			return out, err
		}
		s.found = append(s.found, rest.found...)
	}
	out.Rows = s.found[:min(len(s.found), s.limit)]
	switch {
	case len(s.found) > s.limit:
		out.Next = s.place.after(out.Rows).cursor()
	case !reached.IsZero():
		out.Searched = reached
		out.Next = rowPlace{began: true, at: reached.UnixMilli()}.cursor()
	}
	return out, nil
}

// recall searches on from what is remembered of the same page.
func (s *searcher) recall(ctx context.Context) (reached time.Time, err error) {
	known, done, err := s.desk.memory.ask(ctx, s.ask.question("rows", s.place.cursor(), strconv.Itoa(s.limit), strings.Join(s.ask.req.Fields, ",")))
	if err != nil {
		return reached, err
	}
	defer done()
	s.known = known
	return s.search(ctx)
}

// remember keeps what was found in some segments, as far as a page needs it.
func (s *searcher) remember(files []plan.File) {
	if s.known == nil {
		return
	}
	s.known.has(files)
	slices.SortStableFunc(s.found, EventRow.compare)
	s.known.rows = slices.Clone(s.found[:min(len(s.found), s.place.skip+s.limit+1)])
}

// search goes back until the page is full or the time is up: then it gives the moment from which on nothing was missed.
func (s *searcher) search(ctx context.Context) (reached time.Time, err error) {
	files := s.newest()
	if s.known != nil {
		files = s.known.unread(files)
		if s.found = slices.Clone(s.known.rows); s.settle(files) {
			return time.Time{}, nil
		}
	}
	most := int64(firstRows)
	for len(files) > 0 {
		n := take(files, most)
		from := time.Now()
		read, err := s.look(ctx, files[:n])
		if err != nil {
			return reached, err
		}
		s.remember(files[:n])
		files = files[n:]
		if s.settle(files) {
			return time.Time{}, nil
		}
		if most = s.affordable(read, time.Since(from)); most == 0 && len(files) > 0 && !files[0].Source.Last.IsZero() {
			return s.cut(files[0].Source.Last), nil
		}
	}
	return time.Time{}, nil
}

// newest gives the segments in which the answer may be, those with the newest events first, those without times last.
func (s *searcher) newest() []plan.File {
	files := slices.Clone(s.ask.req.Files)
	slices.SortStableFunc(files, func(a, b plan.File) int { return b.Source.Last.Compare(a.Source.Last) })
	return files
}

// take counts the files that have so many rows together, one at least.
func take(files []plan.File, rows int64) int {
	n, sum := 0, int64(0)
	for n < len(files) && (n == 0 || sum+files[n].Rows <= rows) {
		sum += files[n].Rows
		n++
	}
	return n
}

// affordable is how many rows may be looked at next: as many again as so far, or as many as there is time for. Zero when time is up.
func (s *searcher) affordable(read int64, took time.Duration) int64 {
	if read == 0 {
		return firstRows
	}
	if s.patient {
		return 4 * max(read, firstRows)
	}
	left := patience - time.Since(s.begun)
	if left <= 0 {
		return 0
	}
	fit := int64(float64(read) * float64(left) / float64(max(took, time.Millisecond)))
	if fit < firstRows/8 {
		return 0
	}
	return min(fit, 8*max(read, firstRows))
}

// look adds the newest rows of some segments to those found, and tells how many rows it had to read.
func (s *searcher) look(ctx context.Context, files []plan.File) (read int64, err error) {
	req := s.ask.req
	req.Files, req.Where = files, query.And(req.Where, s.place.terms())
	req.Limit = s.place.skip + s.limit + 1
	req.Fields = append(slices.Clone(req.Fields), event.FieldTime, event.FieldArrival, event.FieldIntake, event.FieldSourceIP, event.FieldSourcePort)
	req.Sort = []plan.Order{
		{Field: event.FieldTime, Descending: true},
		{Field: event.FieldArrival},
		{Field: event.FieldIntake},
		{Field: event.FieldSourceIP},
		{Field: event.FieldSourcePort},
	}
	b, done, err := s.desk.rowsOfAddress(ctx, req)
	if err != nil {
		return 0, err
	}
	if done {
		return rowsIn(files), s.add(b)
	}
	req.Files = s.desk.narrowed(ctx, req)
	p, err := plan.Make(req)
	if err != nil || p.Empty {
		return 0, err
	}
	_, err = s.desk.o.Duck.Query(ctx, p, s.add)
	return p.Rows, err
}

// add takes rows of an answer.
func (s *searcher) add(b *answer.Batch) error {
	for i := range b.N {
		s.found = append(s.found, s.row(b, i))
	}
	return nil
}

func rowsIn(files []plan.File) (n int64) {
	for i := range files {
		n += files[i].Rows
	}
	return n
}

// settle puts what was found in order and tells whether the page is full: nothing in the files that are left can come before its end.
func (s *searcher) settle(left []plan.File) bool {
	slices.SortStableFunc(s.found, EventRow.compare)
	if len(left) > 0 {
		need := s.place.skip + s.limit + 1
		s.found = s.found[:min(len(s.found), need)]
		if len(s.found) < need || !s.found[need-1].Time.After(left[0].Source.Last) {
			return false
		}
	}
	s.skip()
	return true
}

// compare orders events as the engine does: the newest first, those without a time last.
func (r EventRow) compare(o EventRow) int {
	return cmp.Or(o.Time.Compare(r.Time), cmp.Compare(r.order.arrived, o.order.arrived), cmp.Compare(r.order.intake, o.order.intake),
		cmp.Compare(r.order.hi, o.order.hi), cmp.Compare(r.order.lo, o.order.lo), cmp.Compare(r.order.port, o.order.port))
}

// skip drops what earlier pages showed of the place's time.
func (s *searcher) skip() {
	n := 0
	for n < min(s.place.skip, len(s.found)) && (s.place.untimed || s.found[n].Time.UnixMilli() == s.place.at) {
		n++
	}
	s.found = s.found[n:]
}

// cut keeps what is newer than all that was not looked at.
func (s *searcher) cut(last time.Time) time.Time {
	s.skip()
	n := 0
	for n < len(s.found) && s.found[n].Time.After(last) {
		n++
	}
	s.found = s.found[:min(n, s.limit)]
	return last
}

// columns describes the answer.
func (s *searcher) columns() []EventColumn {
	out := make([]EventColumn, 0, len(s.ask.req.Fields))
	for _, name := range s.ask.req.Fields {
		c := EventColumn{Name: name, Field: name}
		if sub, ok := query.Lookup(name); ok {
			c.Field, c.Kind = sub.Fields[0].Name, sub.Kind()
		}
		out = append(out, c)
	}
	return out
}

// unplaced is the place of an event that has nothing to be ordered by: the engine puts what is absent last.
var unplaced = rowOrder{arrived: math.MaxInt64, hi: math.MaxUint64, lo: math.MaxUint64, port: math.MaxInt64}

// row reads row i of an answer; a field asked for under two names comes once.
func (s *searcher) row(b *answer.Batch, i int) EventRow {
	r := EventRow{order: unplaced}
	byField := make(map[string]Cell, len(b.Columns))
	for c := range b.Columns {
		col := &b.Columns[c]
		if col.Null[i] {
			continue
		}
		cell := s.ask.cell(col, i)
		byField[col.Field] = cell
		switch col.Field {
		case event.FieldTime:
			r.Time = cell.Time
		case event.FieldIntake:
			r.Intake, r.order.intake = cell.Raw, cell.Raw
		case event.FieldArrival:
			r.order.arrived = col.Ints[i]
		case event.FieldSourceIP:
			r.order.hi, r.order.lo = event.Words(col.Addrs[i])
		case event.FieldSourcePort:
			r.order.port = col.Ints[i]
		}
	}
	for _, c := range s.columns() {
		r.Cells = append(r.Cells, byField[c.Field])
	}
	return r
}

// cell reads one value.
func (a *asked) cell(c *answer.Column, i int) Cell {
	raw := render.Value(c, i)
	out := Cell{Text: raw, Raw: raw}
	switch {
	case c.Kind == event.Time:
		out.Time = c.Time(i)
	case c.Field == event.FieldOrganisation:
		out.Text = cmp.Or(a.names[raw], raw)
	}
	return out
}
