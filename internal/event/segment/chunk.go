package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/firehall/firehall/internal/event"
)

// Chunk is one column of one row group, decoded as far as it must be to pick single rows out of it. It keeps its buffers, so one Chunk is
// read again and again; it is used by one goroutine at a time. The zero value is ready.
type Chunk struct {
	rows    int
	kind    event.Kind
	none    bool    // no row has a value
	levels  []uint8 // 1 where a row has a value; nil when all have or none
	ids     []int32 // of the rows that have a value, into what follows; nil: the values themselves follow
	byID    bool
	longs   []int64
	texts   []byte
	offsets []uint32

	raw, unpacked []byte
	spare         []uint8
	idsSpare      []int32
	counts        []int64
	zstd          *zstd.Decoder
}

// mostPage is more than any page of ours has, unpacked.
const mostPage = 256 << 20

// Read reads a leaf of group g.
func (c *Chunk) Read(r io.ReaderAt, l *Layout, g int, leaf string) (err error) {
	defer damaged(&err)
	p, kind, err := l.find(g, leaf)
	if err != nil {
		return err
	}
	c.raw = slices.Grow(c.raw[:0], int(p.size))[:p.size]
	if _, err := r.ReadAt(c.raw, p.at); err != nil {
		return fmt.Errorf("segment: %w", err)
	}
	c.rows, c.kind, c.byID, c.none, c.levels = int(l.rows[g]), kind, false, false, nil
	for in := c.raw; len(in) > 0; {
		var h format.PageHeader
		b := bytes.NewReader(in)
		if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(b)).Decode(&h); err != nil {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
		in = in[len(in)-b.Len():]
		n := int(h.CompressedPageSize)
		if n < 0 || n > len(in) || h.UncompressedPageSize < 0 || h.UncompressedPageSize > mostPage {
			return fmt.Errorf("%w: a page of %d bytes", errDamaged, n)
		}
		done, err := c.page(&h, in[:n])
		if done || err != nil {
			return err
		}
		in = in[n:]
	}
	return fmt.Errorf("%w: no data page", errDamaged)
}

// page reads one page; done is the data page, of which a chunk of ours has one.
func (c *Chunk) page(h *format.PageHeader, body []byte) (done bool, err error) {
	if d, ok := h.DictionaryPageHeader.Get(); ok && h.Type == format.DictionaryPage {
		if c.kind == event.Text {
			if body, err = c.unpack(body); err != nil {
				return false, err
			}
		}
		return false, c.plain(body, int(d.NumValues))
	}
	d, ok := h.DataPageHeaderV2.Get()
	if !ok || h.Type != format.DataPageV2 || int(d.NumValues) != c.rows || d.NumNulls < 0 || d.NumNulls > d.NumValues {
		return false, fmt.Errorf("%w: a page that a segment does not have", errDamaged)
	}
	n := int(d.DefinitionLevelsByteLength)
	if n < 0 || n > len(body) || d.RepetitionLevelsByteLength != 0 {
		return false, fmt.Errorf("%w: levels of %d bytes", errDamaged, n)
	}
	if err := c.presence(body[:n], int(d.NumNulls)); err != nil || c.none {
		return true, err
	}
	body = body[n:]
	if packed, ok := d.IsCompressed.Get(); c.kind == event.Text && ok && packed {
		if body, err = c.unpack(body); err != nil {
			return false, err
		}
	}
	return true, c.values(d.Encoding, body, c.rows-int(d.NumNulls))
}

func (c *Chunk) unpack(body []byte) (out []byte, err error) {
	if c.zstd == nil {
		if c.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostPage)); err != nil {
			return nil, err
		}
	}
	c.unpacked, err = c.zstd.DecodeAll(body, c.unpacked[:0])
	return c.unpacked, err
}

// presence reads which rows have a value.
func (c *Chunk) presence(in []byte, nulls int) error {
	if c.none = nulls == c.rows; c.none || nulls == 0 {
		return nil
	}
	if !fits(in, 1, c.rows) {
		return fmt.Errorf("%w: levels for more than %d rows", errDamaged, c.rows)
	}
	var err error
	if c.spare, err = (&rle.Encoding{BitWidth: 1}).DecodeLevels(c.spare, in); err != nil {
		return err
	}
	if len(c.spare) < c.rows {
		return fmt.Errorf("%w: %d levels for %d rows", errDamaged, len(c.spare), c.rows)
	}
	c.levels = c.spare[:c.rows]
	if bytes.Count(c.levels, []byte{1}) != c.rows-nulls {
		return fmt.Errorf("%w: levels of other rows", errDamaged)
	}
	return nil
}

