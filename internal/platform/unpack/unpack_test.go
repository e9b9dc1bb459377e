package unpack

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/core/problem"
)

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstded(t testing.TB, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read gives all members as name, content, name, content.
func read(data []byte, name string, l Limits) (out []string, err error) {
	members, err := Members(bytes.NewReader(data), int64(len(data)), name, l)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		r, err := m.Open()
		if err != nil {
			return out, err
		}
		content, err := io.ReadAll(r)
		out = append(out, m.Name, string(content))
		if err != nil {
			return out, err
		}
		if err := r.Close(); err != nil {
			return out, err
		}
	}
	return out, nil
}

func TestMembersReadsEachKind(t *testing.T) {
	text := strings.Repeat("a,b,c\n", 100)
	for _, tt := range []struct {
		name, file string
		data       []byte
		want       []string
	}{
		{"plain", "x.csv", []byte(text), []string{"x.csv", text}},
		{"empty", "x.csv", nil, []string{"x.csv", ""}},
		{"gzip", "dir/x.csv.gz", gzipped(t, []byte(text)), []string{"x.csv", text}},
		{"gzip of two members", "x.csv.gz", append(gzipped(t, []byte("a")), gzipped(t, []byte("b"))...), []string{"x.csv", "ab"}},
		{"zstd", "x.csv.zst", zstded(t, []byte(text)), []string{"x.csv", text}},
		{"zip", "x.zip", zipped(t, "a.csv", "one", "../../etc/b.csv", "two", "dir/", "", `c:\d.csv`, "three"), []string{"a.csv", "one", "b.csv", "two", "d.csv", "three"}},
		{"empty zip", "x.zip", zipped(t), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(tt.data, tt.file, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMembersRefuses(t *testing.T) {
	zeros := make([]byte, 4<<20)
	small := Limits{Bytes: 1 << 20, Ratio: 10, RatioFrom: 1 << 10}
	bySize := Limits{Bytes: 1 << 20, Ratio: 1 << 30}
	encrypted := zipped(t, "a.csv", "one")
	encrypted[bytes.LastIndex(encrypted, []byte("PK\x01\x02"))+8] |= 1
	many := make([]string, 0, 20)
	for range 10 {
		many = append(many, "x", "y")
	}
	for _, tt := range []struct {
		name   string
		data   []byte
		limits Limits
	}{
		{"gzip bomb by ratio", gzipped(t, zeros), Limits{RatioFrom: 1 << 20}},
		{"gzip bomb by size", gzipped(t, zeros), bySize},
		{"zstd bomb", zstded(t, zeros), small},
		{"zip bomb", zipped(t, "a", string(zeros)), bySize},
		{"zip bomb by ratio", zipped(t, "a", string(zeros[:1<<19])), small},
		{"zip in all too big", zipped(t, "a", string(zeros[:700<<10]), "b", string(zeros[:700<<10])), bySize},
		{"gzip in gzip", gzipped(t, gzipped(t, []byte("x"))), Limits{}},
		{"zip in gzip", gzipped(t, zipped(t, "a", "x")), Limits{}},
		{"gzip in zip", zipped(t, "a.gz", string(gzipped(t, []byte("x")))), Limits{}},
		{"tar in gzip", gzipped(t, append(make([]byte, tarAt), tarMagic+"\x0000"...)), Limits{}},
		{"too many files", zipped(t, many...), Limits{Members: 9}},
		{"encrypted", encrypted, Limits{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read(tt.data, "x", tt.limits)
			if !errors.Is(err, ErrRefused) || !problem.Is(err, problem.Invalid) {
				t.Errorf("got %d strings and %v, want a refusal", len(got), err)
			}
		})
	}
}

func TestMembersSaysWhatItDoesNotRead(t *testing.T) {
	for _, data := range []string{"\xfd7zXZ\x00....", "BZh91AY&SY....", "7z\xbc\xaf\x27\x1c..", "Rar!\x1a\x07\x00"} {
		if _, err := read([]byte(data), "x", Limits{}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v, want invalid", data[:4], err)
		}
	}
}

func TestTruncatedInputGivesWhatIsGood(t *testing.T) {
	// Text that does not compress to nothing, so that half of the file holds something.
	var text []byte
	for i := range 50000 {
		text = append(text, byte('a'+i*i%7), byte('0'+i/3%10), '\n')
	}
	for name, data := range map[string][]byte{"gzip": gzipped(t, text), "zstd": zstded(t, text)} {
		got, err := read(data[:len(data)-5], "x", Limits{})
		var broken *Broken
		if !errors.As(err, &broken) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("%s: %v, want *Broken", name, err)
		}
		if len(got) != 2 || int64(len(got[1])) != broken.Good || !bytes.HasPrefix(text, []byte(got[1])) {
			t.Errorf("%s: %d good bytes said, %d given", name, broken.Good, len(got[1]))
		}
	}
	data := zipped(t, "a", string(text))
	if _, err := read(data[:len(data)-5], "x", Limits{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("zip without its end: %v", err)
	}
}

func TestDamagedInput(t *testing.T) {
	data := gzipped(t, []byte(strings.Repeat("hello\n", 100)))
	data[len(data)-6] ^= 0xff // the checksum
	got, err := read(data, "x", Limits{})
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != 2 || len(got[1]) != 600 {
		t.Errorf("damaged checksum: %d strings, %v", len(got), err)
	}
	if _, err := read([]byte("\x1f\x8b"), "x", Limits{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("gzip of two bytes: %v", err)
	}
}

func TestLabel(t *testing.T) {
	for in, want := range map[string]string{
		"a/b/c.csv.gz": "c.csv", `a\b.csv`: "b.csv", "../../x.ZIP": "x", "x.csv": "x.csv", ".gz": ".gz", "": ".",
	} {
		if got := Label(in); got != want {
			t.Errorf("Label(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzMembers: whatever comes in, reading ends, keeps to its limits and does not panic.
func FuzzMembers(f *testing.F) {
	f.Add(gzipped(f, []byte("hello")))
	f.Add(zstded(f, []byte("hello")))
	f.Add(zipped(f, "a", "hello", "b", "world"))
	f.Add([]byte("plain"))
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 1 << 20
		out, err := read(data, "x", Limits{Bytes: most, Members: 10})
		total := 0
		for i := 1; i < len(out); i += 2 {
			total += len(out[i])
		}
		if total > most+len(data) {
			t.Errorf("%d bytes came out (%v)", total, err)
		}
	})
}
