package indicator

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Ask answers a question about events; it fills in the files.
type Ask func(ctx context.Context, q plan.Request, sink answer.Sink) error

// Bounds of the search of the past: so many indicators at a time, so many values asked for at once, so many groups in an answer.
const (
	pastAtOnce = 200
	pastValues = 1000
	pastGroups = 10_000
)

// Past looks for indicators that came since it was called last in the events that are there, and gives how many sightings there were. Those that are more
// than plain values are looked for in what comes only. fence is called in each transaction that counts. Errors: Forbidden; what Ask gives.
func (w *Watcher) Past(ctx context.Context, actor identity.Actor, fence func(tx *sqldb.Tx) error) (n int, err error) {
	if err := actor.Authorise(OpWatch, ""); err != nil {
		return 0, err
	}
	for size := pastAtOnce; ; {
		did, more, err := w.past(ctx, fence, size)
		n += did
		if err != nil && size > 1 && ctx.Err() == nil && problem.KindOf(err) != problem.Conflict {
			size = max(size/8, 1) // one of them may cost too much: it should not keep the others waiting
			continue
		}
		if err != nil || !more {
			return n, err
		}
	}
}

func (w *Watcher) past(ctx context.Context, fence func(tx *sqldb.Tx) error, size int) (n int, more bool, err error) {
	list, m, values, err := w.unlooked(ctx, size)
	if err != nil || len(list) == 0 {
		return 0, false, err
	}
	out := finds{}
	err = w.ask(ctx, m, values, out)
	if err != nil {
		if size > 1 || ctx.Err() != nil || problem.Is(err, problem.Conflict) {
			return 0, false, err
		}
		w.o.Log.WarnContext(ctx, "an indicator could not be looked for in the past", "indicator", list[0].ID, "error", err)
	}
	err = w.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if err := fence(tx); err != nil {
			return err
		}
		for _, i := range list {
			if _, err := tx.Exec(`UPDATE sharing_indicator SET looked = $3 WHERE id = $1 AND version = $2`, i.ID, i.Version.UnixMicro(), sqldb.Millis(w.o.Clock.Now())); err != nil {
				return err
			}
		}
		n, err = w.sighted(tx, m, out)
		return err
	})
	return n, true, err
}

// unlooked gives the indicators that came first of those that were not looked for, and their values.
func (w *Watcher) unlooked(ctx context.Context, size int) (list []Indicator, m *matcher, values []Value, err error) {
	err = w.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		m, values = newMatcher(), nil
		if list, err = some(tx, w.o.Clock.Now(), `WHERE i.looked = 0 ORDER BY i.taken, i.id LIMIT $1`, int64(size)); err != nil {
			return err
		}
		for n := range list {
			i := &list[n]
			if !i.Exact || !i.Sought() {
				continue
			}
			own, err := valuesOf(tx, i.ID, mostValues)
			if err != nil {
				return err
			}
			m.add(i, own)
			values = append(values, own...)
		}
		return nil
	})
	return list, m, values, err
}

// ask asks for values, of each field by itself.
func (w *Watcher) ask(ctx context.Context, m *matcher, values []Value, out finds) error {
	by := map[string][]query.Match{}
	for _, v := range values {
		for _, f := range fieldsOf(v.Kind) {
			if match := matchOf(v); match != nil {
				by[f] = append(by[f], match)
			}
		}
	}
	since := query.Term{Name: event.FieldTime, Match: []query.Match{query.Times{From: w.o.Clock.Now().Add(-w.Back).Truncate(time.Millisecond)}}}
	for field, list := range by {
		for part := range slices.Chunk(list, pastValues) {
			q := plan.Request{
				Where: query.And(query.Term{Name: field, Match: part}, since), Filter: query.Everything, By: []string{field, event.FieldFeed, "day"}, Limit: pastGroups, Zone: time.UTC,
			}
			if err := w.Ask(ctx, q, func(b *answer.Batch) error { return m.answer(field, b, out) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// matchOf is a value as a question has it; nil for one that no event can have.
func matchOf(v Value) query.Match {
	switch v.Kind {
	case "ip":
		if a, err := netip.ParseAddr(v.Value); err == nil {
			return query.Addrs{From: a, To: a}
		}
	case "cidr":
		if p, err := netip.ParsePrefix(v.Value); err == nil {
			return query.Addrs{From: p.Masked().Addr(), To: lastOf(p)}
		}
	case "asn":
		n := asNumber(v.Value)
		return query.Ints{From: n, To: n}
	default:
		return query.Text{Value: v.Value}
	}
	return nil
}

// lastOf is the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// answer reads groups of a field, feed and day. When on the day it was is not known: its end counts.
func (m *matcher) answer(field string, b *answer.Batch, out finds) error {
	if len(b.Columns) < 3 {
		return problem.New(problem.Internal, "an answer of %d columns", len(b.Columns))
	}
	value, feed, day := &b.Columns[0], &b.Columns[1], &b.Columns[2]
	for n := range b.N {
		if value.Null[n] || day.Null[n] {
			continue
		}
		at, err := time.Parse(time.DateOnly, day.Texts[n])
		if err != nil {
			return problem.Wrap(problem.Internal, err, "the day of an answer")
		}
		one := event.NewBatch([32]byte{})
		one.Extend(1, nil)
		cell(one.Column(field), value, n)
		one.Column(event.FieldTime).LoadInts(0, []int64{at.Add(24*time.Hour - time.Millisecond).UnixMilli()})
		name := ""
		if !feed.Null[n] {
			name = feed.Texts[n]
		}
		m.match(one, name, out)
	}
	return nil
}

// cell puts value n of an answer into the first row of a column.
func cell(c *event.Column, v *answer.Column, n int) {
	switch v.Kind {
	case event.IP:
		hi, lo := event.Words(v.Addrs[n])
		c.LoadHiLo(0, []uint64{hi}, []uint64{lo})
	case event.Int:
		c.LoadInts(0, []int64{v.Ints[n]})
	default:
		c.LoadTexts(0, []uint32{1}, 1, func(uint32) []byte { return []byte(v.Texts[n]) }, true)
	}
}

// sortByStrength puts what means most first.
func sortByStrength(list []Indicator) {
	slices.SortFunc(list, func(a, b Indicator) int { return cmp.Or(cmp.Compare(b.Strength, a.Strength), cmp.Compare(a.ID, b.ID)) })
}
