package event

import (
	"encoding/binary"
	"math"
	"net/netip"
)

// Null is the value of an Int, Time, Float or Bool column where there is none. Floats are kept as their bits.
const Null = math.MinInt64

// Column holds one field of a batch. Which of its slices is in use follows from Kind: Idx for Text, Ints for Int, Time, Bool (0, 1)
// and Float (bits), Hi and Lo for IP.
type Column struct {
	Name string
	Kind Kind

	batch    *Batch
	n        int // rows that have a value or null here; may lag behind the batch
	idx      []uint32
	ints     []int64
	hi, lo   []uint64
	dict     dictionary
	constant string
	isConst  bool
	absent   int64 // what a row that was not appended to gets: Null, or the constant of ConstTime
}

func newColumn(b *Batch, name string, kind Kind) *Column {
	return &Column{Name: name, Kind: kind, batch: b, absent: Null}
}

// Text appends a copy of v to the row begun.
func (c *Column) Text(v []byte) {
	if c.n != c.batch.rows {
		c.fill(c.batch.rows)
	}
	c.idx = append(c.idx, c.dict.add(v))
	c.n++
}

// TextString appends v to the row begun.
func (c *Column) TextString(v string) { c.Text([]byte(v)) }

// Int appends v to the row begun.
func (c *Column) Int(v int64) {
	if c.n != c.batch.rows {
		c.fill(c.batch.rows)
	}
	c.ints = append(c.ints, v)
	c.n++
}

// Time appends milliseconds since 1970 (UTC).
func (c *Column) Time(ms int64) { c.Int(ms) }

// Float appends v to the row begun.
func (c *Column) Float(v float64) {
	if v == 0 {
		v = 0 // minus zero has the bits of Null
	}
	c.Int(int64(math.Float64bits(v))) //nolint:gosec // the bits, not the number
}

// Bool appends v to the row begun.
func (c *Column) Bool(v bool) {
	if v {
		c.Int(1)
		return
	}
	c.Int(0)
}

// IPv4 appends an IPv4 address given as its 32 bits.
func (c *Column) IPv4(v uint32) { c.hiLo(0, v4Prefix|uint64(v)) }

// Addr appends an address; an IPv4-mapped one counts as IPv4, the zero Addr as null.
func (c *Column) Addr(a netip.Addr) {
	hi, lo := Words(a)
	c.hiLo(hi, lo)
}

func (c *Column) hiLo(hi, lo uint64) {
	if c.n != c.batch.rows {
		c.fill(c.batch.rows)
	}
	c.hi = append(c.hi, hi)
	c.lo = append(c.lo, lo)
	c.n++
}

const v4Prefix = uint64(0xffff) << 32

// Words gives an address as the two words that segments store; the zero Addr gives 0, 0, which stands for null.
func Words(a netip.Addr) (hi, lo uint64) {
	if !a.IsValid() {
		return 0, 0
	}
	w := a.As16()
	return binary.BigEndian.Uint64(w[:8]), binary.BigEndian.Uint64(w[8:])
}

// Address is the reverse of Words: IPv4 comes out unmapped, 0, 0 as the zero Addr.
func Address(hi, lo uint64) netip.Addr {
	if hi == 0 && lo == 0 {
		return netip.Addr{}
	}
	var w [16]byte
	binary.BigEndian.PutUint64(w[:8], hi)
	binary.BigEndian.PutUint64(w[8:], lo)
	return netip.AddrFrom16(w).Unmap()
}

// fill appends nulls until the column has n rows.
func (c *Column) fill(n int) {
	if c.isConst {
		c.n = n
		return
	}
	for ; c.n < n; c.n++ {
		switch c.Kind {
		case Text:
			c.idx = append(c.idx, 0)
		case IP:
			c.hi, c.lo = append(c.hi, 0), append(c.lo, 0)
		default:
			c.ints = append(c.ints, c.absent)
		}
	}
}

func (c *Column) truncate(n int) {
	if c.n <= n {
		return
	}
	c.n = n
	switch {
	case c.isConst:
	case c.Kind == Text:
		c.idx = c.idx[:n]
	case c.Kind == IP:
		c.hi, c.lo = c.hi[:n], c.lo[:n]
	default:
		c.ints = c.ints[:n]
	}
}

// reset empties the column and keeps its memory.
func (c *Column) reset() {
	c.n, c.idx, c.ints, c.hi, c.lo = 0, c.idx[:0], c.ints[:0], c.hi[:0], c.lo[:0]
	c.isConst, c.constant, c.absent = false, "", Null
	c.dict.reset()
}

// Constant gives the one text that all rows share, if the column is such a one.
func (c *Column) Constant() (string, bool) { return c.constant, c.isConst }

// Indices gives, for each row of a Text column, 0 for null or 1 + the entry's number in Entry. Not for constants.
func (c *Column) Indices() []uint32 { return c.idx[:c.n] }

// Entries is how many entries Entry has; Distinct tells whether each occurs once only (the column gave up its dictionary).
func (c *Column) Entries() int { return len(c.dict.ends) }

// Distinct tells that the column gave up sharing entries since nearly each value is new.
func (c *Column) Distinct() bool { return c.dict.plain }

// Entry gives the bytes of a Text column's entry, from 0; they are the column's.
func (c *Column) Entry(i uint32) []byte { return c.dict.entry(i) }

// Ints gives an Int, Time, Bool or Float column's values, Null where there is none.
func (c *Column) Ints() []int64 { return c.ints[:c.n] }

// HiLo gives an IP column's words, 0 and 0 where there is none.
func (c *Column) HiLo() (hi, lo []uint64) { return c.hi[:c.n], c.lo[:c.n] }

// IsNull tells whether row i has no value.
func (c *Column) IsNull(i int) bool {
	switch {
	case c.isConst:
		return c.constant == ""
	case i >= c.n:
		return true
	case c.Kind == Text:
		return c.idx[i] == 0
	case c.Kind == IP:
		return c.hi[i] == 0 && c.lo[i] == 0
	default:
		return c.ints[i] == Null
	}
}

// Bytes gives row i of a Text column, nil for null.
func (c *Column) Bytes(i int) []byte {
	if c.isConst {
		return []byte(c.constant)
	}
	if c.IsNull(i) {
		return nil
	}
	return c.dict.entry(c.idx[i] - 1)
}

// Int64 gives row i of an Int, Time or Bool column, Null where there is none.
func (c *Column) Int64(i int) int64 {
	if i >= c.n {
		return Null
	}
	return c.ints[i]
}

// AddrAt gives row i of an IP column, the zero Addr for null.
func (c *Column) AddrAt(i int) netip.Addr {
	if i >= c.n {
		return netip.Addr{}
	}
	return Address(c.hi[i], c.lo[i])
}

// SetInt replaces row i of an Int column; the row must exist.
func (c *Column) SetInt(i int, v int64) { c.ints[i] = v }

// SetText replaces row i of a Text column that is no constant; the row must exist.
func (c *Column) SetText(i int, v []byte) { c.idx[i] = c.dict.add(v) }
