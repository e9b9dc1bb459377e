package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/identity"
)

// HistogramQuery asks how many events there were when.
type HistogramQuery struct {
	Text     string
	From, To time.Time     // half open; zero: as far as the events go, within the query's own terms about time
	Step     time.Duration // time.Hour, 24*time.Hour (days of the team's zone), or 0: what gives a readable number of bars
	Arrival  bool          // by time.arrival; else by time.source
	Split    string        // a field of few values (class, type, feed, report) whose values are counted apart; empty for none
}

// Bar is the events of one step.
type Bar struct {
	From, To time.Time
	Events   int64
	Parts    []BarPart // with Split, the largest first
}

// BarPart is the events of one value.
type BarPart struct {
	Value  string
	Events int64
}

// Histogram is the events over time, in order; steps without events are there with 0, if there are not too many of them.
type Histogram struct {
	Step    time.Duration
	Bars    []Bar
	Total   int64
	Untimed int64 // of them without a time: in no bar
	Counted bool  // from counts kept (a bar counts its whole hour), else from the events
}

const oneDay = 24 * time.Hour

// fewDays is for how long a histogram shows hours when nobody says; mostBars is how many bars are filled up with empty ones.
const (
	fewDays  = 3 * oneDay
	mostBars = 1000
)

// Histogram counts events over time. Errors: Invalid where the counts by arrival do not know what the query asks for.
func (d *Desk) Histogram(ctx context.Context, actor identity.Actor, q HistogramQuery) (Histogram, error) {
	if err := actor.Authorise(OpQuery, "events"); err != nil {
		return Histogram{}, err
	}
	ask, err := d.askEvents(ctx, actor, EventQuery{Text: q.Text})
	if err != nil {
		return Histogram{}, err
	}
	h := &counting{q: q, zone: d.o.Zone, bars: map[time.Time]*Bar{}}
	if done, err := h.kept(ctx, d.o.Rollup, ask); done || err != nil {
		return h.histogram(), err
	}
	if q.Arrival {
		return Histogram{}, problem.New(problem.Invalid, "by arrival only classes, types, feeds and reports are counted: leave out the other terms, or ask by time.source")
	}
	err = h.scanned(ctx, d, ask)
	return h.histogram(), err
}

// counting makes one histogram.
type counting struct {
	q    HistogramQuery
	zone *time.Location
	bars map[time.Time]*Bar // by their beginnings
	out  Histogram
}

// kept answers from counts; false where they do not know what is asked for, or not all of it.
func (h *counting) kept(ctx context.Context, counts *rollup.Store, ask asked) (bool, error) {
	q, ok := rollup.From(ask.req.Where)
	by, known := rollup.DimensionOf(h.q.Split)
	if !ok || !known && h.q.Split != "" || counts == nil || !h.clock(&q) {
		return false, nil
	}
	q.By, q.Zone = by, h.zone
	q.From, q.To = later(q.From, h.q.From), earlier(q.To, h.q.To)
	if h.q.Step == oneDay {
		q.Step = rollup.Day
	}
	a, err := counts.Ask(ctx, q)
	if err != nil || !a.Complete || a.Step == rollup.Day && h.q.Step == time.Hour {
		return false, err
	}
	h.out.Counted = true
	h.q.From, h.q.To = q.From, q.To
	for _, s := range a.Series {
		for _, p := range s.Points {
			h.add(p.At, s.Value, p.Events)
		}
	}
	h.out.Step = time.Hour
	if a.Step == rollup.Day || h.q.Step == 0 && h.span() > fewDays {
		h.days()
	}
	return true, nil
}

