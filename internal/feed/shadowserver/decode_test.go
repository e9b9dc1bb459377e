package shadowserver

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

const telnetHeader = "timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner\n"

func TestBadRowsAreSetAside(t *testing.T) {
	good := "2026-11-20 00:00:01,192.0.2.1,23,tcp,h.example,telnet,64496,DE,R,C,0,0,hi\n"
	for _, tt := range []struct{ name, row, code string }{
		{"1970", strings.Replace(good, "2026", "1970", 1), event.RejectTime},
		{"2099", strings.Replace(good, "2026", "2099", 1), event.RejectTime},
		{"no time", strings.Replace(good, "2026-11-20 00:00:01", "yesterday", 1), event.RejectTime},
		{"empty time", strings.Replace(good, "2026-11-20 00:00:01", "", 1), event.RejectMissing},
		{"0.0.0.0", strings.Replace(good, "192.0.2.1", "0.0.0.0", 1), event.RejectAddress},
		{"::", strings.Replace(good, "192.0.2.1", "::", 1), event.RejectAddress},
		{"network", strings.Replace(good, "192.0.2.1", "192.0.2.0/24", 1), event.RejectAddress},
		{"IPv4-mapped", strings.Replace(good, "192.0.2.1", "::ffff:192.0.2.1", 1), event.RejectAddress},
		{"IPv4-mapped, in hexadecimal", strings.Replace(good, "192.0.2.1", "::FFFF:c000:201", 1), event.RejectAddress},
		{"no address", strings.Replace(good, "192.0.2.1", "host", 1), event.RejectAddress},
		{"empty address", strings.Replace(good, "192.0.2.1", "", 1), event.RejectMissing},
		{"port", strings.Replace(good, ",23,", ",65536,", 1), event.RejectNumber},
		{"negative port", strings.Replace(good, ",23,", ",-1,", 1), event.RejectNumber},
		{"ASN", strings.Replace(good, "64496", "4294967296", 1), event.RejectNumber},
		{"AS 0", strings.Replace(good, "64496", "0", 1), event.RejectNumber},
		{"no UTF-8", strings.Replace(good, "hi", "h\xff", 1), event.RejectUTF8},
		{"cut UTF-8", strings.Replace(good, "hi", "\"h\xc3\"", 1), event.RejectUTF8},
		{"overlong form of NUL", strings.Replace(good, "hi", "h\xc0\x80", 1), event.RejectUTF8},
		{"NUL", strings.Replace(good, "hi", "h\x00i", 1), event.RejectNUL},
		{"too few", "2026-11-20 00:00:01,192.0.2.1,23\n", event.RejectFields},
		{"too many", strings.Replace(good, "hi", "hi,there", 1), event.RejectFields},
		{"open quote", strings.Replace(good, "hi", `"hi`, 1), event.RejectQuote},
		{"binary junk", "\x89PNG\x01\x02\xff\xfe\n", event.RejectFields},
		{"overlong", strings.Replace(good, "hi", strings.Repeat("x", format.DefaultRecordLimit), 1), event.RejectTooLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, _ := decode(t, Builtin(), "scan_telnet.csv", []byte(telnetHeader+good+tt.row+good))
			if b.Rows() != 2 || len(b.Rejects()) != 1 {
				t.Fatalf("%d rows, rejects %+v; want 2 and 1", b.Rows(), b.Rejects())
			}
			r := b.Rejects()[0]
			want := event.Reject{
				Line: 3, Offset: int64(len(telnetHeader) + len(good)), Length: len(tt.row) - 1, Code: tt.code, Reason: r.Reason,
			}
			if d := cmp.Diff(want, r); d != "" || r.Reason == "" {
				t.Errorf("reject differs (-want +got):\n%s", d)
			}
			if value(b, "extra.banner", 1) != "hi" || value(b, "source.ip", 1) != "192.0.2.1" {
				t.Errorf("the row after it is spoiled")
			}
		})
	}
}

