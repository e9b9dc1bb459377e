package demo

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// table writes a report and reads it back by column.
func table(t *testing.T, o Options) map[string][]string {
	t.Helper()
	var out bytes.Buffer
	if err := Generate(&out, o); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != o.Rows+1 {
		t.Fatalf("%s: %d rows of %d, %v", o.Report, len(rows)-1, o.Rows, err)
	}
	byColumn := map[string][]string{}
	for i, name := range rows[0] {
		if byColumn[name] != nil {
			t.Errorf("%s: %s stands twice in the header", o.Report, name)
		}
		for _, r := range rows[1:] {
			byColumn[name] = append(byColumn[name], r[i])
		}
	}
	return byColumn
}

// Files for measuring are only worth something if their values are what a decoder must take: a row set aside costs less than an event.
func TestValuesAreOnesThatAreTaken(t *testing.T) {
	for _, name := range Reports() {
		columns := table(t, Options{Report: name, Rows: 500, Seed: 7, Now: night, Space: Broad})
		for i, v := range columns["timestamp"] {
			at, err := time.Parse(time.DateTime, v)
			if err != nil || at.After(night) || at.Before(night.Add(-24*time.Hour)) {
				t.Fatalf("%s, row %d: seen at %q, not in the day before %v", name, i, v, night)
			}
		}
		for column, values := range columns {
			for i, v := range values {
				n, err := strconv.ParseUint(v, 10, 32)
				switch {
				case strings.ContainsAny(v, "\x00\r"):
					t.Fatalf("%s.%s, row %d: %q", name, column, i, v)
				case v == "" || !isPort(column) && !strings.HasSuffix(column, "asn"):
				case err != nil || n == 0 || isPort(column) && n > 65535:
					t.Fatalf("%s.%s, row %d: %q is none", name, column, i, v)
				}
			}
		}
	}
}

func isPort(column string) bool { return column == "port" || strings.HasSuffix(column, "_port") }

// A file in which each value were new, or none, would measure something else: machines come again, services differ.
func TestSpreadOfValues(t *testing.T) {
	for report, columns := range map[string]map[string][2]int{ // least and most distinct values in 4,000 rows
		"scan_telnet":          {"ip": {1000, 4000}, "asn": {2, 3000}, "geo": {1, 60}, "tag": {1, 40}, "banner": {3, 3900}},
		"event4_sinkhole_http": {"src_ip": {300, 4000}, "dst_ip": {1, 400}, "src_port": {1000, 4000}, "infection": {2, 200}},
		"scan_ssl":             {"ip": {1000, 4000}, "cipher_suite": {2, 60}, "sha1_fingerprint": {300, 4000}, "issuer_common_name": {2, 3900}},
	} {
		got := table(t, Options{Report: report, Rows: 4000, Seed: 3, Now: night, Space: Broad})
		for column, want := range columns {
			values := slices.Clone(got[column])
			slices.Sort(values)
			if n := len(slices.Compact(values)); n < want[0] || n > want[1] {
				t.Errorf("%s.%s has %d distinct values in 4000 rows, want %d to %d", report, column, n, want[0], want[1])
			}
		}
	}
}

// Rows are the rows asked for, none and one too, and memory does not hang on their number.
func TestNumberOfRows(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		table(t, Options{Report: "scan_telnet", Rows: n, Seed: 1, Now: night, Space: Documentation})
	}
	var largest int
	err := Write(writer(func(p []byte) (int, error) { largest = max(largest, len(p)); return len(p), nil }), "scan_ssl", 20_000, 1, night)
	if err != nil || largest > flushAt+maxRow {
		t.Errorf("%d bytes at once, %v", largest, err)
	}
	full := errors.New("no space left")
	calls := 0
	err = Write(writer(func(p []byte) (int, error) { calls++; return 0, full }), "scan_ssl", 20_000, 1, night)
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("a full disk was written to %d times: %v", calls, err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

var _ io.Writer = writer(nil)
