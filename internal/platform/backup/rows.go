package backup

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/problem"
)

// Rows of a table are written in pieces, each a zstd frame that stands by itself: the number of columns, their names, and then the values row
// by row. A value is a tag and what follows from it. Numbers are varints, lengths unsigned ones.
const (
	tagNull byte = iota
	tagInteger
	tagText
	tagBytes
	tagReal
	tagEnd // behind the last row
)

// How large pieces are: one is closed when it has so many bytes, so it has at most that and one row.
const (
	pieceBytes = 4 << 20
	maxPiece   = 512 << 20 // decompressed; a bomb has more
	maxColumns = 500
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// piece is a run of rows being packed.
type piece struct {
	buf  []byte
	rows int
}

func newPiece(columns []string) *piece {
	p := &piece{buf: binary.AppendUvarint(nil, uint64(len(columns)))}
	for _, c := range columns {
		p.text(c)
	}
	return p
}

func (p *piece) text(s string) {
	p.buf = binary.AppendUvarint(p.buf, uint64(len(s)))
	p.buf = append(p.buf, s...)
}

// add packs a row: integers, texts, bytes, floats and nil.
func (p *piece) add(row []any) error {
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			p.buf = append(p.buf, tagNull)
		case int64:
			p.buf = binary.AppendVarint(append(p.buf, tagInteger), v)
		case string:
			p.buf = append(p.buf, tagText)
			p.text(v)
		case []byte:
			p.buf = append(p.buf, tagBytes)
			p.text(string(v))
		case float64:
			p.buf = binary.BigEndian.AppendUint64(append(p.buf, tagReal), math.Float64bits(v))
		default:
			return problem.New(problem.Internal, "a backup cannot hold a %T", v)
		}
	}
	p.rows++
	return nil
}

func (p *piece) full() bool { return len(p.buf) >= pieceBytes }

// pack closes the piece.
func (p *piece) pack(z *zstd.Encoder) []byte {
	return z.EncodeAll(append(p.buf, tagEnd), nil)
}

// Rows reads the rows of a piece.
type Rows struct {
	Columns []string
	rest    []byte
}

var errPiece = problem.New(problem.Invalid, "rows of a table cannot be read: the backup is damaged, or was made by somebody else")

// Unpack reads a piece; it is hostile until proven otherwise.
func Unpack(packed []byte) (*Rows, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPiece), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	text, err := z.DecodeAll(packed, nil)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "rows of a table cannot be unpacked")
	}
	r := &Rows{rest: text}
	n, ok := r.length()
	if !ok || n == 0 || n > maxColumns {
		return nil, errPiece
	}
	for range n {
		name, ok := r.bytes()
		if !ok {
			return nil, errPiece
		}
		r.Columns = append(r.Columns, string(name))
	}
	return r, nil
}

func (r *Rows) length() (int, bool) {
	n, used := binary.Uvarint(r.rest)
	if used <= 0 || n > math.MaxInt32 {
		return 0, false
	}
	r.rest = r.rest[used:]
	return int(n), true
}

func (r *Rows) bytes() ([]byte, bool) {
	n, ok := r.length()
	if !ok || n > len(r.rest) {
		return nil, false
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b, true
}

// Next gives the next row, and io.EOF behind the last.
func (r *Rows) Next() ([]any, error) {
	if len(r.rest) == 1 && r.rest[0] == tagEnd {
		return nil, io.EOF
	}
	row := make([]any, len(r.Columns))
	for i := range row {
		v, ok := r.value()
		if !ok {
			return nil, errPiece
		}
		row[i] = v
	}
	return row, nil
}

func (r *Rows) value() (any, bool) {
	if len(r.rest) == 0 {
		return nil, false
	}
	tag := r.rest[0]
	r.rest = r.rest[1:]
	switch tag {
	case tagNull:
		return nil, true
	case tagInteger:
		v, used := binary.Varint(r.rest)
		if used <= 0 {
			return nil, false
		}
		r.rest = r.rest[used:]
		return v, true
	case tagText:
		b, ok := r.bytes()
		return string(b), ok
	case tagBytes:
		b, ok := r.bytes()
		return append([]byte{}, b...), ok // never nil, which would be null
	case tagReal:
		if len(r.rest) < 8 {
			return nil, false
		}
		v := math.Float64frombits(binary.BigEndian.Uint64(r.rest))
		r.rest = r.rest[8:]
		return v, true
	}
	return nil, false
}
