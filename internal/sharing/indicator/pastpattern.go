package indicator

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/sharing/pattern"
)

// askPattern holds a pattern against the newest of the past events that may have it.
func (w *Watcher) askPattern(ctx context.Context, q *quest, n int32) error {
	t := q.m.targets[n]
	if t.pattern == nil {
		return nil
	}
	where := narrowed(t.pattern)
	if where == nil {
		return nil
	}
	rows, err := w.newest(ctx, where)
	if err != nil {
		return err
	}
	at := looked{scanned: int64(rows.Rows())}
	if at.scanned >= pastRows {
		all, err := w.count(ctx, query.And(where, w.since()))
		if err != nil {
			return err
		}
		at.skipped = max(all-at.scanned, 0)
	}
	if !q.m.hold(n, rows, q.out) {
		at.skipped = unknown
	}
	q.seen[t.id] = at
	return nil
}

// newest reads the newest past events of a question. It looks back a day, two, four and so on, so that where many fit not all of them are read.
func (w *Watcher) newest(ctx context.Context, where query.Node) (*event.Batch, error) {
	rows, now := event.NewBatch([32]byte{}), w.o.Clock.Now()
	var until time.Time // the first part reaches into the future: clocks go wrong
	for back := day; rows.Rows() < pastRows; back *= 2 {
		part := query.Times{From: now.Add(-min(back, w.Back)).Truncate(time.Millisecond), To: until}
		err := w.Ask(ctx, plan.Request{
			Where: query.And(where, query.Term{Name: event.FieldTime, Match: []query.Match{part}}), Filter: query.Everything,
			Fields: append(pattern.Fields(), event.FieldFeed), Sort: []plan.Order{{Field: event.FieldTime, Descending: true}}, Limit: pastRows - rows.Rows(),
		}, func(b *answer.Batch) error {
			gather(rows, b)
			return nil
		})
		if err != nil || back >= w.Back {
			return rows, err
		}
		until = part.From
	}
	return rows, nil
}

// narrowed is a question about all events that may have a pattern; nil if no event can.
func narrowed(p *pattern.Pattern) query.Node {
	var either []query.Node
	values, reach := p.Lookups()
	for _, v := range values {
		if match := matchOf(Value{Kind(v.Kind), v.Value}); match != nil {
			for _, f := range fieldsOf(Kind(v.Kind)) {
				either = append(either, query.Term{Name: f, Match: []query.Match{match}})
			}
		}
	}
	if reach != pattern.Anything {
		return orNil(either)
	}
	list, any := p.Columns()
	if any {
		return query.Everything
	}
	for _, c := range list {
		var ints []query.Match
		for _, v := range c.Ints {
			ints = append(ints, query.Ints{From: v, To: v})
		}
		for _, f := range c.Fields {
			if ints == nil {
				either = append(either, query.Has{Name: f})
			} else {
				either = append(either, query.Term{Name: f, Match: ints})
			}
		}
	}
	return orNil(either)
}

func orNil(either []query.Node) query.Node {
	if len(either) == 0 {
		return nil
	}
	return query.Or(either...)
}

func (w *Watcher) count(ctx context.Context, where query.Node) (n int64, err error) {
	err = w.Ask(ctx, plan.Request{Where: where, Filter: query.Everything, Count: true}, func(b *answer.Batch) error {
		if b.N > 0 && len(b.Columns) > 0 {
			n = b.Columns[0].Ints[0]
		}
		return nil
	})
	return n, err
}

// gather appends the rows of an answer to a batch of events.
func gather(to *event.Batch, b *answer.Batch) {
	first := to.Extend(b.N, nil)
	for k := range b.Columns {
		in := &b.Columns[k]
		c := to.Column(in.Field)
		switch in.Kind {
		case event.IP:
			hi, lo := make([]uint64, b.N), make([]uint64, b.N)
			for n := range b.N {
				if !in.Null[n] {
					hi[n], lo[n] = event.Words(in.Addrs[n])
				}
			}
			c.LoadHiLo(first, hi, lo)
		case event.Int, event.Time:
			v := make([]int64, b.N)
			for n := range b.N {
				if v[n] = event.Null; !in.Null[n] {
					v[n] = in.Ints[n]
				}
			}
			c.LoadInts(first, v)
		case event.Text:
			c.LoadTexts(first, numbered(in, b.N), b.N, func(n uint32) []byte { return []byte(in.Texts[n]) }, false)
		}
	}
}

// numbered numbers the texts of a column from 1 on; 0 is none.
func numbered(in *answer.Column, rows int) []uint32 {
	idx := make([]uint32, rows)
	for n := range rows {
		if !in.Null[n] {
			idx[n] = uint32(n) + 1 //nolint:gosec // few
		}
	}
	return idx
}

// hold holds a pattern against rows: against those of each day and feed by themselves, for a sighting each, and against all if it needs several. It
// tells whether it could be held against all of them.
func (m *matcher) hold(n int32, b *event.Batch, out finds) bool {
	b.Columns()
	h := &holder{search: search{matcher: m, batch: b, out: out}, target: n, rows: pattern.NewRows(b), sure: true}
	if c := b.Find(event.FieldTime); c != nil {
		h.times = c.Ints()
	}
	groups := h.groups()
	for _, g := range slices.SortedFunc(maps.Keys(groups), group.compare) {
		h.try(groups[g], g.feed)
	}
	if !m.targets[n].pattern.Single() && len(groups) > 1 {
		all := make([]int, b.Rows())
		for row := range all {
			all[row] = row
		}
		h.try(all, "")
	}
	return h.sure
}

// holder holds one pattern against rows.
type holder struct {
	search
	target int32
	rows   *pattern.Rows
	sure   bool // each try came to an end
}

// group is a day of a feed.
type group struct {
	day  int64
	feed string
}

func (g group) compare(o group) int {
	return cmp.Or(cmp.Compare(o.day, g.day), cmp.Compare(g.feed, o.feed))
}

// groups gives the rows of each day and feed.
func (h *holder) groups() map[group][]int {
	out := map[group][]int{}
	feed := h.batch.Find(event.FieldFeed)
	for row := range h.batch.Rows() {
		g := group{day: undated}
		if row < len(h.times) && h.times[row] != event.Null {
			g.day = h.times[row] / dayMillis
		}
		if feed != nil {
			g.feed = string(feed.Bytes(row))
		}
		out[g] = append(out[g], row)
	}
	return out
}

// try holds the pattern against some rows, of which the newest is the first.
func (h *holder) try(list []int, feed string) {
	seen := make([]pattern.Observation, len(list))
	for i, row := range list {
		seen[i] = h.rows.At(row).Observation()
	}
	hits, err := h.targets[h.target].pattern.Match(seen)
	if err != nil {
		h.sure = false
	}
	if len(hits) > 0 {
		h.feed = feed
		h.keep(h.target, Value{}, list[hits[0]])
	}
}
