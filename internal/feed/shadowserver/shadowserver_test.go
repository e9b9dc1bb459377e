package shadowserver

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// Every report decodes from rows made by its table, each mapping fills its field, and the class is one of RSIT.
func TestEveryReportDecodes(t *testing.T) {
	table := Builtin()
	reports := table.Reports()
	if len(reports) != 129 {
		t.Errorf("%d reports, want 129", len(reports))
	}
	for _, r := range reports {
		t.Run(r.Name, func(t *testing.T) {
			b, o := decode(t, table, "2026-11-20-"+r.Name+"-country-asn.csv", file(t, table, r.Name, r.Columns, 3))
			if o.Report != r.Name || b.Rows() != 3 || len(b.Rejects()) > 0 || len(o.Notes) > 0 {
				t.Fatalf("report %s, %d rows, rejects %+v, notes %q", o.Report, b.Rows(), b.Rejects(), o.Notes)
			}
			checkClass(t, r, b)
			for _, column := range r.Columns {
				for _, m := range table.mappings(r.Name, column) {
					checkMapping(t, table, r, b, column, m)
				}
			}
		})
	}
}

func checkClass(t *testing.T, r Report, b *event.Batch) {
	t.Helper()
	kind, ok := rsit.Lookup(value(b, event.FieldType, 1))
	if !ok || value(b, event.FieldTaxonomy, 1) != string(kind.Class()) {
		t.Errorf("type %q, class %q", value(b, event.FieldType, 1), value(b, event.FieldTaxonomy, 1))
	}
	for field, want := range map[string]string{
		event.FieldReport: r.Name, event.FieldRole: r.Role, event.FieldStanding: r.Standing,
	} {
		if got := value(b, field, 1); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
}

// checkMapping expects a field to hold what the column's cell of row 1 means.
func checkMapping(t *testing.T, table *Table, r Report, b *event.Batch, column string, m mapping) {
	t.Helper()
	want := sample(table, r.Name, column, 1)
	field := m.field
	switch {
	case r.Name == "scan_chargen" && column == "size":
		field = "extra.size" // response_size is there too, and has the better claim
	case r.Name == "blocklist" && m.kind == kindNetwork:
		want = "" // the cell holds an address
	case m.kind == kindURL:
		want = urlOf(table, r, want)
		if !strings.HasPrefix(want, "http") {
			field = "extra." + column
		}
	case m.field == event.FieldType:
		want = "system-compromise"
	case m.kind == kindHash:
		want = "abcd01"
	case m.kind == kindExchange:
		want = "exchange-server-webshell"
	case field == "protocol.application" || field == event.FieldTransport || field == event.FieldMalware:
		want = strings.ToLower(want)
	}
	if got := value(b, field, 1); got != want {
		t.Errorf("column %s: %s = %q, want %q", column, field, got, want)
	}
}

func urlOf(table *Table, r Report, path string) string {
	for _, column := range []string{"http_host", "host"} {
		for _, c := range r.Columns {
			if c == column {
				return "http://" + strings.ReplaceAll(sample(table, r.Name, column, 1), " ", "") + path
			}
		}
	}
	return path
}

// The table says of each report what the reference list says, where that is at hand.
func TestTableAgreesWithTheReference(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "shadowserver")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the reference data are not there: %v", err)
	}
	table := Builtin()
	for _, line := range lines(t, filepath.Join(dir, "reports.tsv")) {
		name, kind, identifier, columns := line[0], line[3], line[4], line[5]
		r, ok := table.Report(name)
		switch {
		case !ok:
			t.Errorf("%s is missing", name)
		case strings.Join(r.Columns, ",") != columns || r.Identifier != identifier:
			t.Errorf("%s: columns or identifier differ", name)
		case kind != r.Type && kind != "blacklist":
			t.Errorf("%s: type %q, the reference has %q", name, r.Type, kind)
		}
	}
	words := map[string]string{
		"time (UTC)": "time", "integer": "int", "integer, 0 means none": "int0", "text, empty or 0 means none": "text0", "boolean": "bool",
		"date (UTC)": "date", "bytes, base64": "base64", "domain name": "domain", "host and path of a URL": "url", "derived": "exchange",
	}
	for _, line := range lines(t, filepath.Join(dir, "columns.tsv")) {
		kind := line[4]
		if w := words[kind]; w != "" {
			kind = w
		}
		if line[2] != event.FieldTaxonomy && !hasMapping(table, line, kind) {
			t.Errorf("%s: no line %s -> %s (%s)", line[0], line[1], line[2], kind)
		}
	}
}

