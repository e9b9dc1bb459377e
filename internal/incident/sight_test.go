package incident

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// world is what the rules say that everybody sees, kept beside the room.
type world struct {
	restricted map[string]bool            // incident
	members    map[string]map[string]bool // incident, account
	linked     map[string]map[string]bool // report, incident
	alerted    map[string]map[string]bool // report, incident
	bound      map[string]bool
}

func (w *world) member(actor, incident string) bool {
	return w.bound[actor] && w.members[incident][actor]
}

func (w *world) seesIncident(actor, incident string) bool {
	return !w.restricted[incident] || w.member(actor, incident)
}

func (w *world) hidden(report string) bool {
	if len(w.alerted[report]) > 0 {
		return true
	}
	for i := range w.linked[report] {
		if !w.restricted[i] {
			return false
		}
	}
	return len(w.linked[report]) > 0
}

func (w *world) seesReport(actor, report string) bool {
	if !w.hidden(report) {
		return true
	}
	for _, of := range []map[string]map[string]bool{w.linked, w.alerted} {
		for i := range of[report] {
			if w.member(actor, i) {
				return true
			}
		}
	}
	return false
}

// rounds is how many random worlds are tried on each engine.
const rounds = 10

// Whatever is restricted, linked, passed on and signed: every list, count, search and suggestion shows exactly what the rules say.
func TestEverybodySeesWhatTheyMay(t *testing.T) {
	people := []identity.Actor{ada, bob, eve, aud}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		round := 0
		rapid.Check(t, func(rt *rapid.T) {
			if round++; round > rounds {
				return // each round is many transactions: a test run has to be quick
			}
			word := fmt.Sprintf("round%dx", round)
			w := &world{map[string]bool{}, map[string]map[string]bool{}, map[string]map[string]bool{}, map[string]map[string]bool{}, map[string]bool{}}
			h.mu.Lock()
			h.bound = nil
			h.mu.Unlock()
			h.sign("root")
			w.bound["root"] = true
			root := person("root", identity.Manager)
			for _, p := range people {
				if rapid.Bool().Draw(rt, "bound "+p.ID) {
					h.sign(p.ID)
					w.bound[p.ID] = true
				}
			}
			var reports, incidents []string
			for i := range rapid.IntRange(1, 4).Draw(rt, "reports") {
				r := h.accept(t, Draft{Subject: word, Text: fmt.Sprintf("%s number%d", word, i)})
				reports = append(reports, r.ID)
				w.linked[r.ID], w.alerted[r.ID] = map[string]bool{}, map[string]bool{}
			}
			for i := range rapid.IntRange(1, 3).Draw(rt, "incidents") {
				restricted := rapid.Bool().Draw(rt, "restricted")
				one := h.opened(t, root, Opening{Title: fmt.Sprintf("%s event%d", word, i), Restricted: restricted})
				incidents = append(incidents, one.ID)
				w.restricted[one.ID] = restricted
				w.members[one.ID] = map[string]bool{}
				if restricted {
					w.members[one.ID]["root"] = true
				}
			}
			for range rapid.IntRange(0, 10).Draw(rt, "steps") {
				h.step(t, rt, w, root, people, reports, incidents)
			}
			for _, p := range people {
				h.check(t, w, p, word, reports, incidents)
			}
		})
	})
}

