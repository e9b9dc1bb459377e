// Package answer holds what comes back for a query: rows as columns, batch by
// batch, so that a long answer is never held whole. Who asks and who renders
// share it without knowing each other.
package answer

import (
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/event"
)

// Column is one column of the answer. Of the slices only the one of its kind is
// filled, with one value a row: Texts for Text, Ints for Int, Time (milliseconds
// since 1970) and Bool (0 or 1), Floats, Addrs. Where Null is true the value
// beside it says nothing.
type Column struct {
	Name   string // as asked for
	Field  string // the event's field behind it; empty for counts
	Kind   event.Kind
	Null   []bool
	Texts  []string
	Ints   []int64
	Floats []float64
	Addrs  []netip.Addr
}

// Batch is some rows of the answer; all columns have N values.
type Batch struct {
	Columns []Column
	N       int
}

// Sink takes batches in order. The batch is the sink's only until it returns.
type Sink func(*Batch) error

// Time gives row i of a Time column.
func (c *Column) Time(i int) time.Time { return time.UnixMilli(c.Ints[i]).UTC() }
