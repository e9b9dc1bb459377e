package delivery

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

// What was composed goes out as it was composed, with the permit that it was composed with, and by the service that composed it.
func TestNothingIsAlteredBehindCompose(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.register("c-a@a.example")
		d := h.draft("a@a.example", feeds("shadowserver"))
		p := h.permit(d.To)
		good, err := h.s.Compose(t.Context(), p, d)
		h.ok(err)
		tests := []struct {
			name   string
			change func(*Ready)
		}{
			{"other bytes", func(r *Ready) { r.Bytes = append(slices.Clone(r.Bytes), "Bcc: mallory@evil.example"...) }},
			{"another domain's pace", func(r *Ready) { r.Domain = "b.example" }},
			{"another return path", func(r *Ready) { r.ReturnPath = "mallory@evil.example" }},
			{"another Message-ID", func(r *Ready) { r.MessageID = "<x@evil.example>" }},
			{"another id", func(r *Ready) { r.Draft.ID = h.draft("a@a.example").ID }},
			{"another label", func(r *Ready) { r.Draft.Label = tlp.Red }},
			{"another subject", func(r *Ready) { r.Subject = "the real one" }},
			{"no feeds, so that none can be stopped", func(r *Ready) { r.Draft.Feeds = nil }},
			{"made by hand", func(r *Ready) { *r = composed(d) }},
		}
		for _, tt := range tests {
			r := good
			tt.change(&r)
			if err := db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.s.Enqueue(tx, p, r) }); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		another := h.permitFor(d.To, release.Item{Kind: "findings", ID: "o-1/y", Version: "2"})
		for name, enqueue := range map[string]func(tx *sqldb.Tx) error{
			"another permit":  func(tx *sqldb.Tx) error { return h.s.Enqueue(tx, another, good) },
			"another service": func(tx *sqldb.Tx) error { return h.service().Enqueue(tx, p, good) },
		} {
			if err := db.Write(t.Context(), enqueue); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.ok(db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.s.Enqueue(tx, p, good) }))
	})
}

// changes are what may happen to a contact while a message to it is on its way.
var changes = map[string]string{
	"moved":            `UPDATE contact SET address = 'b@b.example' WHERE id = 'c-a@a.example'`,
	"another channel":  `UPDATE contact SET channel = 'webhook' WHERE id = 'c-a@a.example'`,
	"another key":      `UPDATE contact SET pgp_key = 'new' WHERE id = 'c-a@a.example'`,
	"only encrypted":   `UPDATE contact SET encryption = 'required' WHERE id = 'c-a@a.example'`,
	"for legal things": `UPDATE contact SET purpose = 'legal' WHERE id = 'c-a@a.example'`,
	"dead":             `UPDATE contact SET health = 'bad' WHERE id = 'c-a@a.example'`,
	"gone":             `DELETE FROM contact WHERE id = 'c-a@a.example'`,
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	h.ok(h.db.Write(context.Background(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

// A contact that is changed between the decision and the outbox gets nothing by the old decision.
func TestContactChangesBeforeEnqueue(t *testing.T) {
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
			h.register("c-a@a.example")
			d := h.draft("a@a.example")
			p := h.permit(d.To)
			r, err := h.s.Compose(t.Context(), p, d)
			h.ok(err)
			h.exec(change)
			if err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.s.Enqueue(tx, p, r) }); !problem.Is(err, problem.Conflict) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A message that waits is not sent to a contact that has changed meanwhile, and what it told is due again.
func TestContactChangesInTheOutbox(t *testing.T) {
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
			m, other := h.put("a@a.example"), h.put("b@a.example")
			h.exec(change)
			if got := h.drain(); got.Sent != 1 || got.Waiting != 0 {
				t.Errorf("%+v", got)
			}
			h.is(other, Delivered)
			if d := h.is(m, Cancelled); d.Attempts != 0 || d.Detail == "" || h.mail.sent()[m] != 0 {
				t.Errorf("%+v", d)
			}
			if got := h.posted(); !slices.Equal(got, []string{m}) {
				t.Errorf("due again: %q", got)
			}
		})
	}
}

// A grant that is taken back keeps what waits from being sent.
func TestGrantEndsInTheOutbox(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := newHouse(t, db)
		h.register("c-a@a.example")
		h.exec(`INSERT INTO organisation (id, name, name_key, kind, version, created, updated) VALUES ('o-2', 'Clinic', 'clinic', 'constituent', 1, 0, 0)`)
		h.exec(`INSERT INTO release_grant (id, about, to_organisation, reason, granted_by, from_at, until_at) VALUES ('g-1', 'o-2', 'o-1', 'said so', 'os:1', 0, $1)`,
			h.clock.Now().Add(time.Hour))
		d := h.draft("a@a.example")
		p := h.permitFor(d.To, release.Item{Kind: "findings", ID: "o-2/x", Version: "1", Owner: "o-2"})
		r, err := h.s.Compose(t.Context(), p, d)
		h.ok(err)
		h.ok(db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.s.Enqueue(tx, p, r) }))
		h.exec(`UPDATE release_grant SET revoked_at = $1, revoked_by = 'os:1', revoked_for = 'mistake'`, h.clock.Now())
		h.drain()
		h.is(d.ID, Cancelled)
		if len(h.mail.given) != 0 {
			t.Error("it was sent")
		}
	})
}

