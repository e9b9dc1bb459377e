package segment

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/firehall/firehall/internal/event"
)

// Reader reads a segment back into batches, one row group at a time. Dictionaries survive: an entry is looked up once a group, not once
// a row. It is used by one goroutine at a time.
type Reader struct {
	file   *parquet.File
	leaves []Leaf
	values []parquet.Value
	longs  []int64
	his    []uint64
	los    []uint64
	idx    []uint32
}

// mostRows is far more than any row group of ours has: a damaged number must not ask for all memory.
const mostRows = 16 << 20

// errDamaged is wrapped by what Reader says of a file that is no segment.
var errDamaged = errors.New("segment: damaged")

// NewReader reads the footer of a segment of size bytes; r must give random access and stay open.
func NewReader(r io.Reader, size int64) (out *Reader, err error) {
	defer damaged(&err)
	at, ok := r.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("segment: reading needs random access")
	}
	f, err := parquet.OpenFile(at, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	out = &Reader{file: f, values: make([]parquet.Value, 1024)}
	for _, c := range f.Schema().Columns() {
		leaf := Leaf{c[0], kindOf(c[0])}
		if got := f.Schema(); len(c) != 1 || !stores(got, leaf) {
			return nil, fmt.Errorf("%w: column %v is not stored as a segment stores it", errDamaged, c)
		}
		out.leaves = append(out.leaves, leaf)
	}
	return out, nil
}

// damaged makes an error of the library's panics over bytes that make no sense: one bad file must not end the process.
func damaged(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", errDamaged, p)
	}
}

// kindOf tells what a leaf holds, from its name alone.
func kindOf(leaf string) event.Kind {
	if leaf == event.FieldKey {
		return event.Key
	}
	for _, suffix := range []string{SuffixHi, SuffixLo} {
		base, cut := strings.CutSuffix(leaf, suffix)
		if f, ok := event.FieldByName(base); cut && ok && f.Kind == event.IP {
			return event.IP
		}
	}
	if strings.HasPrefix(leaf, event.FoldPrefix) {
		return event.Int
	}
	f, _ := event.FieldByName(leaf) // an extra is a Text, the zero Kind
	return f.Kind
}

// stores tells whether the file's column has the physical type of the leaf's kind.
func stores(s *parquet.Schema, l Leaf) bool {
	c, ok := s.Lookup(l.Name)
	return ok && c.Node.Leaf() && int(c.Node.Type().Kind()) == int(physical(l.Kind))
}

// Groups is how many row groups there are.
func (r *Reader) Groups() int { return len(r.file.RowGroups()) }

// Rows is how many rows group g has.
func (r *Reader) Rows(g int) int { return int(r.file.RowGroups()[g].NumRows()) }

// Leaves lists the columns of the file.
func (r *Reader) Leaves() []Leaf { return r.leaves }

// Append adds the rows of group g to b; of the fields only those that want names (nil: all). Dedupe keys come too, if the file has them.
// After an error b is worthless.
func (r *Reader) Append(g int, b *event.Batch, want func(field string) bool) (err error) {
	defer damaged(&err)
	group := r.file.RowGroups()[g]
	chunks, rows := group.ColumnChunks(), int(group.NumRows())
	if rows < 0 || rows > mostRows {
		return fmt.Errorf("%w: a row group of %d rows", errDamaged, rows)
	}
	keys, err := r.keys(chunks, rows)
	if err != nil {
		return err
	}
	first := b.Extend(rows, keys)
	for i, l := range r.leaves {
		field := l.Name
		if l.Kind == event.IP {
			field = field[:len(field)-len(SuffixHi)]
		}
		if l.Kind == event.Key || want != nil && !want(field) {
			continue
		}
		if err := r.column(chunks, i, b.Column(field), first, rows); err != nil {
			return fmt.Errorf("column %s of row group %d: %w", l.Name, g, err)
		}
	}
	return nil
}

func (r *Reader) keys(chunks []parquet.ColumnChunk, rows int) ([]event.DedupeKey, error) {
	for i, l := range r.leaves {
		if l.Kind != event.Key {
			continue
		}
		keys := make([]event.DedupeKey, 0, rows)
		err := keysOf(chunks[i], func(k event.DedupeKey) { keys = append(keys, k) })
		if err == nil && len(keys) != rows {
			err = fmt.Errorf("%w: %d keys for %d rows", errDamaged, len(keys), rows)
		}
		return keys, err
	}
	return nil, nil
}

