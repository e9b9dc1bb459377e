package enrich

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"time"

	"github.com/firehall/firehall/internal/platform/disk"
)

// Config says what to enrich from. The zero value enriches nothing.
type Config struct {
	Files    []string // .mmdb or .csv; where two know the same thing the earlier wins
	Snapshot string   // where the merged table is kept for the next start; empty keeps none
	Blocks   Blocks   // which addresses are special
}

// Info is what is known of an address. Fields are zero where nothing is known.
type Info struct {
	ASN     uint32       // 0 when unknown
	ASName  string       // name of the autonomous system
	Country string       // ISO 3166-1 alpha-2, upper case
	Prefix  netip.Prefix // the prefix that the answer comes from
}

// File is one file that a table was made of.
type File struct {
	Path     string
	Kind     string    // "mmdb" or "csv"
	Built    time.Time // when its maker built it (mmdb), else when it was last written
	Modified time.Time
	Size     int64 // bytes
	Prefixes int   // prefixes read from it
	Bad      int   // rows left out
	FirstBad string
}

// Age is how old the data is.
func (f File) Age(now time.Time) time.Duration { return now.Sub(f.Built) }

// record is what a range of addresses has. Records are shared: a table has fewer of them than prefixes.
type record struct {
	asn     uint32
	name    string
	country string
	bits    uint8 // length of the prefix
}

// Table answers what is known of an address. It is safe for concurrent use.
type Table struct {
	Blocks

	files    []File
	records  []record // [0] is empty
	four     flat4
	six      flat6
	snapshot error // why the snapshot was not used, or not written
}

// Open reads the files, or the snapshot of them when it is whole and none of them has changed since (by name, size and time). A
// snapshot that is damaged or cannot be written does no harm: Snapshot tells. Errors: problem.Invalid for a file that is no table of
// addresses, problem.NotFound for one that is missing, else the file system's.
func Open(ctx context.Context, cfg Config, fsys disk.FS) (*Table, error) {
	files, err := look(cfg.Files, fsys)
	if err != nil {
		return nil, err
	}
	var why error
	if cfg.Snapshot != "" {
		t, err := readSnapshot(fsys, cfg.Snapshot, key(files))
		if err == nil {
			t.Blocks = cfg.Blocks
			return t, nil
		}
		why = err
	}
	t, err := build(ctx, files, fsys)
	if err != nil {
		return nil, err
	}
	t.Blocks, t.snapshot = cfg.Blocks, why
	if cfg.Snapshot != "" {
		t.keep(fsys, cfg.Snapshot)
	}
	return t, nil
}

// keep writes the snapshot. That there was none before is no trouble worth telling.
func (t *Table) keep(fsys disk.FS, path string) {
	if errors.Is(t.snapshot, fs.ErrNotExist) || errors.Is(t.snapshot, errStale) {
		t.snapshot = nil
	}
	if err := writeSnapshot(fsys, path, t); err != nil {
		t.snapshot = err
	}
}

// Files are the files that the table was made of, in the order of the configuration.
func (t *Table) Files() []File { return t.files }

// Snapshot is nil when the snapshot was used, or written anew without trouble; else it tells what was wrong with it.
func (t *Table) Snapshot() error { return t.snapshot }

// Size is the number of ranges of addresses that the table tells apart.
func (t *Table) Size() int { return len(t.four.from) + len(t.six.from) }

// Lookup tells what is known of an address; ok is false when nothing is. An IPv4-mapped IPv6 address counts as the IPv4 address.
func (t *Table) Lookup(a netip.Addr) (info Info, ok bool) {
	if a.Is4() || a.Is4In6() {
		info = t.LookupV4(number4(a.Unmap()))
		return info, info.Prefix.IsValid()
	}
	if !a.IsValid() {
		return Info{}, false
	}
	return t.info(t.six.at(wideOf(a)), a.WithZone(""))
}

// LookupV4 is Lookup for an IPv4 address as a big-endian number; Info.Prefix is invalid when nothing is known.
func (t *Table) LookupV4(ip uint32) Info {
	n := t.four.at(ip)
	if n == 0 {
		return Info{}
	}
	info, _ := t.info(n, netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}))
	return info
}

func (t *Table) info(n uint32, a netip.Addr) (Info, bool) {
	if n == 0 {
		return Info{}, false
	}
	r := &t.records[n]
	p, err := a.Prefix(int(r.bits))
	return Info{r.asn, r.name, r.country, p}, err == nil
}