// Nobody may do nothing.
func TestNobodyMayDoAnything(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	m := h.put("a@a.example")
	ctx, nobody := t.Context(), identity.Actor{}
	ops := map[string]func() error{
		"Drain":   func() error { _, err := h.s.Drain(ctx, nobody, nil); return err },
		"Run":     func() error { return h.s.Run(ctx, nobody) },
		"List":    func() error { _, err := h.s.List(ctx, nobody, Query{}); return err },
		"Count":   func() error { _, err := h.s.Count(ctx, nobody); return err },
		"Get":     func() error { _, _, err := h.s.Get(ctx, nobody, m); return err },
		"Bytes":   func() error { _, err := h.s.Bytes(ctx, nobody, m); return err },
		"Stops":   func() error { _, err := h.s.Stops(ctx, nobody); return err },
		"Release": func() error { return h.s.Release(ctx, nobody, m) },
		"Confirm": func() error { return h.s.Confirm(ctx, nobody, m, "x") },
		"Retry":   func() error { return h.s.Retry(ctx, nobody, m) },
		"Cancel":  func() error { return h.s.Cancel(ctx, nobody, m, "x") },
		"Forget":  func() error { _, err := h.s.Forget(ctx, nobody, time.Hour); return err },
		"Stop":    func() error { return h.s.Stop(ctx, nobody, All, "x") },
		"Resume":  func() error { return h.s.Resume(ctx, nobody, All) },
		"Bounced": func() error { return h.s.Bounced(ctx, nobody, m, Bounce{Permanent: true}) },
		"Expire":  func() error { _, err := h.s.Expire(ctx, nobody, 0); return err },
	}
	for name, do := range ops {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.is(m, Queued)
	if got := h.texts(`SELECT actor FROM audit_payload WHERE actor = ''`); len(got) != 0 {
		t.Errorf("recorded: %q", got)
	}
}

// A message that ends the process each time is not tried at once for ever, whatever the channel.
func TestPoisonIsLeftAlone(t *testing.T) {
	for name, traits := range map[string]Traits{"mail": {}, "webhook": {Idempotent: true}} {
		p := policy{traits: traits, giveUp: usualGiveUp}
		for attempt := 1; attempt <= 2*quickDoubts; attempt++ {
			f := &flight{item: Item{Attempt: attempt, FirstTried: start}, doubts: attempt - 1}
			if traits.Idempotent {
				f.doubts = 0 // they are not counted
			}
			if waits := p.abandoned(start, f).next.After(start); waits != (attempt > quickDoubts) {
				t.Errorf("%s: killed at attempt %d, it waits: %v", name, attempt, waits)
			}
		}
	}
}

// A clock that is set back by a day keeps nobody waiting for a day.
func TestClockSetBack(t *testing.T) {
	p := newPace(1)
	p.took("a", start)
	p.ended("b", start, Result{Outcome: Deferred, RetryAfter: time.Minute}, true)
	for _, domain := range []string{"a", "b"} {
		if wait, _ := p.wait(domain, start); wait != time.Minute {
			t.Errorf("%s waits %v", domain, wait)
		}
		if wait, _ := p.wait(domain, start.Add(-24*time.Hour)); wait != 0 {
			t.Errorf("%s waits %v after the clock was set back", domain, wait)
		}
	}
}

// While nobody can look for stop orders nothing goes on being sent.
func TestBlindLaneStops(t *testing.T) {
	h := newHouse(t, sqldbtest.Open(t, sqldb.SQLite))
	m := h.put("a@a.example")
	cut := make(chan struct{})
	h.mail.answer = func(ctx context.Context, _ Item) Result {
		h.exec(`ALTER TABLE stop_order RENAME TO hidden`)
		select {
		case <-ctx.Done():
			close(cut)
		case <-time.After(2 * time.Minute):
		}
		h.exec(`ALTER TABLE hidden RENAME TO stop_order`)
		return Result{Outcome: Stopped}
	}
	h.ok(h.s.Stop(t.Context(), tester, "batch:other", "not this"))
	if _, err := h.s.Drain(t.Context(), tester, nil); err != nil {
		t.Log(err)
	}
	select {
	case <-cut:
	default:
		t.Error("it was not cut off")
	}
	h.mail.answer = nil
	h.drain()
	h.is(m, Delivered)
}