func (r *Reader) column(chunks []parquet.ColumnChunk, i int, c *event.Column, first, rows int) error {
	switch {
	case c.Kind == event.Text:
		return r.texts(chunks[i], c, first, rows)
	case c.Kind != event.IP:
		r.longs = r.longs[:0]
		err := r.each(chunks[i], rows, func(v parquet.Value) { r.longs = append(r.longs, long(v, c.Kind)) })
		c.LoadInts(first, r.longs)
		return err
	case strings.HasSuffix(r.leaves[i].Name, SuffixLo):
		return nil // read with its other half
	}
	lo, ok := r.file.Schema().Lookup(c.Name + SuffixLo)
	if !ok {
		return fmt.Errorf("%w: half an address", errDamaged)
	}
	r.his, r.los = r.his[:0], r.los[:0]
	err := errors.Join(
		r.each(chunks[i], rows, func(v parquet.Value) { r.his = append(r.his, v.Uint64()) }),
		r.each(chunks[lo.ColumnIndex], rows, func(v parquet.Value) { r.los = append(r.los, v.Uint64()) }))
	c.LoadHiLo(first, r.his, r.los)
	return err
}

// long gives a value as a column keeps it.
func long(v parquet.Value, k event.Kind) int64 {
	switch {
	case v.IsNull():
		return event.Null
	case k == event.Float:
		return int64(math.Float64bits(v.Double())) //nolint:gosec // the bits, not the number
	case k == event.Bool && v.Boolean():
		return 1
	case k == event.Bool:
		return 0
	default:
		return v.Int64()
	}
}

// pages calls do for each page of a chunk; rows is how many values they must have together.
func pages(c parquet.ColumnChunk, rows int, do func(p parquet.Page, at int) error) error {
	in := c.Pages()
	defer func() { _ = in.Close() }()
	for at := 0; ; {
		p, err := in.ReadPage()
		if errors.Is(err, io.EOF) && at == rows {
			return nil
		}
		if err == nil && at+int(p.NumValues()) <= rows {
			err = do(p, at)
			at += int(p.NumValues())
			parquet.Release(p)
		} else if err == nil || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: not %d values", errDamaged, rows)
		}
		if err != nil {
			return err
		}
	}
}

// each calls do for every value of a chunk, nulls too; exactly rows times, if there is no error.
func (r *Reader) each(c parquet.ColumnChunk, rows int, do func(parquet.Value)) error {
	return pages(c, rows, func(p parquet.Page, _ int) error {
		count := 0
		for in := p.Values(); ; {
			n, err := in.ReadValues(r.values)
			for _, v := range r.values[:n] {
				do(v)
			}
			count += n
			if errors.Is(err, io.EOF) && count == int(p.NumValues()) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("%w: %w", errDamaged, err)
			}
		}
	})
}

// texts reads a Text column, by its dictionary where the file has one.
func (r *Reader) texts(c parquet.ColumnChunk, to *event.Column, first, rows int) error {
	return pages(c, rows, func(p parquet.Page, at int) error {
		levels, dict, data := p.DefinitionLevels(), p.Dictionary(), p.Data()
		r.idx = r.idx[:0]
		if dict != nil {
			if err := r.numbers(levels, data.Int32(), dict.Len()); err != nil {
				return err
			}
			to.LoadTexts(first+at, r.idx, dict.Len(), func(i uint32) []byte { return dict.Index(int32(i)).ByteArray() }, true) //nolint:gosec // below Len
			return nil
		}
		var texts []byte
		offsets := []uint32{0}
		if p.NumNulls() < p.NumValues() {
			texts, offsets = data.ByteArray()
		}
		n := int32(0)
		for _, l := range levels {
			n += int32(l)
			r.idx = append(r.idx, uint32(l)*uint32(n)) //nolint:gosec // not negative
		}
		if int(n) > len(offsets)-1 {
			return fmt.Errorf("%w: %d texts for %d rows", errDamaged, len(offsets)-1, n)
		}
		to.LoadTexts(first+at, r.idx, int(n), func(i uint32) []byte { return texts[offsets[i]:offsets[i+1]] }, false)
		return nil
	})
}

// numbers fills r.idx from a dictionary page's numbers, which the file has for values only.
func (r *Reader) numbers(levels []byte, ids []int32, entries int) error {
	at := 0
	for _, l := range levels {
		if l == 0 {
			r.idx = append(r.idx, 0)
			continue
		}
		if at >= len(ids) || ids[at] < 0 || int(ids[at]) >= entries {
			return fmt.Errorf("%w: a number beyond the dictionary", errDamaged)
		}
		r.idx = append(r.idx, uint32(ids[at])+1) //nolint:gosec // not negative
		at++
	}
	return nil
}
