package plan

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/query"
)

func at(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }

// stock is three segments: two days of scans, one of infections with a tag.
func stock() []File {
	base := []string{
		"source.ip.hi", "source.ip.lo", "source.asn", "source.port", "destination.ip", "time.source", "time.arrival",
		"classification.type", "classification.taxonomy", "attribution.organisation", "malware.name",
	}
	return []File{
		{Path: "/s/1", Rows: 10, Columns: base, Source: Span{at(1), at(2)}, Facts: map[string][]string{event.FieldTaxonomy: {"vulnerable"}}},
		{Path: "/s/2", Rows: 20, Columns: base, Source: Span{at(2), at(3)}, Facts: map[string][]string{event.FieldTaxonomy: {"vulnerable"}}},
		{Path: "/s/3", Rows: 40, Columns: append([]string{"extra.tag", `extra.od"d`}, base...), Facts: map[string][]string{event.FieldTaxonomy: {"malicious-code"}}},
	}
}

func parse(t testing.TB, line string) query.Node {
	t.Helper()
	n, err := query.Parse(line, query.Options{Now: at(22)})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func plan(t testing.TB, r Request) Plan {
	t.Helper()
	if r.Filter == nil {
		r.Filter = query.Everything
	}
	if r.Files == nil {
		r.Files = stock()
	}
	p, err := Make(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestConditions(t *testing.T) {
	for _, tt := range []struct {
		name, query, want string
		args              []any
	}{
		{"exact", "class:a", `"classification.type" = $1`, []any{"a"}},
		{"any of", "class:a,b", `"classification.type" IN ($1, $2)`, []any{"a", "b"}},
		{"star before", "malware:*x%", `ends_with(lower("malware.name"), $1)`, []any{"x%"}},
		{"star after", "malware:X*", `starts_with(lower("malware.name"), $1)`, []any{"x"}},
		{"stars around", "malware:*x*", `contains(lower("malware.name"), $1)`, []any{"x"}},
		{"negated", "-class:a", `(("classification.type" = $1) IS NOT TRUE)`, []any{"a"}},
		{"number", "asn:5", `"source.asn" = $1`, []any{int64(5)}},
		{"numbers", "sport:1..5", `("source.port" >= $1 AND "source.port" <= $2)`, []any{int64(1), int64(5)}},
		{"over", "sport:>5", `"source.port" >= $1`, []any{int64(6)}},
		{"address", "src:203.0.113.7", `("source.ip.hi" = $1 AND "source.ip.lo" = $2)`, []any{uint64(0), uint64(0xffffcb007107)}},
		{"prefix", "src:203.0.113.0/24", `("source.ip.hi" = $1 AND "source.ip.lo" >= $2 AND "source.ip.lo" <= $3)`, []any{uint64(0), uint64(0xffffcb007100), uint64(0xffffcb0071ff)}},
		{"IPv6 prefix", "src:2001:db8::/32", `("source.ip.hi" >= $1 AND "source.ip.hi" <= $2)`, []any{uint64(0x20010db800000000), uint64(0x20010db8ffffffff)}},
		{"two fields", "port:7 or ip:203.0.113.7", `("source.port" = $1 OR (("source.ip.hi" = $2 AND "source.ip.lo" = $3) OR ("destination.ip.hi" = $4 AND "destination.ip.lo" = $5)))`, []any{int64(7), uint64(0), uint64(0xffffcb007107), uint64(0), uint64(0xffffcb007107)}},
		{"time", "time:2026-11-01", `("time.source" >= $1 AND "time.source" < $2)`, []any{at(1), at(2)}},
		{"has", "has:malware", `"malware.name" IS NOT NULL`, nil},
		{"has an address", "has:src", `"source.ip.lo" IS NOT NULL`, nil},
		{"name that nobody has", "org:x", `"attribution.organisation" = $1`, []any{"x"}},
		{"name that two have", "org:twins", `"attribution.organisation" IN ($1, $2, $3)`, []any{"twins", "id1", "id2"}},
		{"names", "org:tw*", `"attribution.organisation" IN ($1, $2)`, []any{"id1", "id2"}},
		{"id itself", "attribution.organisation:twins", `"attribution.organisation" = $1`, []any{"twins"}},
		{"together", "class:a (asn:1 or asn:2)", `("classification.type" = $1 AND ("source.asn" = $2 OR "source.asn" = $3))`, []any{"a", int64(1), int64(2)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := plan(t, Request{Where: parse(t, tt.query), Count: true, Files: stock()[:1], Organisations: func(x query.Text) []string {
				if x.Fits("twins") {
					return []string{"id1", "id2"}
				}
				return nil
			}})
			args := append(tt.args[:len(tt.args):len(tt.args)], []string{"/s/1"})
			want := fmt.Sprintf("SELECT count(*) FROM (SELECT 1 AS one FROM read_parquet($%d, hive_partitioning = false) WHERE %s)", len(args), tt.want)
			if p.SQL != want {
				t.Errorf("got  %s\nwant %s", p.SQL, want)
			}
			if !reflect.DeepEqual(p.Args, args) {
				t.Errorf("got %v, want %v", p.Args, args)
			}
		})
	}
}

func TestAddressesApart(t *testing.T) {
	p := plan(t, Request{Where: parse(t, "asn:1 ip:203.0.113.7"), Count: true, Files: stock()[:1]})
	want := `SELECT count(*) FROM (SELECT 1 AS one FROM read_parquet($4, hive_partitioning = false) WHERE ("source.asn" = $1 AND ("source.ip.hi" = $2 AND "source.ip.lo" = $3))` +
		` UNION ALL SELECT 1 AS one FROM read_parquet($10, hive_partitioning = false) WHERE ("source.asn" = $5 AND ((("source.ip.hi" = $6 AND "source.ip.lo" = $7)) IS NOT TRUE) AND ("destination.ip.hi" = $8 AND "destination.ip.lo" = $9)))`
	if p.SQL != want || p.Files != 1 || p.Rows != 10 {
		t.Errorf("%d files, %d rows\ngot  %s\nwant %s", p.Files, p.Rows, p.SQL, want)
	}
}

func TestPrunes(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		files       int
		rows        int64
	}{
		{"nothing asked", "", 3, 70},
		{"time", "time:2026-11-03", 2, 60},
		{"time before all known", "time:<2026-10-01", 1, 40},
		{"arrival is not known", "seen:<2026-10-01", 3, 70},
		{"fact", "taxonomy:malicious-code", 1, 40},
		{"fact by star", "taxonomy:vul*", 2, 30},
		{"not a fact, which nulls fit too", "-taxonomy:vulnerable", 3, 70},
		{"column missing", "tag:sinkhole", 1, 40},
		{"column missing, negated", "-tag:sinkhole", 3, 70},
		{"column missing in one of two", "tag:x or asn:5", 3, 70},
		{"column nobody has", "extra.none:x", 0, 0},
		{"has column", "has:tag", 1, 40},
		{"nothing", "-()", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := plan(t, Request{Where: parse(t, tt.query), By: []string{"class"}})
			if p.Files != tt.files || p.Rows != tt.rows || p.Empty != (tt.files == 0) {
				t.Errorf("%d files, %d rows, empty %v: %s", p.Files, p.Rows, p.Empty, p.SQL)
			}
		})
	}
}

func TestFilterCannotBeEscaped(t *testing.T) {
	filter := query.Term{Name: event.FieldOrganisation, Match: []query.Match{query.Text{Value: "mine"}}}
	for _, line := range []string{"class:a or class:b", "-(class:a) or ()", `org:"x' OR 1=1 --"`, "attribution.organisation:other or has:asn"} {
		p := plan(t, Request{Where: parse(t, line), Filter: filter, Count: true, Files: stock()[:1]})
		if !strings.Contains(p.SQL, `WHERE ("attribution.organisation" = $1 AND `) && !strings.HasSuffix(p.SQL, `WHERE "attribution.organisation" = $1)`) {
			t.Errorf("%s: %s", line, p.SQL)
		}
		if p.Args[0] != "mine" {
			t.Errorf("%s: first value %v", line, p.Args[0])
		}
	}
	if _, err := Make(Request{Where: query.Everything}); err == nil {
		t.Error("planned without a row filter")
	}
	p := plan(t, Request{Where: query.Everything, Filter: query.Nothing, By: []string{"class"}})
	if !p.Empty {
		t.Error("the filter of who may see nothing lets something through")
	}
}

// TestNoTextInStatement draws hostile values and looks whether any sign of them gets into the statement.
func TestNoTextInStatement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evil := rapid.StringMatching(`Z[a-z'";/*$() -]{1,20}Z`).Draw(t, "evil")
		name := rapid.SampledFrom([]string{"class", "org", "tag", "url", "extra.tag", "malware", "hostname"}).Draw(t, "name")
		x := query.Text{Value: evil, Before: rapid.Bool().Draw(t, "before"), After: rapid.Bool().Draw(t, "after")}
		n := query.Or(query.Term{Name: name, Match: []query.Match{x}}, query.Word{Text: x})
		p, err := Make(Request{Where: n, Filter: query.Everything, Files: stock(), Count: true})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(p.SQL, "Z") || strings.ContainsAny(p.SQL, ";'") && name != "tag" {
			t.Fatalf("%q in %s", evil, p.SQL)
		}
	})
}

