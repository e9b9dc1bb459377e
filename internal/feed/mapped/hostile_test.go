package mapped

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format/formattest"
)

// made makes the format of a mapping in which ip and when are mapped.
func made(t *testing.T, c Config) *Format {
	t.Helper()
	if c.Fields == nil {
		c.Fields = map[string]string{"ip": "source.ip", "when": "time.source"}
	}
	f, err := New(c, formattest.Clock)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const (
	one   = `{"ip":"192.0.2.1","when":"2026-11-20 10:00:00"}`
	other = `{"ip":"192.0.2.2","when":"2026-11-20 10:00:00"}`
)

// A document that is damaged somewhere gives what stands before the damage, and says that something is missing.
func TestDamagedDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		records, in string
		rows        int
		code        string
	}{
		"whole":                     {"", "[" + one + "," + other + "]", 2, ""},
		"cut after a record":        {"", "[" + one, 1, "bad-syntax"},
		"cut after a comma":         {"", "[" + one + ",", 1, "bad-syntax"},
		"cut within a record":       {"", "[" + one + "," + other[:20], 1, "bad-syntax"},
		"second document":           {"", "[" + one + "] [" + other + "]", 1, "bad-syntax"},
		"junk behind":               {"", "[" + one + "]\x00\x00", 1, "bad-syntax"},
		"wrong bracket":             {"", "[" + one + "}", 1, "bad-syntax"},
		"list within":               {"a.b", `{"x":[{}],"a":{"c":1,"b":[` + one + `],"d":[{"e":[]}]},"z":{}}`, 1, ""},
		"list within, cut":          {"a.b", `{"a":{"b":[` + one + `]`, 1, "bad-syntax"},
		"list within, cut later":    {"a.b", `{"a":{"b":[` + one + `]},"z":[`, 1, "bad-syntax"},
		"no list there":             {"a.b", `{"a":{"b":{}}}`, 0, "bad-syntax"},
		"no such member":            {"a.b", `{"a":{"c":[]}}`, 0, "bad-syntax"},
		"a text on the way":         {"a.b", `{"a":"b"}`, 0, "bad-syntax"},
		"an element is no object":   {"", "[" + one + `,7]`, 1, "bad-syntax"},
		"an element is a list":      {"", "[[" + one + "]," + other + "]", 1, "bad-syntax"},
		"deeper than any stack":     {"", strings.Repeat("[", 200_000), 0, "bad-syntax"},
		"deep record among others":  {"", "[" + one + `,{"a":` + strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 51) + "," + other + "]", 2, "bad-syntax"},
		"deep list as a value":      {"", "[" + one + `,{"a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "}," + other + "]", 2, "missing-value"},
		"empty":                     {"", " ", 0, "bad-syntax"},
		"member given twice":        {"", "[" + one + `,{"ip":"192.0.2.1","ip":"192.0.2.2","when":"2026-11-20 10:00:00"}]`, 1, "bad-syntax"},
		"member twice through dots": {"", `[{"a":{"b":1},"a.b":2,"when":"2026-11-20 10:00:00"}]`, 0, "bad-syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			r := formattest.Decode(t, made(t, Config{Kind: "json", Records: c.records}), "x.json", c.in, 0)
			codes := ""
			for _, x := range r.Rejects() {
				codes += x.Code
				if x.Reason == "" || x.Offset < 0 || x.Offset+int64(x.Length) > int64(len(c.in)) {
					t.Errorf("reject %+v of %d bytes", x, len(c.in))
				}
			}
			if r.Rows() != c.rows || codes != c.code {
				t.Errorf("%d rows and %q, want %d and %q", r.Rows(), codes, c.rows, c.code)
			}
		})
	}
}

// A header that a partner, or somebody worse, made up: each column keeps its values, under a name of its own.
func TestHostileHeaders(t *testing.T) {
	const values = "192.0.2.1,2026-11-20 10:00:00,"
	for name, c := range map[string]struct {
		header, row string
		want        map[string]string
	}{
		"case":                 {"Tag,tag,TAG", "a,b,c", map[string]string{"extra.tag": "a", "extra.tag_4": "b", "extra.tag_5": "c"}},
		"the number is taken":  {"a,a_5,a", "x,y,z", map[string]string{"extra.a": "x", "extra.a_5": "y", "extra.a_6": "z"}},
		"odd characters":       {"a b,a/b,a'; DROP TABLE x --", "x,y,z", map[string]string{"extra.a_b": "x", "extra.a_b_4": "y", "extra.a___drop_table_x_--": "z"}},
		"no name":              {",,_", "x,y,z", map[string]string{"extra._3": "x", "extra._4": "y", "extra._": "z"}},
		"fields of an event":   {"attribution.organisation,source.asn,key", "me,1,k", map[string]string{"extra.attribution.organisation": "me", "attribution.organisation": "", "extra.source.asn": "1", "source.asn": "", "extra.key": "k"}},
		"extra's own name":     {"extra,extra.x,EXTRA.x", "x,y,z", map[string]string{"extra": "", "extra.extra": "x", "extra.extra.x": "y", "extra.extra.x_5": "z"}},
		"mapped column twice":  {"ip,b,c", "198.51.100.9,y,z", map[string]string{"source.ip": "192.0.2.1", "extra.ip_3": "198.51.100.9"}},
		"mapped in other case": {"IP,b,c", "198.51.100.9,y,z", map[string]string{"source.ip": "192.0.2.1", "extra.ip_3": "198.51.100.9"}},
		"line ends in a name":  {"\"a\r\nb\",c,d", "x,y,z", map[string]string{"extra.a_b": "x"}},
		"formula and a long one": {"=cmd|' /C calc'!A0," + strings.Repeat("n", 300) + "," + strings.Repeat("n", 301), "x,y,z", map[string]string{
			"extra._cmd____c_calc__a0": "x", "extra." + strings.Repeat("n", 120): "y", "extra." + strings.Repeat("n", 100) + "_5": "z",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := formattest.Decode(t, made(t, Config{Kind: "csv"}), "x.csv", "ip,when,"+c.header+"\n"+values+c.row+"\n", 0)
			if r.Rows() != 1 {
				t.Fatalf("%d rows, %v", r.Rows(), r.Rejects())
			}
			formattest.Want(t, r.Row(0), c.want)
		})
	}
}

// Times that could be read in two ways are set aside, not guessed.
func TestTimes(t *testing.T) {
	for name, c := range map[string]struct {
		times    []string
		zone, in string
		want     string
	}{
		"UTC unless said":           {nil, "", "2026-11-20 10:00:00", "2026-11-20T10:00:00Z"},
		"the feed's zone":           {nil, "Europe/Helsinki", "2026-11-20T10:00:00", "2026-11-20T08:00:00Z"},
		"its summer":                {nil, "Europe/Helsinki", "2026-07-20 10:00:00", "2026-07-20T07:00:00Z"},
		"an offset goes first":      {nil, "Europe/Helsinki", "2026-11-20T10:00:00+05:30", "2026-11-20T04:30:00Z"},
		"name of a zone":            {nil, "", "2026-11-20 10:00:00 EST", ""},
		"mail's name of a zone":     {nil, "", "Fri, 20 Nov 2026 10:00:00 PST", ""},
		"GMT":                       {nil, "", "Fri, 20 Nov 2026 10:00:00 GMT", "2026-11-20T10:00:00Z"},
		"name of the feed's zone":   {[]string{"2006-01-02 15:04 MST"}, "Europe/Helsinki", "2026-11-20 10:00 EET", "2026-11-20T08:00:00Z"},
		"name of another zone":      {[]string{"2006-01-02 15:04 MST"}, "Europe/Helsinki", "2026-11-20 10:00 PST", ""},
		"UTC by name":               {[]string{"2006-01-02 15:04 MST"}, "Europe/Helsinki", "2026-11-20 10:00 UTC", "2026-11-20T10:00:00Z"},
		"day first":                 {[]string{"02.01.2006 15:04"}, "", "20.11.2026 10:00", "2026-11-20T10:00:00Z"},
		"second layout":             {[]string{"02.01.2006", "unix"}, "", "1795168800.9", "2026-11-20T10:00:00Z"},
		"seconds, unasked":          {nil, "", "1795168800", "2026-11-20T10:00:00Z"},
		"milliseconds, unasked":     {nil, "", "1795168800999", "2026-11-20T10:00:00Z"},
		"NaN":                       {[]string{"unix"}, "", "NaN", ""},
		"infinite":                  {[]string{"unixms"}, "", "+Inf", ""},
		"before 1970":               {[]string{"unix"}, "", "-1", ""},
		"1970":                      {[]string{"unix"}, "", "0", ""},
		"2099":                      {[]string{"unix"}, "", "4070908800", ""},
		"31 April":                  {nil, "", "2026-04-31 10:00:00", ""},
		"a number of no known size": {nil, "", "20261120", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := formattest.Decode(t, made(t, Config{Kind: "csv", Times: c.times, Zone: c.zone}), "x.csv", "ip,when\n192.0.2.1,\""+c.in+"\"\n", 0)
			switch {
			case c.want == "":
				if d := cmp.Diff([]string{"2:" + event.RejectTime}, r.Codes()); d != "" {
					t.Errorf("%d rows; codes (-want +got):\n%s", r.Rows(), d)
				}
			case r.Rows() != 1:
				t.Errorf("set aside: %v", r.Rejects())
			default:
				formattest.Want(t, r.Row(0), map[string]string{"time.source": c.want})
			}
		})
	}
}

// The list of bad input in the issue, for CSV and for JSON lines: one row aside with its line, the rest goes on.
func TestBadRecords(t *testing.T) {
	for name, c := range map[string]struct{ ip, when, code string }{
		"1970":          {"192.0.2.9", "1970-01-01 00:00:00", event.RejectTime},
		"2099":          {"192.0.2.9", "2099-01-01 00:00:00", event.RejectTime},
		"no time":       {"192.0.2.9", "", event.RejectMissing},
		"unspecified":   {"0.0.0.0", "2026-11-20 10:00:00", event.RejectAddress},
		"IPv6 likewise": {"::", "2026-11-20 10:00:00", event.RejectAddress},
		"IPv4-mapped":   {"::ffff:192.0.2.9", "2026-11-20 10:00:00", event.RejectAddress},
		"CIDR":          {"192.0.2.0/24", "2026-11-20 10:00:00", event.RejectAddress},
		"zone":          {"fe80::1%eth0", "2026-11-20 10:00:00", event.RejectAddress},
		"leading zero":  {"192.0.02.1", "2026-11-20 10:00:00", event.RejectAddress},
		"no UTF-8":      {"192.0.2.9", "2026-11-20 10:00:00\xff", ""},
	} {
		t.Run(name, func(t *testing.T) {
			csv := "ip,when\n192.0.2.1,2026-11-20 10:00:00\n" + c.ip + "," + c.when + "\n192.0.2.2,2026-11-20 10:00:00\n"
			lines := one + "\n" + `{"ip":"` + c.ip + `","when":"` + c.when + `"}` + "\n" + other + "\n"
			for kind, in := range map[string]string{"3:csv": csv, "2:jsonl": lines} {
				line, kind, _ := strings.Cut(kind, ":")
				r := formattest.Decode(t, made(t, Config{Kind: kind}), "x", in, 0)
				if r.Rows() != 2 || len(r.Rejects()) != 1 || !strings.HasPrefix(r.Codes()[0], line+":"+c.code) {
					t.Errorf("%s: %d rows, %v", kind, r.Rows(), r.Rejects())
				}
			}
		})
	}
}
