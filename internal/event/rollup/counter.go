package rollup

import (
	"github.com/firehall/firehall/internal/event"
)

// Counter counts the rows of batches into Counts, at the speed of columns: rows are counted by the numbers that the batch's dictionaries
// give to texts, and the texts are looked at once a batch. It is used by one goroutine at a time; the zero value is ready.
type Counter struct {
	Counts
	fine           table
	times, arrived []int64
	kinds, reports view
	organisations  view
}

const hour = int64(3600_000) // milliseconds

// Count counts rows of b that are of one class.
func (c *Counter) Count(b *event.Batch, rows []int32, taxonomy string) {
	if len(rows) == 0 {
		return
	}
	to := c.of(taxonomy)
	c.look(b)
	for _, r := range rows {
		kind, report, organisation := c.kinds.at(r), c.reports.at(r), c.organisations.at(r)
		observed, arrived := hourAt(c.times, r), hourAt(c.arrived, r)
		if kind|report > most16 || observed >= mostHour {
			c.slowly(to, r)
			continue
		}
		packed := uint64(observed+1)<<33 | uint64(kind)<<17 | uint64(report)<<1 //nolint:gosec // not negative
		if organisation != 0 {
			packed |= 1
		}
		c.fine.add(key{packed, arrived})
		if c.fine.full() {
			c.settle(to)
		}
	}
	c.settle(to)
}

const (
	most16   = 1<<16 - 1
	mostHour = 1 << 30
)

func (c *Counter) look(b *event.Batch) {
	c.times, c.arrived = ints(b, event.FieldTime), ints(b, event.FieldArrival)
	c.kinds, c.reports, c.organisations = viewOf(b, event.FieldType), viewOf(b, event.FieldReport), viewOf(b, event.FieldOrganisation)
}

func ints(b *event.Batch, name string) []int64 {
	if c := b.Find(name); c != nil {
		return c.Ints()
	}
	return nil
}

// hourAt is the hour since 1970 of row r, or Unknown.
func hourAt(times []int64, r int32) int64 {
	if times == nil || times[r] < 0 {
		return Unknown
	}
	return times[r] / hour
}

// slowly counts a row whose numbers do not fit.
func (c *Counter) slowly(to *class, r int32) {
	observed := hourAt(c.times, r)
	if observed >= mostHour {
		observed = Unknown
	}
	to.addFine(fine{
		arrived: hourAt(c.arrived, r), observed: observed, report: c.reports.text(c.reports.at(r)), kind: c.kinds.text(c.kinds.at(r)),
		attributed: c.organisations.text(c.organisations.at(r)) != "",
	}, 1)
}

// settle empties the tables into the counts.
func (c *Counter) settle(to *class) {
	c.fine.drain(func(k key, n int64) {
		to.addFine(fine{
			arrived: k.arrived, observed: int64(k.packed>>33) - 1, kind: c.kinds.text(uint32(k.packed >> 17 & most16)), //nolint:gosec // as packed
			report: c.reports.text(uint32(k.packed >> 1 & most16)), attributed: k.packed&1 == 1, //nolint:gosec // as packed
		}, n)
	})
}

// view reads a Text column by the numbers of its entries; 0 is none.
type view struct {
	column *event.Column
	idx    []uint32
	fixed  string
}

func viewOf(b *event.Batch, name string) view {
	c := b.Find(name)
	if c == nil {
		return view{}
	}
	if s, ok := c.Constant(); ok {
		return view{fixed: s}
	}
	return view{column: c, idx: c.Indices()}
}

func (v *view) at(r int32) uint32 {
	if v.idx == nil {
		return 0
	}
	return v.idx[r]
}

func (v *view) text(n uint32) string {
	if n == 0 {
		return v.fixed
	}
	return string(v.column.Entry(n - 1))
}

// key is what is counted, as numbers.
type key struct {
	packed  uint64
	arrived int64
}

// table counts keys; its size is small, so that it stays in the processor's own memory.
type table struct {
	keys   [1 << tableBits]key
	counts [1 << tableBits]uint32
	used   []uint16
}

const tableBits = 11

func (t *table) full() bool { return len(t.used) >= 1<<(tableBits-1) }

// add counts a key. There must be room: a full table is drained.
func (t *table) add(k key) {
	h := (k.packed ^ uint64(k.arrived)<<20) * 0x9e3779b97f4a7c15 //nolint:gosec // the bits
	for i := h >> (64 - tableBits); ; i = (i + 1) & (1<<tableBits - 1) {
		switch {
		case t.counts[i] == 0:
			t.keys[i], t.counts[i] = k, 1
			t.used = append(t.used, uint16(i)) //nolint:gosec // below the table's size
			return
		case t.keys[i] == k:
			t.counts[i]++
			return
		}
	}
}

func (t *table) drain(each func(key, int64)) {
	for _, i := range t.used {
		each(t.keys[i], int64(t.counts[i]))
		t.counts[i] = 0
	}
	t.used = t.used[:0]
}
