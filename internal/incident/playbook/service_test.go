package playbook

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

var (
	start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	ada   = person("ada", identity.DutyOfficer)
	bob   = person("bob", identity.IncidentHandler)
	vol   = person("vol", identity.Volunteer)
	aud   = person("aud", identity.Auditor)
)

func person(name string, roles ...identity.Role) identity.Actor {
	return identity.Actor{ID: name, Name: name, Kind: identity.Person, Via: "web", Roles: roles}
}

// house is the room with the incidents beneath it.
type house struct {
	*Service
	incidents *incident.Service
	clock     *clock.Fixed
	db        *sqldb.DB
}

// first is the team's playbook; second is its next version.
var (
	first = text("  - {id: a, title: {en: First, fr: Premier}, due: 30m}\n  - {id: q, title: 'Bad?', ask: true, needs: [a]}\n  - {id: c, title: If bad, when: {q: yes}, due: 1h after q}\n  - {id: d, title: Last, due: 2h after a}\n",
		"a", "q", "c", "d")
	second = strings.Replace(text("  - {id: a, title: {en: First, fr: Premier}, due: 30m}\n  - {id: q, title: 'Bad?', ask: true, needs: [a]}\n  - {id: e, title: New}\n", "a", "q", "e"), "version: 3", "version: 4", 1)
)

func each(t *testing.T, do func(t *testing.T, h *house)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { do(t, build(t, db)) })
}