func TestValues(t *testing.T) {
	table := Builtin()
	for _, tt := range []struct {
		name, report, column, in string
		want                     map[string]string
	}{
		{"IPv6", "scan6_telnet", "ip", "2001:DB8::1", map[string]string{"source.ip": "2001:db8::1"}},
		{"no ASN", "scan_telnet", "asn", "", map[string]string{"source.asn": ""}},
		{"ASN 0 of the sinkhole", "event4_sinkhole", "dst_asn", "0", map[string]string{"destination.asn": ""}},
		{"ASN 0 of the controller", "event4_honeypot_ddos_target", "src_asn", "0", map[string]string{"source.asn": ""}},
		{"empty port", "scan_telnet", "port", "", map[string]string{"source.port": ""}},
		{"valid UTF-8", "scan_telnet", "banner", "bücher", map[string]string{"extra.banner": "bücher"}},
		{"zero is none", "scan_telnet", "banner", "0", map[string]string{"extra.banner": ""}},
		{"numbers stay as they came", "scan_ntp", "jitter", "0.100", map[string]string{"extra.jitter": "0.100"}},
		{"zero stays where it means something", "scan_ntp", "jitter", "0", map[string]string{"extra.jitter": "0"}},
		{"network on a blocklist", "blocklist", "ip", "192.0.2.0/24", map[string]string{"source.ip": "", "source.network": "192.0.2.0/24"}},
		{"spoofer's network", "event4_ip_spoofer", "network", "198.51.100.0/24", map[string]string{"source.network": "198.51.100.0/24"}},
		{"spoofer's non-network", "event4_ip_spoofer", "network", "somewhere", map[string]string{"source.network": "", "extra.network": "somewhere"}},
		{"no destination", "event4_sinkhole", "dst_ip", "0.0.0.0", map[string]string{"destination.ip": ""}},
		{"whole URL", "phish_url", "url", "https://h.example/x", map[string]string{"source.url": "https://h.example/x"}},
		{"host and path", "phish_url", "url", "/x", map[string]string{"source.url": "http://www.example.org/x"}},
		{"host repeated", "phish_url", "url", "www.example.org/x", map[string]string{"source.url": "http://www.example.org/x"}},
		{"request line", "event4_sinkhole_http", "http_url", "GET /a HTTP/1.1", map[string]string{"destination.url": "http://www.example.org/a"}},
		{"path without host", "event4_sinkhole_http", "http_host", "", map[string]string{"destination.url": "", "extra.http_url": "/page/0"}},
		{"host that is an address", "event4_sinkhole_http", "http_host", "192.0.2.80", map[string]string{"destination.fqdn": "", "extra.http_host": "192.0.2.80", "destination.url": "http://192.0.2.80/page/0"}},
		{"https", "compromised_website", "application", "https", map[string]string{"source.url": "https://www.example.org/page/0"}},
		{"web shell", "scan_exchange", "tag", "exchange;webshell", map[string]string{"classification.type": "system-compromise", "classification.taxonomy": "intrusions", "classification.identifier": "exchange-server-webshell", "extra.tag": "exchange;webshell"}},
		{"old Exchange", "scan_exchange", "tag", "exchange;cve-2021-26855", map[string]string{"classification.type": "vulnerable-system", "classification.taxonomy": "vulnerable", "classification.identifier": "vulnerable-exchange-server"}},
		{"no tag", "scan_exchange", "tag", "", map[string]string{"classification.type": "vulnerable-system", "extra.tag": ""}},
		{"infection", "event4_sinkhole", "infection", "avalanche", map[string]string{"classification.identifier": "avalanche", "extra.infection": "avalanche", "classification.type": "infected-system"}},
		{"lower case", "event4_sinkhole", "family", "Avalanche", map[string]string{"malware.name": "avalanche"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			columns := mustReport(t, table, tt.report).Columns
			row := make([]string, len(columns))
			for i, c := range columns {
				if row[i] = sample(table, tt.report, c, 0); c == tt.column {
					row[i] = tt.in
				}
			}
			var in bytes.Buffer
			w := csv.NewWriter(&in)
			_ = w.WriteAll([][]string{columns, row})
			b, _ := decode(t, table, tt.report+".csv", in.Bytes())
			if b.Rows() != 1 {
				t.Fatalf("set aside: %+v", b.Rejects())
			}
			for field, want := range tt.want {
				if got := value(b, field, 0); got != want {
					t.Errorf("%s = %q, want %q", field, got, want)
				}
			}
		})
	}
}

