package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query/answer"
)

var names = Options{Organisation: func(id string) (string, bool) { return map[string]string{"o1": "City Hospital"}[id], id == "o1" }}

var moment = time.Date(2026, 11, 20, 3, 4, 5, 0, time.UTC).UnixMilli()

// counts is an answer by organisation.
func counts() *answer.Batch {
	return &answer.Batch{N: 3, Columns: []answer.Column{
		{Name: "organisation", Field: event.FieldOrganisation, Kind: event.Text, Texts: []string{"o1", "o2", ""}, Null: []bool{false, false, true}},
		{Name: "count", Kind: event.Int, Ints: []int64{12, 3, 1}, Null: make([]bool, 3)},
	}}
}

// events is an answer with every kind, the second row empty.
func events() *answer.Batch {
	null := []bool{false, true}
	return &answer.Batch{N: 2, Columns: []answer.Column{
		{Name: "source.ip", Field: "source.ip", Kind: event.IP, Addrs: []netip.Addr{netip.MustParseAddr("203.0.113.7"), {}}, Null: null},
		{Name: "time.source", Field: "time.source", Kind: event.Time, Ints: []int64{moment, 0}, Null: null},
		{Name: "source.port", Field: "source.port", Kind: event.Int, Ints: []int64{-1, 0}, Null: null},
		{Name: "feed.accuracy", Field: "feed.accuracy", Kind: event.Float, Floats: []float64{99.5, 0}, Null: null},
		{Name: "source.tor_node", Field: "source.tor_node", Kind: event.Bool, Ints: []int64{1, 0}, Null: null},
		{Name: "extra.banner", Field: "extra.banner", Kind: event.Text, Texts: []string{"=cmd|' /C calc'!A0\x1b[2J\u202e\n<b>", ""}, Null: null},
		{Name: "extra", Field: "extra", Kind: event.Text, Texts: []string{`{"a":1}`, ""}, Null: null},
	}}
}

