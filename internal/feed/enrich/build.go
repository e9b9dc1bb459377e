package enrich

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

// look finds the files and tells their kinds.
func look(paths []string, fsys disk.FS) ([]File, error) {
	files := make([]File, 0, len(paths))
	for _, path := range paths {
		info, err := fsys.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, problem.New(problem.NotFound, "the enrichment file %s is not there: put it there or take it out of the configuration", path)
		}
		if err != nil {
			return nil, problem.Wrap(problem.KindOf(err), err, "look at the enrichment file %s", path)
		}
		kind := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
		if kind != "mmdb" && kind != "csv" {
			return nil, problem.New(problem.Invalid, "the enrichment file %s must end in .mmdb or .csv", path)
		}
		at := info.ModTime().UTC()
		files = append(files, File{Path: path, Kind: kind, Built: at, Modified: at, Size: info.Size()})
	}
	return files, nil
}

// builder collects the records of all files; equal ones are kept once.
type builder struct {
	records []record
	known   map[record]uint32
	names   map[string]string // one copy of each text
}

func newBuilder() *builder {
	b := &builder{known: map[record]uint32{}, names: map[string]string{"": ""}}
	b.add(record{})
	return b
}

func (b *builder) add(r record) uint32 {
	if n, ok := b.known[r]; ok {
		return n
	}
	n := uint32(len(b.records))
	b.records = append(b.records, r)
	b.known[r] = n
	return n
}

// text returns one shared copy of a string.
func (b *builder) text(s string) string {
	if t, ok := b.names[s]; ok {
		return t
	}
	s = strings.Clone(s)
	b.names[s] = s
	return s
}

// join is what two files say together: the first wins, the second fills in. The prefix is the one of whoever named the system.
func (b *builder) join(first, second uint32) uint32 {
	if first == 0 || second == 0 {
		return first | second
	}
	r, other := b.records[first], b.records[second]
	if r.asn == 0 && other.asn != 0 {
		r.asn, r.name, r.bits = other.asn, other.name, other.bits
	}
	if r.name == "" && r.asn == other.asn {
		r.name = other.name
	}
	if r.country == "" {
		r.country = other.country
	}
	return b.add(r)
}

// layer is what one file says, by family.
type layer struct{ four, six []claim }

// claim adds a prefix; IPv4 written as IPv6 counts as IPv4. It reports false for a prefix that cannot be used.
func (l *layer) claim(p netip.Prefix, record uint32) bool {
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return false
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if !p.IsValid() {
		return false
	}
	c := claim{p.Masked(), record}
	if p.Addr().Is4() {
		l.four = append(l.four, c)
	} else {
		l.six = append(l.six, c)
	}
	return true
}

// build reads all files and merges them.
func build(ctx context.Context, files []File, fsys disk.FS) (*Table, error) {
	b := newBuilder()
	four, six := []step{{}}, []step{{}}
	for i := range files {
		var l layer
		if err := b.read(ctx, &files[i], fsys, &l); err != nil {
			return nil, err
		}
		files[i].Prefixes = len(l.four) + len(l.six)
		four = overlay(four, flatten(l.four), b.join)
		six = overlay(six, flatten(l.six), b.join)
	}
	return assemble(files, b.records, four, six), nil
}

func (b *builder) read(ctx context.Context, f *File, fsys disk.FS, l *layer) error {
	if f.Kind == "mmdb" {
		return b.readMMDB(ctx, f, fsys, l)
	}
	return b.readCSV(ctx, f, fsys, l)
}

func assemble(files []File, records []record, four, six []step) *Table {
	t := &Table{files: files, records: records}
	if n := len(four); four[n-1].from.lo > math.MaxUint32 { // what follows 255.255.255.255
		four = four[:n-1]
	}
	from, record := make([]uint32, len(four)), make([]uint32, len(four))
	for i, s := range four {
		from[i], record[i] = uint32(s.from.lo), s.record
	}
	t.four = newFlat4(from, record)
	t.six = flat6{make([]wide, len(six)), make([]uint32, len(six))}
	for i, s := range six {
		t.six.from[i], t.six.record[i] = s.from, s.record
	}
	return t
}