func build(t testing.TB, db *sqldb.DB) *house {
	t.Helper()
	h := &house{db: db, clock: clock.At(start)}
	var err error
	h.incidents, err = incident.New(incident.Options{
		DB: db, Clock: h.clock, Log: slog.Default(), FS: disk.OS{}, Dir: t.TempDir(), Keys: keyring.Open(disk.OS{}, t.TempDir(), h.clock), TeamName: "CERT",
		Argon:   incident.Argon{Time: 1, Memory: 64},
		Release: release.New(release.Options{DB: db, Clock: h.clock, Team: "cert@cert.example"}), Definition: "What happens.",
		InForce: func(*sqldb.Tx, string, time.Time) (bool, error) { return true, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Service = New(Options{DB: db, Clock: h.clock, Incidents: h.incidents, Shelf: shelf(t, first)})
	h.incidents.Hang(h.Part())
	return h
}

func shelf(t testing.TB, own string) *Shelf {
	t.Helper()
	s, err := NewShelf(fstest.MapFS{"own.md": {Data: []byte(own)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (h *house) incident(t testing.TB, restricted bool) incident.Incident {
	t.Helper()
	i, err := h.incidents.OpenIncident(t.Context(), ada, incident.Opening{Title: "Strange money", Class: "fraud", TLP: tlp.Amber, Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// sheet gives the tasks of an incident by step; free ones by title.
func (h *house) sheet(t testing.TB, name string) (Sheet, map[string]Task) {
	t.Helper()
	s, err := h.Of(t.Context(), ada, name)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Task{}
	for _, task := range s.Tasks {
		key := task.Step
		if key == "" {
			key = task.Title.EN
		}
		by[key] = task
	}
	return s, by
}

func (h *house) mustMove(t testing.TB, task Task, move MoveName, how Manner) Task {
	t.Helper()
	out, err := h.Move(t.Context(), bob, task.ID, move, how)
	if err != nil {
		t.Fatalf("%s %s: %v", move, task.Step, err)
	}
	return out
}

func TestStartMakesTasksAndAnswersOpenMore(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.incident(t, false)
		if _, err := h.Start(t.Context(), ada, i.ID, "own"); err != nil {
			t.Fatal(err)
		}
		s, by := h.sheet(t, i.Ref)
		if len(by) != 3 || by["a"].Due != start.Add(30*time.Minute) || by["a"].Title.FR != "Premier" || len(by["q"].Waits) != 1 || !by["d"].Due.IsZero() || by["d"].In != 2*time.Hour {
			t.Fatalf("%+v", by)
		}
		if len(s.Runs) != 1 || s.Runs[0].Version != 3 {
			t.Errorf("%+v", s.Runs)
		}
		if _, err := h.Start(t.Context(), ada, i.ID, "own"); !problem.Is(err, problem.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if _, err := h.Move(t.Context(), bob, by["q"].ID, End, Manner{Answer: Yes}); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "First") {
			t.Errorf("what waits was ended: %v", err)
		}
		h.clock.Advance(10 * time.Minute)
		if done := h.mustMove(t, by["a"], End, Manner{}); done.State != Done || done.Assignee != "bob" || done.Ended.IsZero() {
			t.Errorf("%+v", done)
		}
		if _, err := h.Move(t.Context(), bob, by["q"].ID, End, Manner{}); !problem.Is(err, problem.Invalid) {
			t.Errorf("a question without an answer: %v", err)
		}
		h.mustMove(t, by["q"], End, Manner{Answer: Yes})
		_, by = h.sheet(t, i.ID)
		if by["c"].State != Open || by["c"].Due != start.Add(70*time.Minute) || by["d"].Due != start.Add(130*time.Minute) {
			t.Errorf("%+v\n%+v", by["c"], by["d"])
		}
		h.mustMove(t, by["q"], Reopen, Manner{})
		h.mustMove(t, by["q"], End, Manner{Answer: No})
		if _, by = h.sheet(t, i.ID); by["c"].State != NotNeeded || by["c"].Why != WhyAnswer {
			t.Errorf("after another answer: %+v", by["c"])
		}
		h.told(t, i.ID, "task.started", "task.done", "task.answered.yes", "task.reopened", "task.answered.no")
	})
}

// told checks what the timeline tells, in any order.
func (h *house) told(t *testing.T, name string, codes ...string) {
	t.Helper()
	p, err := h.incidents.Timeline(t.Context(), ada, name, page.Request{})
	if err != nil {
		t.Fatal(err)
	}
	had := map[string]int{}
	for _, e := range p.Items {
		had[e.Code]++
	}
	for _, code := range codes {
		if had[code] == 0 {
			t.Errorf("the timeline does not tell %s: %v", code, had)
		}
	}
}

// A run keeps the text that it was started with, until a person has seen the difference and goes on with the later one.
func TestLaterVersionsChangeNothingByThemselves(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.incident(t, false)
		if _, err := h.Start(t.Context(), ada, i.ID, "own"); err != nil {
			t.Fatal(err)
		}
		h.Service = New(Options{DB: h.db, Clock: h.clock, Incidents: h.incidents, Shelf: shelf(t, second)})
		s, by := h.sheet(t, i.ID)
		if len(by) != 3 || by["d"].Title.EN != "Last" || s.Runs[0].Version != 3 || s.Runs[0].Newer != 4 || len(s.Runs[0].Changes) != 3 {
			t.Fatalf("%+v", s.Runs)
		}
		h.mustMove(t, by["a"], End, Manner{})
		if err := h.Upgrade(t.Context(), ada, i.ID, s.Runs[0].ID); err != nil {
			t.Fatal(err)
		}
		s, by = h.sheet(t, i.ID)
		if by["a"].State != Done || by["Last"].State != NotNeeded || by["Last"].Why != WhyUpgraded || by["e"].State != Open || s.Runs[0].Version != 4 || s.Runs[0].Newer != 0 {
			t.Errorf("%+v", by)
		}
		if err := h.Upgrade(t.Context(), ada, i.ID, s.Runs[0].ID); !problem.Is(err, problem.Conflict) {
			t.Errorf("twice: %v", err)
		}
		old, all, err := h.Book(t.Context(), ada, "own", s.Runs[0].ID)
		if !problem.Is(err, problem.NotFound) {
			t.Errorf("a text that is none: %v %v", old, all)
		}
		b, all, err := h.Book(t.Context(), ada, "own", "")
		if err != nil || b.Version != 4 || len(all) != 2 || !all[0].Current || all[0].Runs != 1 || all[1].Version != 3 {
			t.Errorf("%v %+v", err, all)
		}
	})
}

// Two people change the same task: the slower one is told, and nothing of the other's is lost.
func TestNoLostUpdate(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.incident(t, false)
		task, err := h.Add(t.Context(), vol, i.ID, Draft{Title: " Ring\nthe bank ", Due: start.Add(time.Hour)})
		if err != nil || task.Title.EN != "Ring the bank" || task.Version != 1 {
			t.Fatalf("%+v, %v", task, err)
		}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for n, note := range []string{"one", "two"} {
			wg.Go(func() { _, errs[n] = h.Edit(context.Background(), bob, task.ID, 1, Revision{Note: &note}) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !problem.Is(errs[0], problem.Conflict) && !problem.Is(errs[1], problem.Conflict) {
			t.Errorf("%v, %v", errs[0], errs[1])
		}
		now, err := h.Task(t.Context(), aud, task.ID)
		if err != nil || now.Version != 2 || now.Note != map[bool]string{true: "one", false: "two"}[errs[0] == nil] {
			t.Errorf("%+v, %v", now, err)
		}
		if _, err := h.Move(t.Context(), ada, task.ID, Begin, Manner{Version: 1}); !problem.Is(err, problem.Conflict) {
			t.Errorf("a move of an older version: %v", err)
		}
		if got := h.mustMove(t, now, Begin, Manner{Version: 2}); got.Assignee != "bob" || got.State != Doing {
			t.Errorf("%+v", got)
		}
	})
}

func TestClosingEndsTasksAndSaysSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.incident(t, false)
		if _, err := h.Start(t.Context(), ada, i.ID, "own"); err != nil {
			t.Fatal(err)
		}
		err := h.incidents.Work(t.Context(), ada, i.ID, func(tx *sqldb.Tx, in *incident.Inside) error {
			open, err := h.Part().Open(tx, in)
			if err != nil || len(open) != 3 || open[0].Active || open[0].In("en") != "First" || open[0].In("fr") != "Premier" || open[2].French != "" {
				t.Errorf("%+v, %v", open, err)
			}
			return h.Part().Close(tx, ada, in, "over", false)
		})
		if err != nil {
			t.Fatal(err)
		}
		_, by := h.sheet(t, i.ID)
		for _, task := range by {
			if task.State != NotNeeded || task.Why != WhyClosed {
				t.Errorf("%+v", task)
			}
		}
		if got := h.mustMove(t, by["a"], Reopen, Manner{}); got.State != Open || got.Why != "" {
			t.Errorf("%+v", got)
		}
	})
}

// What hangs on a restricted incident is not there for who may not see that: by name, in lists, in counts, and for changes.
func TestRestrictedIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.incident(t, true)
		if _, err := h.Start(t.Context(), ada, i.ID, "own"); err != nil {
			t.Fatal(err)
		}
		_, by := h.sheet(t, i.ID)
		title := "x"
		for name, try := range map[string]func() error{
			"sheet":   func() error { _, err := h.Of(t.Context(), bob, i.ID); return err },
			"task":    func() error { _, err := h.Task(t.Context(), bob, by["a"].ID); return err },
			"move":    func() error { _, err := h.Move(t.Context(), bob, by["a"].ID, End, Manner{}); return err },
			"edit":    func() error { _, err := h.Edit(t.Context(), bob, by["a"].ID, 1, Revision{Note: &title}); return err },
			"add":     func() error { _, err := h.Add(t.Context(), bob, i.ID, Draft{Title: "x"}); return err },
			"start":   func() error { _, err := h.Start(t.Context(), bob, i.ID, "ddos"); return err },
			"upgrade": func() error { return h.Upgrade(t.Context(), bob, i.ID, by["a"].Run) },
			"due":     func() error { _, err := h.Due(t.Context(), bob, i.ID); return err },
		} {
			if err := try(); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		moved, err := h.MoveAll(t.Context(), bob, []string{by["a"].ID}, End, Manner{})
		if err != nil || len(moved.Moved) > 0 || moved.Unmoved[0].Why != "gone" {
			t.Errorf("%+v, %v", moved, err)
		}
		if moved, err = h.AssignAll(t.Context(), bob, []string{by["a"].ID}, "bob"); err != nil || len(moved.Moved) > 0 || moved.Unmoved[0].Why != "gone" {
			t.Errorf("%+v, %v", moved, err)
		}
		moved, err = h.AssignAll(t.Context(), ada, []string{by["a"].ID, "nosuch", by["a"].ID}, "ada")
		if given, _ := h.Task(t.Context(), ada, by["a"].ID); err != nil || len(moved.Moved) != 1 || len(moved.Unmoved) != 1 || given.Assignee != "ada" {
			t.Errorf("%+v, %+v, %v", moved, given, err)
		}
		if _, err := h.AssignAll(t.Context(), ada, nil, "ada"); !problem.Is(err, problem.Invalid) {
			t.Errorf("of none: %v", err)
		}
		for actor, want := range map[string]int{"bob": 0, "ada": 3} {
			who := person(actor, identity.IncidentHandler)
			list, err := h.List(t.Context(), who, Filter{})
			load, err2 := h.Due(t.Context(), who, "")
			if err != nil || err2 != nil || len(list.Items) != want || load.Undone != want {
				t.Errorf("%s: %d, %+v, %v, %v", actor, len(list.Items), load, err, err2)
			}
			_, all, err := h.Book(t.Context(), who, "own", "")
			if err != nil || len(all) != 1 || all[0].Runs != want/3 {
				t.Errorf("%s: %+v, %v", actor, all, err)
			}
		}
	})
}

func TestListIsFilteredSortedAndPaged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i, j := h.incident(t, false), h.incident(t, false)
		for n, due := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour, 0} {
			d := Draft{Title: string(rune('a' + n))}
			if due > 0 {
				d.Due = start.Add(due)
			}
			if n == 2 {
				d.Assignee = "bob"
			}
			if _, err := h.Add(t.Context(), ada, []string{i.ID, j.ID}[n%2], d); err != nil {
				t.Fatal(err)
			}
		}
		h.clock.Set(start.Add(90 * time.Minute))
		tests := []struct{ query, sort, want string }{
			{"", "", "bcad"},
			{"", "-due", "dacb"},
			{"who:me", "", "c"},
			{"who:nobody", "", "bad"},
			{"is:overdue", "", "b"},
			{"incident:" + strings.ToLower(i.Ref), "", "ca"},
			{"state:done", "", ""},
			{"state:open,doing who:bob", "", "c"},
			{"playbook:own", "", ""},
		}
		for _, tt := range tests {
			got, after := "", page.Cursor("")
			for {
				p, err := h.List(t.Context(), bob, Filter{Query: tt.query, Sort: tt.sort, Request: page.Request{Limit: 1, After: after}})
				if err != nil {
					t.Fatalf("%s: %v", tt.query, err)
				}
				for _, task := range p.Items {
					got += task.Title.EN
				}
				if after = p.Next; after == "" {
					break
				}
			}
			if got != tt.want {
				t.Errorf("%q by %q: %s, want %s", tt.query, tt.sort, got, tt.want)
			}
		}
		for _, bad := range []Filter{{Query: "x"}, {Query: "state:gone"}, {Query: "is:fine"}, {Sort: "colour"}, {Query: strings.Repeat("x", 2000)}} {
			if _, err := h.List(t.Context(), bob, bad); !problem.Is(err, problem.Invalid) {
				t.Errorf("%.20q: %v", bad.Query, err)
			}
		}
		load, err := h.Due(t.Context(), bob, "")
		if err != nil || load.Undone != 4 || load.Mine != 1 || load.Overdue != 1 || len(load.Next) != 1 {
			t.Errorf("%+v, %v", load, err)
		}
		one, err := h.Due(t.Context(), bob, j.ID)
		if err != nil || one.Undone != 2 || one.Overdue != 1 || one.Next[0].Title.EN != "b" {
			t.Errorf("%+v, %v", one, err)
		}
	})
}