func hasMapping(table *Table, line []string, kind string) bool {
	for _, m := range table.mappings(line[0], line[1]) {
		fits := kindNames[m.kind] == kind || m.kind == kindHash && kind == "text0" // a fingerprint's form is ours
		if m.field == line[2] && fits && m.required == (line[3] == "yes") {
			return true
		}
	}
	return false
}

// lines reads a table without its header.
func lines(t *testing.T, name string) (out [][]string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for n := 0; sc.Scan(); n++ {
		if n > 0 {
			out = append(out, strings.Split(sc.Text(), "\t"))
		}
	}
	if sc.Err() != nil {
		t.Fatal(sc.Err())
	}
	return out
}

func TestChooseByFileName(t *testing.T) {
	telnet := strings.Split("timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner", ",")
	for name, want := range map[string]string{
		"2026-11-20-scan_telnet-country-asn.csv": "scan_telnet", "scan_telnet.csv": "scan_telnet", "/in/box/scan_telnet.csv.gz": "scan_telnet",
		`C:\in\2026-11-20-scan6_telnet.zip`: "scan6_telnet", "2026-11-20-scan_ssl_freak-x.csv": "scan_ssl_freak", "scan_ssl.csv": "scan_ssl",
		"2026-11-20-event4_sinkhole_http_referer.csv": "event4_sinkhole_http_referer", "event4_sinkhole_http-x.csv": "event4_sinkhole_http",
		"event4_sinkhole.csv": "event4_sinkhole", "event4_microsoft_sinkhole.csv": "event4_microsoft_sinkhole", "scan_telnet_20261120.csv": "scan_telnet",
		"20261120_scan_telnet.csv": "scan_telnet", "SCAN_TELNET.CSV": "scan_telnet", "2026-11-20-special-x.csv": "special",
		"2026-11-20-scan_ssl_brandnew-x.csv": "scan_ssl_brandnew", "2026-11-20-event4_surprise_2026.csv": "event4_surprise",
	} {
		if r, _, err := Builtin().choose(name, telnet); err != nil || r.Name != want {
			t.Errorf("%s: %q, %v; want %q", name, r.Name, err, want)
		}
	}
}

func TestChooseByHeader(t *testing.T) {
	table := Builtin()
	for report, want := range map[string]string{
		"scan6_dns": "scan_dns", "event4_sinkhole": "event4_sinkhole", "scan_ssl": "scan_ssl", "device_id6": "device_id", "scan_redis": "scan_redis",
		"scan_telnet": "", "scan_smtp": "", "scan_http_proxy": "",
	} {
		r, _ := table.Report(report)
		got, known, err := table.choose("-", append([]string{"severity"}, r.Columns...))
		var u *format.Undecided
		switch {
		case want == "" && (!errors.As(err, &u) || !problem.Is(err, problem.Invalid) || len(u.Candidates) < 4):
			t.Errorf("header of %s: %q, %v; want undecided", report, got.Name, err)
		case want != "" && (err != nil || !known || got.Name != want):
			t.Errorf("header of %s: %q, %v; want %q", report, got.Name, err, want)
		}
	}
}

func TestLiveFileWithSeverityAndNewColumns(t *testing.T) {
	in := "\xef\xbb\xbf\"timestamp\",\"severity\",\"ip\",\"protocol\",\"port\",\"New Thing\",\"tag\"\r\n" +
		"\"2026-11-20 00:00:01\",\"medium\",\"192.0.2.1\",\"TCP\",23,\"x\",\"0\"\r\n"
	b, o := decode(t, Builtin(), "2026-11-20-scan_telnet.csv", []byte(in))
	want := map[string]string{
		"extra.severity": "medium", "extra.new_thing": "x", "extra.tag": "", "protocol.transport": "tcp", "source.port": "23",
		"source.ip": "192.0.2.1", "time.source": "2026-11-20 00:00:01", "classification.type": "vulnerable-system",
		"classification.identifier": "open-telnet", "classification.taxonomy": "vulnerable",
	}
	for field, v := range want {
		if got := value(b, field, 0); got != v {
			t.Errorf("%s = %q, want %q", field, got, v)
		}
	}
	if len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "new_thing") || o.HeaderLines != 1 {
		t.Errorf("notes %q, header lines %d", o.Notes, o.HeaderLines)
	}
}

