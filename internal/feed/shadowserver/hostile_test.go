package shadowserver

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
)

// side is the address that the report's rows are attributed by.
func side(b *event.Batch) string {
	if role, _ := b.Find(event.FieldRole).Constant(); role != "none" {
		return value(b, role+".ip", 0) + value(b, role+".fqdn", 0) + value(b, role+".network", 0)
	}
	return ""
}

// Over all reports: whoever is looked at stands in the row, a sinkhole never is, and nobody is responsible for being attacked.
func TestNobodyIsAccusedWrongly(t *testing.T) {
	table := Builtin()
	for _, r := range table.Reports() {
		b, _ := decode(t, table, r.Name+".csv", file(t, table, r.Name, r.Columns, 1))
		if b.Rows() != 1 {
			t.Errorf("%s: %+v", r.Name, b.Rejects())
			continue
		}
		hasAddress := slices.Contains(r.Columns, "ip") || slices.Contains(r.Columns, "src_ip")
		switch {
		case r.Role == "none" && r.Standing != "":
			t.Errorf("%s: nobody can act, and somebody is %s", r.Name, r.Standing)
		case r.Role != "none" && side(b) == "":
			t.Errorf("%s: the %s can act, and no row says who that is", r.Name, r.Role)
		case r.Role == "source" && !hasAddress:
			t.Errorf("%s: there is no source in it", r.Name)
		case strings.Contains(r.Name, "sinkhole") && (r.Role == "destination" || r.Standing == "victim"):
			t.Errorf("%s: the sinkhole is the %s", r.Name, r.Role)
		case r.Role == "destination" && r.Standing != "victim":
			t.Errorf("%s: holds the machine at the other end responsible", r.Name)
		}
		kind := value(b, event.FieldType, 0)
		if typ, ok := rsit.Lookup(kind); !ok || string(typ.Class()) != value(b, event.FieldTaxonomy, 0) {
			t.Errorf("%s: type %q with class %q", r.Name, kind, value(b, event.FieldTaxonomy, 0))
		}
	}
}

