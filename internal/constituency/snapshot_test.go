package constituency

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zeebo/xxh3"

	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// inMemory is a disk.File that keeps what is written.
type inMemory struct{ bytes.Buffer }

func (*inMemory) Sync() error  { return nil }
func (*inMemory) Close() error { return nil }
func (*inMemory) Name() string { return "" }

func encodeSnapshot(t interface{ Fatal(...any) }, m *Matcher) []byte {
	var f inMemory
	if err := writeSynced(&f, m); err != nil {
		t.Fatal(err)
	}
	return f.Bytes()
}

// targets is everything that a matcher holds.
func targets(m *Matcher) (all []Target) {
	for s := range m.Len() {
		all = append(all, m.Target(Slot(s+1)))
	}
	return all
}

func TestSnapshotRoundTrip(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		path := filepath.Join(t.TempDir(), "snapshot")
		r, now := register(t, db, Options{Snapshot: path})
		load(t, r, CSV, sample)
		m, err := readSnapshot(disk.OS{}, path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(targets(r.Matcher()), targets(m)); diff != "" {
			t.Error(diff)
		}
		if m.ASN(64500) != r.Matcher().ASN(64500) || m.Country("CA") == 0 || m.Domain("x.hospital.example") == 0 {
			t.Error("tables differ")
		}
		other := New(db, Options{Clock: now, Snapshot: path})
		if err := other.Load(ctx); err != nil || other.Matcher().Version() != r.Matcher().Version() {
			t.Errorf("load: %v", err)
		}
	})
}

func TestStaleOrForeignSnapshotIsIgnored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot")
	db := sqldbtest.Open(t, sqldb.SQLite)
	r, now := register(t, db, Options{Snapshot: path})
	load(t, r, CSV, "organisation,network\nA,192.0.2.0/24\n")
	silent, _ := register(t, db, Options{}) // changes the register, writes no snapshot
	load(t, silent, CSV, "organisation,network\nA,198.51.100.0/24\n")
	fresh := New(db, Options{Snapshot: path, Clock: now})
	if err := fresh.Load(ctx); err != nil || fresh.Matcher().Len() != 2 {
		t.Errorf("stale: %d networks, %v", fresh.Matcher().Len(), err)
	}
	foreign, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{Snapshot: path})
	load(t, foreign, CSV, "organisation,network\nB,203.0.113.0/24\n")
	back := New(db, Options{Snapshot: path, Clock: now})
	if err := back.Load(ctx); err != nil || back.Matcher().Len() != 2 || back.Matcher().IPv4(0xcb007101) != 0 {
		t.Errorf("foreign: %d networks, %v", back.Matcher().Len(), err)
	}
}

func TestCorruptSnapshotIsRebuilt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot")
	db := sqldbtest.Open(t, sqldb.SQLite)
	r, now := register(t, db, Options{Snapshot: path})
	load(t, r, CSV, sample)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good); i += 7 {
		bad := bytes.Clone(good)
		bad[i] ^= 0x40
		if _, err := decodeSnapshot(bad); err == nil {
			t.Fatalf("byte %d flipped and not noticed", i)
		}
	}
	for _, n := range []int{0, 10, len(good) / 2, len(good) - 1} {
		if err := os.WriteFile(path, good[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		again := New(db, Options{Snapshot: path, Clock: now})
		if err := again.Load(ctx); err != nil || again.Matcher().Len() != r.Matcher().Len() {
			t.Errorf("cut to %d bytes: %d networks, %v", n, again.Matcher().Len(), err)
		}
		if whole, err := os.ReadFile(path); err != nil || !bytes.Equal(whole, good) {
			t.Errorf("cut to %d bytes: not written again (%v)", n, err)
		}
	}
}

// Even a file whose checksum is right may make nothing panic.
func FuzzSnapshot(f *testing.F) {
	m := matcherOf([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")})
	whole := encodeSnapshot(f, m)
	f.Add(whole[:len(whole)-16])
	f.Fuzz(func(t *testing.T, data []byte) {
		sum := xxh3.Hash128(data).Bytes()
		m, err := decodeSnapshot(append(bytes.Clone(data), sum[:]...))
		if err != nil {
			return
		}
		targets(m)
		m.IPv4(0xc0000201)
		m.Domain("example.org")
	})
}

// failing is a file system whose n-th operation fails.
type failing struct {
	disk.FS
	left int
}

var errDisk = errors.New("disk on fire")

func (f *failing) step() error {
	if f.left--; f.left == 0 {
		return errDisk
	}
	return nil
}

func (f *failing) Create(path string) (disk.File, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	file, err := f.FS.Create(path)
	return &failingFile{file, f}, err
}

func (f *failing) Rename(from, to string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.FS.Rename(from, to)
}

func (f *failing) SyncDir(path string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.FS.SyncDir(path)
}

type failingFile struct {
	disk.File
	fs *failing
}

func (f *failingFile) Write(b []byte) (int, error) {
	if err := f.fs.step(); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

func (f *failingFile) Sync() error {
	if err := f.fs.step(); err != nil {
		return err
	}
	return f.File.Sync()
}

func TestSnapshotIsWholeOrTheOldOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot")
	one := matcherOf([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")})
	two := matcherOf([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")})
	if err := writeSnapshot(disk.OS{}, path, one); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for n := 1; ; n++ {
		err := writeSnapshot(&failing{FS: disk.OS{}, left: n}, path, two)
		if err == nil {
			break
		}
		failed++
		if !errors.Is(err, errDisk) && !errors.Is(err, fs.ErrClosed) && !errors.Is(err, io.ErrShortWrite) {
			t.Fatalf("operation %d: %v", n, err)
		}
		if _, err := readSnapshot(disk.OS{}, path); err != nil {
			t.Fatalf("after operation %d failed: %v", n, err)
		}
	}
	if m, err := readSnapshot(disk.OS{}, path); err != nil || m.Len() != 2 || failed < 5 {
		t.Errorf("at the end: %v, %d operations failed", err, failed)
	}
}
