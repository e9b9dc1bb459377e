package taxii

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	"github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/stix"
)

const (
	benchValues = 60     // of a thing
	benchGiven  = 20_000 // plain indicators whose taking in is measured
	benchTimes  = 21
	benchBundle = 350_000 // attributes of the bundle that is opened, an object each
)

// things is how many the benchmark has: FIREHALL_BENCH_REPORTS, else few.
func things(b *testing.B) int {
	text := os.Getenv("FIREHALL_BENCH_REPORTS")
	if text == "" {
		return 2000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// thing is a report with many values: one that all have, and others that few have.
func thing(n int) sharing.Object {
	var values strings.Builder
	for k := range benchValues - 1 {
		fmt.Fprintf(&values, `,"h%d-%d.example"`, (n+k*7919)%997_001, k)
	}
	id := "grouping--" + uid(n)
	return sharing.Object{
		ID: id, Type: "grouping", SpecVersion: "2.1", Created: day, Modified: day,
		Raw: []byte(`{"type":"grouping","spec_version":"2.1","id":"` + id + `","created":"2026-11-22T03:00:00.123Z","modified":"2026-11-22T03:00:00.123Z","context":"x","x_values":["everywhere.example"` + values.String() + `]}`),
	}
}

// BenchmarkShared fills a collection with things of 60 values each, and measures what people and programs wait for.
func BenchmarkShared(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			db := sqldbtest.Open(b, engine)
			for b.Loop() {
				measure(b, db, things(b))
			}
		})
	}
}

func measure(b *testing.B, db *sqldb.DB, n int) {
	b.ReportMetric(opened(b), "open-ms")
	s, text, c := benchServer(b, db)
	in := sharing.In{Collection: c.ID, Origin: sharing.OriginUpload, Unmarked: tlp.Green}
	begun := time.Now()
	for at := 0; at < n; at += 5000 {
		var list []sharing.Object
		for k := at; k < min(n, at+5000); k++ {
			list = append(list, thing(k))
		}
		if _, err := s.Sharing.Put(ctx, ada, in, list, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/time.Since(begun).Seconds(), "things/s")
	var given []string
	for k := range benchGiven {
		given = append(given, indicator(k, v1))
	}
	in.Body = strings.NewReader(envelope(given...))
	begun = time.Now()
	if _, err := s.Sharing.Add(ctx, ada, in); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(benchGiven/time.Since(begun).Seconds(), "taken/s")
	b.ReportMetric(often(func() { s.ask(b, text, c, "") }), "page-ms")
	b.ReportMetric(often(func() { s.ask(b, text, c, "&match[type]=indicator") }), "typed-ms")
	b.ReportMetric(often(func() { s.lookUp(b, "h471-3.example") }), "lookup-ms")
	b.ReportMetric(often(func() { s.lookUp(b, "everywhere.example") }), "common-ms")
	b.ReportMetric(often(func() {
		if _, err := s.Sharing.Look(ctx, ada, "grouping--"+uid(n/2)); err != nil {
			b.Fatal(err)
		}
	}), "related-ms")
}

// opened is how long it takes to read and check a bundle of many attributes, in milliseconds.
func opened(b *testing.B) float64 {
	b.Helper()
	var text strings.Builder
	text.WriteString(`{"type":"bundle","id":"bundle--` + uid(0) + `","objects":[`)
	for k := range benchBundle {
		if k > 0 {
			text.WriteByte(',')
		}
		value := fmt.Sprintf("h%d.example", k)
		id, err := stix.ID("domain-name", map[string]string{"value": value})
		if err != nil {
			b.Fatal(err)
		}
		fmt.Fprintf(&text, `{"type":"domain-name","spec_version":"2.1","id":%q,"value":%q}`, id, value)
	}
	text.WriteString("]}")
	return often(func() {
		list, bad, err := stix.Parse(strings.NewReader(text.String()), stix.Limits{})
		if err != nil || len(list) != benchBundle || len(bad) > 0 {
			b.Fatalf("%d, %d set aside, %v", len(list), len(bad), err)
		}
	})
}

// often is the median of several runs, in milliseconds.
func often(do func()) float64 {
	times := make([]time.Duration, benchTimes)
	for i := range times {
		begun := time.Now()
		do()
		times[i] = time.Since(begun)
	}
	slices.Sort(times)
	return float64(times[benchTimes/2].Microseconds()) / 1000
}

// ask asks for a page of 1,000 through the server.
func (s *Server) ask(b *testing.B, text string, c sharing.Collection, query string) {
	r := httptest.NewRequest("GET", Root+api+"/collections/"+c.ID+"/objects/?limit=1000"+query, nil)
	r.Header.Set("Authorization", "Bearer "+text)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != 200 {
		b.Fatal(w.Body.String())
	}
}

func (s *Server) lookUp(b *testing.B, value string) {
	if _, err := s.Sharing.Find(ctx, ada, sharing.Search{Text: value, Page: core.Request{}}); err != nil {
		b.Fatal(err)
	}
}

func benchServer(b *testing.B, db *sqldb.DB) (*Server, string, sharing.Collection) {
	accounts := account.New(account.Options{DB: db, Clock: clockOf})
	tokens := token.New(token.Options{DB: db, Clock: clockOf, Resolve: accounts.Actor})
	text, _, err := tokens.Make(ctx, ada, token.Draft{Name: "bench", Scopes: []identity.Scope{identity.SharingRead}})
	if err != nil {
		b.Fatal(err)
	}
	shared := sharing.New(sharing.Options{
		DB: db, Clock: clockOf, Decode: sharing.STIX(stix.Limits{}),
		Decide: func(_ context.Context, _ identity.Actor, _ sharing.Collection, list []sharing.Candidate) (out []sharing.Verdict, err error) {
			for range list {
				out = append(out, sharing.Verdict{Allowed: true, Decision: "d"})
			}
			return out, nil
		},
	})
	c, err := shared.Open(ctx, ada, sharing.Draft{Title: "Bench", CanRead: true, Label: tlp.Amber})
	if err != nil {
		b.Fatal(err)
	}
	return New(Options{Clock: clockOf, Log: logging.Discard(), Sharing: shared, Tokens: tokens, Accounts: accounts, MaxBody: 1 << 30}), text, c
}