// clock chooses the time by which is counted; false if the query bounds the other one.
func (h *counting) clock(q *rollup.Question) bool {
	want := rollup.Observed
	if h.q.Arrival {
		want = rollup.Arrived
	}
	bounded := !q.From.IsZero() || !q.To.IsZero()
	if bounded && q.Clock != want {
		return false
	}
	q.Clock = want
	return true
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// scanned answers from the events.
func (h *counting) scanned(ctx context.Context, d *Desk, ask asked) error {
	req := ask.req
	if !h.q.From.IsZero() || !h.q.To.IsZero() {
		req.Where = query.And(req.Where, query.Term{Name: event.FieldTime, Match: []query.Match{query.Times{From: h.q.From, To: h.q.To}}})
	}
	h.out.Step = h.q.Step
	if h.out.Step == 0 {
		h.out.Step = scanStep(h.q, req.Files)
	}
	req.By = []string{"day"}
	if h.out.Step == time.Hour {
		req.By = []string{"hour"}
	}
	if h.q.Split != "" {
		req.By = append(req.By, h.q.Split)
	}
	ask.req = req
	list, whole, err := d.tally(ctx, ask, req.By...)
	if err == nil && !whole {
		err = problem.New(problem.Invalid, "that is more bars and values than anybody reads: name a shorter time")
	}
	if err != nil {
		return err
	}
	return h.take(list)
}

// scanStep chooses hours or days by the time that the segments cover.
func scanStep(q HistogramQuery, files []plan.File) time.Duration {
	from, to := q.From, q.To
	for _, f := range files {
		if q.From.IsZero() && !f.Source.First.IsZero() {
			from = earlier(from, f.Source.First)
		}
		if q.To.IsZero() {
			to = later(to, f.Source.Last)
		}
	}
	if to.Sub(from) > fewDays {
		return oneDay
	}
	return time.Hour
}

// take reads counts by time, and value if there is a second field.
func (h *counting) take(list []counted) error {
	for _, c := range list {
		value := ""
		if len(c.values) == 2 {
			value = c.values[1]
		}
		at := time.Time{}
		if !c.null[0] {
			layout := "2006-01-02T15:04"[:len(c.values[0])]
			t, err := time.ParseInLocation(layout, c.values[0], h.zone)
			if err != nil {
				return problem.Wrap(problem.Internal, err, "a time in the engine's counts")
			}
			at = t
		}
		h.add(at, value, c.events)
	}
	return nil
}

func (h *counting) add(at time.Time, value string, n int64) {
	h.out.Total += n
	if at.IsZero() {
		h.out.Untimed += n
		return
	}
	at = at.In(h.zone)
	bar := h.bars[at]
	if bar == nil {
		bar = &Bar{From: at}
		h.bars[at] = bar
	}
	bar.Events += n
	if h.q.Split != "" {
		bar.add(value, n)
	}
}

func (b *Bar) add(value string, n int64) {
	i := slices.IndexFunc(b.Parts, func(p BarPart) bool { return p.Value == value })
	if i < 0 {
		b.Parts = append(b.Parts, BarPart{Value: value})
		i = len(b.Parts) - 1
	}
	b.Parts[i].Events += n
}

// ends are the beginnings of the first and the last bar.
func (h *counting) ends() (first, last time.Time) {
	for at := range h.bars {
		first, last = earlier(first, at), later(last, at)
	}
	return first, last
}

func (h *counting) span() time.Duration {
	first, last := h.ends()
	return cmp.Or(later(last, h.q.To), last).Sub(cmp.Or(h.q.From, first))
}

// days makes days of hours.
func (h *counting) days() {
	hours := h.bars
	h.bars, h.out.Step = map[time.Time]*Bar{}, oneDay
	for at, bar := range hours {
		day := midnight(at, h.zone)
		if h.bars[day] == nil {
			h.bars[day] = &Bar{From: day}
		}
		h.bars[day].Events += bar.Events
		for _, p := range bar.Parts {
			h.bars[day].add(p.Value, p.Events)
		}
	}
}

// histogram puts the bars in order and empty ones between them.
func (h *counting) histogram() Histogram {
	first, last := h.ends()
	if step := h.out.Step; step > 0 && last.Sub(first)/step < mostBars {
		for at := first; at.Before(last); at = h.next(at) {
			if h.bars[at] == nil {
				h.bars[at] = &Bar{From: at}
			}
		}
	}
	for at, bar := range h.bars {
		bar.To = h.next(at)
		slices.SortFunc(bar.Parts, func(a, b BarPart) int { return cmp.Or(cmp.Compare(b.Events, a.Events), cmp.Compare(a.Value, b.Value)) })
		h.out.Bars = append(h.out.Bars, *bar)
	}
	slices.SortFunc(h.out.Bars, func(a, b Bar) int { return a.From.Compare(b.From) })
	return h.out
}

// next is the beginning of the bar after the one at a time.
func (h *counting) next(at time.Time) time.Time {
	if h.out.Step == oneDay {
		return at.AddDate(0, 0, 1)
	}
	return at.Add(h.out.Step)
}