// step changes something, in the room and in the world.
func (h *house) step(t *testing.T, rt *rapid.T, w *world, root identity.Actor, people []identity.Actor, reports, incidents []string) {
	r, i := rapid.SampledFrom(reports).Draw(rt, "report"), rapid.SampledFrom(incidents).Draw(rt, "incident")
	p := rapid.SampledFrom(people).Draw(rt, "person").ID
	var err error
	switch rapid.IntRange(0, 5).Draw(rt, "what") {
	case 0:
		shows := !w.restricted[i] && w.hidden(r) && len(w.linked[r]) > 0 // what a restricted incident hides is not shown by the way of an open one
		_, err = h.Link(t.Context(), root, i, []string{r})
		switch {
		case w.seesReport("root", r) && shows:
			if !problem.Is(err, problem.Conflict) {
				rt.Fatalf("a hidden report was linked to an open incident: %v", err)
			}
			err = nil
		case w.seesReport("root", r):
			w.linked[r][i] = true
			clear(w.alerted[r])
		}
	case 1:
		if w.linked[r][i] && w.seesReport("root", r) {
			err = h.Unlink(t.Context(), root, i, r, "why")
			delete(w.linked[r], i)
		}
	case 2:
		err = h.AddMember(t.Context(), root, i, Member{Account: p})
		if ok := w.restricted[i] && w.bound[p]; ok != (err == nil) {
			rt.Fatalf("adding %s: %v", p, err)
		} else if err = nil; ok {
			w.members[i][p] = true
		}
	case 3:
		if w.members[i][p] {
			err = h.RemoveMember(t.Context(), root, i, p, "why")
			delete(w.members[i], p)
		}
	case 4:
		to := !w.restricted[i]
		_, err = h.Restrict(t.Context(), root, i, to, nil, "why")
		w.restricted[i] = to
		w.members[i] = map[string]bool{}
		if to {
			w.members[i]["root"] = true
		}
	case 5:
		assess(t, h, r, triage.Assessment{Similar: []triage.Similar{{Incident: i, Score: 90}}})
		if w.restricted[i] && len(w.linked[r])+len(w.alerted[r]) == 0 {
			w.alerted[r][i] = true
		}
	}
	if err != nil {
		rt.Fatal(err)
	}
}

// check asks in every way, as one person.
func (h *house) check(t *testing.T, w *world, p identity.Actor, word string, reports, incidents []string) {
	t.Helper()
	var may, mayIncidents, indexed []string
	for _, r := range reports {
		_, err := h.Report(t.Context(), p, r)
		got, _ := h.Report(t.Context(), p, r)
		if sees := w.seesReport(p.ID, r); sees != (err == nil && !got.Passed) {
			t.Fatalf("%s, report %s: should see %v, got %+v, %v", p.ID, r, sees, got, err)
		} else if sees {
			may = append(may, r)
		}
		if w.seesReport(p.ID, r) && !w.hidden(r) {
			indexed = append(indexed, r)
		}
		if got.Passed && (got.Text != "" || got.Subject != "" || got.Rank != 0 || len(got.Incidents) > 0) {
			t.Fatalf("what was passed on tells more: %+v", got)
		}
	}
	for _, i := range incidents {
		_, err := h.Incident(t.Context(), p, i)
		if sees := w.seesIncident(p.ID, i); sees != (err == nil) || err != nil && !problem.Is(err, problem.NotFound) {
			t.Fatalf("%s, incident %s: should see %v, got %v", p.ID, i, sees, err)
		} else if sees {
			mayIncidents = append(mayIncidents, i)
		}
	}
	same(t, p.ID+", search", h.refsOf(t, p, word), indexed)
	list, err := h.Reports(t.Context(), p, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range list.Items {
		if slices.Contains(reports, row.ID) {
			listed = append(listed, row.ID)
			for _, ref := range row.Incidents {
				if !w.seesIncident(p.ID, ref.ID) {
					t.Fatalf("%s: the row of %s names %s", p.ID, row.ID, ref.ID)
				}
			}
		}
	}
	if list.Next == "" {
		same(t, p.ID+", list", listed, may)
	}
	if n, err := h.Count(t.Context(), p, word, 100); err != nil || n != len(indexed) {
		t.Fatalf("%s: counted %d of %d, %v", p.ID, n, len(indexed), err)
	}
	for _, i := range incidents {
		var in []string
		for _, r := range may {
			if w.linked[r][i] && w.seesIncident(p.ID, i) {
				in = append(in, r)
			}
		}
		same(t, p.ID+", incident:", h.refsOf(t, p, "incident:"+i), in)
	}
	h.checkSuggestions(t, w, p, word, indexed, mayIncidents)
}

func (h *house) checkSuggestions(t *testing.T, w *world, p identity.Actor, word string, reports, incidents []string) {
	t.Helper()
	hits, err := h.Suggest(t.Context(), p, word)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, hit := range hits {
		got = append(got, hit.ID)
	}
	want = append(want, reports...)
	for _, i := range incidents {
		if !w.restricted[i] {
			want = append(want, i)
		}
	}
	same(t, p.ID+", suggestions", got, want)
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	sort.Strings(got)
	want = slices.Clone(want)
	sort.Strings(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
