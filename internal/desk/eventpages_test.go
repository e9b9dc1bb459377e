package desk_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/duck/engine"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
)

// TestMain makes the test binary act as the query engine when an App starts it.
func TestMain(m *testing.M) {
	if engine.Asked() {
		os.Exit(engine.Child(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

var (
	midday = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	asker  = identity.System("test")
)

// eventStation is an installation with events.
type eventStation struct {
	*testing.T
	*app.App
	now   *clock.Fixed
	taken int
}

func newEvents(t *testing.T) *eventStation {
	t.Helper()
	c := config.Default()
	c.Data.Dir = t.TempDir()
	jsonl := config.DefaultFeed()
	jsonl.Format, jsonl.DocumentationAddresses = "intelmq", true
	c.Feeds = map[string]config.Feed{"intelmq": jsonl}
	now := clock.At(midday)
	a, err := app.New(context.Background(), app.Options{Config: c, Clock: now, Log: slog.New(slog.DiscardHandler), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &eventStation{T: t, App: a, now: now}
}

// take takes events in, each with a number in source.port; ago says how many minutes ago each was seen.
func (s *eventStation) take(class string, ago ...int) {
	s.Helper()
	var b strings.Builder
	for _, minutes := range ago {
		s.taken++
		fmt.Fprintf(&b, `{"source.ip":"198.51.100.%d","source.port":%d,"classification.type":%q,"extra.colour":"c%d","time.source":%q}`+"\n",
			s.taken%7, s.taken, class, s.taken%3, midday.Add(-time.Duration(minutes)*time.Minute).Format(time.RFC3339))
	}
	if _, err := s.Feeds.Ingest(s.Context(), asker, feed.Source{Feed: "intelmq", Name: fmt.Sprint(s.taken), Reader: strings.NewReader(b.String())}); err != nil {
		s.Fatal(err)
	}
	s.now.Advance(time.Second)
}

// ports asks for all pages and gives the numbers of the events, in order; between does something after each page.
func (s *eventStation) ports(q desk.RowQuery, between func()) (out []string) {
	s.Helper()
	q.Fields = []string{"sport"}
	for {
		p, err := s.Desk.Rows(s.Context(), asker, q)
		if err != nil {
			s.Fatal(err)
		}
		for _, r := range p.Rows {
			out = append(out, r.Cells[0].Raw)
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			return out
		}
		between()
	}
}

func TestRowsPageThroughEverythingOnce(t *testing.T) {
	s := newEvents(t)
	s.take("scanner", 5, 1, 3, 3, 3)
	s.take("scanner", 3, 2, 3)
	s.take("spam", 4, 3)
	want := []string{"2", "7", "3", "4", "5", "6", "8", "10", "9", "1"}
	for limit := 1; limit <= 13; limit += 2 {
		if got := s.ports(desk.RowQuery{Limit: limit}, func() {}); !sameTimes(got, want) {
			t.Errorf("pages of %d: %v", limit, got)
		}
	}
	added := false
	got := s.ports(desk.RowQuery{Limit: 5}, func() {
		if !added { // as new as those of the page that was just shown
			s.take("spam", 3, 0)
			added = true
		}
	})
	slices.Sort(got)
	if len(slices.Compact(slices.Clone(got))) != len(got) || len(got) < len(want) || slices.Contains(got, "12") {
		t.Errorf("with events that came meanwhile: %v", got)
	}
}

// sameTimes compares two orders in which events of one time may stand in any order of their own.
func sameTimes(got, want []string) bool {
	group := func(list []string) string {
		out := []string{}
		for _, part := range [][2]int{{0, 1}, {1, 2}, {2, 8}, {8, 9}, {9, 10}} {
			if part[1] > len(list) {
				return "short"
			}
			p := slices.Clone(list[part[0]:part[1]])
			slices.Sort(p)
			out = append(out, strings.Join(p, ","))
		}
		return fmt.Sprint(len(list), out)
	}
	return group(got) == group(want)
}

func TestRowsSayWhatTheyHold(t *testing.T) {
	s := newEvents(t)
	s.take("scanner", 5)
	p, err := s.Desk.Rows(t.Context(), asker, desk.RowQuery{Text: "class:scanner"})
	if err != nil || len(p.Rows) != 1 || len(p.Columns) != len(desk.ListFields) || p.Columns[0].Name != "time.source" {
		t.Fatalf("%+v, %v", p, err)
	}
	r := p.Rows[0]
	if !r.Time.Equal(midday.Add(-5*time.Minute)) || !r.Cells[0].Time.Equal(r.Time) || r.Intake == "" || r.Cells[4].Text != "198.51.100.1" {
		t.Errorf("%+v", r)
	}
	for text, cursor := range map[string]string{"nosuch:x": "", "": "no cursor"} {
		if _, err := s.Desk.Rows(t.Context(), asker, desk.RowQuery{Text: text, Cursor: cursor}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q after %q: %v", text, cursor, err)
		}
	}
}

func TestHistogram(t *testing.T) {
	s := newEvents(t)
	s.take("scanner", 0, 10, 70, 200)
	s.take("spam", 10, 60*24*5)
	for name, c := range map[string]struct {
		q       desk.HistogramQuery
		bars    int
		total   int64
		counted bool
	}{
		"counted, days":      {desk.HistogramQuery{}, 6, 6, true},
		"counted, hours":     {desk.HistogramQuery{From: midday.Add(-5 * time.Hour)}, 5, 5, true},
		"counted, a class":   {desk.HistogramQuery{Text: "class:scanner"}, 5, 4, true},
		"of the events":      {desk.HistogramQuery{Text: "ip:198.51.100.0/24"}, 6, 6, false},
		"of the events, day": {desk.HistogramQuery{Text: "ip:198.51.100.0/24 time:2026-11-22", Step: time.Hour}, 5, 5, false},
		"by arrival":         {desk.HistogramQuery{Arrival: true}, 1, 6, true},
		"split":              {desk.HistogramQuery{Split: "class"}, 6, 6, true},
		"split, events":      {desk.HistogramQuery{Text: "has:ip", Split: "class"}, 6, 6, false},
		"nothing":            {desk.HistogramQuery{Text: "class:phishing"}, 0, 0, true},
	} {
		h, err := s.Desk.Histogram(t.Context(), asker, c.q)
		if err != nil || len(h.Bars) != c.bars || h.Total != c.total || h.Counted != c.counted {
			t.Errorf("%s: %d bars of %v, %d events, counted %v, %v", name, len(h.Bars), h.Step, h.Total, h.Counted, err)
		}
		sum := h.Untimed
		for _, b := range h.Bars {
			sum += b.Events
			parts := int64(0)
			for _, p := range b.Parts {
				parts += p.Events
			}
			if c.q.Split != "" && parts != b.Events || !b.To.After(b.From) {
				t.Errorf("%s: %+v", name, b)
			}
		}
		if sum != h.Total {
			t.Errorf("%s: bars of %d events, of %d", name, sum, h.Total)
		}
	}
	if _, err := s.Desk.Histogram(t.Context(), asker, desk.HistogramQuery{Arrival: true, Text: "ip:198.51.100.1"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("by arrival with an address: %v", err)
	}
}

func TestBreakdown(t *testing.T) {
	s := newEvents(t)
	s.take("scanner", 0, 10, 70, 200)
	s.take("spam", 10, 60)
	for name, c := range map[string]struct {
		q    desk.BreakdownQuery
		want string
	}{
		"from counts":     {desk.BreakdownQuery{Field: "class"}, "[scanner:4 spam:2] 6 0"},
		"with a limit":    {desk.BreakdownQuery{Field: "class", Limit: 1}, "[scanner:4] 6 2"},
		"of the events":   {desk.BreakdownQuery{Field: "class", Text: "port:2..7"}, "[scanner:3 spam:2] 5 0"},
		"an extra":        {desk.BreakdownQuery{Field: "extra.colour"}, "[c0:2 c1:2 c2:2] 6 0"},
		"without a value": {desk.BreakdownQuery{Field: "malware"}, "[:6] 6 0"},
		"half an hour":    {desk.BreakdownQuery{Field: "class", Text: "time:2026-11-22T11:30:00Z..2026-11-22T12:30:00Z"}, "[scanner:2 spam:1] 3 0"},
	} {
		b, err := s.Desk.Breakdown(t.Context(), asker, c.q)
		if got := shown(b); err != nil || got != c.want {
			t.Errorf("%s: %s, want %s, %v", name, got, c.want, err)
		}
	}
}

func shown(b desk.Breakdown) string {
	list := []string{}
	for _, v := range b.Values {
		list = append(list, fmt.Sprintf("%s:%d", v.Raw, v.Events))
	}
	return fmt.Sprint(list, " ", b.Total, " ", b.Others)
}

func TestLongQuestion(t *testing.T) {
	s := newEvents(t)
	s.take("scanner", 0, 10, 70, 200)
	s.take("spam", 10, 60)
	l, err := s.Desk.AskLong(t.Context(), asker, desk.BreakdownQuery{Field: "extra.colour"})
	if err != nil || l.State != desk.LongRunning || l.Of != 6 {
		t.Fatalf("%+v, %v", l, err)
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		if l, err = s.Desk.Long(t.Context(), asker, l.ID); err != nil || l.State != desk.LongRunning {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if l.State != desk.LongDone || shown(l.Breakdown) != "[c0:2 c1:2 c2:2] 6 0" || l.Rows != l.Of {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := s.Desk.Long(t.Context(), identity.System("somebody else"), l.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	if err := s.Desk.CancelLong(t.Context(), asker, l.ID); err != nil {
		t.Errorf("cancelling what has ended: %v", err)
	}
	s.Desk.Close()
	if _, err := s.Desk.AskLong(t.Context(), asker, desk.BreakdownQuery{Field: "extra.colour"}); !problem.Is(err, problem.Conflict) {
		t.Errorf("after the end: %v", err)
	}
}

func TestQuick(t *testing.T) {
	for field, want := range map[string]bool{"class": true, "source.asn": true, "organisation": true, "day": false, "extra.x": false, "tag": false, "ip": false, "host": false} {
		if desk.Quick(field) != want {
			t.Errorf("%s: quick is %v", field, !want)
		}
	}
}
