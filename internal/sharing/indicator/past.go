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

// Bounds of the search of the past: so many indicators at a time, so many values asked for at once, so many groups in an answer. Of what
// may have a pattern so many events are looked at, the newest first.
const (
	pastAtOnce = 200
	pastValues = 1000
	pastGroups = 10_000
	pastRows   = 20_000
)

// Past looks for indicators that came since it was called last in the events that are there, and gives how many sightings there were. Those that are more
// than plain values are held against the newest of the events that may have them; how many those were is kept. fence is called in each transaction that counts. Errors: Forbidden; what Ask gives.
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
	q, err := w.unlooked(ctx, size)
	if err != nil || len(q.list) == 0 {
		return 0, false, err
	}
	if err := w.ask(ctx, q); err != nil {
		if size > 1 || ctx.Err() != nil || problem.Is(err, problem.Conflict) {
			return 0, false, err
		}
		w.o.Log.WarnContext(ctx, "an indicator could not be looked for in the past", "indicator", q.list[0].ID, "error", err)
		q.seen[q.list[0].ID] = looked{skipped: unknown}
	}
	err = w.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if err := fence(tx); err != nil {
			return err
		}
		for _, i := range q.list {
			at := q.seen[i.ID]
			_, err := tx.Exec(`UPDATE sharing_indicator SET looked = $3, scanned = $4, skipped = $5 WHERE id = $1 AND version = $2`,
				i.ID, i.Version.UnixMicro(), sqldb.Millis(w.o.Clock.Now()), at.scanned, at.skipped)
			if err != nil {
				return err
			}
		}
		n, err = w.sighted(tx, q.m, q.out)
		return err
	})
	return n, true, err
}

// quest is one search of the past.
type quest struct {
	list     []Indicator
	m        *matcher
	values   []Value // of those that are plain values
	patterns []int32 // targets that are not
	seen     map[string]looked
	out      finds
}

// looked is how much of the past was looked at for an indicator.
type looked struct{ scanned, skipped int64 }

// unknown is how many events were not looked at when nobody knows how many.
const unknown = -1

// unlooked gives the indicators that came first of those that were not looked for, and what they look for.
func (w *Watcher) unlooked(ctx context.Context, size int) (q *quest, err error) {
	err = w.o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		q = &quest{m: newMatcher(), seen: map[string]looked{}, out: finds{}}
		if q.list, err = some(tx, w.o.Clock.Now(), `WHERE i.looked = 0 ORDER BY i.taken, i.id LIMIT $1`, int64(size)); err != nil {
			return err
		}
		for n := range q.list {
			i := &q.list[n]
			if !i.Sought() {
				continue
			}
			own, err := valuesOf(tx, i.ID, mostValues)
			if err != nil {
				return err
			}
			q.m.add(i, own)
			if i.Exact {
				q.values = append(q.values, own...)
			} else {
				q.patterns = append(q.patterns, int32(len(q.m.targets)-1)) //nolint:gosec // few
			}
		}
		return nil
	})
	return q, err
}

// ask asks for values, of each field by itself, and then for each pattern.
func (w *Watcher) ask(ctx context.Context, q *quest) error {
	by := map[string][]query.Match{}
	for _, v := range q.values {
		for _, f := range fieldsOf(v.Kind) {
			if match := matchOf(v); match != nil {
				by[f] = append(by[f], match)
			}
		}
	}
	for field, list := range by {
		for part := range slices.Chunk(list, pastValues) {
			if err := w.askValues(ctx, q, field, part); err != nil {
				return err
			}
		}
	}
	for _, n := range q.patterns {
		if err := w.askPattern(ctx, q, n); err != nil {
			return err
		}
	}
	return nil
}

// askValues asks for values of a field, by feed and day. Where there are more groups than an answer holds, what is in the others is not looked at.
func (w *Watcher) askValues(ctx context.Context, q *quest, field string, list []query.Match) error {
	r := plan.Request{
		Where: query.And(query.Term{Name: field, Match: list}, w.since()), Filter: query.Everything, By: []string{field, event.FieldFeed, "day"},
		Latest: true, Limit: pastGroups, Zone: time.UTC,
	}
	groups := 0
	err := w.Ask(ctx, r, func(b *answer.Batch) error {
		groups += b.N
		return q.m.answer(field, b, q.out)
	})
	if err != nil || groups < pastGroups {
		return err
	}
	for _, i := range q.list { // whose events those are is not known
		if i.Exact {
			q.seen[i.ID] = looked{skipped: unknown}
		}
	}
	return nil
}

// since is the time that is the past.
func (w *Watcher) since() query.Term {
	return query.Term{Name: event.FieldTime, Match: []query.Match{query.Times{From: w.o.Clock.Now().Add(-w.Back).Truncate(time.Millisecond)}}}
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

// answer reads groups of a field, feed and day, with how many events there are and when the last of them was.
func (m *matcher) answer(field string, b *answer.Batch, out finds) error {
	if len(b.Columns) < 5 {
		return problem.New(problem.Internal, "an answer of %d columns", len(b.Columns))
	}
	value, feed, at := &b.Columns[0], &b.Columns[1], &b.Columns[4]
	for n := range b.N {
		if value.Null[n] || at.Null[n] {
			continue
		}
		one := event.NewBatch([32]byte{})
		one.Extend(1, nil)
		cell(one.Column(field), value, n)
		one.Column(event.FieldTime).LoadInts(0, []int64{at.Ints[n]})
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
