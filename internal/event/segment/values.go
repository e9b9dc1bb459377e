package segment

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"

	"github.com/firehall/firehall/internal/event"
)

// levelsOf gives the definition levels: one run where all or no values are there, else one bit a row from e.levels.
func (e *Encoder) levelsOf(rows, nulls int) []byte {
	if nulls == 0 || nulls == rows {
		present := byte(1)
		if nulls == rows {
			present = 0
		}
		return append(binary.AppendUvarint(nil, uint64(rows)<<1), present) //nolint:gosec // rows >= 0
	}
	out, _ := (&rle.Encoding{BitWidth: 1}).EncodeLevels(nil, e.levels)
	return out
}

// text encodes a Text column: by dictionary, or plainly where sharing does not pay.
func (e *Encoder) text(c *event.Column, rows []int32) chunk {
	ch := e.begin(Leaf{c.Name, event.Text}, len(rows))
	if v, ok := c.Constant(); ok {
		e.constant(&ch, v, len(rows))
		return ch
	}
	nulls := e.number(c, rows)
	if c.Distinct() || len(e.order) > 64 && len(e.order)*3 > len(e.ids)*2 {
		e.distinct(&ch, c, len(rows), nulls)
		return ch
	}
	e.texts = e.texts[:0]
	for _, entry := range e.order {
		e.texts = appendPlain(e.texts, c.Entry(entry))
	}
	e.textBounds(&ch, c)
	e.dictionaryPage(&ch, e.texts, len(e.order))
	e.dataPage(&ch, format.RLEDictionary, len(rows), nulls, e.packIDs(len(e.order)), false)
	return ch
}

func appendPlain(dst, v []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v))) //nolint:gosec // below a part's size
	return append(dst, v...)
}

func (e *Encoder) constant(ch *chunk, v string, rows int) {
	nulls := 0
	e.ids, e.order = e.ids[:0], e.order[:0]
	e.texts = e.texts[:0]
	if v == "" {
		nulls = rows
	} else {
		e.texts = appendPlain(e.texts, []byte(v))
		ch.meta.Statistics.MinValue, ch.meta.Statistics.MaxValue = []byte(v), []byte(v)
	}
	e.dictionaryPage(ch, e.texts, min(1, len(v)))
	run := append([]byte{1}, binary.AppendUvarint(nil, uint64(rows-nulls)<<1)...) //nolint:gosec // rows >= nulls
	if nulls < rows {
		run = append(run, 0)
	}
	e.dataPage(ch, format.RLEDictionary, rows, nulls, run, false)
}

// number fills e.ids with the entries that the rows use, numbered anew in order of first use (e.order), and e.levels.
func (e *Encoder) number(c *event.Column, rows []int32) (nulls int) {
	idx := c.Indices()
	e.remap = zeroed(e.remap, c.Entries()+1)
	e.ids, e.order, e.levels = e.ids[:0], e.order[:0], e.levels[:0]
	for _, r := range rows {
		x := idx[r]
		if x == 0 {
			nulls++
			e.levels = append(e.levels, 0)
			continue
		}
		id := e.remap[x]
		if id == 0 {
			e.order = append(e.order, x-1)
			id = int32(len(e.order)) //nolint:gosec // at most the rows of a part
			e.remap[x] = id
		}
		e.ids = append(e.ids, id-1)
		e.levels = append(e.levels, 1)
	}
	return nulls
}

