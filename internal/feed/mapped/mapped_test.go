package mapped

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
)

func formatOf(tb testing.TB, c Config) *Format {
	tb.Helper()
	f, err := New(c, formattest.Clock)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

var csvConfig = Config{
	Kind: "csv", Comma: ";", Zone: "Europe/Helsinki", Times: []string{"02.01.2006 15:04"}, Required: []string{"source.ip"},
	Fields:   map[string]string{"Address": "source.ip", "When": "time.source", "Port": "source.port", "Link": "source.url", "Secret": "-"},
	Defaults: format.Defaults{Type: "phishing", Constants: map[string]string{"protocol.transport": "tcp", "extra.origin": "partner"}},
}

func TestCSV(t *testing.T) {
	in := "\xef\xbb\xbfAddress;When;Port;Link;Secret;Other;Other\r\n" +
		"192.0.2.1;20.11.2026 12:00;80;http://a.example/x;s3cret;o;p\r\n" +
		";20.11.2026 12:00;80;;;;\r\n" +
		"192.0.2.2;2026-11-20 12:00:00;80;;;;\r\n" +
		"192.0.2.3;never;80;;;;\n" +
		"short\n"
	for _, size := range []int{0, 1, 50} {
		r := formattest.Decode(t, formatOf(t, csvConfig), "x.csv", in, size)
		if d := cmp.Diff([]string{"3:" + event.RejectMissing, "5:" + event.RejectTime, "6:" + event.RejectFields}, r.Codes()); d != "" || r.Rows() != 2 {
			t.Fatalf("size %d: %d rows, rejects (-want +got):\n%s", size, r.Rows(), d)
		}
		formattest.Want(t, r.Row(0), map[string]string{
			"source.ip": "192.0.2.1", "time.source": "2026-11-20T10:00:00Z", "source.port": "80", "source.url": "http://a.example/x", "source.fqdn": "a.example",
			"extra.Secret": "", "extra.other": "o", "extra.other_7": "p", "protocol.transport": "tcp", "extra.origin": "partner", "classification.type": "phishing",
		})
		formattest.Want(t, r.Row(1), map[string]string{"time.source": "2026-11-20T10:00:00Z", "source.ip": "192.0.2.2"})
	}
}

func TestCSVWithoutHeader(t *testing.T) {
	c := Config{Kind: "csv", Comma: "tab", Columns: []string{"a", "b"}, Fields: map[string]string{"a": "source.ip", "b": "time.source"}, Times: []string{"unix"}}
	r := formattest.Decode(t, formatOf(t, c), "x", "192.0.2.1\t1795000000\n", 0)
	if r.Rows() != 1 {
		t.Fatalf("set aside: %+v", r.Rejects())
	}
	formattest.Want(t, r.Row(0), map[string]string{"source.ip": "192.0.2.1", "time.source": "2026-11-18T11:06:40Z"})
}

func TestJSON(t *testing.T) {
	fields := map[string]string{"host.ip": "source.ip", "at": "time.source"}
	record := `{"host":{"ip":"192.0.2.1","name":"n"},"at":1795000000123}`
	for _, tt := range []struct {
		name, kind, records, in string
		rows                    int
		rejects                 []string
	}{
		{"lines", "jsonl", "", record + "\n{\n" + record + "\n", 2, []string{"2:" + event.RejectSyntax}},
		{"array", "json", "", "[" + record + ",\n{\"at\":0},\n" + record + "]", 2, []string{"2:" + event.RejectTime}},
		{"one object", "json", "", record, 1, nil},
		{"path", "json", "data.items", `{"x":[1],"data":{"n":2,"items":[` + record + `,3]}}`, 1, []string{"1:" + event.RejectSyntax}},
		{"no such path", "json", "data.items", `{"data":{}}`, 0, []string{"1:" + event.RejectSyntax}},
		{"no array there", "json", "data", `{"data":{}}`, 0, []string{"1:" + event.RejectSyntax}},
		{"broken after one", "json", "", "[" + record + ",\n{\"x\":", 1, []string{"1:" + event.RejectSyntax}},
		{"no JSON", "json", "", "hello", 0, []string{"1:" + event.RejectSyntax}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := formattest.Decode(t, formatOf(t, Config{Kind: tt.kind, Records: tt.records, Fields: fields, Times: []string{"unixms"}}), "x", tt.in, 0)
			if d := cmp.Diff(tt.rejects, r.Codes()); d != "" || r.Rows() != tt.rows {
				t.Fatalf("%d rows, rejects (-want +got):\n%s%+v", r.Rows(), d, r.Rejects())
			}
			if tt.rows > 0 {
				formattest.Want(t, r.Row(0), map[string]string{"source.ip": "192.0.2.1", "extra.host.name": "n", "time.source": "2026-11-18T11:06:40Z"})
			}
		})
	}
}