// values reads n values.
func (c *Chunk) values(enc format.Encoding, in []byte, n int) (err error) {
	switch enc {
	case format.RLEDictionary:
		return c.numbers(in, n)
	case format.DeltaBinaryPacked:
		if !packs(in, n) {
			return fmt.Errorf("%w: not %d numbers", errDamaged, n)
		}
		c.longs, err = new(delta.BinaryPackedEncoding).DecodeInt64(c.longs, in)
	case format.DeltaLengthByteArray:
		if !packs(in, n) {
			return fmt.Errorf("%w: not %d lengths", errDamaged, n)
		}
		c.texts, c.offsets, err = new(delta.LengthByteArrayEncoding).DecodeByteArray(c.texts, in, c.offsets)
	case format.Plain:
		return c.plain(in, n)
	default:
		err = fmt.Errorf("%w: encoding %v", errDamaged, enc)
	}
	if err == nil && (c.kind == event.Text && len(c.offsets) != n+1 || c.kind != event.Text && len(c.longs) != n) {
		err = fmt.Errorf("%w: not %d values", errDamaged, n)
	}
	return err
}

// numbers reads numbers of the dictionary's entries.
func (c *Chunk) numbers(in []byte, n int) (err error) {
	entries := len(c.longs)
	if c.kind == event.Text {
		entries = len(c.offsets) - 1
	}
	if len(in) == 0 || in[0] > 32 || !fits(in[1:], int(in[0]), n) {
		return fmt.Errorf("%w: numbers of entries", errDamaged)
	}
	if in[0] == 0 { // one entry: no bits are needed to name it
		c.idsSpare = zeroed(c.idsSpare, n)
	} else if c.idsSpare, err = (&rle.Encoding{BitWidth: int(in[0])}).DecodeInt32(c.idsSpare, in[1:]); err != nil {
		return err
	}
	if len(c.idsSpare) < n {
		return fmt.Errorf("%w: %d numbers of entries for %d rows", errDamaged, len(c.idsSpare), n)
	}
	c.ids, c.byID = c.idsSpare[:n], true
	for _, id := range c.ids {
		if id < 0 || int(id) >= entries {
			return fmt.Errorf("%w: a number beyond the dictionary", errDamaged)
		}
	}
	return nil
}

// plain reads n values that stand as they are.
func (c *Chunk) plain(in []byte, n int) error {
	c.longs, c.texts, c.offsets = c.longs[:0], in, c.offsets[:0]
	switch c.kind {
	case event.Text:
		return c.plainTexts(in, n)
	case event.Bool:
		for i := range min(n, 8*len(in)) {
			c.longs = append(c.longs, int64(in[i/8]>>(i%8)&1))
		}
	case event.Key:
		return errNoColumn
	default:
		for i := range min(n, len(in)/8) {
			c.longs = append(c.longs, int64(binary.LittleEndian.Uint64(in[8*i:]))) //nolint:gosec // the bits
		}
	}
	if len(c.longs) != n {
		return fmt.Errorf("%w: not %d values", errDamaged, n)
	}
	return nil
}

// plainTexts takes the lengths out from between the texts.
func (c *Chunk) plainTexts(in []byte, n int) error {
	out := in[:0] // in is ours: raw or unpacked
	c.offsets = append(c.offsets, 0)
	for range n {
		if len(in) < 4 || int64(binary.LittleEndian.Uint32(in)) > int64(len(in)-4) {
			return fmt.Errorf("%w: a text beyond its page", errDamaged)
		}
		size := int(binary.LittleEndian.Uint32(in))
		out = append(out, in[4:4+size]...)
		in = in[4+size:]
		c.offsets = append(c.offsets, uint32(len(out))) //nolint:gosec // at most mostPage
	}
	c.texts = out
	return nil
}

// fits tells whether runs of numbers of a width are no more than n, which a damaged length could ask all memory for.
func fits(in []byte, width, n int) bool {
	for all := uint64(0); len(in) > 0; {
		head, k := binary.Uvarint(in)
		size, count := uint64(width+7)/8, head>>1 //nolint:gosec // at most 32
		if head&1 == 1 {
			size, count = (head>>1)*uint64(width), (head>>1)*8 //nolint:gosec // at most 32
		}
		if all += count; k <= 0 || head > math.MaxUint32 || all > uint64(n)+8 { //nolint:gosec // not negative
			return false
		}
		in = in[min(uint64(len(in)), uint64(k)+size):]
	}
	return true
}

