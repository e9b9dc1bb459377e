package enrich

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

// maxFile bounds what one enrichment file may hold.
const maxFile = 2 << 30

// mmdbRow are the names under which the usual databases keep what we want: GeoLite2's and GeoIP2's nested ones, and the flat ones of
// others.
type mmdbRow struct {
	Number  uint32 `maxminddb:"autonomous_system_number"`
	Name    string `maxminddb:"autonomous_system_organization"`
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	Registered struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"registered_country"`
}

// flatRow is the flat shape: asn as text with its letters.
type flatRow struct {
	ASN     string `maxminddb:"asn"`
	Name    string `maxminddb:"as_name"`
	Country string `maxminddb:"country_code"`
}

func (b *builder) readMMDB(ctx context.Context, f *File, fsys disk.FS, l *layer) error {
	db, err := openMMDB(f, fsys)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "read %s: is it a MaxMind DB?", f.Path)
	}
	defer db.Close()
	if epoch := db.Metadata.BuildEpoch; epoch > 0 {
		f.Built = time.Unix(int64(epoch), 0).UTC()
	}
	seen := map[uintptr]record{} // by place in the data section: many prefixes share one
	for result := range db.Networks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := result.Err(); err != nil {
			return problem.Wrap(problem.Invalid, err, "read %s: get the file again", f.Path)
		}
		r, ok := seen[result.Offset()]
		if !ok {
			r = b.decode(result)
			seen[result.Offset()] = r
		}
		if r == (record{}) {
			continue
		}
		r.bits = uint8(mappedBits(result.Prefix().Bits(), result.Prefix().Addr().Is4In6()))
		l.claim(result.Prefix(), b.add(r))
	}
	return nil
}

func openMMDB(f *File, fsys disk.FS) (*maxminddb.Reader, error) {
	data, err := readAll(fsys, f.Path)
	if err != nil {
		return nil, err
	}
	return maxminddb.OpenBytes(data)
}

func readAll(fsys disk.FS, path string) ([]byte, error) {
	in, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = problem.New(problem.Invalid, "%s is larger than %d bytes", path, maxFile)
	}
	return data, err
}

func mappedBits(bits int, mapped bool) int {
	if mapped {
		return bits - 96
	}
	return bits
}

// decode reads what a database says of a network. A record of another shape says nothing.
func (b *builder) decode(result maxminddb.Result) record {
	var row mmdbRow
	_ = result.Decode(&row) // a field of another type is left empty: then the flat shape is tried
	r := record{asn: row.Number, name: b.text(row.Name), country: b.country(row.Country.Code)}
	if r.country == "" {
		r.country = b.country(row.Registered.Code)
	}
	if r != (record{}) {
		return r
	}
	var flat flatRow
	if result.Decode(&flat) != nil {
		return record{}
	}
	n, _ := parseASN(flat.ASN)
	return record{asn: n, name: b.text(flat.Name), country: b.country(flat.Country)}
}

// country is a code of two letters in upper case, or nothing.
func (b *builder) country(code string) string {
	code = strings.ToUpper(strings.TrimSpace(code))
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return ""
	}
	return b.text(code)
}

// parseASN reads 64500 or AS64500; 0 and nothing mean unknown.
func parseASN(s string) (uint32, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, nil
	}
	if len(s) > 2 && strings.EqualFold(s[:2], "as") {
		s = s[2:]
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err
}
