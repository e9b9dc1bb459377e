package enrich

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net/netip"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

// csvNames are the column names that a CSV file may use for each thing.
var csvNames = map[string][]string{
	"prefix": {"prefix", "network", "cidr"},
	"start":  {"start", "range_start", "first"},
	"end":    {"end", "range_end", "last"},
	"asn":    {"asn", "as_number", "autonomous_system_number"},
	"name":   {"name", "as_name", "as_description", "autonomous_system_organization"},
	"cc":     {"cc", "country", "country_code"},
}

// csvColumns is where each thing stands in a row; -1 is nowhere.
type csvColumns struct{ prefix, start, end, asn, name, cc int }

// readCSV reads a table with a header: prefix, or start and end; and asn, name, cc. The separator is a comma, a tab or a semicolon. A
// bad row is counted, the first one remembered, and the rest goes on.
func (b *builder) readCSV(ctx context.Context, f *File, fsys disk.FS, l *layer) error {
	in, err := fsys.Open(f.Path)
	if err != nil {
		return problem.Wrap(problem.KindOf(err), err, "open %s", f.Path)
	}
	defer in.Close()
	buffered := bufio.NewReaderSize(io.LimitReader(in, maxFile), 1<<16)
	r := csv.NewReader(buffered)
	r.Comma, r.ReuseRecord, r.FieldsPerRecord, r.LazyQuotes = separator(buffered), true, -1, true
	header, err := r.Read()
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "read the header of %s", f.Path)
	}
	c, err := csvHeader(header)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "read %s", f.Path)
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return ctx.Err()
		}
		if err == nil {
			err = b.csvRow(c, row, l)
		}
		if err != nil {
			if f.bad(r, err); f.Bad > maxBad {
				return problem.New(problem.Invalid, "%s has more than %d bad rows, the first is %s: it is not the table it should be", f.Path, maxBad, f.FirstBad)
			}
		}
	}
}

// maxBad bounds how many rows of a file may be wrong before the file is.
const maxBad = 10_000

func (f *File) bad(r *csv.Reader, err error) {
	if f.Bad++; f.Bad == 1 {
		line, _ := r.FieldPos(0)
		f.FirstBad = fmt.Sprintf("line %d: %v", line, err)
	}
}

// separator looks at the header for what stands between its names.
func separator(r *bufio.Reader) rune {
	head, _ := r.Peek(1024)
	line, _, _ := strings.Cut(string(head), "\n")
	for _, c := range "\t;" {
		if strings.ContainsRune(line, c) {
			return c
		}
	}
	return ','
}

func csvHeader(header []string) (csvColumns, error) {
	at := func(what string) int {
		return slices.IndexFunc(header, func(name string) bool {
			return slices.Contains(csvNames[what], strings.ToLower(strings.Trim(name, " \ufeff")))
		})
	}
	c := csvColumns{at("prefix"), at("start"), at("end"), at("asn"), at("name"), at("cc")}
	if c.prefix < 0 && (c.start < 0 || c.end < 0) {
		return c, fmt.Errorf("the header %q has neither a column prefix nor start and end", header)
	}
	if c.asn < 0 && c.cc < 0 {
		return c, fmt.Errorf("the header %q has neither a column asn nor cc", header)
	}
	return c, nil
}

func (b *builder) csvRow(c csvColumns, row []string, l *layer) error {
	cell := func(i int) string {
		if i < 0 || i >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[i])
	}
	asn, err := parseASN(cell(c.asn))
	if err != nil {
		return fmt.Errorf("AS number %q", cell(c.asn))
	}
	r := record{asn: asn, name: b.text(cell(c.name)), country: b.country(cell(c.cc))}
	if r.asn == 0 && r.country == "" {
		return nil // an unrouted range: it says nothing
	}
	if c.prefix >= 0 {
		p, err := netip.ParsePrefix(cell(c.prefix))
		if err != nil {
			return err
		}
		return b.claim(l, p, r)
	}
	return b.claimRange(l, cell(c.start), cell(c.end), r)
}

func (b *builder) claim(l *layer, p netip.Prefix, r record) error {
	r.bits = uint8(max(0, mappedBits(p.Bits(), p.Addr().Is4In6())))
	if !l.claim(p, b.add(r)) {
		return fmt.Errorf("prefix %s cannot be used", p)
	}
	return nil
}

// claimRange claims a range as the fewest prefixes that make it up.
func (b *builder) claimRange(l *layer, start, end string, r record) error {
	from, err := netip.ParseAddr(start)
	if err != nil {
		return err
	}
	to, err := netip.ParseAddr(end)
	if err != nil {
		return err
	}
	from, to = from.Unmap().WithZone(""), to.Unmap().WithZone("")
	if from.BitLen() != to.BitLen() || to.Less(from) {
		return fmt.Errorf("range %s to %s", start, end)
	}
	for {
		p := widest(from, to)
		if err := b.claim(l, p, r); err != nil {
			return err
		}
		end := lastAddr(p)
		if end.Compare(to) >= 0 || !end.Next().IsValid() {
			return nil
		}
		from = end.Next()
	}
}

// widest is the largest prefix that begins at from and ends no later than to.
func widest(from, to netip.Addr) netip.Prefix {
	w := wideOf(from)
	host := bits.TrailingZeros64(w.lo)
	if w.lo == 0 {
		host = 64 + bits.TrailingZeros64(w.hi)
	}
	for host = min(host, from.BitLen()); ; host-- {
		p := netip.PrefixFrom(from, from.BitLen()-host)
		if lastAddr(p).Compare(to) <= 0 {
			return p
		}
	}
}

func lastAddr(p netip.Prefix) netip.Addr {
	w := last(p)
	if p.Addr().Is4() {
		return netip.AddrFrom4([4]byte{byte(w.lo >> 24), byte(w.lo >> 16), byte(w.lo >> 8), byte(w.lo)})
	}
	var b [16]byte
	for i := range 8 {
		b[i], b[8+i] = byte(w.hi>>(56-8*i)), byte(w.lo>>(56-8*i))
	}
	return netip.AddrFrom16(b)
}
