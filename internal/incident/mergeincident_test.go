package incident

import (
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
)

// TestMerging is merging and splitting, and undoing both.
func TestMerging(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.sign("ada", "bob", "eve")
		for _, part := range []struct {
			name string
			do   func(*testing.T, *house)
		}{
			{"lead on", leadsOn},
			{"refuse", refusesMerge},
			{"hide", hidesMerged},
			{"restricted later", restrictsMerged},
			{"labels", raisesLabels},
			{"chain", chains},
			{"split", splitsOff},
			{"split restricted", splitsRestricted},
		} {
			t.Run(part.name, func(t *testing.T) { part.do(t, h) })
		}
	})
}

func (h *house) merge(t testing.TB, name, into string) {
	t.Helper()
	if _, err := h.MergeIncident(t.Context(), ada, name, into, "the same"); err != nil {
		t.Fatal(err)
	}
}

func (h *house) incidentOf(t testing.TB, actor identity.Actor, name string) Incident {
	t.Helper()
	i, err := h.Incident(t.Context(), actor, name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// ids sorts: those of one moment are in no order.
func ids(list ...string) []string {
	slices.Sort(list)
	return list
}

func reportsOf(i Incident) (ids []string) {
	for _, r := range i.Reports {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return ids
}

func leadsOn(t *testing.T, h *house) {
	r1, r2, r3 := h.accept(t, Draft{}), h.accept(t, Draft{}), h.accept(t, Draft{})
	a, b := h.opened(t, ada, Opening{Reports: []string{r1.ID}}), h.opened(t, ada, Opening{Title: "Quuxword", Reports: []string{r2.ID}})
	if _, err := h.AddNote(t.Context(), ada, b.ID, "of b"); err != nil {
		t.Fatal(err)
	}
	h.merge(t, b.Ref, a.ID)
	got := h.incidentOf(t, bob, b.Ref)
	if got.ID != a.ID || len(got.Merged) != 1 || got.Merged[0].ID != b.ID || len(got.Notes) != 1 || got.Notes[0].Text != "of b" {
		t.Errorf("%+v", got)
	}
	if want := ids(r1.ID, r2.ID); !slices.Equal(reportsOf(got), want) {
		t.Errorf("reports %v, not %v", reportsOf(got), want)
	}
	if moved, err := h.Link(t.Context(), ada, b.ID, []string{r3.ID}); err != nil || len(moved.Moved) != 1 {
		t.Fatalf("%+v, %v", moved, err)
	}
	if in := h.see(t, ada, r2.ID).Incidents; len(in) != 1 || in[0].ID != a.ID {
		t.Errorf("the report of what was merged belongs to %+v", in)
	}
	if _, err := h.AddNote(t.Context(), ada, b.ID, "after"); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]string{"quuxword": {a.ID}, "quuxword is:merged": {b.ID}, "quuxword state:merged": {b.ID}} {
		if got := h.found(t, ada, query); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, not %v", query, got, want)
		}
	}
	lines, err := h.Timeline(t.Context(), ada, b.ID, page.Request{})
	if err != nil || lines.Items[len(lines.Items)-1].Incident != a.ID && lines.Items[len(lines.Items)-1].Incident != b.ID {
		t.Errorf("%+v, %v", lines, err)
	}
	if err := h.UnmergeIncident(t.Context(), ada, b.ID, "no"); err != nil {
		t.Fatal(err)
	}
	back, left := h.incidentOf(t, ada, b.ID), h.incidentOf(t, ada, a.ID)
	if back.ID != b.ID || back.State != StageOpen || !slices.Equal(reportsOf(back), []string{r2.ID}) || len(back.Notes) != 1 || len(left.Notes) != 1 || len(left.Merged) != 0 {
		t.Errorf("%+v, %+v", back, left)
	}
	if !slices.Equal(reportsOf(left), ids(r1.ID, r3.ID)) {
		t.Errorf("%v", reportsOf(left))
	}
}

func (h *house) found(t testing.TB, actor identity.Actor, query string) (ids []string) {
	t.Helper()
	p, err := h.Incidents(t.Context(), actor, Filter{Query: query})
	if err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	n, err := h.CountIncidents(t.Context(), actor, query, 1000)
	if err != nil || n != len(p.Items) {
		t.Fatalf("%q: %d counted, %d listed, %v", query, n, len(p.Items), err)
	}
	for _, i := range p.Items {
		ids = append(ids, i.ID)
	}
	return ids
}

func refusesMerge(t *testing.T, h *house) {
	a, b, closed := h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{})
	between := h.opened(t, ada, Opening{})
	secret := h.opened(t, bob, Opening{Restricted: true, Members: []Member{{Account: "ada"}}})
	if _, err := h.MoveIncident(t.Context(), ada, closed.ID, Resolve, "x"); err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]string{{a.ID, between.ID}, {between.ID, closed.ID}} {
		if err := h.Relate(t.Context(), ada, pair[0], Child, pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	merge := func(who identity.Actor, name, into string) error {
		return only(h.MergeIncident(t.Context(), who, name, into, "x"))
	}
	refused{
		"itself":               {problem.Invalid, merge(ada, a.ID, a.Ref)},
		"into a closed one":    {problem.Conflict, merge(ada, a.ID, closed.ID)},
		"restricted into open": {problem.Conflict, merge(ada, secret.ID, a.ID)},
		"unseen":               {problem.NotFound, merge(eve, secret.ID, a.ID)},
		"into unseen":          {problem.NotFound, merge(eve, a.ID, secret.ID)},
		"a circle":             {problem.Conflict, merge(ada, closed.ID, a.ID)},
		"no role":              {problem.Forbidden, merge(vol, a.ID, b.ID)},
		"no reason":            {problem.Invalid, only(h.MergeIncident(t.Context(), ada, a.ID, b.ID, ""))},
		"undo nothing":         {problem.Conflict, h.UnmergeIncident(t.Context(), ada, a.ID, "x")},
	}.check(t)
	h.merge(t, a.ID, b.ID)
	refused{
		"twice":           {problem.Conflict, merge(ada, a.ID, between.ID)},
		"back into it":    {problem.Invalid, merge(ada, b.ID, a.ID)},
		"undo by no role": {problem.Forbidden, h.UnmergeIncident(t.Context(), vol, a.ID, "x")},
	}.check(t)
}

// An open incident that is merged into a restricted one is seen by the members of that alone, until the merge is undone.
func hidesMerged(t *testing.T, h *house) {
	r := h.accept(t, Draft{Subject: "xylophone"})
	open, secret := h.opened(t, ada, Opening{Title: "Xylophone", Reports: []string{r.ID}}), h.opened(t, ada, Opening{Restricted: true})
	h.merge(t, open.ID, secret.ID)
	for name, err := range map[string]error{
		"incident":   only(h.Incident(t.Context(), eve, open.ID)),
		"report":     only(h.Report(t.Context(), eve, r.ID)),
		"unmerge":    h.UnmergeIncident(t.Context(), eve, open.ID, "x"),
		"unfiltered": nil,
	} {
		if name != "unfiltered" && !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := h.found(t, eve, "xylophone is:merged"); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := h.refsOf(t, eve, "xylophone"); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := h.incidentOf(t, ada, open.ID); got.ID != secret.ID || len(got.Reports) != 1 {
		t.Errorf("%+v", got)
	}
	if err := h.UnmergeIncident(t.Context(), ada, open.ID, "no"); err != nil {
		t.Fatal(err)
	}
	if got := h.incidentOf(t, eve, open.ID); got.Restricted || len(got.Reports) != 1 {
		t.Errorf("%+v", got)
	}
	if got := h.found(t, eve, "xylophone"); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// What becomes restricted with something merged into it stays so when that is undone; what was restricted before keeps its own members.
func restrictsMerged(t *testing.T, h *house) {
	a, b := h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{})
	h.merge(t, b.ID, a.ID)
	if _, err := h.Restrict(t.Context(), ada, a.ID, true, nil, "x"); err != nil {
		t.Fatal(err)
	}
	if err := h.UnmergeIncident(t.Context(), ada, b.ID, "x"); err != nil {
		t.Fatal(err)
	}
	if err := only(h.Incident(t.Context(), eve, b.ID)); !problem.Is(err, problem.NotFound) {
		t.Errorf("%v", err)
	}
	if err := h.AddMember(t.Context(), ada, a.ID, Member{Account: "eve"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.MergeIncident(t.Context(), ada, b.ID, a.ID, "x"); !problem.Is(err, problem.Conflict) {
		t.Errorf("eve would see it: %v", err)
	}
	if err := h.AddMember(t.Context(), ada, b.ID, Member{Account: "eve", AdHoc: true, Until: h.clock.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.MergeIncident(t.Context(), ada, b.ID, a.ID, "x"); !problem.Is(err, problem.Conflict) {
		t.Errorf("eve would see it for longer: %v", err)
	}
	if err := h.AddMember(t.Context(), ada, b.ID, Member{Account: "eve"}); err != nil {
		t.Fatal(err)
	}
	h.merge(t, b.ID, a.ID)
	if err := h.RemoveMember(t.Context(), ada, a.ID, "eve", "x"); err != nil {
		t.Fatal(err)
	}
	if err := only(h.Incident(t.Context(), eve, b.ID)); !problem.Is(err, problem.NotFound) {
		t.Errorf("%v", err)
	}
	if err := h.AddMember(t.Context(), ada, a.ID, Member{Account: "bob"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Restrict(t.Context(), bob, a.ID, false, nil, "x"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("bob was no member of %s: %v", b.Ref, err)
	}
	if _, err := h.Restrict(t.Context(), ada, a.ID, false, nil, "x"); err != nil {
		t.Fatal(err)
	}
	if got := h.incidentOf(t, eve, b.ID); got.ID != a.ID || got.Restricted {
		t.Errorf("%+v", got)
	}
}

func raisesLabels(t *testing.T, h *house) {
	a, b := h.opened(t, ada, Opening{TLP: tlp.Green}), h.opened(t, ada, Opening{TLP: tlp.Red})
	h.merge(t, b.ID, a.ID)
	if got := h.incidentOf(t, ada, a.ID); got.TLP != tlp.Red {
		t.Errorf("merged: %s", got.TLP)
	}
	if err := h.UnmergeIncident(t.Context(), ada, b.ID, "x"); err != nil {
		t.Fatal(err)
	}
	if got := h.incidentOf(t, ada, a.ID); got.TLP != tlp.Green {
		t.Errorf("undone: %s", got.TLP)
	}
}

// A into B, B into C: all lead to C. To take B out takes A with it.
func chains(t *testing.T, h *house) {
	a, b, c := h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{})
	h.merge(t, a.ID, b.ID)
	h.merge(t, b.ID, c.ID)
	leads := func(name, to string) {
		t.Helper()
		if got := h.incidentOf(t, ada, name); got.ID != to {
			t.Errorf("%s leads to %s", name, got.Ref)
		}
	}
	leads(a.ID, c.ID)
	if got := h.incidentOf(t, ada, a.ID); len(got.Merged) != 2 {
		t.Errorf("%+v", got.Merged)
	}
	if _, err := h.MergeIncident(t.Context(), ada, c.ID, a.ID, "x"); !problem.Is(err, problem.Invalid) {
		t.Errorf("round: %v", err)
	}
	if err := h.UnmergeIncident(t.Context(), ada, b.ID, "x"); err != nil {
		t.Fatal(err)
	}
	leads(a.ID, b.ID)
	leads(c.ID, c.ID)
	if err := h.UnmergeIncident(t.Context(), ada, a.ID, "x"); err != nil {
		t.Fatal(err)
	}
	leads(a.ID, a.ID)
}

func splitsOff(t *testing.T, h *house) {
	r1, r2, r3 := h.accept(t, Draft{}), h.accept(t, Draft{}), h.accept(t, Draft{})
	a, b := h.opened(t, ada, Opening{Reports: []string{r1.ID, r2.ID}}), h.opened(t, ada, Opening{Reports: []string{r3.ID}})
	h.merge(t, b.ID, a.ID)
	split := func(who identity.Actor, d Splitting) error { return only(h.SplitIncident(t.Context(), who, a.ID, d)) }
	refused{
		"no title":     {problem.Invalid, split(ada, Splitting{Reports: []string{r1.ID}, Why: "x"})},
		"nothing":      {problem.Invalid, split(ada, Splitting{Title: "x", Why: "x"})},
		"no reason":    {problem.Invalid, split(ada, Splitting{Title: "x", Reports: []string{r1.ID}})},
		"another's":    {problem.NotFound, split(ada, Splitting{Title: "x", Reports: []string{h.accept(t, Draft{}).ID}, Why: "x"})},
		"no such part": {problem.Invalid, split(ada, Splitting{Title: "x", Parts: map[string][]string{"nosuch": {"1"}}, Why: "x"})},
		"no role":      {problem.Forbidden, split(vol, Splitting{Title: "x", Reports: []string{r1.ID}, Why: "x"})},
		"undo none":    {problem.Conflict, h.UnsplitIncident(t.Context(), ada, a.ID, "x")},
	}.check(t)
	got, err := h.SplitIncident(t.Context(), ada, a.ID, Splitting{Title: "The other half", Reports: []string{r2.ID, r3.Ref}, Why: "two things"})
	if err != nil || !slices.Equal(reportsOf(got), ids(r2.ID, r3.ID)) || got.SplitFrom == nil || got.SplitFrom.Source.ID != a.ID {
		t.Fatalf("%+v, %v", got, err)
	}
	if left := h.incidentOf(t, ada, a.ID); !slices.Equal(reportsOf(left), []string{r1.ID}) || len(left.Splits) != 1 {
		t.Errorf("%+v", left)
	}
	if err := h.UnsplitIncident(t.Context(), ada, got.ID, "one thing"); err != nil {
		t.Fatal(err)
	}
	if left := h.incidentOf(t, ada, a.ID); !slices.Equal(reportsOf(left), ids(r1.ID, r2.ID, r3.ID)) {
		t.Errorf("%+v", left)
	}
	if gone := h.incidentOf(t, ada, got.ID); gone.State != StageAbandoned || len(gone.Reports) != 0 {
		t.Errorf("%+v", gone)
	}
	if err := h.UnmergeIncident(t.Context(), ada, b.ID, "x"); err != nil {
		t.Fatal(err)
	}
	if back := h.incidentOf(t, ada, b.ID); !slices.Equal(reportsOf(back), []string{r3.ID}) {
		t.Errorf("what was merged lost its report by a split that was undone: %+v", back)
	}
}

func splitsRestricted(t *testing.T, h *house) {
	r := h.accept(t, Draft{Subject: "ytterbium"})
	a := h.opened(t, ada, Opening{Restricted: true, Reports: []string{r.ID}})
	got, err := h.SplitIncident(t.Context(), ada, a.ID, Splitting{Title: "Half", Reports: []string{r.ID}, Why: "x"})
	if err != nil || !got.Restricted || len(got.Members) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	for name, err := range map[string]error{"incident": only(h.Incident(t.Context(), eve, got.ID)), "report": only(h.Report(t.Context(), eve, r.ID))} {
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Restrict(t.Context(), ada, a.ID, false, nil, "x"); err != nil {
		t.Fatal(err)
	}
	if err := h.UnsplitIncident(t.Context(), ada, got.ID, "x"); !problem.Is(err, problem.Conflict) {
		t.Errorf("back into one that all see: %v", err)
	}
}