// The attack reports row by row: controller 192.0.2.1, machine attacked 198.51.100.1.
func TestWhoIsWhoInAttacks(t *testing.T) {
	table := Builtin()
	for name, want := range map[string]string{
		"event4_honeypot_ddos_target": "198.51.100.1 victim", "event4_honeypot_ddos": "192.0.2.1 responsible",
		"event4_honeypot_ddos_amp": "192.0.2.1 victim", "event4_ddos_participant": "192.0.2.1 responsible", "event4_sinkhole": "192.0.2.1 responsible",
		"event4_microsoft_sinkhole": "192.0.2.1 responsible", "event4_sinkhole_http_referer": " ", "sandbox_dns": " ",
	} {
		columns := mustReport(t, table, name).Columns
		row := make([]string, len(columns))
		for i, c := range columns {
			switch c {
			case "ip", "src_ip":
				row[i] = "192.0.2.1"
			case "dst_ip":
				row[i] = "198.51.100.1"
			default:
				row[i] = sample(table, name, c, 0)
			}
		}
		var in bytes.Buffer
		if err := csv.NewWriter(&in).WriteAll([][]string{columns, row}); err != nil {
			t.Fatal(err)
		}
		b, _ := decode(t, table, name+".csv", in.Bytes())
		if b.Rows() != 1 {
			t.Errorf("%s: %+v", name, b.Rejects())
			continue
		}
		standing := ""
		if c := b.Find(event.FieldStanding); c != nil {
			standing, _ = c.Constant()
		}
		if got := side(b) + " " + standing; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// Headers as an attacker would write them: refused, or each cell kept under a name that is nobody else's and no field of ours.
func TestHostileHeaders(t *testing.T) {
	const base, values = "timestamp,ip,port", "2026-11-20 00:00:01,192.0.2.1,23"
	for name, c := range map[string]struct {
		header, row string
		want        map[string]string
	}{
		"our own fields":           {"attribution.organisation,intake,key,extra", "a,b,c,d", map[string]string{"extra.attribution.organisation": "a", "extra.intake": "b", "extra.key": "c", "extra.extra": "d", "attribution.organisation": "", "intake": ""}},
		"typed fields by name":     {"source.ip,classification.type,feed.name", "198.51.100.1,other,x", map[string]string{"source.ip": "192.0.2.1", "extra.source.ip": "198.51.100.1", "classification.type": "vulnerable-system", "extra.feed.name": "x"}},
		"prefix of ours":           {"extra.tag,tag", "x,y", map[string]string{"extra.tag": "y", "extra.extra.tag": "x"}},
		"the number is taken":      {"tag,tag,tag_5", "x,y,z", map[string]string{"extra.tag": "x", "extra.tag_6": "y", "extra.tag_5": "z", "extra.tag_7": ""}},
		"case of a known column":   {"TAG,Issuer_SerialNumber,issuer_serialNumber", "x,y,z", map[string]string{"extra.tag": "x", "extra.issuer_serialNumber": "y", "extra.issuer_serialNumber_6": "z", "extra.issuer_serialnumber": ""}},
		"SQL":                      {`"x"" FROM read_text('/etc/passwd') --"`, "v", map[string]string{"extra.x__from_read_text___etc_passwd": "v"}},
		"line ends":                {"\"a\nb\",\"c\r\nd\"", "x,y", map[string]string{"extra.a_b": "x", "extra.c_d": "y"}},
		"not even text":            {"\xff\xfe,\x00\x01", "x,y", map[string]string{"extra.column_4": "x", "extra.column_5": "y"}},
		"names that are cut alike": {strings.Repeat("n", 70) + "1," + strings.Repeat("n", 70) + "2", "x,y", map[string]string{"extra." + strings.Repeat("n", 64): "x", "extra." + strings.Repeat("n", 64) + "_5": "y"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := decode(t, Builtin(), "scan_telnet.csv", []byte(base+","+c.header+"\n"+values+","+c.row+"\n"))
			if b.Rows() != 1 {
				t.Fatalf("%+v", b.Rejects())
			}
			for field, want := range c.want {
				if got := value(b, field, 0); got != want {
					t.Errorf("%s = %q, want %q", field, got, want)
				}
			}
			seen := map[string]bool{}
			for _, col := range b.Columns() {
				if seen[strings.ToLower(col.Name)] {
					t.Errorf("%s stands beside a column of the same letters", col.Name)
				}
				seen[strings.ToLower(col.Name)] = true
			}
		})
	}
}

func TestRefusedHeaders(t *testing.T) {
	wide := "timestamp,ip,port" + strings.Repeat(",x", maxColumns)
	for name, head := range map[string]string{
		"too many columns": wide + "\n", "one column of a megabyte": strings.Repeat("x", format.HeadSize+10), "open quote": "\"timestamp,ip\n",
		"quote within": "timestamp,i\"p\n", "binary": "\x7fELF\x02\x01\x01\x00\x00\n", "UTF-16": "\xff\xfet\x00i\x00m\x00e\x00\n",
		"HTML": "<!DOCTYPE html>\n<html>\n", "a mark and nothing": "\xef\xbb\xbf", "a header of another report": "timestamp,src_ip,dst_ip\n",
		"empty lines only": "\n\r\n\n",
	} {
		_, err := New(Builtin(), now, 0).Open(format.Input{Name: "scan_telnet.csv", Head: []byte(head[:min(len(head), format.HeadSize)])})
		if !problem.Is(err, problem.Invalid) || len(err.Error()) > 2000 {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}

// A row that is all bad in every way at once is one reject; quotes that swallow lines give back all but the first.
func TestBadRowsAreCountedOnce(t *testing.T) {
	good := "2026-11-20 00:00:01,192.0.2.1,23,tcp,h.example,telnet,64496,DE,R,C,0,0,hi\n"
	for name, c := range map[string]struct {
		in            string
		rows, rejects int
	}{
		"all at once":            {"1970,::ffff:0.0.0.0/0,99999,\x00,\xff,,0,,,,,,\n" + good, 1, 1},
		"a quote to the end":     {`"` + strings.Repeat(good, 5), 4, 1},
		"two quotes far apart":   {good + `"` + good + good + `"` + good, 2, 2},
		"a quote in each line":   {strings.Repeat(`x"`+good, 4), 0, 4},
		"quotes only":            {strings.Repeat("\"\n", 6) + good, 1, 3},
		"carriage returns only":  {strings.ReplaceAll(good, "\n", "\r") + good, 0, 1},
		"a mark in the middle":   {"\xef\xbb\xbf" + good + good, 1, 1},
		"header again":           {telnetHeader + good, 1, 1},
		"NUL line ends":          {strings.ReplaceAll(good+good, "\n", "\x00") + "\n" + good, 1, 1},
		"formula stays as it is": {strings.Replace(good, "hi", "=cmd|' /C calc'!A0", 1), 1, 0},
	} {
		b, _ := decode(t, Builtin(), "scan_telnet.csv", []byte(telnetHeader+c.in))
		if b.Rows() != c.rows || len(b.Rejects()) != c.rejects {
			t.Errorf("%s: %d rows, %d rejects %+v; want %d and %d", name, b.Rows(), len(b.Rejects()), b.Rejects(), c.rows, c.rejects)
		}
	}
}

// What a part becomes must not hang on what the worker's batch held before: here a file of many columns nobody knows.
func TestUsedBatchGivesTheSameColumns(t *testing.T) {
	table := Builtin()
	into := func(b *event.Batch, data []byte) (names []string) {
		o, err := New(table, now, 0).Open(format.Input{Name: "scan_ssl.csv", Head: data})
		if err != nil {
			t.Fatal(err)
		}
		b.Reset()
		if _, err := o.Decoder.Decode(format.Part{Data: data[o.Skip:], Line: 2, Last: true}, b); err != nil {
			t.Fatal(err)
		}
		for _, c := range b.Columns() {
			names = append(names, c.Name)
		}
		return names
	}
	var header, row bytes.Buffer
	header.WriteString("timestamp,ip,port")
	row.WriteString("2026-11-20 00:00:01,192.0.2.1,23")
	for i := range 300 {
		fmt.Fprintf(&header, ",other%d", i)
		row.WriteString(",v")
	}
	data := file(t, table, "scan_ssl", mustReport(t, table, "scan_ssl").Columns, 3)
	fresh, used := event.NewBatch([32]byte{1}), event.NewBatch([32]byte{1})
	into(used, append(append(header.Bytes(), '\n'), row.Bytes()...))
	if used.Rows() != 1 || value(used, event.FieldExtra, 0) == "" {
		t.Fatalf("%d rows, and nothing overflows", used.Rows())
	}
	if d := cmp.Diff(into(fresh, data), into(used, data)); d != "" || used.Rows() != 3 {
		t.Errorf("%d rows; a used batch has other columns (-fresh +used):\n%s", used.Rows(), d)
	}
}
