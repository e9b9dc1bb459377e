package desk_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/keep"
	"github.com/firehall/firehall/internal/event/query"
	"github.com/firehall/firehall/internal/feed"
)

// addresses are few, so that each occurs often, as source and as destination; the last ones never do.
var addresses = []string{
	"198.51.100.1", "198.51.100.2", "203.0.113.77", "2001:db8::1", "2001:db8:1::1", "2001:db8::c633:6401", "192.0.2.200", "2001:db8:ffff::1",
}

// takeAddresses takes n events in that have addresses, ports that number them, and times or none.
func (s *eventStation) takeAddresses(r *rand.Rand, n int) {
	s.Helper()
	var b strings.Builder
	some := addresses[:len(addresses)-2]
	for range n {
		s.taken++
		fmt.Fprintf(&b, `{"source.port":%d,"classification.type":%q`, s.taken, []string{"scanner", "spam"}[r.IntN(2)])
		for _, field := range []string{"source.ip", "destination.ip"} {
			if r.IntN(4) > 0 {
				fmt.Fprintf(&b, `,%q:%q`, field, some[r.IntN(len(some))])
			}
		}
		if r.IntN(10) > 0 {
			fmt.Fprintf(&b, `,"time.source":%q`, midday.Add(-time.Duration(r.IntN(100))*time.Hour/2).Format(time.RFC3339))
		}
		b.WriteString("}\n")
	}
	if _, err := s.Feeds.Ingest(s.Context(), asker, feed.Source{Feed: "intelmq", Name: fmt.Sprint(s.taken), Reader: strings.NewReader(b.String())}); err != nil {
		s.Fatal(err)
	}
	s.now.Advance(time.Second)
}

// engine gives the numbers of the events that a query means, as the query engine finds them, the newest first.
func (s *eventStation) engine(text string) (out []string) {
	s.Helper()
	groups, err := s.Desk.Count(s.Context(), asker, desk.EventQuery{Text: text, By: []string{"sport"}})
	if err != nil {
		s.Fatal(err)
	}
	for _, g := range groups {
		out = append(out, g.Values[0])
	}
	slices.Sort(out)
	return out
}

// sameCounts compares breakdowns of all events with what the engine counts.
func (s *eventStation) sameCounts(when string) {
	s.Helper()
	for _, field := range []string{"class", "sport", "organisation", "malware", "country", "source.asn", "feed", "classification.identifier"} {
		groups, err := s.Desk.Count(s.Context(), asker, desk.EventQuery{By: []string{field}})
		if err != nil {
			s.Fatal(err)
		}
		s.Desk.Forget()
		b, err := s.Desk.Breakdown(s.Context(), asker, desk.BreakdownQuery{Field: field, Limit: 1000})
		if err != nil {
			s.Fatal(err)
		}
		want, got := map[string]int64{}, map[string]int64{}
		for _, g := range groups {
			want[g.Values[0]] += g.Count
		}
		for _, v := range b.Values {
			got[v.Raw] += v.Events
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || b.Others > 0 {
			s.Errorf("%s, by %s: %v and %d others, the engine counts %v", when, field, got, b.Others, want)
		}
	}
}

// sameByAddress compares what is found without the engine with what the engine finds.
func (s *eventStation) sameByAddress(when string) {
	s.Helper()
	s.sameCounts(when)
	for _, address := range addresses {
		for _, text := range []string{
			"ip:%s", "src:%s", "dst:%s", "ip:%s -has:time", "ip:%s has:time", "ip:%s class:spam", "src:%s dst:198.51.100.1",
			"ip:%s time:2026-11-21", "ip:%s time:2026-11-20T00:00:00Z..2026-11-21T06:30:00Z", "ip:%s sport:1..40",
		} {
			text = fmt.Sprintf(text, address)
			want := s.engine(text)
			s.Desk.Forget()
			got := s.ports(desk.RowQuery{Text: text, Limit: 7}, func() {})
			if !newestFirst(s, text) {
				s.Errorf("%s, %s: not the newest first", when, text)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				s.Errorf("%s, %s: %d events %v, the engine finds %d %v", when, text, len(got), got, len(want), want)
			}
			s.sameHours(when, text)
		}
	}
}

// newestFirst tells whether a long page is in order.
func newestFirst(s *eventStation, text string) bool {
	s.Helper()
	p, err := s.Desk.Rows(s.Context(), asker, desk.RowQuery{Text: text, Limit: desk.MostRows})
	if err != nil {
		s.Fatal(err)
	}
	return slices.IsSortedFunc(p.Rows, func(a, b desk.EventRow) int { return b.Time.Compare(a.Time) })
}

func (s *eventStation) sameHours(when, text string) {
	s.Helper()
	groups, err := s.Desk.Count(s.Context(), asker, desk.EventQuery{Text: text, By: []string{"hour"}})
	if err != nil {
		s.Fatal(err)
	}
	h, err := s.Desk.Histogram(s.Context(), asker, desk.HistogramQuery{Text: text, Step: time.Hour})
	if err != nil {
		s.Fatal(err)
	}
	want, got := map[string]int64{}, map[string]int64{}
	for _, g := range groups {
		want[g.Values[0]] = g.Count
	}
	for _, b := range h.Bars {
		if b.Events > 0 {
			got[b.From.Format("2006-01-02T15:04")] = b.Events
		}
	}
	if h.Untimed > 0 {
		got[""] = h.Untimed
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.Errorf("%s, %s: by hour %v, the engine counts %v", when, text, got, want)
	}
}

func TestByAddressAsTheEngine(t *testing.T) {
	s, r := newEvents(t), rand.New(rand.NewPCG(1, 2))
	for range 3 {
		s.takeAddresses(r, 60)
	}
	s.sameByAddress("taken in")
	where, err := query.Parse("ip:2001:db8::1", query.Options{Now: midday, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keeper(true).Erase(t.Context(), asker, keep.Erasure{Where: where, Reason: "test"}); err != nil {
		t.Fatal(err)
	}
	if got := s.ports(desk.RowQuery{Text: "ip:2001:db8::1"}, func() {}); len(got) > 0 {
		t.Errorf("erased, and found: %v", got)
	}
	s.sameByAddress("after an erasure")
	s.now.Advance(72 * time.Hour)
	if sum, err := s.Keeper(true).Compact(t.Context(), asker, false); err != nil || sum.Into == 0 {
		t.Fatalf("compaction did nothing: %+v %v", sum, err)
	}
	s.takeAddresses(r, 20)
	s.sameByAddress("after compaction")
}

// What cannot be read here is the engine's: it says what is wrong, and nobody is told that there is nothing.
func TestByAddressWithADamagedSegment(t *testing.T) {
	s := newEvents(t)
	s.takeAddresses(rand.New(rand.NewPCG(1, 2)), 30)
	paths, err := filepath.Glob(filepath.Join(s.Config.Data.Dir, "events", "*", "*", "*.parquet"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		if err := os.Truncate(path, 40); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := s.Desk.Rows(t.Context(), asker, desk.RowQuery{Text: "ip:198.51.100.1"}); err == nil {
		t.Errorf("a page of %d events over segments cut short", len(p.Rows))
	}
}
