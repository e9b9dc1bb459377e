package demo

import (
	"bytes"
	"encoding/csv"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var night = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func generate(t testing.TB, o Options) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := Generate(&out, o); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatalf("%s is no CSV: %v", o.Report, err)
	}
	return rows
}

func TestEachReportIsWellFormed(t *testing.T) {
	for _, name := range Reports() {
		t.Run(name, func(t *testing.T) {
			rows := generate(t, Options{Report: name, Rows: 300, Seed: 1, Now: night})
			if len(rows) != 301 {
				t.Fatalf("got %d lines, want a header and 300 rows", len(rows))
			}
			if !slices.Equal(rows[0], Columns(name)) {
				t.Errorf("header is %v, want %v", rows[0], Columns(name))
			}
			checkRows(t, rows)
		})
	}
}

func checkRows(t *testing.T, rows [][]string) {
	t.Helper()
	ip := slices.IndexFunc(rows[0], func(c string) bool { return c == "ip" || c == "src_ip" })
	for _, r := range rows[1:] {
		at, err := time.Parse(time.DateTime, r[0])
		if err != nil || at.After(night) || at.Before(night.Add(-24*time.Hour)) {
			t.Fatalf("time %q is not within the day before %v (%v)", r[0], night, err)
		}
		if a, err := netip.ParseAddr(r[ip]); err != nil || !isDocumentation(a) {
			t.Fatalf("address %q is outside the documentation prefixes (%v)", r[ip], err)
		}
	}
}

func isDocumentation(a netip.Addr) bool {
	for _, p := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"} {
		if netip.MustParsePrefix(p).Contains(a) {
			return true
		}
	}
	return false
}

func TestBroadSpaceStaysInsideItsPrefix(t *testing.T) {
	rows := generate(t, Options{Report: "scan_telnet", Rows: 1000, Seed: 1, Now: night, Space: Broad})
	for _, r := range rows[1:] {
		if !strings.HasPrefix(r[1], "11.") {
			t.Fatalf("address %s is outside 11.0.0.0/8", r[1])
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	bytesOf := func(seed uint64) string {
		var out bytes.Buffer
		if err := Write(&out, "scan_ssl", 200, seed, night); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	first, again := bytesOf(7), bytesOf(7)
	if first != again {
		t.Error("two files of one seed differ")
	}
	if first == bytesOf(8) {
		t.Error("files of two seeds are the same")
	}
}

func TestMachinesAreSeenAgainWithTheSameCertificate(t *testing.T) {
	rows := generate(t, Options{Report: "scan_ssl", Rows: 5000, Seed: 3, Now: night, Space: Broad})
	sha := slices.Index(rows[0], "sha256_fingerprint")
	of := map[string]string{}
	again, changed := 0, 0
	for _, r := range rows[1:] {
		if was, ok := of[r[1]]; ok {
			again++
			if was != r[sha] {
				changed++
			}
		}
		of[r[1]] = r[sha]
	}
	if changed > again/100 { // two machines may share an address
		t.Errorf("%d of %d machines changed their certificate", changed, again)
	}
	if again < 500 {
		t.Errorf("%d of 5000 rows are of a machine seen before, want at least 500", again)
	}
}

func TestSeverityStandsAfterTheTime(t *testing.T) {
	rows := generate(t, Options{Report: "scan_rdp", Rows: 3, Seed: 1, Now: night, Severity: true})
	if rows[0][1] != "severity" || rows[1][1] == "" {
		t.Errorf("second column is %q with %q", rows[0][1], rows[1][1])
	}
}

func TestUnknownReportNamesTheKnownOnes(t *testing.T) {
	err := Write(io.Discard, "scan_nothing", 1, 1, night)
	if err == nil || !strings.Contains(err.Error(), "scan_telnet") {
		t.Errorf("got %v, want an error that lists the reports", err)
	}
}

// TestColumnsAreTheRealOnes compares with the list of facts beside the repository, where it is.
func TestColumnsAreTheRealOnes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "shadowserver", "reports.tsv"))
	if err != nil {
		t.Skip("the reference list ../shared/data/shadowserver/reports.tsv is not here")
	}
	real := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		f := strings.Split(line, "\t")
		real[f[0]] = f[len(f)-1]
	}
	for _, name := range Reports() {
		if got := strings.Join(Columns(name), ","); got != real[name] {
			t.Errorf("%s has columns\n%s\nwant\n%s", name, got, real[name])
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, name := range []string{"scan_telnet", "event4_sinkhole_http", "scan_ssl"} {
		b.Run(name, func(b *testing.B) {
			const rows = 100_000
			for b.Loop() {
				if err := Write(io.Discard, name, rows, 1, night); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
