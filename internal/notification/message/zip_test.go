package message

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestPressDoesNotHearHowItIsWrittenTo gives the same bytes whatever pieces they came in, and any reader opens them.
func TestPressDoesNotHearHowItIsWrittenTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "text")
		chunk := rapid.IntRange(1, 1000).Draw(t, "chunk")
		var whole, pieces bytes.Buffer
		a, b := newPress(&whole, chunk), newPress(&pieces, chunk)
		if n, err := a.Write(text); n != len(text) || err != nil {
			t.Fatalf("%d of %d bytes, %v", n, len(text), err)
		}
		for rest := text; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			_, _ = b.Write(rest[:n])
			rest = rest[n:]
		}
		if a.Close() != nil || b.Close() != nil || !bytes.Equal(whole.Bytes(), pieces.Bytes()) {
			t.Fatal("the bytes depend on how they were written")
		}
		if back, err := io.ReadAll(flate.NewReader(&whole)); err != nil || !bytes.Equal(back, text) {
			t.Fatalf("it does not read back: %v", err)
		}
	})
}

// TestGaugeNeverSaysTooLittle measures files of any make before and after they are compressed.
func TestGaugeNeverSaysTooLittle(t *testing.T) {
	noise := hostileRows(50, 4000)
	rapid.Check(t, func(t *rapid.T) {
		pack := packing{from: rapid.IntRange(0, 20_000).Draw(t, "from"), chunk: rapid.IntRange(100, 8000).Draw(t, "chunk")}
		g, f := gauge{pack: pack}, &file{name: "FH-1.csv", made: made, pack: pack}
		for i := range rapid.IntRange(1, 40).Draw(t, "lines") {
			line := []byte(noise.Rows[i].Event[fmt.Sprintf("extra.x%d", i%40)])
			if rapid.Bool().Draw(t, "blank") {
				line = bytes.Repeat([]byte(" "), len(line))
			}
			before := g.with(len(line))
			g.add(line)
			if after := g.with(0); after != before {
				t.Fatalf("with another line it would be %d, and is %d", before, after)
			}
			if rapid.Bool().Draw(t, "squeeze") {
				g.squeeze()
			}
			_, _ = f.Write(line)
		}
		a, err := f.attachment()
		if said := g.with(0); err != nil || said < int64(len(a.Data)) {
			t.Fatalf("it has %d bytes, and was said to have %d; %v", len(a.Data), said, err)
		}
	})
}

func TestGaugeBeginsAnew(t *testing.T) {
	g := gauge{pack: packing{from: 10, chunk: 100}}
	g.add(bytes.Repeat([]byte("x"), 1000))
	g.squeeze()
	first := g.with(0)
	g.reset()
	if g.with(0) != 0 || g.with(5) != 5 {
		t.Errorf("anew it has %d", g.with(0))
	}
	g.add(bytes.Repeat([]byte("x"), 1000))
	g.squeeze()
	if g.with(0) != first {
		t.Errorf("the second time %d, the first %d", g.with(0), first)
	}
}

func TestWhenFilesAreCompressed(t *testing.T) {
	tests := []struct {
		name string
		size int
		want string
	}{
		{"none", 0, "x.csv"},
		{"small", 100, "x.csv"},
		{"up to the limit", zipFrom, "x.csv"},
		{"one more", zipFrom + 1, "x.csv.zip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &file{name: "x.csv", mediaType: "text/csv", made: made, pack: packingOf(4 << 20)}
			for range tt.size {
				_, _ = f.Write([]byte("x"))
			}
			a, err := f.attachment()
			if err != nil || a.Name != tt.want || (a.MediaType == "application/zip") != (tt.want == "x.csv.zip") {
				t.Errorf("%s, %s, %v", a.Name, a.MediaType, err)
			}
			back, err := io.ReadAll(unpacked(t, a.Name, a.Data))
			if err != nil || len(back) != tt.size {
				t.Errorf("%d bytes came back, %v", len(back), err)
			}
		})
	}
}

func TestTheArchivesDate(t *testing.T) {
	for year, want := range map[int]int{2026: 2026, 1980: 1980, 1979: 1980, 1: 1980, 2037: 2037, 2038: 1980} {
		f := &file{name: "x", made: time.Date(year, 6, 1, 0, 0, 1, 5, time.UTC), pack: packing{from: 0, chunk: 10}}
		_, _ = f.Write([]byte("x"))
		a, err := f.attachment()
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(a.Data), int64(len(a.Data)))
		if err != nil || z.File[0].Modified.UTC().Year() != want {
			t.Errorf("%d: %v, %v", year, z.File[0].Modified, err)
		}
	}
}