// packs tells whether delta-packed numbers are n (block size, miniblocks and count come first).
func packs(in []byte, n int) bool {
	var head [3]uint64
	for i := range head {
		v, k := binary.Uvarint(in)
		if k <= 0 {
			return false
		}
		head[i], in = v, in[k:]
	}
	return head[2] == uint64(n) //nolint:gosec // not negative
}

// pick calls do for each of some rows, in rising order, with the place of its value; -1 for none.
func (c *Chunk) pick(rows []int32, do func(i, at int)) {
	seen, at := 0, 0
	for i, r := range rows {
		switch {
		case c.none:
			do(i, -1)
			continue
		case c.levels == nil:
			at = int(r)
		default:
			at += bytes.Count(c.levels[seen:r], []byte{1})
			if seen = int(r); c.levels[r] == 0 {
				do(i, -1)
				continue
			}
		}
		if c.byID {
			do(i, int(c.ids[at]))
			continue
		}
		do(i, at)
	}
}

// Longs appends the values of rows, which rise, to dst: event.Null where there is none; addresses give a word, decimals their bits.
func (c *Chunk) Longs(dst []int64, rows []int32) []int64 {
	c.pick(rows, func(_, at int) {
		v := int64(event.Null)
		if at >= 0 {
			v = c.longs[at]
		}
		dst = append(dst, v)
	})
	return dst
}

// Nulls appends whether rows, which rise, have no value.
func (c *Chunk) Nulls(dst []bool, rows []int32) []bool {
	c.pick(rows, func(_, at int) { dst = append(dst, at < 0) })
	return dst
}

// Texts appends the texts of rows, which rise, to dst: "" where there is none.
func (c *Chunk) Texts(dst []string, rows []int32) []string {
	c.pick(rows, func(_, at int) {
		v := ""
		if at >= 0 {
			v = string(c.texts[c.offsets[at]:c.offsets[at+1]])
		}
		dst = append(dst, v)
	})
	return dst
}

// Counts calls do for the values that rows have, with how many rows have each, and gives how many rows have none. A value may come more than
// once; only that of the chunk's kind is given.
func (c *Chunk) Counts(do func(number int64, text []byte, rows int64)) (nulls int64) {
	if c.none {
		return int64(c.rows)
	}
	give := func(at int, n int64) {
		if c.kind == event.Text {
			do(0, c.texts[c.offsets[at]:c.offsets[at+1]], n)
			return
		}
		do(c.longs[at], nil, n)
	}
	if !c.byID {
		n := max(len(c.longs), len(c.offsets)-1)
		for at := range n {
			give(at, 1)
		}
		return int64(c.rows - n)
	}
	c.counts = slices.Grow(c.counts[:0], max(len(c.longs), len(c.offsets)))[:max(len(c.longs), len(c.offsets))]
	clear(c.counts)
	for _, id := range c.ids {
		c.counts[id]++
	}
	for at, n := range c.counts {
		if n > 0 {
			give(at, n)
		}
	}
	return int64(c.rows - len(c.ids))
}

// Equal appends the rows with a value, in rising order.
func (c *Chunk) Equal(dst []int32, v int64) []int32 {
	if c.none {
		return dst
	}
	from := len(dst)
	if c.byID {
		id := int32(slices.Index(c.longs, v)) //nolint:gosec // a dictionary is small
		for at, x := range c.ids {
			if x == id {
				dst = append(dst, int32(at)) //nolint:gosec // at most mostRows
			}
		}
	} else {
		for at, x := range c.longs {
			if x == v {
				dst = append(dst, int32(at)) //nolint:gosec // at most mostRows
			}
		}
	}
	if c.levels != nil {
		spread(dst[from:], c.levels)
	}
	return dst
}

// spread makes rows of the places of values.
func spread(places []int32, levels []uint8) {
	next, at := 0, int32(0)
	for row, l := range levels {
		if next == len(places) {
			return
		}
		if l == 0 {
			continue
		}
		if places[next] == at {
			places[next] = int32(row) //nolint:gosec // at most mostRows
			next++
		}
		at++
	}
}