func TestHeaderOddities(t *testing.T) {
	var header, row strings.Builder
	header.WriteString("timestamp,ip,port,tag,tag,,Odd Name!,size,response_size")
	row.WriteString("2026-11-20 00:00:01,192.0.2.1,19,a,b,c,d,10,20")
	for i := range 300 {
		fmt.Fprintf(&header, ",x%d", i)
		fmt.Fprintf(&row, ",v%d", i)
	}
	b, o := decode(t, Builtin(), "scan_chargen.csv", []byte(header.String()+"\n"+row.String()+"\n"))
	for field, want := range map[string]string{
		"extra.tag": "a", "extra.tag_5": "b", "extra.column_6": "c", "extra.odd_name": "d", "extra.size": "10", "extra.response_size": "20", "extra.x0": "v0",
	} {
		if got := value(b, field, 0); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	if got := value(b, event.FieldExtra, 0); !strings.HasPrefix(got, `{"x`) || !strings.HasSuffix(got, `"x299":"v299"}`) {
		t.Errorf("overflow = %.40q", got)
	}
	if len(o.Notes) != 3 {
		t.Errorf("notes %q", o.Notes)
	}
}

func TestMergeReplacesAndAdds(t *testing.T) {
	table := Builtin()
	more := "# mine\n" +
		"report\tscan_new\tNew thing\tddos-amplifier\topen-new\tsource\tresponsible\tfinding\tudp\ttimestamp,ip,port,what\n" +
		"column\tscan_new\twhat\tmalware.name\ttext0\n" +
		"column\t*\tbanner\textra.greeting\ttext0\n"
	if err := table.Merge("mine", strings.NewReader(more)); err != nil {
		t.Fatal(err)
	}
	b, _ := decode(t, table, "scan_new.csv", []byte("timestamp,ip,port,what,banner\n2026-11-20 00:00:01,192.0.2.1,1,W,hello\n"))
	for field, want := range map[string]string{
		"classification.type": "ddos-amplifier", "classification.identifier": "open-new", "malware.name": "w", "extra.greeting": "hello", "protocol.transport": "udp",
	} {
		if got := value(b, field, 0); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
}

func TestMergeRefuses(t *testing.T) {
	for name, line := range map[string]string{
		"word": "rapport\tx", "type": "report\tx\tX\tnonsense\t\tsource\tresponsible\tfinding\t\ta", "kind": "column\t*\ta\textra.a\ttxt",
		"role": "report\tx\tX\tother\t\tsrc\tresponsible\tfinding\t\ta", "field": "column\t*\ta\tsource.ipp\tip", "name": "report\tA b\tX\tother\t\tsource\tresponsible\tfinding\t\ta",
		"standing": "report\tx\tX\tother\t\tnone\tvictim\tfinding\t\ta", "required": "column\t*\ta\textra.a\ttext\tyes", "column": "column\t*\ta b\textra.a\ttext",
	} {
		if err := Builtin().Merge("mine", strings.NewReader("\n"+line+"\n")); err == nil || !strings.Contains(err.Error(), "mine, line 2") {
			t.Errorf("%s: %v, want an error that names the line", name, err)
		}
	}
}

// FuzzDecode: whatever comes in, each record is a row or a reject, and nothing panics.
func FuzzDecode(f *testing.F) {
	table := Builtin()
	f.Add("scan_telnet.csv", telnetHeader+"2026-11-20 00:00:01,192.0.2.1,23,tcp,h.example,telnet,64496,DE,R,C,0,0,hi\n")
	for _, name := range []string{"event4_sinkhole_http", "scan_exchange", "blocklist", "compromised_website", "event4_ip_spoofer"} {
		f.Add(name+".csv", string(file(f, table, name, mustReport(f, table, name).Columns, 2)))
	}
	f.Fuzz(func(t *testing.T, name, in string) {
		o, err := New(table, now, 0).Open(format.Input{Name: name, Head: []byte(in)})
		if err != nil {
			return
		}
		b := event.NewBatch([32]byte{})
		used, err := o.Decoder.Decode(format.Part{Data: []byte(in[o.Skip:]), Last: true}, b)
		if err != nil || used != len(in)-o.Skip {
			t.Fatalf("used %d of %d, %v", used, len(in)-o.Skip, err)
		}
		records := 0
		s := format.NewScanner(0, 0)
		s.Reset(format.Part{Data: []byte(in[o.Skip:]), Last: true})
		for s.Next() != format.End {
			records++
		}
		if b.Rows()+len(b.Rejects()) != records {
			t.Fatalf("%d rows and %d rejects of %d records", b.Rows(), len(b.Rejects()), records)
		}
		for _, c := range b.Columns() {
			if _, constant := c.Constant(); !constant && c.Kind == event.Text && len(c.Indices()) != b.Rows() {
				t.Fatalf("column %s has %d values for %d rows", c.Name, len(c.Indices()), b.Rows())
			}
		}
	})
}

// realistic gives a cell as live files have them: most texts repeat, some columns are empty, few are new in each row.
func realistic(t *Table, report, column string, n int) string {
	v := sample(t, report, column, n)
	if !strings.HasPrefix(v, column) {
		return v
	}
	switch h := len(column) * 7 % 10; {
	case column == "banner" || column == "hostname" || strings.Contains(column, "fingerprint"):
		return fmt.Sprintf("%s-%08x.example", column, uint32(n)*2654435761) //nolint:gosec // a hash
	case h < 3:
		return ""
	default:
		return fmt.Sprintf("%s %d", column, n*n%(h*5))
	}
}

func BenchmarkDecode(b *testing.B) {
	const n = 20000
	table := Builtin()
	for _, name := range []string{"scan_telnet", "event4_sinkhole_http", "scan_ssl"} {
		columns := mustReport(b, table, name).Columns
		var in bytes.Buffer
		for i := -1; i < n; i++ {
			for c, column := range columns {
				if c > 0 {
					in.WriteByte(',')
				}
				if i >= 0 {
					column = realistic(table, name, column, i)
				}
				in.WriteString(`"` + column + `"`)
			}
			in.WriteByte('\n')
		}
		data := in.Bytes()
		b.Run(fmt.Sprintf("%s/%d", name, len(columns)), func(b *testing.B) { benchmarkDecode(b, table, name, data, n) })
		b.Run(fmt.Sprintf("encoding-csv/%d", len(columns)), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				r := csv.NewReader(bytes.NewReader(data))
				r.ReuseRecord = true
				for _, err := r.Read(); err != io.EOF; _, err = r.Read() { //nolint:errorlint // encoding/csv gives it bare
				}
			}
			perRow(b, n)
		})
	}
}

func benchmarkDecode(b *testing.B, table *Table, name string, data []byte, n int) {
	o, err := New(table, now, 0).Open(format.Input{Name: name + ".csv", Head: data})
	if err != nil {
		b.Fatal(err)
	}
	batch := event.NewBatch([32]byte{1})
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		batch.Reset()
		if _, err := o.Decoder.Decode(format.Part{Data: data[o.Skip:], Last: true}, batch); err != nil {
			b.Fatal(err)
		}
	}
	if batch.Rows() != n {
		b.Fatalf("%d rows: %+v", batch.Rows(), batch.Rejects()[0])
	}
	perRow(b, n)
}

func perRow(b *testing.B, n int) {
	b.Helper()
	rows := float64(b.N) * float64(n)
	b.ReportMetric(rows/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows, "ns/row")
}