func TestGroups(t *testing.T) {
	p := plan(t, Request{Where: query.Everything, By: []string{"day", "class", "ip"}, Limit: 20, Files: stock()[:1]})
	want := `SELECT CAST((epoch_ms(c0) + 8640000000000) // 86400000 AS INTEGER), c1, c2h, c2l, count(*) FROM (` +
		`SELECT "time.source" AS c0, "classification.type" AS c1, "source.ip.hi" AS c2h, "source.ip.lo" AS c2l FROM read_parquet($1, hive_partitioning = false) WHERE TRUE)` +
		` GROUP BY 1, 2, 3, 4 ORDER BY 1, 5 DESC, 1, 2, 3, 4 LIMIT 20`
	if p.SQL != want {
		t.Errorf("got  %s\nwant %s", p.SQL, want)
	}
	names := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		names[i] = c.Name
	}
	if got := strings.Join(names, " "); got != "day class ip count" {
		t.Errorf("columns %s", got)
	}
}

func TestRows(t *testing.T) {
	p := plan(t, Request{Where: parse(t, "tag:x or asn:5"), Fields: []string{"time", "src", "tag", "asn", "asn"}, Sort: []Order{{"time", true}, {"src", false}}, Limit: 5})
	if n := strings.Count(p.SQL, " UNION ALL "); n != 1 {
		t.Errorf("%d unions, want one between segments with and without the tag: %s", n, p.SQL)
	}
	for _, want := range []string{
		`SELECT epoch_ms(c0), c1h, c1l, c2, CAST(c3 AS BIGINT) FROM (`, `CAST(NULL AS VARCHAR) AS c2`, `"extra.tag" AS c2`,
		` ORDER BY c0 DESC NULLS LAST, c1h ASC NULLS LAST, c1l ASC NULLS LAST LIMIT 5`,
	} {
		if !strings.Contains(p.SQL, want) {
			t.Errorf("no %s in %s", want, p.SQL)
		}
	}
}

