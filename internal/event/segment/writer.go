package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/firehall/firehall/internal/event"
)

const magic = "PAR1"

// Writer puts row groups into one file. Errors are the file's; after one the file is worthless.
type Writer struct {
	out    io.Writer
	at     int64
	leaves []Leaf
	known  map[string]int
	groups []*Group // bodies dropped
	info   Info
}

// Info says what a segment holds.
type Info struct {
	Rows, Bytes      int64
	MinTime, MaxTime int64  // time.source in milliseconds, event.Null if none
	Leaves           []Leaf // columns of the file
}

// NewWriter starts a segment on out.
func NewWriter(out io.Writer) *Writer {
	return &Writer{out: out, known: map[string]int{}, info: Info{MinTime: event.Null, MaxTime: event.Null}}
}

func (w *Writer) write(p []byte) error {
	if w.at == 0 {
		p = append([]byte(magic), p...)
	}
	n, err := w.out.Write(p)
	w.at += int64(n)
	return err
}

// Fits tells whether g may join the groups written so far: the extras of all stay within event.MaxExtras, and where some overflowed into
// event.FieldExtra all have the same columns of extras, so that in one file a name is a column or overflows, never both.
func (w *Writer) Fits(g *Group) bool {
	if len(w.groups) == 0 {
		return true
	}
	extras, fresh, overflow := 0, 0, false
	for _, l := range w.leaves {
		extras += isExtra(l.Name)
		overflow = overflow || l.Name == event.FieldExtra
	}
	had, brought := extras, 0
	for i := range g.chunks {
		name := g.chunks[i].leaf.Name
		brought += isExtra(name)
		overflow = overflow || name == event.FieldExtra
		if _, ok := w.known[name]; !ok {
			fresh += isExtra(name)
		}
	}
	if overflow {
		return fresh == 0 && had == brought
	}
	return extras+fresh <= event.MaxExtras
}

func isExtra(name string) int {
	if strings.HasPrefix(name, event.ExtraPrefix) {
		return 1
	}
	return 0
}

// Append writes a row group; g.Body is free for use again afterwards.
func (w *Writer) Append(g *Group) error {
	base := max(w.at, int64(len(magic)))
	for i := range g.chunks {
		ch := &g.chunks[i]
		ch.place(base)
		if _, ok := w.known[ch.leaf.Name]; !ok {
			w.known[ch.leaf.Name] = len(w.leaves)
			w.leaves = append(w.leaves, ch.leaf)
		}
	}
	w.info.Rows += int64(g.Rows)
	w.widen(g.MinTime, g.MaxTime)
	w.groups = append(w.groups, g)
	if w.at == 0 {
		if err := w.write(nil); err != nil {
			return err
		}
	}
	err := w.write(g.Body)
	g.Body = nil
	return err
}

func (ch *chunk) place(base int64) {
	ch.meta.DataPageOffset += base
	if len(ch.meta.Encoding) > 2 { // a dictionary page came first
		ch.meta.DictionaryPageOffset += base
	}
	if ch.meta.BloomFilterLength > 0 {
		ch.meta.BloomFilterOffset += base
	}
}

func (w *Writer) widen(least, greatest int64) {
	if least == event.Null {
		return
	}
	if w.info.MinTime == event.Null || least < w.info.MinTime {
		w.info.MinTime = least
	}
	w.info.MaxTime = max(w.info.MaxTime, greatest)
}

// Finish writes what is missing and the footer. The file is not synced and not closed.
func (w *Writer) Finish() (Info, error) {
	meta := format.FileMetaData{Version: 2, Schema: schema(w.leaves), NumRows: w.info.Rows, CreatedBy: "firehall"}
	for range w.leaves {
		meta.ColumnOrders = append(meta.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	for i, g := range w.groups {
		rg, err := w.rowGroup(i, g)
		if err != nil {
			return Info{}, err
		}
		meta.RowGroups = append(meta.RowGroups, rg)
	}
	meta.KeyValueMetadata = append(meta.KeyValueMetadata, format.KeyValue{Key: sumsKey, Value: w.sums()})
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	if err != nil {
		return Info{}, fmt.Errorf("segment footer: %w", err)
	}
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer))) //nolint:gosec // far below 4 GiB
	if err := w.write(append(footer, magic...)); err != nil {
		return Info{}, err
	}
	w.info.Bytes, w.info.Leaves = w.at, w.leaves
	return w.info, nil
}

// rowGroup describes g in the footer; columns that other groups brought and this one lacks become nulls at the end of the file.
func (w *Writer) rowGroup(i int, g *Group) (format.RowGroup, error) {
	rg := format.RowGroup{NumRows: int64(g.Rows), Ordinal: int16(i), Columns: make([]format.ColumnChunk, len(w.leaves))} //nolint:gosec // a segment has fewer groups
	present := make([]bool, len(w.leaves))
	for j := range g.chunks {
		at := w.known[g.chunks[j].leaf.Name]
		present[at] = true
		rg.Columns[at] = format.ColumnChunk{MetaData: g.chunks[j].meta}
	}
	for at, ok := range present {
		if !ok {
			ch, err := w.nulls(w.leaves[at], g.Rows)
			if err != nil {
				return rg, err
			}
			rg.Columns[at] = format.ColumnChunk{MetaData: ch.meta}
		}
		rg.TotalByteSize += rg.Columns[at].MetaData.TotalUncompressedSize
		rg.TotalCompressedSize += rg.Columns[at].MetaData.TotalCompressedSize
	}
	return rg, nil
}

func (w *Writer) nulls(l Leaf, rows int) (chunk, error) {
	e := Encoder{header: bytes.Buffer{}}
	ch := e.begin(l, rows)
	e.dataPage(&ch, format.Plain, rows, rows, nil, false)
	ch.place(w.at)
	return ch, w.write(e.body)
}
