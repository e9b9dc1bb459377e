package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

// Many members each just below where the ratio begins to count are one bomb.
func TestManySmallBombsAreOne(t *testing.T) {
	var files []string
	for i := range 20 {
		files = append(files, strconv.Itoa(i), strings.Repeat("\n", 60<<10))
	}
	got, err := read(zipped(t, files...), "x.zip", Limits{RatioFrom: 64 << 10, Ratio: 100})
	if !errors.Is(err, ErrRefused) || len(got) > 8 {
		t.Errorf("%d members came out, %v", len(got)/2, err)
	}
}

// The directory of a zip is the sender's word: what it says wrongly must not pass.
func TestZipDirectoryThatLies(t *testing.T) {
	const text = "timestamp,ip\n2026-11-20 00:00:00,192.0.2.1\n"
	good := zipped(t, "a.csv", text, "b.csv", text)
	directory := bytes.Index(good, []byte("PK\x01\x02"))
	for name, damage := range map[string]func(d []byte){
		"more compressed bytes than the file has": func(d []byte) { binary.LittleEndian.PutUint32(d[20:], 1<<30) },
		"petabytes claimed":                       func(d []byte) { binary.LittleEndian.PutUint32(d[24:], 0xfffffff0) },
		"fewer bytes claimed than there are":      func(d []byte) { binary.LittleEndian.PutUint32(d[24:], 3) },
		"another checksum":                        func(d []byte) { d[16] ^= 0xff },
		"a place outside of the file":             func(d []byte) { binary.LittleEndian.PutUint32(d[42:], 1<<31) },
		"the place of the directory itself":       func(d []byte) { binary.LittleEndian.PutUint32(d[42:], uint32(directory)) },
		"a method that nobody knows":              func(d []byte) { d[10] = 77 },
		"no such method as bzip2 here":            func(d []byte) { d[10] = 12 },
		"encrypted":                               func(d []byte) { d[8] |= 1 },
		"a name longer than the file":             func(d []byte) { binary.LittleEndian.PutUint16(d[28:], 0xffff) },
	} {
		data := bytes.Clone(good)
		damage(data[directory:])
		got, err := read(data, "x.zip", Limits{Bytes: 1 << 20})
		if err == nil {
			t.Errorf("%s: %d members came out without an error", name, len(got)/2)
			continue
		}
		if !problem.Is(err, problem.Invalid) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v is neither invalid nor damage", name, err)
		}
	}
}

// Names in an archive are labels and never paths.
func TestMemberNamesAreNoPaths(t *testing.T) {
	data := zipped(t, "../../../etc/cron.d/x", "1", `..\..\windows\y.csv`, "2", "/etc/keys/z", "3", "__MACOSX/._a", "4", "a/../../b.csv.gz", "5")
	got, err := read(data, "x.zip", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "x|1|y.csv|2|z|3|b.csv|5"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}

// An archive within an archive is refused wherever its beginning falls between two reads.
func TestNestedHoweverItIsRead(t *testing.T) {
	inner := map[string][]byte{
		"gzip": gzipped(t, []byte("x")), "zstd": zstded(t, []byte("x")), "zip": zipped(t, "a", "x"), "empty zip": zipped(t),
		"xz": []byte("\xfd7zXZ\x00..."), "tar": append(make([]byte, tarAt), tarMagic+"  \x00"...), "rar": []byte("Rar!\x1a\x07\x01"),
	}
	for name, data := range inner {
		for _, size := range []int{1, 3, 4096} {
			s, err := Stream(bytes.NewReader(gzipped(t, data)), Gzip, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, size)
			for err == nil {
				_, err = s.Read(buf)
			}
			if !errors.Is(err, ErrRefused) {
				t.Errorf("%s in gzip, %d bytes at a time: %v", name, size, err)
			}
			if _, again := s.Read(buf); !errors.Is(again, ErrRefused) {
				t.Errorf("%s: after the refusal %v", name, again)
			}
		}
	}
}

// Text that only looks like the beginning of an archive is text.
func TestTextThatBeginsOddly(t *testing.T) {
	for _, text := range []string{"BZh is my name\n", "PK\n", "Rar!", "\x1f,x\n", strings.Repeat("x", tarAt) + "ust"} {
		got, err := read(gzipped(t, []byte(text)), "x.gz", Limits{})
		if err != nil || got[1] != text {
			t.Errorf("%q: %q, %v", text, got, err)
		}
		if k, err := Detect([]byte(text)); k != Plain || err != nil {
			t.Errorf("%q is taken for %v, %v", text, k, err)
		}
	}
}

// A cut at any byte gives a beginning of the text and says so; what is not cut says nothing.
func TestCutAnywhere(t *testing.T) {
	text := strings.Repeat("2026-11-20 00:00:00,192.0.2.1,telnet\n", 50)
	for name, data := range map[string][]byte{"gzip": gzipped(t, []byte(text)), "zstd": zstded(t, []byte(text))} {
		for n := 6; n < len(data); n++ {
			got, err := read(data[:n], "x", Limits{})
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("%s cut at %d of %d: %v", name, n, len(data), err)
			}
			if len(got) == 2 && !strings.HasPrefix(text, got[1]) {
				t.Fatalf("%s cut at %d gives %q", name, n, got[1])
			}
		}
	}
}

// A gzip with something else behind it is damaged, not silently shorter.
func TestJunkBehindGzip(t *testing.T) {
	got, err := read(append(gzipped(t, []byte("hello\n")), "junk behind it"...), "x.gz", Limits{})
	if !errors.Is(err, io.ErrUnexpectedEOF) || got[1] != "hello\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// A zstd frame that asks for a window of gigabytes is refused before the memory is taken.
func TestHugeWindow(t *testing.T) {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x01, 0x00, 0x00} // window of 2 TiB, an empty last block
	if _, err := read(frame, "x.zst", Limits{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a window of terabytes: %v", err)
	}
}