func zeroed(s []int32, n int) []int32 {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// packIDs gives e.ids as RLE_DICTIONARY data: a byte of bit width, then runs.
func (e *Encoder) packIDs(entries int) []byte {
	width := bits.Len(uint(max(entries-1, 0))) //nolint:gosec // not negative
	out, _ := (&rle.Encoding{BitWidth: width}).EncodeInt32(e.page[:0], e.ids)
	e.page = append(out, 0)
	copy(e.page[1:], e.page[:len(out)])
	e.page[0] = byte(width) //nolint:gosec // at most 32
	return e.page
}

// distinct encodes the column with lengths apart from the bytes.
func (e *Encoder) distinct(ch *chunk, c *event.Column, rows, nulls int) {
	e.texts, e.offsets = e.texts[:0], append(e.offsets[:0], 0)
	for _, id := range e.ids {
		e.texts = append(e.texts, c.Entry(e.order[id])...)
		e.offsets = append(e.offsets, uint32(len(e.texts))) //nolint:gosec // below a part's size
	}
	e.page, _ = e.lengths.EncodeByteArray(e.page, e.texts, e.offsets)
	e.dataPage(ch, format.DeltaLengthByteArray, rows, nulls, e.page, true)
}

// textBounds sets the least and greatest text where finding them is cheap and they are short.
func (e *Encoder) textBounds(ch *chunk, c *event.Column) {
	const few, short = 1024, 64
	if len(e.order) == 0 || len(e.order) > few {
		return
	}
	least := c.Entry(e.order[0])
	greatest := least
	for _, i := range e.order[1:] {
		v := c.Entry(i)
		if bytes.Compare(v, least) < 0 {
			least = v
		}
		if bytes.Compare(v, greatest) > 0 {
			greatest = v
		}
	}
	if len(least) <= short && len(greatest) <= short {
		ch.meta.Statistics.MinValue, ch.meta.Statistics.MaxValue = bytes.Clone(least), bytes.Clone(greatest)
	}
}

// integers encodes an Int or Time column; e.longs holds the values that are there afterwards.
func (e *Encoder) integers(c *event.Column, rows []int32) chunk {
	v := c.Ints()
	e.longs, e.levels = e.longs[:0], e.levels[:0]
	for _, r := range rows {
		if v[r] == event.Null {
			e.levels = append(e.levels, 0)
			continue
		}
		e.longs = append(e.longs, v[r])
		e.levels = append(e.levels, 1)
	}
	ch := e.begin(Leaf{c.Name, c.Kind}, len(rows))
	if least, greatest := bounds(e.longs); least != event.Null {
		ch.setBounds(uint64(least), uint64(greatest)) //nolint:gosec // the bits
	}
	e.numeric(&ch, len(rows), c.Kind != event.Time || c.Name == event.FieldArrival)
	return ch
}

// words encodes one half of an IP column; both halves are null together.
func (e *Encoder) words(l Leaf, v, hi, lo []uint64, rows []int32) chunk {
	e.longs, e.levels = e.longs[:0], e.levels[:0]
	least, greatest := ^uint64(0), uint64(0)
	for _, r := range rows {
		if hi[r] == 0 && lo[r] == 0 {
			e.levels = append(e.levels, 0)
			continue
		}
		e.longs = append(e.longs, int64(v[r])) //nolint:gosec // the bits
		e.levels = append(e.levels, 1)
		least, greatest = min(least, v[r]), max(greatest, v[r])
	}
	ch := e.begin(l, len(rows))
	if len(e.longs) > 0 {
		ch.setBounds(least, greatest)
	}
	recurring := e.numeric(&ch, len(rows), l.Name != event.FieldSourceIP+SuffixLo) // sorted by it: deltas are short
	if strings.HasSuffix(l.Name, SuffixLo) {
		values := e.longs
		if recurring {
			values = e.numbers.values
		}
		e.filter(&ch, values)
	}
	return ch
}

func (ch *chunk) setBounds(least, greatest uint64) {
	ch.meta.Statistics.MinValue = binary.LittleEndian.AppendUint64(nil, least)
	ch.meta.Statistics.MaxValue = binary.LittleEndian.AppendUint64(nil, greatest)
}

// numeric writes e.longs: by dictionary (e.numbers) where few values recur (and trying is wanted), else delta-packed.
func (e *Encoder) numeric(ch *chunk, rows int, try bool) (recurring bool) {
	nulls := rows - len(e.longs)
	if try && e.numbers.number(e.longs, &e.ids) {
		e.texts = e.texts[:0]
		for _, v := range e.numbers.values {
			e.texts = binary.LittleEndian.AppendUint64(e.texts, uint64(v)) //nolint:gosec // the bits
		}
		e.dictionaryPage(ch, e.texts, len(e.numbers.values))
		e.dataPage(ch, format.RLEDictionary, rows, nulls, e.packIDs(len(e.numbers.values)), false)
		return true
	}
	e.page, _ = e.delta.EncodeInt64(e.page, e.longs)
	e.dataPage(ch, format.DeltaBinaryPacked, rows, nulls, e.page, false)
	return false
}

// plain encodes Bool and Float columns, which are rare.
func (e *Encoder) plain(c *event.Column, rows []int32) chunk {
	e.levels, e.texts = e.levels[:0], e.texts[:0]
	n := 0
	for _, r := range rows {
		v := c.Ints()[r]
		if v == event.Null {
			e.levels = append(e.levels, 0)
			continue
		}
		e.levels = append(e.levels, 1)
		if c.Kind == event.Float {
			e.texts = binary.LittleEndian.AppendUint64(e.texts, uint64(v)) //nolint:gosec // the bits
		} else {
			e.texts = appendBit(e.texts, n, v != 0)
		}
		n++
	}
	ch := e.begin(Leaf{c.Name, c.Kind}, len(rows))
	e.dataPage(&ch, format.Plain, len(rows), len(rows)-n, e.texts, false)
	return ch
}

func appendBit(dst []byte, n int, v bool) []byte {
	if n%8 == 0 {
		dst = append(dst, 0)
	}
	if v {
		dst[n/8] |= 1 << (n % 8)
	}
	return dst
}

func (e *Encoder) keys(keys []event.DedupeKey, rows []int32) chunk {
	e.texts = e.texts[:0]
	for _, r := range rows {
		e.texts = append(e.texts, keys[r][:]...)
	}
	ch := e.begin(Leaf{event.FieldKey, event.Key}, len(rows))
	e.dataPage(&ch, format.Plain, len(rows), 0, e.texts, false)
	return ch
}
