package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// What a person may do with a message in each state.
func TestPersonsMoves(t *testing.T) {
	allowed := map[string][]State{
		"release": {Held}, "confirm": {Held, InDoubt}, "retry": {Queued, InDoubt, Rejected}, "cancel": {Queued, InDoubt, Held},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		do := map[string]func(string) error{
			"release": func(id string) error { return h.s.Release(t.Context(), tester, id) },
			"confirm": func(id string) error { return h.s.Confirm(t.Context(), tester, id, "the relay's log") },
			"retry":   func(id string) error { return h.s.Retry(t.Context(), tester, id) },
			"cancel":  func(id string) error { return h.s.Cancel(t.Context(), tester, id, "wrong address") },
		}
		for name, move := range do {
			for _, state := range States() {
				id := h.put("a@a.example")
				h.force(id, state)
				err := move(id)
				if want := slices.Contains(allowed[name], state); (err == nil) != want || err != nil && !problem.Is(err, problem.Conflict) {
					t.Errorf("%s of a message that is %s: %v", name, state, err)
				}
				if got := h.get(id).State; err != nil && got != state {
					t.Errorf("%s was refused and made it %s", name, got)
				}
				if lost := slices.Contains(h.posted(), id); lost != (name == "cancel" && err == nil) {
					t.Errorf("%s of a message that is %s: others hear: %v", name, state, lost)
				}
				if ops := h.texts(`SELECT operation FROM audit_payload WHERE object = $1`, id); (len(ops) == 1) != (err == nil) {
					t.Errorf("%s audited: %q", name, ops)
				}
			}
			if err := move("nothing"); !problem.Is(err, problem.NotFound) {
				t.Errorf("%s of nothing: %v", name, err)
			}
		}
		if err := h.s.Confirm(t.Context(), tester, "x", ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("confirm without a reason: %v", err)
		}
		if err := h.s.Cancel(t.Context(), tester, "x", " "); !problem.Is(err, problem.Invalid) {
			t.Errorf("cancel without a reason: %v", err)
		}
	})
}

// force puts a message into a state.
func (h *house) force(id string, state State) {
	h.t.Helper()
	h.ok(h.db.Write(h.t.Context(), func(tx *sqldb.Tx) error {
		settled := int64(0)
		if state.Final() {
			settled = sqldb.Millis(h.clock.Now())
		}
		_, err := tx.Exec(`UPDATE delivery SET state = $2, settled_at = $3, attempt = 1, last_at = $4 WHERE id = $1`, id, string(state), settled, h.clock.Now())
		return err
	}))
}

func TestList(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		var names []string
		for i := range 5 {
			h.clock.Advance(time.Second)
			names = append(names, h.put("a@a.example", feeds("x"), func(d *Draft) { d.Batch = []string{"1", "2"}[i%2] }))
		}
		slices.Reverse(names)
		h.force(names[0], Held)
		var got []string
		q := Query{Request: page.Request{Limit: 2}}
		for range 3 {
			p, err := h.s.List(t.Context(), tester, q)
			h.ok(err)
			for _, d := range p.Items {
				got = append(got, d.ID)
			}
			q.After = p.Next
		}
		if !slices.Equal(got, names) || q.After != "" {
			t.Errorf("got %q, want %q", got, names)
		}
		for want, q := range map[int]Query{1: {State: Held}, 2: {Batch: "2"}, 5: {Organisation: "o-1"}, 0: {Organisation: "o-2"}} {
			if p, err := h.s.List(t.Context(), tester, q); err != nil || len(p.Items) != want {
				t.Errorf("%+v: %d, %v", q, len(p.Items), err)
			}
		}
		if _, err := h.s.List(t.Context(), tester, Query{Request: page.Request{After: "!"}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("a broken cursor: %v", err)
		}
		if d := h.get(names[1]); !slices.Equal(d.Feeds, []string{"x"}) || d.Label.String() != "TLP:AMBER" || d.Decision != "decision-1" || d.Size == 0 || d.ToName != "City Hospital" {
			t.Errorf("%+v", d)
		}
	})
}