func TestAllFields(t *testing.T) {
	p := plan(t, Request{Where: query.Everything})
	last := p.Columns[len(p.Columns)-1]
	if len(p.Columns) != 12 || last.Name != "extra.tag" {
		t.Errorf("%d columns, the last %v", len(p.Columns), last)
	}
	if !strings.Contains(p.SQL, `"extra.od""d"`) {
		t.Errorf("the odd name is not quoted: %s", p.SQL)
	}
}

func TestOverflow(t *testing.T) {
	p := plan(t, Request{Where: parse(t, "extra.rare:x"), Count: true, Files: []File{{Path: "/s/4", Columns: []string{"extra"}}}})
	if !strings.Contains(p.SQL, `json_extract_string("extra", $1) = $2`) || p.Args[0] != `$."rare"` {
		t.Errorf("%s %v", p.SQL, p.Args)
	}
}

func TestZoneOfDays(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	files := []File{{Path: "/s/5", Columns: []string{"time.source"}, Source: Span{time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), at(1)}}}
	p := plan(t, Request{Where: query.Everything, By: []string{"day"}, Files: files, Zone: zone})
	want := fmt.Sprintf("CASE WHEN epoch_ms(c0) < %d THEN 8640010800000 ELSE 8640007200000 END", time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC).UnixMilli())
	if !strings.Contains(p.SQL, want) {
		t.Errorf("no %s in %s", want, p.SQL)
	}
	files[0].Source = Span{}
	p = plan(t, Request{Where: query.Everything, By: []string{"hour"}, Files: files, Zone: zone})
	if n := len(regexp.MustCompile("WHEN").FindAllString(p.SQL, -1)); n < 70 || n > maxShifts {
		t.Errorf("%d changes of the clock in forty years", n)
	}
}

func TestStart(t *testing.T) {
	for _, tt := range []struct {
		size time.Duration
		n    int32
		want string
	}{
		{24 * time.Hour, ahead, "1970-01-01T00:00:00Z"},
		{24 * time.Hour, ahead - 1, "1969-12-31T00:00:00Z"},
		{time.Hour, 24*ahead + 25, "1970-01-02T01:00:00Z"},
	} {
		if got := (Column{Bucket: tt.size}).Start(tt.n).Format(time.RFC3339); got != tt.want {
			t.Errorf("bucket %d of %s begins at %s, want %s", tt.n, tt.size, got, tt.want)
		}
	}
}

func TestCountOfNothing(t *testing.T) {
	p := plan(t, Request{Where: query.Nothing, Count: true})
	if p.SQL != "SELECT CAST(0 AS BIGINT)" || p.Empty {
		t.Errorf("%+v", p)
	}
}

func TestUnknownNames(t *testing.T) {
	for _, r := range []Request{{By: []string{"klass"}}, {Fields: []string{"klass"}}, {Sort: []Order{{Field: "klass"}}, Fields: []string{"asn"}}} {
		r.Where, r.Filter = query.Everything, query.Everything
		if _, err := Make(r); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), `did you mean "class"`) {
			t.Errorf("%v", err)
		}
	}
	if _, err := Make(Request{Where: query.Everything, Filter: query.Everything, By: make([]string, 9)}); !problem.Is(err, problem.Invalid) {
		t.Errorf("nine groups: %v", err)
	}
}
