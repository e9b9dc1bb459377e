package segment

import (
	"bytes"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/bloom"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/firehall/firehall/internal/event"
)

// Encoder turns batches into row groups. It keeps its buffers, and is used by one goroutine at a time.
type Encoder struct {
	zstd    *zstd.Encoder
	body    []byte
	page    []byte
	packed  []byte
	levels  []uint8
	ids     []int32
	remap   []int32
	order   []uint32
	texts   []byte
	offsets []uint32
	longs   []int64
	numbers numbering
	blocks  bloom.SplitBlockFilter
	header  bytes.Buffer
	delta   delta.BinaryPackedEncoding
	lengths delta.LengthByteArrayEncoding
}

// NewEncoder makes an encoder.
func NewEncoder() (*Encoder, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true),
		zstd.WithAllLitEntropyCompression(true)) // fingerprints repeat nothing, but have only sixteen letters
	if err != nil {
		return nil, err
	}
	return &Encoder{zstd: z}, nil
}

// Group is one encoded row group; offsets are relative to Body until a Writer places it.
type Group struct {
	Body []byte
	Rows int
	// Least and greatest time.source in milliseconds; event.Null if no row has one.
	MinTime, MaxTime int64

	chunks []chunk
}

type chunk struct {
	leaf Leaf
	meta format.ColumnMetaData
	sum  uint32 // of the filter's bits, if there is one
}

// Group encodes the rows of b named by rows, in that order. With keys the dedupe keys are stored too. Body belongs to the caller.
func (e *Encoder) Group(b *event.Batch, rows []int32, keys bool) *Group {
	g := &Group{Rows: len(rows), MinTime: event.Null, MaxTime: event.Null}
	e.body = make([]byte, 0, max(1<<12, len(e.body)*9/8))
	for _, c := range b.Columns() {
		if !void(c, rows) {
			e.column(g, c, rows)
		}
	}
	if keys {
		g.chunks = append(g.chunks, e.keys(b.Keys(), rows))
	}
	g.Body = e.body
	return g
}

// void tells whether c is an extra that none of the rows has: rows of another class, or rows set aside, made the column.
func void(c *event.Column, rows []int32) bool {
	if _, fixed := c.Constant(); fixed || !strings.HasPrefix(c.Name, event.ExtraPrefix) {
		return false
	}
	idx := c.Indices()
	for _, r := range rows {
		if idx[r] != 0 {
			return false
		}
	}
	return true
}

func (e *Encoder) column(g *Group, c *event.Column, rows []int32) {
	switch c.Kind {
	case event.Text:
		g.chunks = append(g.chunks, e.text(c, rows))
	case event.IP:
		hi, lo := c.HiLo()
		g.chunks = append(g.chunks,
			e.words(Leaf{c.Name + SuffixHi, c.Kind}, hi, hi, lo, rows),
			e.words(Leaf{c.Name + SuffixLo, c.Kind}, lo, hi, lo, rows))
	case event.Bool, event.Float:
		g.chunks = append(g.chunks, e.plain(c, rows))
	default:
		ch := e.integers(c, rows)
		if c.Name == event.FieldTime {
			g.MinTime, g.MaxTime = bounds(e.longs)
		}
		g.chunks = append(g.chunks, ch)
	}
}

func bounds(v []int64) (least, greatest int64) {
	if len(v) == 0 {
		return event.Null, event.Null
	}
	least, greatest = v[0], v[0]
	for _, x := range v {
		least, greatest = min(least, x), max(greatest, x)
	}
	return least, greatest
}

// begin starts a chunk at the end of the body.
func (e *Encoder) begin(l Leaf, rows int) chunk {
	codec := format.Uncompressed
	if l.Kind == event.Text { // the same in each row group: some readers take the first one's word for all
		codec = format.Zstd
	}
	return chunk{leaf: l, meta: format.ColumnMetaData{
		Type: physical(l.Kind), PathInSchema: thrift.Slice[string]{l.Name}, Codec: codec,
		NumValues: int64(rows), Encoding: thrift.Slice[format.Encoding]{format.RLE},
	}}
}

// dictionaryPage appends a page of the distinct values (PLAIN).
func (e *Encoder) dictionaryPage(ch *chunk, values []byte, n int) {
	stored := values
	if ch.meta.Codec == format.Zstd {
		e.packed = e.zstd.EncodeAll(values, e.packed[:0])
		stored = e.packed
	}
	ch.meta.DictionaryPageOffset = int64(len(e.body))
	ch.meta.Encoding = append(ch.meta.Encoding, format.Plain)
	e.put(ch, format.PageHeader{
		Type: format.DictionaryPage, UncompressedPageSize: int32(len(values)), CompressedPageSize: int32(len(stored)), //nolint:gosec // a page is far below 2 GiB
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(n), Encoding: format.Plain}), //nolint:gosec // as above
	}, len(values), nil, stored)
}

// dataPage appends a data page of version 2: levels apart and never compressed, values compressed only where that pays.
func (e *Encoder) dataPage(ch *chunk, enc format.Encoding, rows, nulls int, values []byte, compress bool) {
	levels := e.levelsOf(rows, nulls)
	stored := values
	if compress {
		e.packed = e.zstd.EncodeAll(values, e.packed[:0])
		if compress = len(e.packed) < len(values)-len(values)/32; compress {
			stored = e.packed
		}
	}
	ch.meta.DataPageOffset = int64(len(e.body))
	ch.meta.Encoding = append(ch.meta.Encoding, enc)
	ch.meta.Statistics.NullCount = int64(nulls)
	e.put(ch, format.PageHeader{
		Type: format.DataPageV2, UncompressedPageSize: int32(len(levels) + len(values)), CompressedPageSize: int32(len(levels) + len(stored)), //nolint:gosec // a page is far below 2 GiB
		DataPageHeaderV2: thrift.New(format.DataPageHeaderV2{
			NumValues: int32(rows), NumNulls: int32(nulls), NumRows: int32(rows), Encoding: enc, //nolint:gosec // as above
			DefinitionLevelsByteLength: int32(len(levels)), IsCompressed: thrift.New(compress), //nolint:gosec // as above
		}),
	}, len(levels)+len(values), levels, stored)
}

func (e *Encoder) put(ch *chunk, h format.PageHeader, raw int, levels, values []byte) {
	e.header.Reset()
	_ = thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&e.header)).Encode(&h) // a bytes.Buffer takes all
	e.body = append(append(append(e.body, e.header.Bytes()...), levels...), values...)
	ch.meta.TotalUncompressedSize += int64(e.header.Len() + raw)
	ch.meta.TotalCompressedSize += int64(e.header.Len() + len(levels) + len(values))
}
