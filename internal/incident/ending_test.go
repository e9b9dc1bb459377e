package incident

import (
	"errors"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// block is a part with one thing in force.
type block struct {
	active bool
	lifted int
	fails  bool
}

func (b *block) part() Part {
	return Part{
		Name: "block",
		Open: func(*sqldb.Tx, *Inside) ([]Hanging, error) {
			if b.lifted > 0 {
				return nil, nil
			}
			return []Hanging{{Kind: "block", Ref: "B-1", Title: "Route", Active: b.active}}, nil
		},
		Close: func(_ *sqldb.Tx, _ identity.Actor, _ *Inside, _ string, with bool) error {
			if b.fails {
				return errors.New("the room of blocks fails")
			}
			if with || !b.active {
				b.lifted++
			}
			return nil
		},
	}
}

// TestEnding is what closing an incident ends along with it.
func TestEnding(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.sign("ada", "bob")
		for _, part := range []struct {
			name string
			do   func(*testing.T, *house)
		}{
			{"children", endsChildren},
			{"shared", keepsShared},
			{"active", asksForActive},
			{"whole or not", endsWholly},
			{"abandon", rejectsWithAbandoned},
			{"wake", wakes},
			{"several", movesSeveral},
			{"roles", movesByRole},
		} {
			t.Run(part.name, func(t *testing.T) {
				h.parts = nil
				part.do(t, h)
			})
		}
	})
}

