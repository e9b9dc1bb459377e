package lesson

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

var (
	start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	bob   = identity.Actor{ID: "bob", Name: "bob", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.IncidentHandler}}
	eve   = identity.Actor{ID: "eve", Name: "eve", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.IncidentHandler}}
	aud   = identity.Actor{ID: "aud", Name: "aud", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Auditor}}
)

const hostile = "<script>alert(1)</script>\u202e =cmd\x00 é"

type house struct {
	*Service
	incidents *incident.Service
	db        *sqldb.DB
}

func each(t *testing.T, do func(t *testing.T, h *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		now := clock.At(start)
		rooms, err := incident.New(incident.Options{
			DB: db, Clock: now, Log: slog.Default(), FS: disk.OS{}, Dir: t.TempDir(), Keys: keyring.Open(disk.OS{}, t.TempDir(), now), TeamName: "CERT",
			InForce: func(_ *sqldb.Tx, account string, _ time.Time) (bool, error) { return account == "bob", nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		do(t, &house{New(Options{DB: db, Clock: now, Incidents: rooms}), rooms, db})
	})
}

func (h *house) opened(t *testing.T, restricted bool) string {
	t.Helper()
	i, err := h.incidents.OpenIncident(t.Context(), bob, incident.Opening{Title: "Something", Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return i.ID
}

func only[T any](_ T, err error) error { return err }

func TestFromHypothesisToCause(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.opened(t, false)
		l, err := h.Add(t.Context(), bob, i, Draft{Kind: Hypothesis, Text: hostile})
		if err != nil || l.State != Supposed || strings.ContainsRune(l.Text, 0) {
			t.Fatalf("%+v, %v", l, err)
		}
		if _, err := h.Edit(t.Context(), eve, i, l.ID, 1, Draft{State: Confirmed, Text: "They phished.", Grounds: "The log says so."}); err != nil {
			t.Fatal(err)
		}
		_, err = h.Edit(t.Context(), bob, i, l.ID, 1, Draft{State: Refuted, Text: "No.", Grounds: "x"})
		var c *incident.Clash
		if !errors.As(err, &c) || c.Yours != "No." || c.Theirs != "They phished." || c.By != "eve" {
			t.Errorf("two people: %+v, %v", c, err)
		}
		if _, err := h.Add(t.Context(), bob, i, Draft{Kind: Badly, Text: "Nobody rang."}); err != nil {
			t.Fatal(err)
		}
		b, err := h.Board(t.Context(), aud, i)
		if err != nil || len(b.Of(Hypothesis)) != 1 || b.Of(Hypothesis)[0].State != Confirmed || len(b.Of(Badly)) != 1 {
			t.Errorf("%+v, %v", b.Lessons, err)
		}
		if err := h.Remove(t.Context(), bob, i, l.ID, 2, "it was another incident"); err != nil {
			t.Fatal(err)
		}
		if b, _ := h.Board(t.Context(), bob, i); len(b.Lessons) != 1 {
			t.Errorf("%d are left", len(b.Lessons))
		}
		p, err := h.incidents.TimelineOf(t.Context(), bob, i, incident.TimelineFilter{Kind: "lesson"})
		if err != nil || len(p.Items) != 3 {
			t.Errorf("the timeline: %+v, %v", p.Items, err)
		}
	})
}

// Several actions are changed at once, each for itself: one of a restricted incident is not there for who may not see it, and stays as it is.
func TestSeveralActions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		open, hidden := h.opened(t, false), h.opened(t, true)
		var ids []string
		for i, where := range []string{open, open, hidden} {
			a, err := h.AddAction(t.Context(), bob, where, ActionDraft{Text: hostile, Due: start.AddDate(0, 0, i)})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, a.ID)
		}
		who, day := "eve", start.AddDate(0, 1, 0)
		got, err := h.ReviseActions(t.Context(), eve, append(ids, "none"), Revision{Owner: &who, Due: &day})
		if err != nil || len(got.Moved) != 2 || len(got.Unmoved) != 2 || got.Unmoved[0] != (incident.Unmoved{ID: ids[2], Why: "gone"}) || got.Unmoved[1] != (incident.Unmoved{ID: "none", Why: "gone"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		if got, err = h.EndActions(t.Context(), eve, ids, Done, "done it"); err != nil || len(got.Moved) != 2 || got.Unmoved[0].Why != "gone" || got.Unmoved[0].Text != "" {
			t.Fatalf("%+v, %v", got, err)
		}
		if got, err = h.EndActions(t.Context(), bob, ids, Done, ""); err != nil || len(got.Moved) != 1 || len(got.Unmoved) != 2 || got.Unmoved[0].Why != "state" || got.Unmoved[0].Text == "" {
			t.Fatalf("%+v, %v", got, err)
		}
		for i, id := range ids {
			a, err := h.Action(t.Context(), bob, id)
			want := Action{Owner: "eve", EndedBy: "eve", Outcome: "done it", Due: day}
			if i == 2 {
				want = Action{EndedBy: "bob", Due: start.AddDate(0, 0, 2)}
			}
			if err != nil || a.State != Done || a.Owner != want.Owner || a.EndedBy != want.EndedBy || a.Outcome != want.Outcome || !a.Due.Equal(want.Due) || a.Ref == "" {
				t.Errorf("%+v, %v", a, err)
			}
		}
		if got, err = h.ReviseActions(t.Context(), bob, ids[:1], Revision{Owner: &who}); err != nil || len(got.Unmoved) != 1 || got.Unmoved[0].Why != "state" {
			t.Errorf("what is done was given away: %+v, %v", got, err)
		}
		var entries int
		err = h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*) FROM audit_payload WHERE operation = 'lesson.act' AND actor = 'eve'`).Scan(&entries)
		})
		if err != nil || entries != 4 {
			t.Errorf("%d are on record, %v", entries, err)
		}
		far := start.AddDate(50, 0, 0)
		for name, try := range map[string]func() (incident.Moved, error){
			"nothing":        func() (incident.Moved, error) { return h.ReviseActions(t.Context(), bob, ids, Revision{}) },
			"too far":        func() (incident.Moved, error) { return h.ReviseActions(t.Context(), bob, ids, Revision{Due: &far}) },
			"without reason": func() (incident.Moved, error) { return h.EndActions(t.Context(), bob, ids, Dropped, " ") },
			"too many":       func() (incident.Moved, error) { return h.EndActions(t.Context(), bob, make([]string, 0), Done, "") },
		} {
			if _, err := try(); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.EndActions(t.Context(), aud, ids, Done, ""); !problem.Is(err, problem.Forbidden) {
			t.Errorf("an auditor: %v", err)
		}
	})
}

func TestActions(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		open, hidden := h.opened(t, false), h.opened(t, true)
		add := func(where, text, owner string, due time.Time) Action {
			a, err := h.AddAction(t.Context(), bob, where, ActionDraft{Text: text, Owner: owner, Due: due})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		later := add(open, "later", "bob", start.AddDate(0, 1, 0))
		add(open, "some day", "", time.Time{})
		add(hidden, "planted secret", "bob", start.AddDate(0, 0, 1))
		want := map[string][]string{"bob": {"planted secret", "later", "some day"}, "eve": {"later", "some day"}}
		for _, who := range []identity.Actor{bob, eve} {
			var got []string
			for f := (Filter{Request: page.Request{Limit: 1}}); ; {
				p, err := h.OpenActions(t.Context(), who, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range p.Items {
					got = append(got, a.Text)
				}
				if f.After = p.Next; f.After == "" {
					break
				}
			}
			if strings.Join(got, ",") != strings.Join(want[who.ID], ",") {
				t.Errorf("%s sees %v", who.ID, got)
			}
		}
		if p, err := h.OpenActions(t.Context(), eve, Filter{Owner: "bob"}); err != nil || len(p.Items) != 1 || p.Items[0].Ref == "" {
			t.Errorf("bob's, to eve: %+v, %v", p.Items, err)
		}
		if _, err := h.EditAction(t.Context(), bob, open, later.ID, 1, ActionDraft{Text: "sooner", Owner: "eve", Due: start}); err != nil {
			t.Fatal(err)
		}
		if err := h.EndAction(t.Context(), eve, open, later.ID, 2, Done, "done it"); err != nil {
			t.Fatal(err)
		}
		b, err := h.Board(t.Context(), bob, open)
		if err != nil || len(b.Actions) != 2 {
			t.Fatalf("%+v, %v", b.Actions, err)
		}
		for _, a := range b.Actions {
			if a.ID == later.ID && (a.State != Done || a.EndedBy != "eve" || a.Outcome != "done it" || a.Text != "sooner") {
				t.Errorf("%+v", a)
			}
		}
		if err := h.EndAction(t.Context(), eve, open, later.ID, 3, Open, ""); err != nil {
			t.Error(err)
		}
	})
}

func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i, hidden := h.opened(t, false), h.opened(t, true)
		a, err := h.AddAction(t.Context(), bob, i, ActionDraft{Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		secret, err := h.Add(t.Context(), bob, hidden, Draft{Kind: Well, Text: "x"})
		if err != nil {
			t.Fatal(err)
		}
		lesson := func(d Draft) error { return only(h.Add(t.Context(), bob, i, d)) }
		action := func(d ActionDraft) error { return only(h.AddAction(t.Context(), bob, i, d)) }
		for name, one := range map[string]struct {
			kind problem.Kind
			err  error
		}{
			"no kind":                  {problem.Invalid, lesson(Draft{Kind: "x", Text: "x"})},
			"no text":                  {problem.Invalid, lesson(Draft{Kind: Well, Text: " "})},
			"a state of what has none": {problem.Invalid, lesson(Draft{Kind: Well, Text: "x", State: Confirmed})},
			"refuted for nothing":      {problem.Invalid, lesson(Draft{Kind: Hypothesis, Text: "x", State: Refuted})},
			"too long":                 {problem.Invalid, lesson(Draft{Kind: Well, Text: strings.Repeat("x", MaxText+1)})},
			"an auditor":               {problem.Forbidden, only(h.Add(t.Context(), aud, i, Draft{Kind: Well, Text: "x"}))},
			"out of sight":             {problem.NotFound, only(h.Add(t.Context(), eve, hidden, Draft{Kind: Well, Text: "x"}))},
			"read out of sight":        {problem.NotFound, only(h.Board(t.Context(), eve, hidden))},
			"through another":          {problem.NotFound, only(h.Edit(t.Context(), eve, i, secret.ID, 1, Draft{Text: "x"}))},
			"an action of nothing":     {problem.Invalid, action(ActionDraft{})},
			"due too late":             {problem.Invalid, action(ActionDraft{Text: "x", Due: start.AddDate(100, 0, 0)})},
			"after no lesson":          {problem.NotFound, action(ActionDraft{Text: "x", Lesson: secret.ID})},
			"dropped for nothing":      {problem.Invalid, h.EndAction(t.Context(), bob, i, a.ID, 1, Dropped, "")},
			"ended oddly":              {problem.Invalid, h.EndAction(t.Context(), bob, i, a.ID, 1, "x", "")},
			"an old version":           {problem.Conflict, h.EndAction(t.Context(), bob, i, a.ID, 9, Done, "")},
			"opened while open":        {problem.Conflict, h.EndAction(t.Context(), bob, i, a.ID, 1, Open, "")},
			"no action":                {problem.NotFound, h.EndAction(t.Context(), bob, i, "none", 1, Done, "")},
		} {
			if !problem.Is(one.err, one.kind) {
				t.Errorf("%s: %v", name, one.err)
			}
		}
	})
}
