package backup

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
)

func packer(t testing.TB) *zstd.Encoder {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func unpackAll(t interface{ Fatal(...any) }, packed []byte) (columns []string, rows [][]any) {
	r, err := Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Columns, rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func TestRowsComeBack(t *testing.T) {
	z := packer(t)
	value := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) any { return append([]byte{}, b...) }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }))
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "columns")
		rows := rapid.SliceOf(rapid.SliceOfN(value, len(columns), len(columns))).Draw(t, "rows")
		p := newPiece(columns)
		for _, row := range rows {
			if err := p.add(row); err != nil {
				t.Fatal(err)
			}
		}
		gotColumns, got := unpackAll(t, p.pack(z))
		if !reflect.DeepEqual(gotColumns, columns) || len(got) != len(rows) {
			t.Fatalf("%q, %d rows", gotColumns, len(got))
		}
		for i := range rows {
			if !reflect.DeepEqual(got[i], rows[i]) {
				t.Fatalf("row %d: %#v, want %#v", i, got[i], rows[i])
			}
		}
	})
}

func TestNoSuchValue(t *testing.T) {
	if err := newPiece([]string{"a"}).add([]any{true}); !problem.Is(err, problem.Internal) {
		t.Error(err)
	}
}

func TestBrokenPieces(t *testing.T) {
	z := packer(t)
	tests := []struct {
		name string
		raw  string
	}{
		{"empty", ""},
		{"no columns", "\x00"},
		{"a name cut off", "\x01\x05ab"},
		{"too many columns", "\xff\xff\x03"},
		{"a length beyond all", "\x01\x01a\x02\xff\xff\xff\xff\xff\xff\xff\xff\x7f"},
		{"a text cut off", "\x01\x01a\x02\x09abc"},
		{"no end", "\x01\x01a\x01\x02"},
		{"an unknown tag", "\x01\x01a\x09\x05"},
		{"the end in a row", "\x02\x01a\x01b\x00\x05"},
		{"a number cut off", "\x01\x01a\x01\x80"},
		{"a float cut off", "\x01\x01a\x04\x00"},
		{"something behind the end", "\x01\x01a\x05\x05"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Unpack(z.EncodeAll([]byte(tt.raw), nil))
			for err == nil {
				_, err = r.Next()
			}
			if !problem.Is(err, problem.Invalid) {
				t.Error(err)
			}
		})
	}
	if _, err := Unpack([]byte("no zstd")); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

// A small piece that would fill the memory is refused before it does.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range maxPiece>>20 + 1 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 {
		t.Fatalf("%d bytes are no bomb", b.Len())
	}
	if _, err := Unpack(b.Bytes()); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

func FuzzUnpack(f *testing.F) {
	z := packer(f)
	p := newPiece([]string{"a", "b"})
	_ = p.add([]any{int64(math.MinInt64), "text"})
	_ = p.add([]any{nil, []byte{1}})
	f.Add(p.pack(z))
	f.Add([]byte(strings.Repeat("x", 30)))
	f.Fuzz(func(t *testing.T, packed []byte) {
		r, err := Unpack(packed)
		for n := 0; err == nil && n < 1000; n++ {
			_, err = r.Next()
		}
	})
}