func TestForget(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		old := h.put("a@a.example")
		h.drain()
		h.clock.Advance(48 * time.Hour)
		young := h.put("b@b.example")
		h.drain()
		waiting := h.put("c@c.example", func(d *Draft) { d.NotBefore = h.clock.Now().Add(time.Hour) })
		n, err := h.s.Forget(t.Context(), tester, 24*time.Hour)
		if err != nil || n != 1 {
			t.Fatalf("%d forgotten, %v", n, err)
		}
		for name, kept := range map[string]bool{old: false, young: true, waiting: true} {
			if _, err := h.s.Bytes(t.Context(), tester, name); (err == nil) != kept || err != nil && !problem.Is(err, problem.NotFound) {
				t.Errorf("bytes: %v, kept: %v", err, kept)
			}
		}
		h.is(old, Delivered)
		h.force(old, Rejected)
		if err := h.s.Retry(t.Context(), tester, old); !problem.Is(err, problem.NotFound) {
			t.Errorf("retry without bytes: %v", err)
		}
	})
}

// A bounce marks the contact, makes what was told due again and raises a task; a second one changes nothing.
func TestBounced(t *testing.T) {
	tests := []struct {
		name   string
		state  State
		bounce Bounce
		fails  bool
		to     State
		health string
		task   string
	}{
		{"no such user", Delivered, Bounce{true, "5.1.1", "smtp; 550 no such user"}, false, Bounced, "bad", "bounce c-a@a.example x1"},
		{"in doubt, and it arrived somewhere", InDoubt, Bounce{true, "5.1.1", ""}, false, Bounced, "bad", "bounce c-a@a.example x1"},
		{"mailbox full", Delivered, Bounce{true, "5.2.2", "full"}, false, Bounced, "doubtful", "bounce c-a@a.example x1"},
		{"without a status", Delivered, Bounce{true, "", "smtp; 550 unknown"}, false, Bounced, "bad", "bounce c-a@a.example x1"},
		{"policy", Delivered, Bounce{true, "5.7.1", "spam"}, false, Bounced, "unknown", "bounce mail:a.example x1"},
		{"delayed", Delivered, Bounce{false, "4.4.1", "still trying"}, false, Delivered, "unknown", ""},
		{"again", Bounced, Bounce{true, "5.1.1", ""}, false, Bounced, "unknown", ""},
		{"being sent", Sending, Bounce{true, "5.1.1", ""}, true, Sending, "unknown", ""},
		{"cancelled", Cancelled, Bounce{true, "5.1.1", ""}, true, Cancelled, "unknown", ""},
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.register("c-a@a.example")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				wiped(t, db)
				h := newHouse(t, db)
				name := h.put("a@a.example")
				h.force(name, tt.state)
				if err := h.s.Bounced(t.Context(), tester, name, tt.bounce); (err != nil) != tt.fails || err != nil && !problem.Is(err, problem.Conflict) {
					t.Fatal(err)
				}
				h.is(name, tt.to)
				if got := strings.Join(h.tasks(), ","); got != tt.task {
					t.Errorf("tasks %q, want %q", got, tt.task)
				}
				if got := h.texts(`SELECT health FROM contact`); got[0] != tt.health {
					t.Errorf("the contact is %s", got)
				}
				if lost := len(h.posted()) == 1; lost != (tt.task != "") {
					t.Errorf("others hear of %q", h.posted())
				}
			})
		}
		name := h.put("a@a.example")
		if err := h.s.Bounced(t.Context(), tester, name, Bounce{Permanent: true}); !problem.Is(err, problem.Conflict) {
			t.Errorf("a bounce of what was never sent: %v", err)
		}
		if err := h.s.Bounced(t.Context(), tester, "nothing", Bounce{}); !problem.Is(err, problem.NotFound) {
			t.Errorf("a bounce of nothing: %v", err)
		}
	})
}

// A contact that is bad stays so when something softer is heard.
func TestBadStaysBad(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.register("c-a@a.example")
		for _, status := range []string{"5.1.1", "5.2.2"} {
			name := h.put("a@a.example")
			h.force(name, Delivered)
			h.ok(h.s.Bounced(t.Context(), tester, name, Bounce{Permanent: true, Status: status}))
		}
		if got := h.texts(`SELECT health FROM contact`); got[0] != "bad" {
			t.Errorf("the contact is %s", got)
		}
		if got := h.tasks(); !slices.Equal(got, []string{"bounce c-a@a.example x2"}) {
			t.Errorf("tasks %q", got)
		}
	})
}
