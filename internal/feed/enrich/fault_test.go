package enrich

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/disk/faulty"
)

// snapshotOperations is how many operations writing one snapshot takes.
func snapshotOperations(t *testing.T) int {
	t.Helper()
	f := faulty.New()
	tryOpen(t, f, put(t, "a.csv", []byte(someCSV)), filepath.Join(t.TempDir(), "s"))
	if n := f.Operations(); n >= 5 { // create, write, sync, close, rename, sync of the folder
		return n
	}
	t.Fatal("a snapshot takes fewer operations than it must")
	return 0
}

func tryOpen(t *testing.T, fsys disk.FS, file, snapshot string) (*Table, error) {
	t.Helper()
	return Open(context.Background(), Config{Files: []string{file}, Snapshot: snapshot}, fsys)
}

// TestFaultWhileWritingSnapshot fails each operation in turn: the table must answer, and the next start too.
func TestFaultWhileWritingSnapshot(t *testing.T) {
	for _, failure := range []error{syscall.EIO, syscall.ENOSPC} {
		for n := 1; n <= snapshotOperations(t); n++ {
			file, path := put(t, "a.csv", []byte(someCSV)), filepath.Join(t.TempDir(), "s")
			f := faulty.New()
			f.FailAt(n, failure)
			table, err := tryOpen(t, f, file, path)
			if err != nil || table.LookupV4(0xc0000201).ASN != 64496 {
				t.Fatalf("operation %d with %v: %v", n, failure, err)
			}
			checkNextStart(t, file, path)
		}
	}
}

// TestCrashWhileWritingSnapshot pulls the plug at each operation, over an old snapshot of another file.
func TestCrashWhileWritingSnapshot(t *testing.T) {
	for _, outcome := range []faulty.Outcome{faulty.PowerCut, faulty.Kill} {
		for n := 1; n <= snapshotOperations(t)+1; n++ {
			path := filepath.Join(t.TempDir(), "s")
			if _, err := tryOpen(t, disk.OS{}, put(t, "old.csv", []byte("prefix,asn\n192.0.2.0/24,1\n")), path); err != nil {
				t.Fatal(err)
			}
			file := put(t, "a.csv", []byte(someCSV))
			f := faulty.New()
			f.CrashAt(n, outcome)
			_, err := tryOpen(t, f, file, path)
			if err != nil && !errors.Is(err, faulty.ErrCrashed) {
				t.Fatal(err)
			}
			checkNextStart(t, file, path)
		}
	}
}

// checkNextStart starts twice on a sound disk: the answer is right each time, and the second start finds a snapshot.
func checkNextStart(t *testing.T, file, path string) {
	t.Helper()
	for range 2 {
		table, err := tryOpen(t, disk.OS{}, file, path)
		if err != nil || table.LookupV4(0xc0000201).ASN != 64496 {
			t.Fatalf("the next start gives %v", err)
		}
	}
	files, err := look([]string{file}, disk.OS{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readSnapshot(disk.OS{}, path, key(files)); err != nil {
		t.Fatalf("the snapshot is %v", err)
	}
}

// FuzzSnapshot feeds any bytes, with a checksum that fits, to the reader: it may refuse, it may not panic or answer out of bounds.
func FuzzSnapshot(f *testing.F) {
	table := assemble(nil, []record{{}, {asn: 1, name: "x", country: "AQ", bits: 24}}, []step{{}, {wide{0, 9}, 1}}, []step{{}})
	whole, err := encode(table)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole[len(magic) : len(whole)-8])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		path := filepath.Join(t.TempDir(), "s")
		if err := os.WriteFile(path, sealed(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if table, err := readSnapshot(disk.OS{}, path, key(nil)); err == nil {
			for _, ip := range []uint32{0, 9, 0xffffffff} {
				table.LookupV4(ip)
			}
		}
	})
}

// sealed makes a snapshot of a body: magic before it and its checksum behind.
func sealed(body []byte) []byte {
	b := append([]byte(magic), body...)
	return binary.LittleEndian.AppendUint64(b, xxh3.Hash(b))
}

// FuzzCSV feeds any text to the CSV reader.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{someCSV, "start;end;cc\n::;ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff;AQ\n", "prefix\tasn\n\"0.0.0.0/0\tAS1\n", "prefix,asn\n::ffff:1.2.3.4/96,1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := tryOpen(t, disk.OS{}, path, "")
		if err != nil {
			return
		}
		for _, ip := range []uint32{0, 0x01020304, 0xffffffff} {
			if i := table.LookupV4(ip); i.Prefix.IsValid() && !i.Prefix.Contains(addr4(ip)) {
				t.Errorf("%s is answered by %s", addr4(ip), i.Prefix)
			}
		}
	})
}

// FuzzMMDB feeds any bytes to the reader of MaxMind DBs.
func FuzzMMDB(f *testing.F) {
	f.Add([]byte("\xab\xcd\xefMaxMind.com"))
	f.Add(mmdbFile(f, time.Unix(1, 0), map[string]map[string]any{
		"192.0.2.0/24": {"autonomous_system_number": uint32(1), "country": map[string]any{"iso_code": "AQ"}},
		"2000::/3":     {"asn": "AS2"},
	}))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "a.mmdb")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if table, err := tryOpen(t, disk.OS{}, path, ""); err == nil {
			table.LookupV4(1)
		}
	})
}
