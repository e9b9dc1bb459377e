package desk

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/history"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
)

// Questions about one address, and counts of all events by one field, are answered from the segments without the query engine: the
// filters spare looking into every segment, the dictionaries looking at every row. Whatever goes wrong here, the engine is asked.

// byAddress makes a question about one address of a request; false if it asks for anything else.
func byAddress(req plan.Request) (history.Question, bool) {
	if !everything(req.Filter) {
		return history.Question{}, false
	}
	return history.Of(req.Where)
}

// rowsOfAddress gives the newest rows of a request, if it asks for one address.
func (d *Desk) rowsOfAddress(ctx context.Context, req plan.Request) (b *answer.Batch, ok bool, err error) {
	q, ok := byAddress(req)
	if !ok {
		return nil, false, nil
	}
	fields, ok := fieldsOf(req.Fields)
	if !ok {
		return nil, false, nil
	}
	b, err = d.archive.Newest(ctx, req.Files, q, req.Limit, fields)
	ok, err = d.answered(ctx, err)
	return b, ok, err
}

// fieldsOf finds the fields of names, each once; false if one is for the engine to understand.
func fieldsOf(names []string) (out []event.Field, ok bool) {
	for _, name := range names {
		s, known := query.Lookup(name)
		if !known || s.Kind() == event.Key {
			return nil, false
		}
		if !slices.Contains(out, s.Fields[0]) {
			out = append(out, s.Fields[0])
		}
	}
	return out, true
}

// answered tells whether an error lets the engine be asked: all but that of a reader who left.
func (d *Desk) answered(ctx context.Context, err error) (bool, error) {
	switch {
	case err == nil:
		return true, nil
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case !errors.Is(err, history.ErrCannot):
		d.o.Log.InfoContext(ctx, "a segment could not be read by address: the query engine is asked", "error", err)
	}
	return false, nil
}

// timesOfAddress counts by day or hour, if a request asks for one address.
func (d *Desk) timesOfAddress(ctx context.Context, req plan.Request, by []string) (list []counted, ok bool, err error) {
	layout := map[string]string{"day": time.DateOnly, "hour": "2006-01-02T15:04"}[by[0]]
	if len(by) != 1 || layout == "" {
		return nil, false, nil
	}
	q, ok := byAddress(req)
	if !ok {
		return nil, false, nil
	}
	hours, untimed := map[int64]int64{}, int64(0)
	err = d.archive.Times(ctx, req.Files, q, func(ms int64) {
		if ms == event.Null {
			untimed++
			return
		}
		hours[floor(ms, quarter)]++
	})
	if ok, err = d.answered(ctx, err); !ok {
		return nil, false, err
	}
	return bucketed(hours, untimed, by[0], layout, d.o.Zone), true, nil
}

// quarter of an hour, in milliseconds: the clocks of all zones differ by whole ones.
const quarter = 15 * 60 * 1000

// floor is the greatest multiple of step that is not above v.
func floor(v, step int64) int64 {
	n := v / step * step
	if n > v {
		n -= step
	}
	return n
}

// bucketed adds quarters of hours up to days or hours on the zone's clock, named as the engine names them.
func bucketed(quarters map[int64]int64, untimed int64, by, layout string, zone *time.Location) (out []counted) {
	if zone == nil {
		zone = time.UTC
	}
	counts := map[string]int64{}
	for ms, n := range quarters {
		at := time.UnixMilli(ms).In(zone)
		if by == "hour" {
			at = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), 0, 0, 0, time.UTC) // written as UTC: an hour that the clock shows twice is one
		}
		counts[at.Format(layout)] += n
	}
	for name, n := range counts {
		out = append(out, counted{values: []string{name}, null: []bool{false}, events: n})
	}
	if untimed > 0 {
		out = append(out, counted{values: []string{""}, null: []bool{true}, events: untimed})
	}
	return out
}

// countsOfAll counts all events by a field, if a request asks for that.
func (d *Desk) countsOfAll(ctx context.Context, req plan.Request, by []string) (list []counted, ok bool, err error) {
	sub, known := query.Lookup(by[0])
	if len(by) != 1 || !known || !everything(req.Where) || !everything(req.Filter) {
		return nil, false, nil
	}
	counts, err := d.archive.Count(ctx, req.Files, sub.Fields[0], mostTallied)
	if ok, err = d.answered(ctx, err); !ok {
		return nil, false, err
	}
	for v, n := range counts.Texts {
		list = append(list, counted{values: []string{v}, null: []bool{false}, events: *n})
	}
	for v, n := range counts.Numbers {
		list = append(list, counted{values: []string{strconv.FormatInt(v, 10)}, null: []bool{false}, events: n})
	}
	if counts.None > 0 {
		list = append(list, counted{values: []string{""}, null: []bool{true}, events: counts.None})
	}
	return list, true, nil
}

// everything tells whether a tree leaves nothing out.
func everything(n query.Node) bool {
	all, ok := n.(query.All)
	return ok && len(all) == 0
}

// narrowed leaves those segments out in which an address that all events must have is not.
func (d *Desk) narrowed(ctx context.Context, req plan.Request) []plan.File {
	q, ok := history.Within(req.Where)
	if !ok {
		return req.Files
	}
	return d.archive.Holding(ctx, req.Files, q)
}
