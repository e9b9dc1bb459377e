package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/desk"
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

func listed(t *testing.T, a *App, text string) []desk.FindingView {
	t.Helper()
	p, err := a.Desk.ListFindings(t.Context(), tester, desk.FindingQuery{Text: text, ByAddress: true})
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
	p, err := a.Desk.ListFindings(t.Context(), tester, desk.FindingQuery{Request: page.Request{Limit: 1}})
	if err != nil || len(p.Items) != 1 || p.Next == "" {
		t.Errorf("a page: %+v, %v", p, err)
	}
	if _, err := a.Desk.ListFindings(t.Context(), tester, desk.FindingQuery{Text: "asn:1"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("a name of events: %v", err)
	}
	if _, err := a.Desk.ListFindings(t.Context(), identity.Actor{}, desk.FindingQuery{}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
}

func TestFindingsAreCounted(t *testing.T) {
	a, _ := found(t)
	got, err := a.Desk.CountFindings(t.Context(), tester, "has:org", []string{"organisation"})
	if err != nil || fmt.Sprint(got) != "[{[City Hospital] 2 3} {[Northlight] 1 1}]" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := a.Desk.CountFindings(t.Context(), tester, "", []string{"colour"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("got %v", err)
	}
}

// TestFindingIsShown looks at one by the beginning of its id: its events, whose it is, its history.
func TestFindingIsShown(t *testing.T) {
	a, _ := found(t)
	id := listed(t, a, "identifier:open-telnet")[0].ID
	d, err := a.Desk.ShowFinding(t.Context(), tester, id[:len("192.0.2.1~123456")])
	if err != nil {
		t.Fatal(err)
	}
	if d.Finding.ID != id || len(d.Events) != 2 || !d.Events[0].Time.After(d.Events[1].Time) || d.Events[1].Fields["extra.banner"] != "=1+1" {
		t.Errorf("got %+v", d)
	}
	if d.Why == nil || d.Why.Organisation != "City Hospital" || d.Why.Network != "192.0.2.0/24" {
		t.Errorf("whose: %+v, %s", d.Why, d.WhyNot)
	}
	if _, err := a.Desk.ShowFinding(t.Context(), tester, "192.0.2.99~abcdef"); !problem.Is(err, problem.NotFound) {
		t.Errorf("none: %v", err)
	}
	if _, err := a.Desk.ShowFinding(t.Context(), identity.Actor{}, id); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
	if _, err := a.Desk.ShowFinding(t.Context(), tester, "nonsense"); !problem.Is(err, problem.Invalid) {
		t.Errorf("no id: %v", err)
	}
}

func TestFindingsAreMoved(t *testing.T) {
	a, _ := found(t)
	keys, err := a.Desk.MeantFindings(t.Context(), tester, "class:scanner")
	if err != nil || len(keys) != 2 {
		t.Fatalf("%v, %v", keys, err)
	}
	until, err := a.Desk.ParseUntil("30d")
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
	d, err := a.Desk.ShowFinding(t.Context(), tester, muted[0].ID)
	if err != nil || len(d.History) == 0 || d.History[len(d.History)-1].To != "muted" {
		t.Errorf("history %+v, %v", d.History, err)
	}
	one, err := a.Desk.MeantFindings(t.Context(), tester, muted[0].ID)
	if err != nil || len(one) != 1 {
		t.Errorf("one: %v, %v", one, err)
	}
	if _, err := a.Desk.MeantFindings(t.Context(), tester, "nme:x"); !problem.Is(err, problem.Invalid) {
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