func TestUnknownReport(t *testing.T) {
	for _, tt := range []struct{ name, header, row, report, role string }{
		{"scan_future.csv", "timestamp,ip,port,asn,oddity", "2026-11-20 00:00:01,192.0.2.1,23,64496,x", "scan_future", "source"},
		{"event4_future.csv", "timestamp,src_ip,src_port,oddity", "2026-11-20 00:00:01,192.0.2.1,23,x", "event4_future", "none"},
	} {
		b, o := decode(t, Builtin(), tt.name, []byte(tt.header+"\n"+tt.row+"\n"))
		if o.Report != tt.report || b.Rows() != 1 || len(o.Notes) != 2 {
			t.Fatalf("report %q, %d rows, %q", o.Report, b.Rows(), o.Notes)
		}
		for field, want := range map[string]string{
			"source.ip": "192.0.2.1", "source.port": "23", "extra.oddity": "x", "attribution.role": tt.role,
			"classification.type": "undetermined", "classification.taxonomy": "other", "feed.report": tt.report,
		} {
			if got := value(b, field, 0); got != want {
				t.Errorf("%s: %s = %q, want %q", tt.name, field, got, want)
			}
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	f := New(Builtin(), now, 0)
	for name, head := range map[string]string{
		"scan_telnet.csv": "", "scan_telnet-2.csv": "timestamp,port\n", "scan_dns.csv": "\"open", "x.csv": "a,b,c\n1,2,3\n", "y.csv": "\x00\x01\x02",
	} {
		if o, err := f.Open(format.Input{Name: name, Head: []byte(head)}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %+v, %v; want invalid", name, o, err)
		}
	}
}

// Never accuse a victim: who can act, and as what, for the reports where that is not plainly the source.
func TestRoles(t *testing.T) {
	for name, want := range map[string]string{
		"event4_honeypot_ddos_target": "destination/victim", "event4_honeypot_ddos_amp": "source/victim", "event4_honeypot_ddos": "source/responsible",
		"event4_sinkhole": "source/responsible", "event4_sinkhole_http_referer": "none/", "event6_sinkhole_http_referer": "none/", "sandbox_dns": "none/",
		"scan_telnet": "source/responsible", "event4_ddos_participant": "source/responsible",
	} {
		r, _ := Builtin().Report(name)
		if got := r.Role + "/" + r.Standing; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{"device_id", "device_id6", "population_http_proxy", "scan_http", "scan_ssl", "scan_ssh"} {
		if r, _ := Builtin().Report(name); !r.Informational {
			t.Errorf("%s should be informational", name)
		}
	}
}

// Cut into parts of any size, the rows are those of the whole.
func TestPartsGiveTheRowsOfTheWhole(t *testing.T) {
	table := Builtin()
	data := file(t, table, "event4_sinkhole_http", mustReport(t, table, "event4_sinkhole_http").Columns, 200)
	whole, o := decode(t, table, "event4_sinkhole_http.csv", data)
	for _, size := range []int{1, 100, 1000, 30000} {
		s := format.NewSplitter(iotest.HalfReader(strings.NewReader(string(data))), format.SplitOptions{
			Split: o.Split, PartSize: size, Skip: o.Skip, HeaderLines: o.HeaderLines,
		})
		var keys []event.DedupeKey
		for p, err := s.Next(); err == nil; p, err = s.Next() {
			b := event.NewBatch([32]byte{1})
			if used, err := o.Decoder.Decode(p, b); err != nil || used != len(p.Data) || len(b.Rejects()) > 0 {
				t.Fatalf("size %d: used %d of %d, %v, %+v", size, used, len(p.Data), err, b.Rejects())
			}
			keys = append(keys, b.Keys()...)
		}
		if d := cmp.Diff(whole.Keys(), keys); d != "" {
			t.Fatalf("part size %d: rows differ", size)
		}
	}
}

func mustReport(tb testing.TB, t *Table, name string) Report {
	tb.Helper()
	r, ok := t.Report(name)
	if !ok {
		tb.Fatalf("no report %s", name)
	}
	return r
}

// One decoder serves many workers at once.
func TestDecoderIsSafeForConcurrentUse(t *testing.T) {
	table := Builtin()
	data := file(t, table, "scan_exchange", mustReport(t, table, "scan_exchange").Columns, 500)
	o, err := New(table, now, 0).Open(format.Input{Name: "scan_exchange.csv", Head: data})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			b := event.NewBatch([32]byte{1})
			if _, err := o.Decoder.Decode(format.Part{Data: data[o.Skip:], Last: true}, b); err != nil || b.Rows() != 500 {
				t.Errorf("%d rows, %v", b.Rows(), err)
			}
		})
	}
	wait.Wait()
}
