package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

// asked is release as it answers at the last moment.
type asked struct {
	stop  release.Withheld
	err   error
	under []tlp.Label
}

func (a *asked) again(_ *sqldb.Tx, _ []string, under tlp.Label) (release.Withheld, error) {
	a.under = append(a.under, under)
	return a.stop, a.err
}

// What release keeps back is held with its reason, never sent and not lost; it costs no attempt; a person lets it go, and then it is asked about again.
func TestKeptBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		a := &asked{stop: release.Withheld{Decision: "decision-1", Rule: "no-consent", Reason: "They did not agree."}}
		h := newHouse(t, db, func(o *Options) { o.Again = a.again })
		name, other := h.put("soc@a.example"), h.put("soc@b.example")
		if got := h.drain(); got.Sent != 0 || got.Withheld != 2 || got.Waiting != 0 || len(h.mail.given) != 0 {
			t.Fatalf("tally %+v, sent %v", got, h.mail.sent())
		}
		d := h.is(name, Held)
		if d.Withheld != "no-consent" || d.Detail != "They did not agree." || d.Attempts != 0 || !d.First.IsZero() || !d.Next.IsZero() || d.Reached() {
			t.Errorf("kept back as %+v", d)
		}
		if a.under[0] != tlp.Amber {
			t.Errorf("asked under %s", a.under)
		}
		if tasks := h.tasks(); len(tasks) != 2 || !slices.Contains(tasks, "withheld "+name+" x1") {
			t.Errorf("tasks %q", tasks)
		}
		if posted := h.posted(); len(posted) != 0 {
			t.Errorf("it is lost to others: %q", posted)
		}
		if why := h.texts(`SELECT reason FROM audit_payload WHERE operation = 'delivery.withhold' AND object = $1`, name); len(why) != 1 || why[0] != "They did not agree." {
			t.Errorf("audited: %q", why)
		}
		if err := h.s.Confirm(t.Context(), tester, name, "they told me"); !problem.Is(err, problem.Conflict) {
			t.Errorf("what was never sent is said to have arrived: %v", err)
		}
		h.clock.Advance(24 * time.Hour)
		h.drain()
		h.is(name, Held) // no time passes it by itself
		h.ok(h.s.Release(t.Context(), tester, name))
		h.drain()
		h.is(name, Held)
		if tasks := h.tasks(); !slices.Contains(tasks, "withheld "+name+" x2") {
			t.Errorf("tasks %q", tasks)
		}
		a.stop = release.Withheld{}
		h.ok(h.s.Release(t.Context(), tester, name))
		h.drain()
		if d := h.is(name, Delivered); d.Withheld != "" || d.Detail != "" || d.Attempts != 1 {
			t.Errorf("sent as %+v", d)
		}
		h.ok(h.s.Cancel(t.Context(), tester, other, "not any more"))
		if d := h.is(other, Cancelled); d.Withheld != "" || !slices.Equal(h.posted(), []string{other}) {
			t.Errorf("cancelled as %+v, others hear of %q", d, h.posted())
		}
		if h.mail.sent()[name] != 1 || h.mail.sent()[other] != 0 {
			t.Errorf("sent %v", h.mail.sent())
		}
	})
}

// What waits for the end of an embargo goes by itself then, and is asked about once more.
func TestKeptBackUntil(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		until := start.Add(time.Hour)
		a := &asked{stop: release.Withheld{Decision: "d", Rule: "embargo", Reason: "It is under embargo.", Until: until}}
		h := newHouse(t, db, func(o *Options) { o.Again = a.again })
		name := h.put("soc@a.example")
		h.drain()
		if d := h.is(name, Held); !d.Next.Equal(until) {
			t.Errorf("due %v", d.Next)
		}
		if tasks := h.tasks(); len(tasks) != 0 {
			t.Errorf("a task of what goes by itself: %q", tasks)
		}
		h.clock.Set(until.Add(-time.Second))
		h.drain()
		h.is(name, Held)
		a.stop.Until = until.Add(time.Hour) // it was prolonged
		h.clock.Set(until)
		h.drain()
		if d := h.is(name, Held); !d.Next.Equal(until.Add(time.Hour)) {
			t.Errorf("due %v after it was prolonged", d.Next)
		}
		a.stop = release.Withheld{}
		h.clock.Advance(time.Hour)
		if got := h.drain(); got.Sent != 1 || got.Withheld != 0 {
			t.Errorf("tally %+v", got)
		}
		h.is(name, Delivered)
	})
}

// What cannot be asked about is kept back and keeps no other waiting; a grant that is gone recalls, as before; a passing fault sends nothing and changes nothing.
func TestWhatCannotBeAsked(t *testing.T) {
	for _, tt := range []struct {
		name  string
		err   error
		state State
		rule  string
	}{
		{"damaged", problem.New(problem.Internal, "the key does not fit"), Held, unasked},
		{"a grant is gone", problem.New(problem.Conflict, "grant g was revoked"), Cancelled, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
				a := &asked{err: tt.err}
				h := newHouse(t, db, func(o *Options) { o.Again = a.again })
				name := h.put("soc@a.example")
				h.drain()
				if d := h.is(name, tt.state); d.Withheld != tt.rule || strings.Contains(d.Detail, "key") {
					t.Errorf("%+v", d)
				}
			})
		})
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		a := &asked{err: problem.New(problem.Unavailable, "the database is busy")}
		h := newHouse(t, db, func(o *Options) { o.Again = a.again })
		name := h.put("soc@a.example")
		if _, err := h.s.Drain(t.Context(), tester, nil); !problem.Is(err, problem.Unavailable) {
			t.Errorf("got %v", err)
		}
		h.is(name, Queued)
		if len(h.mail.given) != 0 {
			t.Error("it was sent unasked")
		}
	})
}