func TestWhoMay(t *testing.T) {
	h := build(t, sqldbtest.Open(t, sqldb.SQLite))
	i := h.incident(t, false)
	if _, err := h.Start(t.Context(), vol, i.ID, "own"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a volunteer started a playbook: %v", err)
	}
	if _, err := h.Add(t.Context(), aud, i.ID, Draft{Title: "x"}); !problem.Is(err, problem.Forbidden) {
		t.Errorf("an auditor added a task: %v", err)
	}
	if _, err := h.Start(t.Context(), ada, i.ID, "none"); !problem.Is(err, problem.NotFound) {
		t.Errorf("%v", err)
	}
	for _, d := range []Draft{{Title: " "}, {Title: strings.Repeat("x", 300)}, {Title: "x", Note: strings.Repeat("x", MaxNote+1)}} {
		if _, err := h.Add(t.Context(), vol, i.ID, d); !problem.Is(err, problem.Invalid) {
			t.Errorf("%.10q: %v", d.Title, err)
		}
	}
}

func TestShiftAndCarry(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i, j := h.incident(t, false), h.incident(t, false)
		var ids []string
		for _, title := range []string{"a", "b"} {
			task, err := h.Add(t.Context(), ada, i.ID, Draft{Title: title})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, task.ID)
		}
		for _, up := range []bool{true, true} {
			if _, err := h.Shift(t.Context(), ada, ids[1], up); err != nil {
				t.Fatal(err)
			}
		}
		if s, _ := h.sheet(t, i.ID); s.Tasks[0].Title.EN != "b" {
			t.Errorf("%+v", s.Tasks)
		}
		err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
			from, err := h.incidents.Inside(tx, ada, i.ID)
			if err != nil {
				return err
			}
			to, err := h.incidents.Inside(tx, ada, j.ID)
			if err != nil {
				return err
			}
			return h.Part().Carry(tx, ada, from, to, ids[:1])
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, by := h.sheet(t, j.ID); by["a"].ID != ids[0] {
			t.Errorf("%+v", by)
		}
	})
}