func endsChildren(t *testing.T, h *house) {
	r := h.accept(t, Draft{Subject: "One"})
	i := h.opened(t, ada, Opening{Reports: []string{r.ID}})
	v, err := h.Investigate(t.Context(), ada, InvestigationDraft{Incident: i.ID, Party: Party{Name: "ISP", Email: "abuse@isp.example"}, Subject: "s", Text: "t"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := h.Ending(t.Context(), ada, i.ID)
	if err != nil || len(e.Along) != 2 || len(e.Active)+len(e.Stays) != 0 || e.Along[0].Title != "One" || e.Along[1].Ref != v.Ref {
		t.Errorf("%+v, %v", e, err)
	}
	got, err := h.MoveIncident(t.Context(), ada, i.ID, Resolve, "over")
	if err != nil || got.State != StageResolved || got.Closed.IsZero() || !slices.Equal(got.Moves, []MoveName{Reopen}) {
		t.Fatalf("%+v, %v", got, err)
	}
	if s := h.see(t, ada, r.ID).State; s != StateResolved {
		t.Errorf("the report is %s", s)
	}
	if got, err := h.Investigation(t.Context(), ada, v.ID); err != nil || got.State != StateResolved {
		t.Errorf("the investigation is %s, %v", got.State, err)
	}
	if got, err := h.MoveIncident(t.Context(), ada, i.ID, Reopen, "again"); err != nil || !got.Closed.IsZero() || h.see(t, ada, r.ID).State != StateResolved {
		t.Errorf("to reopen: %+v, %v", got, err)
	}
}

func keepsShared(t *testing.T, h *house) {
	r := h.accept(t, Draft{})
	a, b := h.opened(t, ada, Opening{Reports: []string{r.ID}}), h.opened(t, ada, Opening{Reports: []string{r.ID}})
	if e, err := h.Ending(t.Context(), ada, a.ID); err != nil || len(e.Stays) != 1 || len(e.Along) != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	for n, i := range []Incident{a, b} {
		if _, err := h.MoveIncident(t.Context(), ada, i.ID, Resolve, "over"); err != nil {
			t.Fatal(err)
		}
		if got, want := h.see(t, ada, r.ID).State, []State{StateOpen, StateResolved}[n]; got != want {
			t.Errorf("after %d: %s, not %s", n, got, want)
		}
	}
}

func asksForActive(t *testing.T, h *house) {
	b := &block{active: true}
	h.Hang(b.part())
	r := h.accept(t, Draft{})
	i := h.opened(t, ada, Opening{Reports: []string{r.ID}})
	_, err := h.MoveIncident(t.Context(), ada, i.ID, Resolve, "over")
	var s *Standing
	if !problem.Is(err, problem.Conflict) || !errors.As(err, &s) || len(s.Active) != 1 || len(s.Along) != 1 || s.Ref != i.Ref {
		t.Fatalf("%+v, %v", s, err)
	}
	if b.lifted != 0 || h.see(t, ada, r.ID).State != StateOpen {
		t.Error("something was ended before anybody said so")
	}
	if m, err := h.MoveIncidents(t.Context(), ada, []string{i.ID}, Abandon, "over"); err != nil || len(m.Moved) != 0 || m.Unmoved[0].Why != "active" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := h.MoveIncidentWith(t.Context(), ada, i.ID, Resolve, "over", Agreed{Lift: true}); err != nil || b.lifted != 1 {
		t.Errorf("%d, %v", b.lifted, err)
	}
}

// A cascade that is cut off leaves everything as it was.
func endsWholly(t *testing.T, h *house) {
	b := &block{fails: true}
	h.Hang(b.part())
	r := h.accept(t, Draft{})
	i := h.opened(t, ada, Opening{Reports: []string{r.ID}})
	if _, err := h.MoveIncident(t.Context(), ada, i.ID, Resolve, "over"); err == nil {
		t.Fatal("no error")
	}
	if h.see(t, ada, r.ID).State != StateOpen {
		t.Error("the report was resolved, and its incident was not")
	}
	if got, err := h.Incident(t.Context(), ada, i.ID); err != nil || got.State != StageOpen {
		t.Errorf("%s, %v", got.State, err)
	}
}

func rejectsWithAbandoned(t *testing.T, h *house) {
	r := h.accept(t, Draft{})
	i := h.opened(t, ada, Opening{Reports: []string{r.ID}})
	if _, err := h.MoveIncident(t.Context(), ada, i.ID, Abandon, "nothing"); err != nil || h.see(t, ada, r.ID).State != StateRejected {
		t.Errorf("%s, %v", h.see(t, ada, r.ID).State, err)
	}
}

// What is opened again beneath a closed incident opens it.
func wakes(t *testing.T, h *house) {
	r := h.accept(t, Draft{})
	i := h.opened(t, ada, Opening{Reports: []string{r.ID}})
	v, err := h.Investigate(t.Context(), ada, InvestigationDraft{Incident: i.ID, Party: Party{Name: "ISP", Email: "abuse@isp.example"}, Subject: "s", Text: "t"})
	if err != nil {
		t.Fatal(err)
	}
	state := func() Stage {
		got, err := h.Incident(t.Context(), ada, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got.State
	}
	for name, wake := range map[string]func() error{
		"report": func() error {
			return only(h.Move(t.Context(), ada, []string{r.ID}, Reopen, "they wrote"))
		},
		"investigation": func() error { return h.MoveInvestigation(t.Context(), ada, v.ID, Reopen) },
	} {
		if _, err := h.MoveIncident(t.Context(), ada, i.ID, Resolve, "over"); err != nil {
			t.Fatal(err)
		}
		if err := wake(); err != nil || state() != StageOpen {
			t.Errorf("%s: %s, %v", name, state(), err)
		}
	}
	// A report that leaves its open incident, and belongs to a closed one, opens that.
	other := h.opened(t, ada, Opening{Reports: []string{r.ID}})
	if _, err := h.MoveIncident(t.Context(), ada, i.ID, Resolve, "over"); err != nil {
		t.Fatal(err)
	}
	if err := h.Unlink(t.Context(), ada, other.ID, r.ID, "no"); err != nil || state() != StageOpen {
		t.Errorf("unlinked: %s, %v", state(), err)
	}
}

func movesSeveral(t *testing.T, h *house) {
	a, b := h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{})
	secret := h.opened(t, ada, Opening{Restricted: true})
	if _, err := h.MoveIncident(t.Context(), ada, b.ID, Resolve, "over"); err != nil {
		t.Fatal(err)
	}
	m, err := h.MoveIncidents(t.Context(), eve, []string{a.ID, b.Ref, secret.ID, "nosuch", a.ID}, Resolve, "all")
	if err != nil || !slices.Equal(m.Moved, []string{a.ID}) || len(m.Unmoved) != 3 {
		t.Errorf("%+v, %v", m, err)
	}
	for _, u := range m.Unmoved {
		if want := map[string]string{b.ID: "state", secret.ID: "gone", "nosuch": "gone"}[u.ID]; u.Why != want {
			t.Errorf("%+v, not %s", u, want)
		}
	}
	refused{
		"none":   {problem.Invalid, only(h.MoveIncidents(t.Context(), ada, nil, Resolve, "x"))},
		"merge":  {problem.Invalid, only(h.MoveIncidents(t.Context(), ada, []string{a.ID}, Merge, "x"))},
		"reason": {problem.Invalid, only(h.MoveIncidents(t.Context(), ada, []string{a.ID}, Reopen, ""))},
		"role":   {problem.Forbidden, only(h.MoveIncidents(t.Context(), aud, []string{a.ID}, Reopen, "x"))},
	}.check(t)
}

func movesByRole(t *testing.T, h *house) {
	i := h.opened(t, ada, Opening{})
	for who, want := range map[string][]MoveName{"ada": {Resolve, Abandon}, "aud": nil} {
		actor := map[string]identity.Actor{"ada": ada, "aud": aud}[who]
		if got, err := h.Incident(t.Context(), actor, i.ID); err != nil || !slices.Equal(got.Moves, want) {
			t.Errorf("%s: %v, %v", who, got.Moves, err)
		}
	}
}
