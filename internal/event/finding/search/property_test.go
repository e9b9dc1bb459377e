package search

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// oracle answers the slow way: one finding after the other, in Go.
type oracle struct{}

func (o oracle) holds(n query.Node, f finding.Finding) bool {
	switch v := n.(type) {
	case query.All:
		return !slices.ContainsFunc(v, func(c query.Node) bool { return !o.holds(c, f) })
	case query.Any:
		return slices.ContainsFunc(v, func(c query.Node) bool { return o.holds(c, f) })
	case query.Not:
		return !o.holds(v.Node, f)
	case query.Has:
		s, _ := names.Lookup(v.Name)
		return o.has(s.Fields[0].Name, f)
	case query.Word:
		return slices.ContainsFunc(names.WordFields(), func(c event.Field) bool {
			return o.text(query.Text{Value: v.Text.Value, Before: true, After: true}, texts(c.Name, f)...)
		})
	case query.Term:
		return slices.ContainsFunc(v.Match, func(m query.Match) bool { return o.fits(v.Name, m, f) })
	}
	return false
}

func (o oracle) has(column string, f finding.Finding) bool {
	switch column {
	case columnAddr:
		return f.Addr.IsValid()
	case columnSources:
		return f.Sources != 0
	}
	if n, ok := number(column, f); ok {
		return n != 0
	}
	return o.text(query.Text{Before: true, After: true}, texts(column, f)...)
}

func (o oracle) fits(name string, m query.Match, f finding.Finding) bool {
	s, _ := names.Lookup(name)
	column := s.Fields[0].Name
	n, _ := number(column, f)
	switch v := m.(type) {
	case query.Addrs:
		return f.Addr.IsValid() && f.Addr.Is4() == v.From.Is4() && !f.Addr.Less(v.From) && !v.To.Less(f.Addr)
	case query.Ints:
		return n != 0 && v.From <= n && n <= v.To
	case query.Times:
		at := time.UnixMilli(n)
		return n != 0 && (v.From.IsZero() || !at.Before(v.From)) && (v.To.IsZero() || at.Before(v.To))
	case query.Text:
		if s.Sense == query.OrganisationName {
			return f.Organisation != "" && (v == query.Text{Before: true, After: true} || f.Organisation == v.Value && !v.Before && !v.After || slices.Contains(fitting(v), f.Organisation))
		}
		if column == columnSources && v.Before && v.After && v.Value == "" {
			return f.Sources != 0
		}
		return o.text(v, texts(column, f)...)
	}
	return false
}

// text tells whether one of the values that are there fits.
func (oracle) text(t query.Text, values ...string) bool {
	return slices.ContainsFunc(values, func(s string) bool { return s != "" && (t.Value != "" || t.Before || t.After) && t.Fits(s) })
}

func texts(column string, f finding.Finding) []string {
	if column == columnSources {
		var out []string
		for _, s := range sources {
			if f.Sources&(1<<s.Bit) != 0 {
				out = append(out, s.Feed)
			}
		}
		if f.Sources&(1<<finding.Beyond) != 0 {
			out = append(out, f.Feed)
		}
		return out
	}
	return []string{map[string]string{
		"state": string(f.State), "organisation": f.Organisation, "network": f.Network, "rule": f.Rule, "role": f.Role, "standing": f.Standing,
		"type": f.Type, "taxonomy": f.Taxonomy, "identifier": f.Identifier, "malware": f.Malware, "transport": f.Transport, "report": f.Report,
		"severity": f.Severity, "fqdn": f.FQDN, "url": f.URL, "reason": f.Reason,
	}[column]}
}

func number(column string, f finding.Finding) (int64, bool) {
	n, ok := map[string]int64{
		"port": f.Port, "events": f.Count, "first_seen": sqldb.Millis(f.First), "last_seen": sqldb.Millis(f.Last), "since": sqldb.Millis(f.Since),
		"until_at": sqldb.Millis(f.Until), "told": sqldb.Millis(f.Told), "due": sqldb.Millis(f.Due),
	}[column]
	return n, ok
}

