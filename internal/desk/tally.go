package desk

import (
	"context"
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/event/render"
)

// mostTallied is how many different values are counted apart to be remembered: all ports are.
const mostTallied = 70_000

// tally counts the events that a question means by fields, or by day or hour, the most frequent first. When there are too many different
// values, those with the fewest events are missing: whole is false then.
func (d *Desk) tally(ctx context.Context, ask asked, by ...string) (list []counted, whole bool, err error) {
	r, done, err := d.memory.ask(ctx, ask.question(append([]string{"tally"}, by...)...))
	if err != nil {
		return nil, false, err
	}
	defer done()
	files := r.unread(ask.req.Files)
	if len(files) > 0 {
		if list, whole, err = d.count(ctx, ask, files, by); err != nil {
			return nil, false, err
		}
		if !whole || len(list)+len(r.counts) > mostTallied { // too many to be remembered
			if len(files) < len(ask.req.Files) {
				list, whole, err = d.count(ctx, ask, ask.req.Files, by)
			}
			r.looked, r.counts, r.sorted = nil, nil, nil
			return list, whole, err
		}
		r.add(list)
		r.has(files)
	}
	if r.sorted == nil {
		r.sorted = slices.SortedFunc(maps.Values(r.counts), counted.before)
	}
	return r.sorted, true, nil
}

// add adds to what is known.
func (r *remembered) add(list []counted) {
	if len(list) > 0 {
		r.sorted = nil
	}
	for _, c := range list {
		key := c.key()
		c.events += r.counts[key].events
		r.counts[key] = c
	}
}

// count asks the engine for counts over some segments; whole, that these are all.
func (d *Desk) count(ctx context.Context, ask asked, files []plan.File, by []string) (list []counted, whole bool, err error) {
	req := ask.req
	req.Files, req.By, req.Limit = files, by, mostTallied+1
	if list, ok, err := d.timesOfAddress(ctx, req, by); ok || err != nil {
		return list, true, err
	}
	if list, ok, err := d.countsOfAll(ctx, req, by); ok || err != nil {
		return list, true, err
	}
	req.Files = d.narrowed(ctx, req)
	p, err := plan.Make(req)
	if err != nil || p.Empty {
		return nil, true, err
	}
	sum, err := d.o.Duck.Query(ctx, p, func(b *answer.Batch) error {
		for i := range b.N {
			c := counted{values: make([]string, len(by)), null: make([]bool, len(by)), events: b.Columns[len(by)].Ints[i]}
			for n := range by {
				if c.null[n] = b.Columns[n].Null[i]; !c.null[n] {
					c.values[n] = render.Value(&b.Columns[n], i)
				}
			}
			list = append(list, c)
		}
		return nil
	})
	return list, !sum.Truncated && len(list) <= mostTallied, err
}