// Whatever is done in whatever order: a task's moves are those of the table, a conditional step is undone only while its answer stands, and nothing that
// waits is ended.
func TestMovesHold(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	h := build(t, db)
	rapid.Check(t, func(r *rapid.T) {
		i := h.incident(t, false)
		if _, err := h.Start(t.Context(), ada, i.ID, "own"); err != nil {
			r.Fatal(err)
		}
		for range rapid.IntRange(1, 8).Draw(r, "moves") {
			s, _ := h.sheet(t, i.ID)
			task := rapid.SampledFrom(s.Tasks).Draw(r, "task")
			m := rapid.SampledFrom(Moves()).Draw(r, "move")
			how := Manner{Reason: "because", Answer: rapid.SampledFrom([]Answer{"", Yes, No}).Draw(r, "answer")}
			_, err := h.Move(t.Context(), bob, task.ID, m.Name, how)
			if err != nil && !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.Invalid) {
				r.Fatal(err)
			}
			_, by := h.sheet(t, i.ID)
			if c, ok := by["c"]; ok && isUndone(c) && (by["q"].State != Done || by["q"].Answer != Yes) {
				r.Fatalf("%+v is to be done while its question is %+v", c, by["q"])
			}
			if err == nil && m.Ready && len(task.Waits) > 0 {
				r.Fatalf("%s of %+v, which waits", m.Name, task)
			}
		}
	})
}
