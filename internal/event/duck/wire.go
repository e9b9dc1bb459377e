package duck

import (
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
)

// The wire types of columns: i int64, u uint64, f float64, b bool, s text.

// block collects rows in the child, column by column.
type block struct {
	types string
	rows  int
	size  int
	cols  []blockColumn
}

type blockColumn struct {
	null  []byte
	any   bool   // a null was seen
	fixed []byte // numbers, or the lengths of texts
	text  []byte
}

// Bounds of one batch: enough rows to be quick, little enough to start at once.
const (
	batchRows  = 4096
	batchBytes = 1 << 20
)

func newBlock(types string) *block {
	return &block{types: types, cols: make([]blockColumn, len(types))}
}

func (b *block) full() bool { return b.rows >= batchRows || b.size >= batchBytes }

func (b *block) add(row []driver.Value) error {
	for i, v := range row {
		if err := b.cols[i].add(b.types[i], v); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
		if s, ok := v.(string); ok {
			b.size += len(s)
		}
	}
	b.size += 8 * len(row)
	b.rows++
	return nil
}

func (c *blockColumn) add(t byte, v driver.Value) error {
	if v == nil {
		c.any = true
		c.null = append(c.null, 1)
		c.fixed = append(c.fixed, make([]byte, width(t))...)
		return nil
	}
	c.null = append(c.null, 0)
	switch x := v.(type) {
	case int32:
		if t == 'i' {
			c.fixed = binary.LittleEndian.AppendUint64(c.fixed, uint64(x)) //nolint:gosec // the bits
			return nil
		}
	case int64:
		if t == 'i' {
			c.fixed = binary.LittleEndian.AppendUint64(c.fixed, uint64(x)) //nolint:gosec // the bits
			return nil
		}
	case uint64:
		if t == 'u' {
			c.fixed = binary.LittleEndian.AppendUint64(c.fixed, x)
			return nil
		}
	case float64:
		if t == 'f' {
			c.fixed = binary.LittleEndian.AppendUint64(c.fixed, math.Float64bits(x))
			return nil
		}
	case bool:
		if t == 'b' {
			c.fixed = append(c.fixed, map[bool]byte{true: 1}[x])
			return nil
		}
	case string:
		if t == 's' {
			c.fixed = binary.LittleEndian.AppendUint32(c.fixed, uint32(len(x))) //nolint:gosec // below maxFrame
			c.text = append(c.text, x...)
			return nil
		}
	}
	return fmt.Errorf("%T where %q is expected", v, t)
}

func width(t byte) int {
	switch t {
	case 'b':
		return 1
	case 's':
		return 4
	}
	return 8
}

// encode gives the block as the body of a frame and empties it.
func (b *block) encode(out []byte) []byte {
	out = binary.LittleEndian.AppendUint32(out[:0], uint32(b.rows)) //nolint:gosec // at most batchRows
	for i := range b.cols {
		c := &b.cols[i]
		if c.any {
			out = append(append(out, 1), c.null...)
		} else {
			out = append(out, 0)
		}
		out = append(append(out, c.fixed...), c.text...)
		*c = blockColumn{null: c.null[:0], fixed: c.fixed[:0], text: c.text[:0]}
	}
	b.rows, b.size = 0, 0
	return out
}

// column is one column of a batch as it came: the slices lie in the frame.
type column struct {
	null  []byte // nil if there is none
	fixed []byte
	text  []byte
}

func (c *column) isNull(i int) bool { return c.null != nil && c.null[i] != 0 }

func (c *column) word(i int) uint64 { return binary.LittleEndian.Uint64(c.fixed[8*i:]) }

// decode takes a batch apart, trusting nothing in it.
func decode(body []byte, types string, cols []column) (rows int, err error) {
	cut := func(n int) []byte {
		if n < 0 || n > len(body) {
			err = fmt.Errorf("a batch is cut short")
			return nil
		}
		part := body[:n]
		body = body[n:]
		return part
	}
	if head := cut(4); head != nil {
		rows = int(binary.LittleEndian.Uint32(head))
	}
	if rows > len(types)*len(body) || rows > batchRows {
		return 0, fmt.Errorf("a batch of %d rows", rows)
	}
	for i := range len(types) {
		c := column{}
		if flag := cut(1); err == nil && flag[0] != 0 {
			c.null = cut(rows)
		}
		c.fixed = cut(rows * width(types[i]))
		if types[i] == 's' && err == nil {
			c.text = cut(c.length(rows))
		}
		if err != nil {
			return 0, err
		}
		cols[i] = c
	}
	if len(body) > 0 {
		return 0, fmt.Errorf("a batch has %d bytes too many", len(body))
	}
	return rows, nil
}

// length is the sum of the lengths of texts, or -1 if it cannot be.
func (c *column) length(rows int) int {
	sum := uint64(0)
	for i := range rows {
		sum += uint64(binary.LittleEndian.Uint32(c.fixed[4*i:]))
	}
	if sum > maxFrame {
		return -1
	}
	return int(sum) //nolint:gosec // at most maxFrame
}
