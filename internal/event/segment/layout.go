package segment

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/firehall/firehall/internal/event"
)

// Layout says where in a segment the columns of each row group lie, in so little memory that those of many segments can be kept. It never
// changes and may be read by many at once.
type Layout struct {
	leaves map[string]int
	kinds  []event.Kind
	rows   []int32 // of each group
	places []place // of each group, its leaves
	looks  map[int][]look
}

// place is where the pages of a chunk lie.
type place struct {
	at   int64
	size int32
}

// look is what is known of the lower words of the addresses of a chunk.
type look struct {
	filter          bitset
	least, greatest uint64
	bounded, void   bool // void: no row has an address
}

const mostFooter = 64 << 20

// NewLayout reads the footer of a segment of size bytes. Filters that are not what was written are left out.
func NewLayout(r io.ReaderAt, size int64) (l *Layout, err error) {
	defer damaged(&err)
	var end [8]byte
	if _, err := r.ReadAt(end[:], size-8); err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	n := int64(binary.LittleEndian.Uint32(end[:]))
	if string(end[4:]) != magic || n > min(size-8, mostFooter) {
		return nil, fmt.Errorf("%w: no footer", errDamaged)
	}
	footer := make([]byte, n)
	if _, err := r.ReadAt(footer, size-8-n); err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	var meta format.FileMetaData
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), footer, &meta); err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	l = &Layout{leaves: map[string]int{}, looks: map[int][]look{}}
	if err := l.schema(meta.Schema); err != nil {
		return nil, err
	}
	for i := range meta.RowGroups {
		if err := l.group(&meta.RowGroups[i], size-8-n); err != nil {
			return nil, err
		}
	}
	l.verify(r, &meta)
	return l, nil
}

func (l *Layout) schema(s []format.SchemaElement) error {
	if len(s) == 0 {
		return fmt.Errorf("%w: no schema", errDamaged)
	}
	for i, e := range s[1:] {
		kind := kindOf(e.Name)
		if t, ok := e.Type.Get(); !ok || t != physical(kind) {
			return fmt.Errorf("%w: column %s is not stored as a segment stores it", errDamaged, e.Name)
		}
		l.leaves[e.Name], l.kinds = i, append(l.kinds, kind)
		if kind == event.IP && strings.HasSuffix(e.Name, SuffixLo) {
			l.looks[i] = nil
		}
	}
	return nil
}

func (l *Layout) group(g *format.RowGroup, end int64) error {
	if len(g.Columns) != len(l.kinds) || g.NumRows < 0 || g.NumRows > mostRows {
		return fmt.Errorf("%w: a row group of %d rows and %d columns", errDamaged, g.NumRows, len(g.Columns))
	}
	l.rows = append(l.rows, int32(g.NumRows)) //nolint:gosec // at most mostRows
	for i := range g.Columns {
		m := &g.Columns[i].MetaData
		p := place{m.DataPageOffset, int32(m.TotalCompressedSize)} //nolint:gosec // looked at below
		if m.DictionaryPageOffset > 0 {
			p.at = m.DictionaryPageOffset
		}
		if p.at < 0 || m.TotalCompressedSize < 0 || m.TotalCompressedSize > mostFooter || p.at+m.TotalCompressedSize > end || m.NumValues != g.NumRows {
			return fmt.Errorf("%w: a column outside of the file", errDamaged)
		}
		l.places = append(l.places, p)
		if _, ok := l.looks[i]; ok {
			l.looks[i] = append(l.looks[i], lookOf(m))
		}
	}
	return nil
}

func lookOf(m *format.ColumnMetaData) look {
	s := &m.Statistics
	out := look{filter: filterOf(m), void: s.NullCount == m.NumValues}
	if len(s.MinValue) == 8 && len(s.MaxValue) == 8 {
		out.bounded, out.least, out.greatest = true, binary.LittleEndian.Uint64(s.MinValue), binary.LittleEndian.Uint64(s.MaxValue)
	}
	return out
}

// verify drops the filters whose bits are not those that were written.
func (l *Layout) verify(r io.ReaderAt, meta *format.FileMetaData) {
	var sums, buf []byte
	for _, kv := range meta.KeyValueMetadata {
		if kv.Key == sumsKey {
			sums, _ = hex.DecodeString(kv.Value) // what is no number has no sums
		}
	}
	for g := range l.rows {
		for i := range l.kinds {
			if l.looks[i] == nil || l.looks[i][g].filter.blocks == 0 {
				continue
			}
			good := false
			if len(sums) >= 4 {
				buf, good = l.looks[i][g].filter.check(r, binary.BigEndian.Uint32(sums), buf)
				sums = sums[4:]
			}
			if !good {
				l.looks[i][g].filter = bitset{}
			}
		}
	}
}

// Groups is how many row groups there are.
func (l *Layout) Groups() int { return len(l.rows) }

// Has tells whether the segment has a leaf.
func (l *Layout) Has(leaf string) bool {
	_, ok := l.leaves[leaf]
	return ok
}

// Size is roughly how much memory the layout takes, in bytes.
func (l *Layout) Size() int64 {
	return int64(16*len(l.places)+48*len(l.looks)*len(l.rows)+80*len(l.kinds)) + 256
}

// MayHold tells whether rows of group g may have an address, given as event.Words, in a field. False is certain.
func (l *Layout) MayHold(r io.ReaderAt, g int, field string, lo uint64) (bool, error) {
	i, ok := l.leaves[field+SuffixLo]
	if !ok || l.looks[i] == nil {
		return false, nil
	}
	k := &l.looks[i][g]
	if k.void || k.bounded && (lo < k.least || lo > k.greatest) {
		return false, nil
	}
	return k.filter.mayHold(r, lo)
}

var errNoColumn = errors.New("segment: no such column")

// find gives the place of a leaf's pages in group g.
func (l *Layout) find(g int, leaf string) (place, event.Kind, error) {
	i, ok := l.leaves[leaf]
	if !ok {
		return place{}, 0, errNoColumn
	}
	return l.places[g*len(l.kinds)+i], l.kinds[i], nil
}