// The values that findings and queries draw from: few, so that they meet, and some that mean something to a pattern or to SQL.
var (
	words = []string{"", "a", "A", "ab", "B", "%", "a_b", "a%b", `\`, "!", "'", `"; DROP TABLE finding; --`, "Ä", "ß", "x y", "(x)", "a,b", "*", "1..2"}
	addrs = []netip.Addr{
		{},
		netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.200"), netip.MustParseAddr("255.255.255.255"),
		netip.MustParseAddr("::1"), netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:0:1::"), netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
	}
	ranges = []string{
		"192.0.2.1", "192.0.2.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.1..192.0.2.199", "::..::1", "::1..2001:db8::1", "fe80::/10", "::ffff:192.0.2.1",
	}
	moments = []time.Time{{}, time.UnixMilli(1).UTC(), day(1), day(20), day(20).Add(time.Millisecond)}
	whens   = []string{"2026-11-01", "2026-11", "..now", "now..", "7d", "<2026-11-20", ">2026-11-20T06:00:00Z", "2026-11-20T06:00:00.001Z", "1970-01-01", "..1969-12-31"}
	ports   = []string{"0", "23", ">23", "..23", "1..65535", "-5..5", "<0", ">=9223372036854775000", "AS23"}
)

func drawFinding(t *rapid.T) finding.Finding {
	word := rapid.SampledFrom(words)
	at := rapid.SampledFrom(moments)
	f := finding.Finding{
		Organisation: rapid.SampledFrom([]string{"", "o1", "o2", "o3", "o4"}).Draw(t, "organisation"), Network: word.Draw(t, "network"), Rule: "prefix",
		Addr: rapid.SampledFrom(addrs).Draw(t, "address"), Port: rapid.SampledFrom([]int64{0, 1, 23, 65535}).Draw(t, "port"),
		Transport: rapid.SampledFrom([]string{"", "tcp", "udp"}).Draw(t, "transport"), FQDN: rapid.SampledFrom([]string{"", "a.example", "www.a.example"}).Draw(t, "host"),
		URL: word.Draw(t, "url"), Malware: word.Draw(t, "malware"), Type: rapid.SampledFrom([]string{"phishing", "infected-system", "scanner"}).Draw(t, "type"),
		Identifier: word.Draw(t, "identifier"), Feed: word.Draw(t, "feed"), Severity: rapid.SampledFrom([]string{"", "high"}).Draw(t, "severity"),
		Sources: rapid.SampledFrom([]uint64{0, 1, 2, 4, 5, 7, 1 << finding.Beyond, 1<<finding.Beyond | 2}).Draw(t, "sources"), Reason: word.Draw(t, "reason"),
		First: at.Draw(t, "first"), Last: at.Draw(t, "last"), Until: at.Draw(t, "until"), Told: at.Draw(t, "told"), Due: at.Draw(t, "due"), Since: at.Draw(t, "since"),
		Count: rapid.Int64Range(1, 50).Draw(t, "count"), State: rapid.SampledFrom(finding.States()).Draw(t, "state"), Version: 1,
	}
	f.Key = keyOf(f)
	return f
}

// drawQuery writes a query over all names.
func drawQuery(t *rapid.T, depth int) string {
	kinds := []string{"term", "has", "word", "not", "and", "or"}
	if depth == 0 {
		kinds = kinds[:3]
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "has":
		return "has:" + rapid.SampledFrom(Names()).Draw(t, "name")
	case "word":
		return quoted(rapid.SampledFrom(words).Draw(t, "word"))
	case "not":
		return "-(" + drawQuery(t, depth-1) + ")"
	case "and":
		return "(" + drawQuery(t, depth-1) + " " + drawQuery(t, depth-1) + ")"
	case "or":
		return "(" + drawQuery(t, depth-1) + " or " + drawQuery(t, depth-1) + ")"
	}
	name := rapid.SampledFrom(Names()).Draw(t, "name")
	values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawValue(t, name) }), 1, 3).Draw(t, "values")
	return name + ":" + strings.Join(values, ",")
}

func drawValue(t *rapid.T, name string) string {
	s, _ := names.Lookup(name)
	switch s.Kind() {
	case event.IP:
		return rapid.SampledFrom(ranges).Draw(t, "range")
	case event.Int:
		return rapid.SampledFrom(ports).Draw(t, "port")
	case event.Time:
		return rapid.SampledFrom(whens).Draw(t, "when")
	}
	from := slices.Concat(words, []string{"tcp", "high", "open", "muted", "o1", "City Hospital", "city", "shadowserver", "desk", "phishing", "a.example", "prefix"})
	star := rapid.SampledFrom([]string{"", "*"})
	return star.Draw(t, "before") + quoted(rapid.SampledFrom(from).Draw(t, "text")) + star.Draw(t, "after")
}