func TestJSONOfOneObjectALine(t *testing.T) {
	line := `{"ip":"192.0.2.1","at":1795000000}` + "\n"
	r := formattest.Decode(t, formatOf(t, Config{Kind: "json", Fields: map[string]string{"ip": "source.ip", "at": "time.source"}}), "x", line+line, 0)
	if r.Rows() != 2 || r.Opened.Split != format.Lines {
		t.Errorf("%d rows, %+v", r.Rows(), r.Rejects())
	}
}

func TestSeparatorShowsItself(t *testing.T) {
	for _, c := range []string{",", ";", "|", "\t"} {
		in := "ip" + c + "at\n192.0.2.1" + c + "1795000000000\n"
		r := formattest.Decode(t, formatOf(t, Config{Kind: "csv", Fields: map[string]string{"ip": "source.ip", "at": "time.source"}}), "x", in, 0)
		if r.Rows() != 1 {
			t.Fatalf("%q: %+v", c, r.Rejects())
		}
		formattest.Want(t, r.Row(0), map[string]string{"source.ip": "192.0.2.1", "time.source": "2026-11-18T11:06:40Z"})
	}
}

// A record that was set aside is read once more by itself, wherever in the document it stood.
func TestOneRecordOfADocumentAgain(t *testing.T) {
	f := formatOf(t, Config{Kind: "json", Records: "data", Fields: map[string]string{"ip": "source.ip", "at": "time.source"}})
	o, err := f.Open(format.Input{})
	if err != nil {
		t.Fatal(err)
	}
	b := event.NewBatch([32]byte{})
	part := format.Part{Data: []byte(`{"ip":"192.0.2.1","at":1795000000}` + "\n"), Last: true, Exact: true}
	if _, err := o.Decoder.Decode(part, b); err != nil || b.Rows() != 1 {
		t.Errorf("%d rows, %v, %+v", b.Rows(), err, b.Rejects())
	}
}

func TestAssumedTime(t *testing.T) {
	r := formattest.Decode(t, formatOf(t, Config{Kind: "jsonl", AssumeTime: true}), "x", `{"source.ip":"x"}`, 0)
	formattest.Want(t, r.Row(0), map[string]string{"time.source": "2026-11-22T12:00:00Z", "extra.source.ip": "x", "source.ip": ""})
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"kind": {Kind: "xml"}, "comma": {Kind: "csv", Comma: "ab"}, "quote": {Kind: "csv", Comma: `"`}, "zone": {Kind: "csv", Zone: "Nowhere/City"},
		"field": {Kind: "csv", Fields: map[string]string{"a": "source.ipp"}}, "required": {Kind: "csv", Required: []string{"nope"}},
		"constant": {Kind: "csv", Defaults: format.Defaults{Constants: map[string]string{"nope": "x"}}},
	} {
		if _, err := New(c, formattest.Clock); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	_, err := New(Config{Kind: "csv", Fields: map[string]string{"a": "source.ipp"}}, formattest.Clock)
	if err == nil || !strings.Contains(err.Error(), `"source.ip"`) {
		t.Errorf("%v does not name the nearest field", err)
	}
}

func TestOpenJudgesTheHeader(t *testing.T) {
	f := formatOf(t, csvConfig)
	if _, err := f.Open(format.Input{Head: []byte("x;y\n")}); !problem.Is(err, problem.Invalid) {
		t.Errorf("foreign header: %v, want invalid", err)
	}
	if _, err := f.Open(format.Input{}); !problem.Is(err, problem.Invalid) {
		t.Errorf("empty input: %v, want invalid", err)
	}
	o, err := f.Open(format.Input{Head: []byte("Address;When\n")})
	if err != nil || len(o.Notes) != 1 {
		t.Errorf("some columns missing: %v, notes %q", err, o.Notes)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("192.0.2.1;20.11.2026 12:00;80;http://a.example/x;s3cret;o\n", uint8(0))
	f.Add(`{"host":{"ip":"192.0.2.1"},"at":1795000000123}`, uint8(1))
	f.Add(`[{"a":1},{"b":[2]}]`, uint8(2))
	f.Fuzz(func(t *testing.T, in string, kind uint8) {
		c := csvConfig
		c.Kind = []string{"csv", "jsonl", "json"}[kind%3]
		c.Columns = []string{"Address", "When", "Port", "Link", "Secret", "Other"}
		whole, parts := formattest.Decode(t, formatOf(t, c), "x", in, 0), formattest.Decode(t, formatOf(t, c), "x", in, 9)
		if d := cmp.Diff(whole.Rejects(), parts.Rejects()); d != "" || whole.Rows() != parts.Rows() {
			t.Fatalf("parts differ: %s", d)
		}
	})
}
