package enrich

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

// put writes a file into a test's folder and returns its path.
func put(t testing.TB, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, cfg Config) *Table {
	t.Helper()
	table, err := Open(context.Background(), cfg, disk.OS{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func info(asn uint32, name, cc, prefix string) Info {
	i := Info{ASN: asn, ASName: name, Country: cc}
	if prefix != "" {
		i.Prefix = netip.MustParsePrefix(prefix)
	}
	return i
}

const someCSV = `prefix,asn,name,cc
192.0.2.0/24,64496,Northlight,AQ
192.0.2.128/25,AS64497,Demonet,aq
2001:db8:100::/40,64496,Northlight,AQ
198.51.100.0/24,0,,
`

func TestLookup(t *testing.T) {
	geo := put(t, "geo.csv", []byte("start;end;cc\n192.0.2.0;192.0.2.63;BV\n198.51.100.1;198.51.100.2;BV\n"))
	table := open(t, Config{Files: []string{put(t, "asn.csv", []byte(someCSV)), geo}})
	tests := []struct {
		name, addr string
		want       Info
	}{
		{"prefix", "192.0.2.1", info(64496, "Northlight", "AQ", "192.0.2.0/24")},
		{"longest prefix wins", "192.0.2.200", info(64497, "Demonet", "AQ", "192.0.2.128/25")},
		{"mapped counts as IPv4", "::ffff:192.0.2.200", info(64497, "Demonet", "AQ", "192.0.2.128/25")},
		{"IPv6", "2001:db8:101::9", info(64496, "Northlight", "AQ", "2001:db8:100::/40")},
		{"IPv6 unknown", "2001:db8:200::9", Info{}},
		{"second file fills in", "198.51.100.1", info(0, "", "BV", "198.51.100.1/32")},
		{"before the first", "0.0.0.0", Info{}},
		{"behind the last", "255.255.255.255", Info{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := table.Lookup(netip.MustParseAddr(tt.addr))
			if got != tt.want || ok != (tt.want != Info{}) {
				t.Errorf("got %+v %v, want %+v", got, ok, tt.want)
			}
		})
	}
	if got, ok := table.Lookup(netip.Addr{}); ok {
		t.Errorf("the zero address is %+v", got)
	}
}

func TestNoFilesKnowNothing(t *testing.T) {
	if got, ok := open(t, Config{}).Lookup(netip.MustParseAddr("192.0.2.1")); ok {
		t.Errorf("got %+v", got)
	}
}

func TestWholeSpaceHasNoEnd(t *testing.T) {
	table := open(t, Config{Files: []string{put(t, "all.csv", []byte("prefix,asn\n0.0.0.0/0,1\n::/0,2\n"))}})
	for _, a := range []string{"0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"} {
		if _, ok := table.Lookup(netip.MustParseAddr(a)); !ok {
			t.Errorf("%s is unknown", a)
		}
	}
}

func TestMMDB(t *testing.T) {
	built := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	asn := put(t, "asn.mmdb", mmdbFile(t, built, map[string]map[string]any{
		"192.0.2.0/24":   {"autonomous_system_number": uint32(64496), "autonomous_system_organization": "Northlight"},
		"2001:db8::/32":  {"autonomous_system_number": uint32(64497)},
		"203.0.113.0/24": {"asn": "AS64498", "as_name": "Agency", "country_code": "AQ"},
	}))
	geo := put(t, "geo.mmdb", mmdbFile(t, built, map[string]map[string]any{
		"192.0.2.0/25": {"country": map[string]any{"iso_code": "BV"}},
	}))
	table := open(t, Config{Files: []string{asn, geo}})
	tests := []struct {
		addr string
		want Info
	}{
		{"192.0.2.1", info(64496, "Northlight", "BV", "192.0.2.0/24")},
		{"192.0.2.129", info(64496, "Northlight", "", "192.0.2.0/24")},
		{"2001:db8::1", info(64497, "", "", "2001:db8::/32")},
		{"203.0.113.7", info(64498, "Agency", "AQ", "203.0.113.0/24")},
		{"198.51.100.1", Info{}},
	}
	for _, tt := range tests {
		t.Run(tt.addr, func(t *testing.T) {
			if got, _ := table.Lookup(netip.MustParseAddr(tt.addr)); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
	f := table.Files()[0]
	if age := f.Age(built.Add(48 * time.Hour)); age != 48*time.Hour || f.Prefixes != 3 || f.Kind != "mmdb" {
		t.Errorf("%+v is %v old", f, age)
	}
}

func TestBadFiles(t *testing.T) {
	many := "prefix,asn\n" + strings.Repeat("nonsense,1\n", maxBad+1)
	tests := []struct {
		name, file, text, want string
		kind                   problem.Kind
	}{
		{"no mmdb", "a.mmdb", "this is no database", "MaxMind", problem.Invalid},
		{"empty", "a.csv", "", "header", problem.Invalid},
		{"no prefix column", "a.csv", "asn,cc\n1,AQ\n", "neither a column prefix", problem.Invalid},
		{"nothing to say", "a.csv", "prefix,colour\n192.0.2.0/24,red\n", "neither a column asn", problem.Invalid},
		{"other ending", "a.txt", "x", ".mmdb or .csv", problem.Invalid},
		{"nothing but bad rows", "a.csv", many, "bad rows", problem.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(context.Background(), Config{Files: []string{put(t, tt.file, []byte(tt.text))}}, disk.OS{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || problem.KindOf(err) != tt.kind {
				t.Errorf("got %v (%v), want %q", err, problem.KindOf(err), tt.want)
			}
		})
	}
	_, err := Open(context.Background(), Config{Files: []string{filepath.Join(t.TempDir(), "none.csv")}}, disk.OS{})
	if problem.KindOf(err) != problem.NotFound {
		t.Errorf("a missing file gives %v", err)
	}
}

func TestBadRowsAreCounted(t *testing.T) {
	text := "prefix,asn\n192.0.2.0/24,64496\n192.0.2.0/99,1\n198.51.100.0/24,many\n203.0.113.0/24,64498\n"
	table := open(t, Config{Files: []string{put(t, "a.csv", []byte(text))}})
	f := table.Files()[0]
	if f.Bad != 2 || f.Prefixes != 2 || !strings.HasPrefix(f.FirstBad, "line 3:") {
		t.Errorf("%+v", f)
	}
}

func TestBadRange(t *testing.T) {
	for _, text := range []string{"192.0.2.9,192.0.2.1", "192.0.2.1,2001:db8::1", "x,192.0.2.1", "192.0.2.1,x"} {
		table := open(t, Config{Files: []string{put(t, "a.csv", []byte("start,end,asn\n"+text+",1\n"))}})
		if f := table.Files()[0]; f.Bad != 1 || f.Prefixes != 0 {
			t.Errorf("%s: %+v", text, f)
		}
	}
}

func TestSnapshot(t *testing.T) {
	file := put(t, "a.csv", []byte(someCSV))
	cfg := Config{Files: []string{file}, Snapshot: filepath.Join(t.TempDir(), "enrich.snapshot")}
	first := open(t, cfg)
	if first.Snapshot() != nil {
		t.Fatal(first.Snapshot())
	}
	again := open(t, cfg)
	if again.Size() != first.Size() || again.Files()[0].Prefixes != 3 || !again.Files()[0].Built.Equal(first.Files()[0].Built) {
		t.Errorf("the snapshot has %+v, the files gave %+v", again.Files(), first.Files())
	}
	addr := netip.MustParseAddr("192.0.2.200")
	if a, _ := again.Lookup(addr); a != info(64497, "Demonet", "AQ", "192.0.2.128/25") {
		t.Errorf("the snapshot says %+v", a)
	}
}

func TestChangedFileIsReadAgain(t *testing.T) {
	file := put(t, "a.csv", []byte(someCSV))
	cfg := Config{Files: []string{file}, Snapshot: filepath.Join(t.TempDir(), "s")}
	open(t, cfg)
	if err := os.WriteFile(file, []byte("prefix,asn\n192.0.2.0/24,64511\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	table := open(t, cfg)
	if got := table.LookupV4(0xc0000201); got.ASN != 64511 || table.Snapshot() != nil {
		t.Errorf("got %+v, %v", got, table.Snapshot())
	}
}

// TestDamagedSnapshotIsNotUsed turns each byte of a snapshot over, and cuts it at each length.
func TestDamagedSnapshotIsNotUsed(t *testing.T) {
	file := put(t, "a.csv", []byte(someCSV))
	path := filepath.Join(t.TempDir(), "s")
	open(t, Config{Files: []string{file}, Snapshot: path})
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files, err := look([]string{file}, disk.OS{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		turned := bytes.Clone(whole)
		turned[i] ^= 0x40
		for _, data := range [][]byte{turned, whole[:i]} {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := readSnapshot(disk.OS{}, path, key(files)); err == nil {
				t.Fatalf("damage at byte %d passed unseen", i)
			}
		}
	}
	table := open(t, Config{Files: []string{file}, Snapshot: path})
	if table.Snapshot() == nil || table.LookupV4(0xc0000201).ASN != 64496 {
		t.Errorf("a damaged snapshot gives %v and %+v", table.Snapshot(), table.LookupV4(0xc0000201))
	}
}

// failing is a disk on which one operation fails.
type failing struct {
	disk.OS
	rename, syncDir error
}

func (f failing) Rename(from, to string) error {
	if f.rename != nil {
		return f.rename
	}
	return f.OS.Rename(from, to)
}

func (f failing) SyncDir(path string) error {
	if f.syncDir != nil {
		return f.syncDir
	}
	return f.OS.SyncDir(path)
}

func TestUnwritableSnapshotDoesNoHarm(t *testing.T) {
	file := put(t, "a.csv", []byte(someCSV))
	for name, fsys := range map[string]disk.FS{
		"rename": failing{rename: fs.ErrPermission}, "sync of the folder": failing{syncDir: fs.ErrPermission},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := Open(context.Background(), Config{Files: []string{file}, Snapshot: filepath.Join(t.TempDir(), "s")}, fsys)
			if err != nil || table.Snapshot() == nil || table.LookupV4(0xc0000201).ASN != 64496 {
				t.Errorf("got %v, snapshot %v", err, table.Snapshot())
			}
		})
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	table := open(t, Config{Files: []string{put(t, "a.csv", []byte(someCSV))}})
	six := netip.MustParseAddr("2001:db8:101::9")
	if n := testing.AllocsPerRun(100, func() {
		table.LookupV4(0xc0000201)
		table.Lookup(six)
		table.ReservedV4(0xc0000201)
		table.Reserved(six)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// manyPrefixes is a table as large as the Internet's: 1.0 M of IPv4, 0.2 M of IPv6.
func manyPrefixes() []byte {
	b := []byte("prefix,asn,name,cc\n")
	for i := range uint32(1_000_000) {
		b = fmt.Appendf(b, "%s/24,%d,Network %d,AQ\n", addr4(0x01000000+i*3*256), 1+i%80_000, i%80_000)
	}
	for i := range 200_000 {
		b = fmt.Appendf(b, "2a%02x:%x::/32,%d,Network %d,AQ\n", i>>16, i&0xffff, 1+i%80_000, i%80_000)
	}
	return b
}

func BenchmarkOpen(b *testing.B) {
	file := put(b, "a.csv", manyPrefixes())
	b.Run("files", func(b *testing.B) {
		for b.Loop() {
			open(b, Config{Files: []string{file}})
		}
	})
	b.Run("snapshot", func(b *testing.B) {
		cfg := Config{Files: []string{file}, Snapshot: filepath.Join(b.TempDir(), "s")}
		table := open(b, cfg)
		b.ReportMetric(float64(table.Size()), "ranges")
		for b.Loop() {
			open(b, cfg)
		}
	})
}

func BenchmarkLookupV4(b *testing.B) {
	table := open(b, Config{Files: []string{put(b, "a.csv", manyPrefixes())}})
	ip := uint32(1)
	b.ReportAllocs()
	for b.Loop() {
		ip = ip*1664525 + 1013904223
		table.LookupV4(ip)
	}
}