func quoted(s string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"` }

// TestAnswersAsTheOracle holds the SQL to the slow evaluation of the same tree, on both engines.
func TestAnswersAsTheOracle(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db, nil)
		rapid.Check(t, func(t *rapid.T) {
			stock := map[finding.Key]finding.Finding{}
			for _, f := range rapid.SliceOfN(rapid.Custom(drawFinding), 1, 8).Draw(t, "findings") {
				stock[f.Key] = f
			}
			restock(t, db, stock)
			for range 8 {
				text := drawQuery(t, 3)
				if rapid.Bool().Draw(t, "of what is kept") {
					text = rapid.SampledFrom(keptQueries).Draw(t, "kept query")
				}
				n, err := Parse(text, now, time.UTC)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				compare(t, db, stock, n)
			}
		})
	})
}

// keptQueries are about columns by which counts are kept.
var keptQueries = []string{
	"", "state:open", "-state:open,muted", "class:phishing", "class:phishing state:open or severity:high", "org:o1", "org:o1,o2 state:open", "-has:org", "has:malware",
	"feed:shadowserver", "-feed:desk class:scanner", "malware:a*", "org:o1 class:phishing",
}

func restock(t *rapid.T, db *sqldb.DB, stock map[finding.Key]finding.Finding) {
	err := db.Write(context.Background(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`DELETE FROM finding_row`); err != nil {
			return err
		}
		for _, f := range stock {
			if err := insert(tx, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func compare(t *rapid.T, db *sqldb.DB, stock map[finding.Key]finding.Finding, n query.Node) {
	q := Query{Where: n, Organisations: fitting, Request: page.Request{Limit: len(stock) + 1}}
	got, err := List(context.Background(), db, tester, q)
	if err != nil {
		t.Fatalf("%s: %v", n, err)
	}
	found := map[finding.Key]bool{}
	for _, f := range got.Items {
		found[f.Key] = true
	}
	want := int64(0)
	for key, f := range stock {
		if oracle.holds(oracle{}, n, f) {
			want++
		}
		if found[key] != oracle.holds(oracle{}, n, f) {
			t.Fatalf("%s of\n%+v\nis %v for the database", n, f, found[key])
		}
	}
	if all, err := Count(context.Background(), db, tester, q, nil); err != nil || all[0].Findings != want {
		t.Fatalf("%s: counted %v, %v; want %d", n, all, err, want)
	}
	compareQuick(t, db, q)
}

// compareQuick expects the same counts of what is kept as of the findings.
func compareQuick(t *rapid.T, db *sqldb.DB, q Query) {
	by := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"state", "class", "severity", "organisation", "feed", "malware", "network"}), 0, 2, rapid.ID[string]).Draw(t, "by")
	slow, err := Count(context.Background(), db, tester, q, by)
	if err != nil {
		t.Fatalf("%s by %q: %v", q.Where, by, err)
	}
	q.Quick = true
	quick, err := Count(context.Background(), db, tester, q, by)
	if err != nil {
		t.Fatalf("%s by %q: %v", q.Where, by, err)
	}
	for i := range slow {
		slow[i].Events = 0
	}
	for i := range quick {
		quick[i].Events = 0
	}
	if fmt.Sprint(slow) != fmt.Sprint(quick) {
		t.Fatalf("%s by %q: counted %v, and quickly %v", q.Where, by, slow, quick)
	}
}

// FuzzTranslation feeds texts of queries: what Parse takes, the engine runs.
func FuzzTranslation(f *testing.F) {
	db := sqldbtest.Open(f, sqldb.SQLite)
	fill(f, db, some())
	for _, s := range []string{
		"state:open -told:7d", "ip:192.0.2.0/24,2001:db8::/32", `org:"x' OR 1=1 --"`, "count:>5 (feed:a* or -has:due)", "asn:5", `url:*%_!*`,
		strings.Repeat("-(", 16) + "a" + strings.Repeat(")", 16), "a" + strings.Repeat(",a", 255), "port:" + strings.Repeat("1,", 250) + "1", "source.ip:1.2.3.4",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text, now, time.UTC)
		if err == nil {
			_, err = List(context.Background(), db, tester, Query{Where: n, Organisations: fitting})
		}
		if err != nil && !problem.Is(err, problem.Invalid) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil {
			_, err = Count(context.Background(), db, tester, Query{Where: query.Negate(n)}, []string{"feed", "state"})
		}
		if err != nil && !problem.Is(err, problem.Invalid) {
			t.Fatalf("%s: %v", fmt.Sprint(n), err)
		}
	})
}
