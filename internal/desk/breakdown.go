package desk

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/rollup"
	"github.com/firehall/firehall/internal/identity"
)

// BreakdownQuery asks for the most frequent values of a field.
type BreakdownQuery struct {
	Text  string
	Field string // of the vocabulary, or extra.NAME
	Limit int    // groups; 0 is 20
}

// Value is one group of a breakdown.
type Value struct {
	Text   string // as people read it; organisations by name; empty for events without the field
	Raw    string // as a query writes it
	Events int64
}

// Breakdown is the most frequent values of a field.
type Breakdown struct {
	Field  string
	Values []Value // the most frequent first
	Total  int64   // events that the query means
	Others int64   // of them with other values than those listed
	Rough  bool    // there are so many values that the counts may be a little too low
}

// The usual number of values, and the greatest.
const (
	defaultValues = 20
	mostValues    = 1000
)

// manyValued are typed fields of which nearly each event may have a value of its own: to count these takes long.
var manyValued = []string{event.FieldSourceIP, event.FieldDestIP, event.FieldSourceFQDN, event.FieldSourceURL, event.FieldDestFQDN, event.FieldDestURL, "source.reverse_dns"}

// quick tells whether a field's values are few enough, and stand in columns of their own in every segment.
func quick(field string) bool {
	s, ok := query.Lookup(field)
	if !ok || strings.HasPrefix(s.Fields[0].Name, event.ExtraPrefix) {
		return false
	}
	for _, name := range manyValued {
		if s.Fields[0].Name == name {
			return false
		}
	}
	return true
}

// Breakdown counts the most frequent values of a field. A field that is not Quick may take long: see AskLong.
func (d *Desk) Breakdown(ctx context.Context, actor identity.Actor, q BreakdownQuery) (Breakdown, error) {
	if err := actor.Authorise(OpQuery, "events"); err != nil {
		return Breakdown{}, err
	}
	ask, err := d.askBreakdown(ctx, actor, &q)
	if err != nil {
		return Breakdown{}, err
	}
	if b, done, err := d.keptBreakdown(ctx, q, ask); done || err != nil {
		return b, err
	}
	b := Breakdown{Field: q.Field}
	if quick(q.Field) {
		err = d.tallied(ctx, q, ask, &b)
	} else if b.Total, err = d.countAll(ctx, ask.req); err == nil {
		err = ask.groups(ctx, d, ask.req, func(v Value) { b.Values = append(b.Values, v) })
	}
	b.rest()
	return b, err
}

// tallied answers from what is remembered, and what came since.
func (d *Desk) tallied(ctx context.Context, q BreakdownQuery, ask asked, b *Breakdown) error {
	list, whole, err := d.tally(ctx, ask, q.Field)
	if err != nil {
		return err
	}
	if !whole {
		if b.Total, err = d.countAll(ctx, ask.req); err != nil {
			return err
		}
	}
	sub, _ := query.Lookup(q.Field) // quick knows it
	organisation := sub.Fields[0].Name == event.FieldOrganisation
	for i, c := range list {
		if whole {
			b.Total += c.events
		}
		if i < q.Limit {
			v := Value{Text: c.values[0], Raw: c.values[0], Events: c.events}
			if organisation {
				v.Text = cmp.Or(ask.names[v.Raw], v.Raw)
			}
			b.Values = append(b.Values, v)
		}
	}
	return nil
}

func (d *Desk) askBreakdown(ctx context.Context, actor identity.Actor, q *BreakdownQuery) (asked, error) {
	if q.Limit <= 0 {
		q.Limit = defaultValues
	}
	q.Limit = min(q.Limit, mostValues)
	return d.askEvents(ctx, actor, EventQuery{Text: q.Text, By: []string{q.Field}, Limit: q.Limit})
}

// keptBreakdown answers from counts, where they know all that is asked for to the event.
func (d *Desk) keptBreakdown(ctx context.Context, q BreakdownQuery, ask asked) (b Breakdown, done bool, err error) {
	by, known := rollup.DimensionOf(q.Field)
	ours, ok := rollup.From(ask.req.Where)
	if !ok || !known || d.o.Rollup == nil || !wholeHour(ours.From) || !wholeHour(ours.To) {
		return b, false, nil
	}
	ours.By, ours.Step = by, rollup.Whole
	a, err := d.o.Rollup.Ask(ctx, ours)
	if err != nil || !a.Complete {
		return b, false, err
	}
	b.Field = q.Field
	for _, s := range a.Series {
		b.Total += s.Events
		b.Values = append(b.Values, Value{Text: s.Value, Raw: s.Value, Events: s.Events})
	}
	b.Values = b.Values[:min(len(b.Values), q.Limit)]
	b.rest()
	return b, true, nil
}

// wholeHour tells that a time is no time at all, or the beginning of an hour that is kept as one.
func wholeHour(t time.Time) bool { return t.IsZero() || t.Equal(t.Truncate(time.Hour)) }

// rest counts the events of values that are not listed.
func (b *Breakdown) rest() {
	b.Others = b.Total
	for _, v := range b.Values {
		b.Others -= v.Events
	}
	b.Others = max(0, b.Others)
}

// countAll counts the events that a request means; without terms the manifest knows.
func (d *Desk) countAll(ctx context.Context, req plan.Request) (n int64, err error) {
	if all, ok := req.Where.(query.All); ok && len(all) == 0 {
		for _, f := range req.Files {
			n += f.Rows
		}
		return n, nil
	}
	req.By, req.Count, req.Limit = nil, true, 0
	p, err := plan.Make(req)
	if err != nil || p.Empty || p.Files == 0 {
		return 0, err
	}
	_, err = d.o.Duck.Query(ctx, p, func(b *answer.Batch) error {
		n = b.Columns[0].Ints[0]
		return nil
	})
	return n, err
}

// groups asks for counts by one field.
func (a *asked) groups(ctx context.Context, d *Desk, req plan.Request, each func(Value)) error {
	p, err := plan.Make(req)
	if err != nil || p.Empty {
		return err
	}
	engine := d.o.Duck
	if !quick(req.By[0]) {
		engine = d.slow()
	}
	_, err = engine.Query(ctx, p, func(b *answer.Batch) error {
		for i := range b.N {
			v := Value{Events: b.Columns[1].Ints[i]}
			if !b.Columns[0].Null[i] {
				c := a.cell(&b.Columns[0], i)
				v.Text, v.Raw = c.Text, c.Raw
			}
			each(v)
		}
		return nil
	})
	return err
}