func rendered(t testing.TB, format string, b *answer.Batch, o Options) string {
	t.Helper()
	var out bytes.Buffer
	w, err := New(format, &out, b.Columns, o)
	if err != nil {
		t.Fatal(err)
	}
	if b.N > 0 {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func none() *answer.Batch {
	b := counts()
	b.N = 0
	return b
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		name, format string
		b            *answer.Batch
		want         string
	}{
		{"counts as JSON", "json", counts(), `[{"organisation":"City Hospital","count":12},` + "\n" + `{"organisation":"o2","count":3},` + "\n" + `{"organisation":null,"count":1}]` + "\n"},
		{"counts as CSV", "csv", counts(), "organisation,count\nCity Hospital,12\no2,3\n,1\n"},
		{"counts as a table", "table", counts(), "organisation   count\n-------------  -----\nCity Hospital     12\no2                 3\n(nobody)           1\n"},
		{"events as JSON", "json", events(), `[{"source.ip":"203.0.113.7","time.source":"2026-11-20T03:04:05+00:00","source.port":-1,"feed.accuracy":99.5,"source.tor_node":true,` +
			`"extra.banner":"=cmd|' /C calc'!A0\u001b[2J` + "\u202e" + `\n\u003cb\u003e","extra":{"a":1}},` + "\n{}]\n"},
		{"events as CSV", "csv", events(), "source.ip,time.source,source.port,feed.accuracy,source.tor_node,extra.banner,extra\n" +
			"203.0.113.7,2026-11-20T03:04:05+00:00,-1,99.5,true,\"'=cmd|' /C calc'!A0\x1b[2J\u202e\n<b>\",\"{\"\"a\"\":1}\"\n,,,,,,\n"},
		{"nothing as JSON", "json", none(), "[]\n"},
		{"nothing as CSV", "csv", none(), "organisation,count\n"},
		{"nothing as a table", "table", none(), "organisation  count\n------------  -----\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := rendered(t, tt.format, tt.b, names); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestTableIsClean(t *testing.T) {
	out := rendered(t, "table", events(), Options{})
	if strings.ContainsAny(out, "\x1b\u202e") || strings.Count(out, "\n") != 4 {
		t.Errorf("%q", out)
	}
}

func TestTableStreams(t *testing.T) {
	b := counts()
	var out bytes.Buffer
	w, _ := New("table", &out, b.Columns, names)
	for range measured {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() == 0 {
		t.Error("everything is held back")
	}
	if err := w.Close(); err != nil || strings.Count(out.String(), "\n") != 3*measured+2 {
		t.Errorf("%d lines, %v", strings.Count(out.String(), "\n"), err)
	}
}

// TestValue gives single values, and leaves texts as they are.
func TestValue(t *testing.T) {
	b := events()
	for i, want := range []string{"203.0.113.7", "2026-11-20T03:04:05+00:00", "-1", "99.5", "true", "=cmd|' /C calc'!A0\x1b[2J\u202e\n<b>", `{"a":1}`} {
		if got := Value(&b.Columns[i], 0); got != want {
			t.Errorf("%s: got %q, want %q", b.Columns[i].Name, got, want)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := New("jsn", io.Discard, nil, Options{}); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), `"json"`) {
		t.Errorf("%v", err)
	}
}

func TestParquet(t *testing.T) {
	out := rendered(t, "parquet", events(), names)
	r := parquet.NewReader(bytes.NewReader([]byte(out)))
	defer r.Close()
	if r.NumRows() != 2 {
		t.Fatalf("%d rows", r.NumRows())
	}
	rows := make([]parquet.Row, 2)
	if n, err := r.ReadRows(rows); n != 2 && err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for i, path := range r.Schema().Columns() {
		got[path[0]] = rows[0][i].String()
		if !rows[1][i].IsNull() {
			t.Errorf("%s of the empty row is %v", path[0], rows[1][i])
		}
	}
	for name, want := range map[string]string{"source.ip": "203.0.113.7", "time.source": fmt.Sprint(moment), "source.port": "-1", "feed.accuracy": "99.5", "source.tor_node": "true", "extra": `{"a":1}`} {
		if got[name] != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
}

// TestTextsSurvive draws texts: JSON gives them back as they are, CSV too but
// for the quote that takes a formula's sting, and a terminal gets nothing to act on.
func TestTextsSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[=+@\-\t\r"',a-z\x00-\x1f]{0,9}`)).Draw(t, "text")
		if !utf8.ValidString(s) {
			t.Skip()
		}
		var back string
		if err := json.Unmarshal(appendString(nil, s), &back); err != nil || back != s {
			t.Fatalf("JSON gives %q, %v", back, err)
		}
		d := defused(s)
		if strings.TrimPrefix(d, "'") != s && d != s || d != "" && strings.ContainsRune("=+-@\t\r", rune(d[0])) {
			t.Fatalf("CSV has %q", d)
		}
		c := Clean(s, 5)
		if utf8.RuneCountInString(c) > 5 || strings.ContainsFunc(c, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x202a && r <= 0x202e }) {
			t.Fatalf("the table has %q", c)
		}
	})
}

func TestInvalidText(t *testing.T) {
	if got := string(appendString(nil, "a\xffb")); got != `"a\ufffdb"` {
		t.Error(got)
	}
	b := events()
	b.Columns[3].Floats[0] = math.NaN()
	if out := rendered(t, "json", b, Options{}); !json.Valid([]byte(out)) {
		t.Error(out)
	}
}

func TestCSVReadsBack(t *testing.T) {
	lines, err := csv.NewReader(strings.NewReader(rendered(t, "csv", events(), Options{}))).ReadAll()
	if err != nil || len(lines) != 3 || len(lines[2]) != 7 {
		t.Errorf("%v, %v", lines, err)
	}
}

// full is a disk that is full.
type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestFullDisk(t *testing.T) {
	for _, format := range Formats() {
		w, err := New(format, full{}, counts().Columns, Options{})
		if err == nil {
			err = w.Write(counts())
		}
		if err == nil {
			err = w.Close()
		}
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func BenchmarkJSON(b *testing.B) { benchmark(b, "json") }
func BenchmarkCSV(b *testing.B)  { benchmark(b, "csv") }

func benchmark(b *testing.B, format string) {
	batch := events()
	w, err := New(format, io.Discard, batch.Columns, names)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := w.Write(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(2*b.N), "ns/row")
}
