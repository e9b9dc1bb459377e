package app

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
)

// found opens an installation that observed something, and applies it.
func found(t *testing.T) (*App, *house) {
	t.Helper()
	h := newHouse(t)
	h.clock = clock.At(noon)
	a, _ := h.observe()
	if waiting, err := a.Findings.Waiting(t.Context()); err != nil || waiting == 0 {
		t.Fatalf("%d facts wait, %v", waiting, err)
	}
	if _, err := a.ApplyFindings(t.Context(), tester, nil); err != nil {
		t.Fatal(err)
	}
	return a, h
}

func listed(t *testing.T, a *App, text string) []FindingView {
	t.Helper()
	p, err := a.ListFindings(t.Context(), tester, FindingQuery{Text: text, ByAddress: true})
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

func TestFindingsAreListed(t *testing.T) {
	a, _ := found(t)
	var got []string
	for _, v := range listed(t, a, "") {
		got = append(got, fmt.Sprintf("%s %s %s %q %d %v", v.What(), v.Condition(), v.State, v.Organisation, v.Count, v.Feeds))
	}
	want := []string{
		`192.0.2.1:23 vulnerable-system open-telnet open "City Hospital" 2 [desk2]`,
		`192.0.2.2 scanner open "City Hospital" 1 [desk2]`,
		`198.51.100.7 infected-system mirai open "Northlight" 1 [desk2]`,
		`203.0.113.200 scanner open "" 1 [desk2]`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := listed(t, a, `org:"city hospital" last:>2026-11-20`); len(got) != 1 || got[0].Label != "TLP:AMBER" {
		t.Errorf("got %+v", got)
	}
	p, err := a.ListFindings(t.Context(), tester, FindingQuery{Request: page.Request{Limit: 1}})
	if err != nil || len(p.Items) != 1 || p.Next == "" {
		t.Errorf("a page: %+v, %v", p, err)
	}
	if _, err := a.ListFindings(t.Context(), tester, FindingQuery{Text: "asn:1"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("a name of events: %v", err)
	}
	if _, err := a.ListFindings(t.Context(), identity.Actor{}, FindingQuery{}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
}

func TestFindingsAreCounted(t *testing.T) {
	a, _ := found(t)
	got, err := a.CountFindings(t.Context(), tester, "has:org", []string{"organisation"})
	if err != nil || fmt.Sprint(got) != "[{[City Hospital] 2 3} {[Northlight] 1 1}]" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := a.CountFindings(t.Context(), tester, "", []string{"colour"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("got %v", err)
	}
}

// TestFindingIsShown looks at one by the beginning of its id: its events, whose it is, its history.
func TestFindingIsShown(t *testing.T) {
	a, _ := found(t)
	id := listed(t, a, "identifier:open-telnet")[0].ID
	d, err := a.ShowFinding(t.Context(), tester, id[:len("192.0.2.1~123456")])
	if err != nil {
		t.Fatal(err)
	}
	if d.Finding.ID != id || len(d.Events) != 2 || !d.Events[0].Time.After(d.Events[1].Time) || d.Events[1].Fields["extra.banner"] != "=1+1" {
		t.Errorf("got %+v", d)
	}
	if d.Why == nil || d.Why.Organisation != "City Hospital" || d.Why.Network != "192.0.2.0/24" {
		t.Errorf("whose: %+v, %s", d.Why, d.WhyNot)
	}
	if _, err := a.ShowFinding(t.Context(), tester, "192.0.2.99~abcdef"); !problem.Is(err, problem.NotFound) {
		t.Errorf("none: %v", err)
	}
	if _, err := a.ShowFinding(t.Context(), identity.Actor{}, id); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := a.ShowFinding(t.Context(), tester, "nonsense"); !problem.Is(err, problem.Invalid) {
		t.Errorf("no id: %v", err)
	}
}

func TestFindingsAreMoved(t *testing.T) {
	a, _ := found(t)
	keys, err := a.MeantFindings(t.Context(), tester, "class:scanner")
	if err != nil || len(keys) != 2 {
		t.Fatalf("%v, %v", keys, err)
	}
	until, err := a.ParseUntil("30d")
	if err != nil {
		t.Fatal(err)
	}
	moved, err := a.Findings.Move(t.Context(), tester, keys, finding.Request{To: finding.Muted, Reason: "our own scanner", Until: until})
	if err != nil || moved.Moved != 2 {
		t.Fatalf("%+v, %v", moved, err)
	}
	muted := listed(t, a, "state:muted until:>now")
	if len(muted) != 2 || muted[0].Reason != "our own scanner" || !muted[0].Until.Equal(until) {
		t.Errorf("got %+v", muted)
	}
	d, err := a.ShowFinding(t.Context(), tester, muted[0].ID)
	if err != nil || len(d.History) == 0 || d.History[len(d.History)-1].To != "muted" {
		t.Errorf("history %+v, %v", d.History, err)
	}
	one, err := a.MeantFindings(t.Context(), tester, muted[0].ID)
	if err != nil || len(one) != 1 {
		t.Errorf("one: %v, %v", one, err)
	}
	if _, err := a.MeantFindings(t.Context(), tester, "nme:x"); !problem.Is(err, problem.Invalid) {
		t.Errorf("no query: %v", err)
	}
}

// TestReaderAppliesUnlessAnotherWorks applies with an installation that is open to be read: not while the folder is held, and after.
func TestReaderAppliesUnlessAnotherWorks(t *testing.T) {
	h := newHouse(t)
	h.clock = clock.At(noon)
	holder, _ := h.observe()
	reader, err := New(t.Context(), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Stop(t.Context()) }()
	if _, err := reader.ApplyFindings(t.Context(), tester, nil); !problem.Is(err, problem.Conflict) {
		t.Errorf("while another works: %v", err)
	}
	if err := holder.lock.release(); err != nil { // as its death would
		t.Fatal(err)
	}
	holder.lock = nil
	if done, err := reader.ApplyFindings(t.Context(), tester, nil); err != nil || done.New != 4 {
		t.Errorf("%+v, %v", done, err)
	}
	if reader.lock != nil {
		t.Error("the lock is kept")
	}
}

func TestParseUntil(t *testing.T) {
	h := newHouse(t)
	h.clock = clock.At(noon)
	h.conf.Team.TimeZone = "Europe/Helsinki"
	a := &App{Options: h.options()}
	for _, tt := range []struct{ text, want string }{
		{"30d", "2026-12-22T12:00:00Z"},
		{"12h", "2026-11-23T00:00:00Z"},
		{"2w", "2026-12-06T12:00:00Z"},
		{"2026-12-31", "2026-12-31T22:00:00Z"},
		{"2026-11-22", "2026-11-22T22:00:00Z"},
		{"2026-12-31T12:00", "2026-12-31T10:00:00Z"},
		{"2026-12-31T12:00:00Z", "2026-12-31T12:00:00Z"},
		{"2026-11-21", "past"},
		{"0d", "past"},
		{"9000w", "five years"},
		{"99999d", "no end"},
		{"d", "no end"},
		{"", "no end"},
		{"-3d", "no end"},
		{"tomorrow", "no end"},
		{"30d state:open", "no end"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got, err := a.ParseUntil(tt.text)
			if err != nil {
				if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v", err)
				}
				return
			}
			if got.Format(time.RFC3339) != tt.want {
				t.Errorf("got %s, want %s", got.Format(time.RFC3339), tt.want)
			}
		})
	}
}

func TestFactsOf(t *testing.T) {
	whole := feed.Intake{
		ID: "i", Feed: "f", Report: "r", State: feed.Done, Arrived: noon, Counts: feed.Counts{Rows: 9},
		Terms: feed.Terms{TLP: "green", Attribution: "a", Receivers: []string{"constituent"}, Complete: true},
	}
	partly, unlabelled := whole, whole
	partly.Counts.SetAside, unlabelled.Terms.TLP = 1, ""
	if f := factsOf(whole); f.Label != tlp.Green || !f.Whole || !f.Complete || f.Rows != 9 || f.Attribution != "a" || len(f.Receivers) != 1 || !f.Arrived.Equal(noon) {
		t.Errorf("got %+v", f)
	}
	if factsOf(partly).Whole {
		t.Error("something was set aside")
	}
	if factsOf(unlabelled).Label != tlp.Red {
		t.Error("what nobody labelled is passed on")
	}
}

func TestSourcesOf(t *testing.T) {
	sources := []finding.Source{{Bit: 0, Feed: "a", Label: tlp.Green}, {Bit: 1, Feed: "b", Label: tlp.Amber}, {Bit: 2, Feed: "a", Label: tlp.Clear}}
	for _, tt := range []struct {
		name string
		bits uint64
		want string
	}{
		{"none", 0, "[] TLP:CLEAR"},
		{"one", 1, "[a] TLP:GREEN"},
		{"one twice", 5, "[a] TLP:GREEN"},
		{"two", 3, "[a b] TLP:AMBER"},
		{"beyond", 1 << finding.Beyond, "[latest] TLP:RED"},
		{"unknown", 8, "[latest] TLP:RED"},
	} {
		if feeds, label := sourcesOf(finding.Finding{Sources: tt.bits, Feed: "latest"}, sources); fmt.Sprint(feeds)+" "+label != tt.want {
			t.Errorf("%s: got %v %s, want %s", tt.name, feeds, label, tt.want)
		}
	}
}

func TestNetOf(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	base := finding.Finding{Type: "scanner", First: at, Last: at}
	for _, tt := range []struct {
		name string
		of   finding.Asset
		f    func(*finding.Finding)
		want string
	}{
		{"service", finding.Asset{Addr: netip.MustParseAddr("192.0.2.1"), Port: 23}, func(f *finding.Finding) { f.Port = 23 }, "source.ip:192.0.2.1 source.port:23"},
		{"other side", finding.Asset{Addr: netip.MustParseAddr("192.0.2.1")}, func(f *finding.Finding) { f.Role = "destination" }, "destination.ip:192.0.2.1"},
		{"page", finding.Asset{Type: "phishing", URL: "http://a.example/"}, func(f *finding.Finding) { f.URL = "http://a.example/" }, `source.url:"http://a.example/"`},
		{"host", finding.Asset{Type: "phishing", FQDN: "a.example"}, func(f *finding.Finding) { f.FQDN = "a.example" }, "source.fqdn:a.example"},
	} {
		f := base
		f.Key = finding.KeyOf(tt.of)
		tt.f(&f)
		want := "time.source:2026-11-01T00:00:00Z..2026-11-01T00:00:00.001Z classification.type:scanner " + tt.want
		if got := netOf(f).String(); strings.ReplaceAll(got, `"`, "") != strings.ReplaceAll(want, `"`, "") {
			t.Errorf("%s: got %s\nwant %s", tt.name, got, want)
		}
	}
}
